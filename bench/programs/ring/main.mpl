actor member(next :: Pid<Int>) do
  receive do
    n ->
      if n == 0 do
        println("done")
      else
        send(next, n - 1)
        member(next)
      end
  end
end

actor first(next :: Pid<Int>, others :: Int, hops :: Int) do
  if others > 0 do
    let chain = build(self(), others)
    send(chain, hops)
    first(chain, 0, 0)
  else
    receive do
      n ->
        if n == 0 do
          println("done")
        else
          send(next, n - 1)
          first(next, 0, 0)
        end
    end
  end
end

fn build(last :: Pid<Int>, left :: Int) -> Pid<Int> do
  if left == 0 do last else build(spawn(member, last), left - 1) end
end

actor nobody() do
  receive do
    n -> println("${n + 0}")
  end
end

fn main() do
  spawn(first, spawn(nobody), 999, 10000000)
end
