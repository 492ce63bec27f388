# Rows 4 and 5: an actor defined where it is spawned, that sleeps, casts to a service and calls itself.

service Counter do
  fn init() -> Int do
    0
  end

  cast Tick() do |n|
    n + 1
  end

  call Ticks() :: Int do |n|
    (n, n)
  end
end

actor tick_ticker(counter_pid, interval :: Int, left :: Int) do
  Timer.sleep(interval)
  Counter.tick(counter_pid)
  if left > 1 do
    tick_ticker(counter_pid, interval, left - 1)
  else
    println("ticks: ${Counter.ticks(counter_pid)}")
  end
end

fn main() do
  let pid = Counter.start()
  let _ = spawn(tick_ticker, pid, 5, 4)
  0
end
