service Tally do
  fn init(left :: Int) -> Int do
    left
  end

  cast Done do |left|
    if left == 1 do println("done") end
    left - 1
  end
end

actor worker(tally) do
  receive do
    _ -> Tally.done(tally)
  end
end

fn start(tally, n :: Int) do
  if n > 0 do
    let pid = spawn(worker, tally)
    send(pid, n)
    start(tally, n - 1)
  end
end

fn main() do
  start(Tally.start(1000000), 1000000)
end
