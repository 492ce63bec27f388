# A supervisor brings a crashed worker back; the rest of the program does not notice more than a new pid.

service Divider do
  fn init() -> Int do
    0
  end

  call Divide(n :: Int, by :: Int) :: Int do |count|
    (count + 1, n / by)
  end

  call Served() :: Int do |count|
    (count, count)
  end
end

fn start_divider() -> Pid do
  let pid = Divider.start()
  Process.register("divider", pid)
  pid
end

supervisor Root do
  strategy: one_for_one
  max_restarts: 3
  max_seconds: 5

  child divider do
    start: fn -> start_divider() end
    restart: permanent
    shutdown: 1000
  end
end

fn ask(n :: Int, by :: Int) do
  case Job.await(Job.async(fn -> Divider.divide(Process.whereis("divider"), n, by) end)) do
    Ok(result) -> println("${n} / ${by} = ${result}")
    Err(_) -> println("${n} / ${by} failed")
  end
end

# Asks until the service answers under its name again.
fn served(tries :: Int) -> Int do
  case Job.await(Job.async(fn -> Divider.served(Process.whereis("divider")) end)) do
    Ok(count) -> count
    Err(_) ->
      if tries == 0 do
        -1
      else
        Timer.sleep(10)
        served(tries - 1)
      end
  end
end

fn main() do
  spawn(Root)
  println("served before: ${served(200)}")
  ask(84, 2)
  ask(1, 0)
  println("served after the crash: ${served(200)}")
  ask(9, 3)
end
