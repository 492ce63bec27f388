actor waiter(n :: Int) do
  receive do
    k -> waiter(n + k)
  end
end

fn start(n :: Int) do
  if n > 0 do
    let pid = spawn(waiter, n)
    send(pid, 1)
    start(n - 1)
  end
end

fn main() do
  start(1000000)
  Timer.sleep(1000)
  println("done")
end
