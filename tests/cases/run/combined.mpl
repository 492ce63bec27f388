# Programs that combine several features, as users write them.

#@ case None is less than Some
fn main() do
  println("${None < Some(1)} ${Some(1) > None} ${Some(1) < Some(2)} ${compare(Some(0), None)} ${Ok(9) < Err(1)}")
  println("${List.sort([Some(2), None, Some(1)], fn(a, b) -> if a < b do -1 else if b < a do 1 else 0 end end)}")
end
#> true true true Greater true
#> [None, Some(1), Some(2)]

#@ case system messages with typed pids
actor worker(n :: Int) do
  receive do
    0 -> println("stops")
    k -> println("${k / n}")
  end
end

actor watcher() do
  Process.trap_exit(true)
  let p = spawn(worker, 0)
  link(p)
  send(p, 7)
  receive do
    (:exit, pid, reason) -> println("exit ${pid == p} ${reason}")
  after 2000 -> println("nothing")
  end
  spawn(monitored)
end

actor monitored() do
  let p = spawn(worker, 1)
  let ref = Process.monitor(p)
  send(p, 0)
  receive do
    (:down, r, pid, reason) -> println("down ${r == ref} ${pid == p} ${reason}")
  after 2000 -> println("nothing")
  end
end

fn main() do
  spawn(watcher)
end
#! division by zero
#> exit true division by zero
#> stops
#> down true true normal

#@ case recursion without end is a stack overflow
fn count(n :: Int) -> Int do
  1 + count(n + 1)
end

fn product(n) = if n == 0 do 1 else n * product(n - 1) end

fn main() do
  println("${Job.await(Job.async(fn -> count(0) end))}")
  println("${product(20)} ${Job.await(Job.async(fn -> product(-1) end))}")
end
#! stack overflow
#> Err(stack overflow)
#> 2432902008176640000 Err(stack overflow)

#@ case loops over any iterable
struct Grid do
  w :: Int
  h :: Int
end

impl Iterable for Grid do
  type Item = (Int, Int)
  type Iter = ListIterator
  fn iter(self) do
    Iter.from(List.flat_map(Range.to_list(0..self.h), fn y -> for x in 0..self.w do (x, y) end end))
  end
end

fn items<C>(c :: C) -> List<C.Item> where C: Iterable do
  for x in c do x end
end

fn main() do
  println("${items(Grid { w: 2, h: 1 })} ${items(["x"])} ${items(%{"a" => 1})} ${items(0..2)} ${items(Set.from_list([3]))}")
  println("${for k in %{"a" => 1} do k end} ${for p in %{"a" => 1} do p end}")
end
#> [(0, 0), (1, 0)] [x] [(a, 1)] [0, 1] [3]
#> [a] [a]

#@ case let with a capitalised name
let MAX = 10
let Ratio = 2.5

fn main() do
  let N = MAX + 1
  let _ = N
  let Size :: Int = N * 2
  println("${MAX} ${N} ${Size} ${Ratio}")
end
#> 10 11 22 2.5
