# Map, Set, Queue, Iter.

#@ case order of insertion
fn main() do
  let m = %{"b" => 1, "a" => 2}
  let m2 = Map.put(Map.put(m, "c", 3), "b", 10)
  println("${m} ${m2} ${Map.keys(m2)} ${Map.values(m2)} ${Map.to_list(m2)}")
  println("${Map.delete(m2, "a")} ${Map.put(Map.delete(m2, "b"), "b", 0)} ${Map.delete(m, "zz")}")
  println("${Map.merge(%{1 => 1, 2 => 2}, %{3 => 3, 1 => 100})} ${Map.from_list([(1, "a"), (2, "b"), (1, "c")])}")
  println("${Map.size(m2)} ${Map.has_key(m2, "c")} ${m2.has_key("x")} ${Map.get(m2, "zzz")}")
end
#> %{b => 1, a => 2} %{b => 10, a => 2, c => 3} [b, a, c] [10, 2, 3] [(b, 10), (a, 2), (c, 3)]
#> %{b => 10, c => 3} %{a => 2, c => 3, b => 0} %{b => 1, a => 2}
#> %{1 => 100, 2 => 2, 3 => 3} %{1 => c, 2 => b}
#> 3 true false 0

#@ case absent keys by type of value
fn main() do
  let a :: Map<String, Float> = Map.new()
  let b :: Map<String, String> = Map.new()
  let c :: Map<String, List<Int>> = Map.new()
  let d :: Map<String, Option<Int>> = Map.new()
  let e :: Map<String, Map<String, Int>> = Map.new()
  println("${Map.get(a, "x")} [${Map.get(b, "x")}] ${Map.get(c, "x")} ${Map.get(d, "x")} ${Map.put(Map.get(e, "x"), "k", 1)}")
  println("${List.append(Map.get(c, "x"), 5)}")
end
#> 0 [] [] None %{k => 1}
#> [5]

#@ case an absent struct panics
struct P do
  x :: Int
end

fn main() do
  let m :: Map<Int, P> = Map.new()
  println("${Map.get(m, 1).x}")
end
#@ exit 134
#! mesh_map_get: key not found

#@ case keys of every type
struct Key do
  a :: Int
  b :: String
end

fn main() do
  let m = %{Key { a: 1, b: "x" } => "one"}
  let m = Map.put(m, Key { a: 1, b: "x" }, "uno")
  let m = Map.put(m, Key { a: 2, b: "x" }, "dos")
  println("${Map.size(m)} ${Map.get(m, Key { a: 1, b: "x" })} ${List.map(Map.keys(m), fn k -> k.a end)}")
  let f = Map.put(Map.put(Map.put(Map.new(), 0.0, "zero"), -0.0, "minus"), 0.0 / 0.0, "nan")
  println("${Map.size(f)} ${Map.get(f, 0.0)} ${Map.get(f, 0.0 / 0.0)}")
  let t = %{(1, "a") => 1, (2, "b") => 2}
  println("${Map.get(t, (2, "b"))} ${Map.get(%{Some(1) => "s", None => "n"}, None)} ${Map.get(%{true => 1, false => 0}, true)}")
  println("${%{[1, 2] => "l"}}")
end
#> 2 uno [1, 2]
#> 2 minus nan
#> 2 n 1
#> %{[1, 2] => l}

#@ case equality ignores order
fn main() do
  println("${%{1 => "a", 2 => "b"} == %{2 => "b", 1 => "a"}} ${%{1 => "a"} == %{1 => "b"}} ${%{1 => 1} != %{1 => 1, 2 => 2}}")
  println("${Set.from_list([1, 2]) == Set.from_list([2, 1, 2])} ${Set.from_list(["a"]) == Set.from_list(["b"])}")
end
#> true false true
#> true false

#@ case a large map in place
fn fill(m :: Map<Int, Int>, i :: Int, n :: Int) -> Map<Int, Int> do
  if i == n do
    m
  else
    fill(Map.put(m, i * 7919 % 100003, i), i + 1, n)
  end
end

fn sweep(m :: Map<Int, Int>, i :: Int, n :: Int) -> Map<Int, Int> do
  if i == n do
    m
  else
    sweep(Map.delete(m, i), i + 1, n)
  end
end

fn main() do
  let m = fill(Map.new(), 0, 100000)
  println("${Map.size(m)} ${Map.get(m, 7919)} ${List.head(Map.keys(m))}")
  let rest = sweep(m, 0, 99990)
  println("${Map.size(rest)} ${Map.size(m)}")
end
#> 100000 1 0
#> 13 100000

#@ case words counted
fn main() do
  let counts = List.reduce(String.split("a b a c b a", " "), Map.new(), fn(m, w) -> Map.put(m, w, Map.get(m, w) + 1) end)
  for {word, n} in counts do
    println("${word} ${n}")
  end
end
#> a 3
#> b 2
#> c 1

#@ case sets
fn main() do
  let a = Set.from_list([3, 1, 3, 2])
  let b = Set.from_list([2, 9])
  println("${a} ${Set.union(a, b)} ${Set.difference(a, b)} ${Set.intersection(a, b)} ${Set.size(a)}")
  println("${Set.to_list(Set.remove(a, 1))} ${Set.contains(a, 9)} ${Set.add(a, 3)} ${Set.add(a, 7)} ${a}")
  let words = Set.add(Set.add(Set.new(), "x"), "y")
  println("${words} ${words.contains("x")} ${Set.from_list([(1, 2), (1, 2)])}")
  for x in a do
    print("${x};")
  end
  println("")
end
#> #{3, 1, 2} #{3, 1, 2, 9} #{3, 1} #{2} 3
#> [3, 2] false #{3, 1, 2} #{3, 1, 2, 7} #{3, 1, 2}
#> #{x, y} true #{(1, 2)}
#> 3;1;2;

#@ case queues
fn drain(q :: Queue<String>) do
  if Queue.is_empty(q) do
    println("done")
  else
    let (x, rest) = Queue.pop(q)
    println("${x} ${Queue.size(rest)}")
    drain(rest)
  end
end

fn main() do
  let q = Queue.push(Queue.push(Queue.new(), "a"), "b")
  println("${Queue.peek(q)} ${Queue.size(q)}")
  drain(Queue.push(q, "c"))
  println("${Queue.size(q)} ${q.is_empty()}")
end
#> a 2
#> a 2
#> b 1
#> c 0
#> done
#> 2 false

#@ case pop of an empty queue
fn main() do
  let q :: Queue<Int> = Queue.new()
  let (x, _) = Queue.pop(q)
  println("${x}")
end
#@ exit 134
#! mesh_queue_pop: empty queue

#@ case peek of an empty queue
fn main() do
  let q :: Queue<Int> = Queue.new()
  println("${Queue.peek(q)}")
end
#@ exit 134
#! mesh_queue_peek: empty queue

#@ case chains of iterators
fn main() do
  let it = Iter.from([1, 2, 3, 4, 5, 6]) |> Iter.map(fn(x) -> x * x end)
  println("${it |> Iter.take(2) |> List.collect()} ${it |> Iter.filter(fn(x) -> x % 2 == 1 end) |> Iter.sum()} ${it |> Iter.count()}")
  println("${Iter.from(["a", "b", "c"]) |> Iter.skip(1) |> Iter.enumerate() |> List.collect()}")
  println("${Iter.zip(Iter.from([1, 2, 3]), Iter.from(["x", "y"])) |> Map.collect()} ${Iter.from([1, 1, 2]) |> Set.collect()}")
  println(Iter.from(["m", "e", "s", "h"]) |> String.collect())
  println("${Iter.any(Iter.from([1, 2]), fn x -> x > 1 end)} ${Iter.all(Iter.from([1, 2]), fn x -> x > 1 end)} ${Iter.find(Iter.from([1, 2]), fn x -> x > 1 end)}")
  println("${Iter.reduce(Iter.from([1, 2, 3]), "", fn(acc, x) -> acc <> "${x}" end)} ${Iter.from([1.5, 2.5]) |> Iter.map(fn x -> x * 2.0 end) |> List.collect()}")
  println("${Iter.from([1, 2]) |> Iter.take(0) |> Iter.count()} ${Iter.from([1, 2]) |> Iter.skip(5) |> Iter.count()} ${Iter.from([1, 2]) |> Iter.take(-1) |> Iter.count()}")
end
#> [1, 4] 34 0
#> [(0, b), (1, c)]
#> %{1 => x, 2 => y} #{1, 2}
#> mesh
#> true false Some(2)
#> 123 [3, 5]
#> 0 0 0

#@ case laziness and the shared position
fn main() do
  let seen = Iter.from([1, 2, 3, 4]) |> Iter.map(fn x ->
    println("pull ${x}")
    x
  end)
  println("${Iter.find(seen, fn x -> x == 2 end)}")
  println("${Iter.count(seen)}")
end
#> pull 1
#> pull 2
#> Some(2)
#> pull 3
#> pull 4
#> 2

#@ case iterators of collections
fn main() do
  println("${[1, 2].iter() |> Iter.sum()} ${%{1 => "a"}.iter() |> List.collect()} ${Set.from_list([5, 6]).iter() |> List.collect()} ${Range.new(0, 3).iter() |> List.collect()}")
  println("${Iter.next(Iter.of_map(%{1 => 2}))} ${Iter.count(Iter.of_set(Set.from_list([1])))} ${Iter.sum(Iter.of_range(0..4))}")
  let it = [7, 8].iter()
  println("${it.next()} ${it.next()} ${it.next()}")
  for x in Iter.from([1, 2, 3]) |> Iter.skip(1) do
    print("${x} ")
  end
  println("")
end
#> 3 [(1, a)] [5, 6] [0, 1, 2]
#> Some((1, 2)) 1 6
#> Some(7) Some(8) None
#> 2 3 
