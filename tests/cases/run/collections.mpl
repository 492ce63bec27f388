# Lists, maps, sets, queues and iterators with every element type; values that are shared and unshared.

#@ case persistent lists keep their old versions
fn main() do
  let a = [1, 2, 3]
  let b = List.append(a, 4)
  let c = List.append(a, 5)
  let d = List.tail(b)
  println("${a} ${b} ${c} ${d} ${List.concat(c, d)} ${List.reverse(a)}")
end
#> [1, 2, 3] [1, 2, 3, 4] [1, 2, 3, 5] [2, 3, 4] [1, 2, 3, 5, 2, 3, 4] [3, 2, 1]

#@ case persistent maps keep their old versions
fn main() do
  let a = %{"x" => 1}
  let b = Map.put(a, "y", 2)
  let c = Map.put(a, "x", 9)
  let d = Map.delete(b, "x")
  println("${a} ${b} ${c} ${d} ${Map.merge(b, %{"z" => 3, "x" => 0})}")
end
#> %{x => 1} %{x => 1, y => 2} %{x => 9} %{y => 2} %{x => 0, y => 2, z => 3}

#@ case a value used twice is not changed in place
fn push(items :: List<Int>, n :: Int) -> List<Int> do
  List.append(items, n)
end

fn main() do
  let base = [1]
  let one = push(base, 2)
  let two = push(base, 3)
  let pair = (base, push(push(one, 4), 5))
  println("${base} ${one} ${two} ${pair}")
  let m = %{1 => [1]}
  let m2 = Map.put(m, 1, List.append(Map.get(m, 1), 2))
  println("${m} ${m2}")
end
#> [1] [1, 2] [1, 3] ([1], [1, 2, 4, 5])
#> %{1 => [1]} %{1 => [1, 2]}

#@ case elements of every type in higher-order functions
struct P do
  x :: Int
  f :: Float
end

fn main() do
  let floats = List.map([1.5, 2.5], fn x -> x * 2.0 end)
  println("${floats} ${List.filter(floats, fn x -> x > 3.5 end)} ${List.reduce(floats, 0.5, fn(a, b) -> a + b end)}")
  let ps = List.map([1, 2, 3], fn n -> P { x: n, f: Int.to_float(n) / 2.0 } end)
  println("${List.map(ps, fn p -> p.f end)} ${List.find(ps, fn p -> p.x == 2 end)} ${List.contains([1.5], 1.5)}")
  let tuples = List.zip([1, 2], ["a", "b"])
  println("${tuples} ${List.map(tuples, fn((n, s)) -> "${s}${n}" end)} ${List.enumerate([true])}")
  let bools = List.map([1, 2], fn n -> n == 1 end)
  println("${bools} ${List.all(bools, fn b -> b end)} ${List.any(bools, fn b -> b end)}")
  println("${List.flat_map([1, 2], fn n -> [Some(n), None] end)} ${List.flatten([[1.5], []])} ${List.sort([2.5, 1.5], fn(a, b) -> if a < b do -1 else 1 end end)}")
end
#> [3, 5] [5] 8.5
#> [0.5, 1, 1.5] Some(P { x: 2, f: 1 }) true
#> [(1, a), (2, b)] [a1, b2] [(0, true)]
#> [true, false] false true
#> [Some(1), None, Some(2), None] [1.5] [1.5, 2.5]

#@ case sorting is stable
fn main() do
  let words = ["pear", "fig", "apple", "kiwi", "date"]
  println("${List.sort(words, fn(a, b) -> String.length(a) - String.length(b) end)}")
  let ns = for i in 0..1000 do (i * 7919) % 1000 end
  let sorted = List.sort(ns, fn(a, b) -> a - b end)
  println("${List.get(sorted, 0)} ${List.get(sorted, 500)} ${List.last(sorted)}")
end
#> [fig, pear, kiwi, date, apple]
#> 0 500 999

#@ case keys of every type
type Key do
  A(Int)
  B
end deriving(Eq, Hash, Debug)

fn main() do
  println("${Map.get(%{1.5 => "f"}, 1.5)} ${Map.get(%{true => 1, false => 2}, false)} ${Map.get(%{:a => 1}, :a)}")
  println("${Map.get(%{(1, "x") => "t"}, (1, "x"))} ${Map.get(%{[1, 2] => "l"}, [1, 2])} ${Map.get(%{Some(1) => "o"}, Some(1))}")
  println("${Map.get(%{A(1) => "a1", A(2) => "a2", B => "b"}, A(2))}")
  println("${Map.size(Map.from_list([("k", 1), ("k", 2)]))} ${Map.get(%{"a" => 1}, "b")} ${Map.has_key(%{"a" => 1}, "b")}")
end
#> f 2 1
#> t l o
#> a2
#> 1 0 false

#@ case maps keep the order of insertion
fn main() do
  let m = List.reduce(Range.to_list(0..100), %{}, fn(m, n) -> Map.put(m, (n * 37) % 101, n) end)
  println("${List.take(Map.keys(m), 5)} ${Map.size(m)}")
  let m = List.reduce(Range.to_list(0..50), m, fn(m, n) -> Map.delete(m, (n * 2 * 37) % 101) end)
  println("${List.take(Map.values(m), 5)} ${Map.size(m)}")
end
#> [0, 37, 74, 10, 47] 100
#> [1, 3, 5, 7, 9] 50

#@ case a map of a hundred thousand entries
fn main() do
  let m = List.reduce(Range.to_list(0..100000), %{}, fn(m, n) -> Map.put(m, n, n * 2) end)
  let sum = List.reduce(Range.to_list(0..100000), 0, fn(s, n) -> s + Map.get(m, n) end)
  let words = List.reduce(Range.to_list(0..50000), %{}, fn(m, n) -> Map.put(m, "key ${n}", n) end)
  println("${Map.size(m)} ${sum} ${Map.get(words, "key 49999")}")
end
#> 100000 9999900000 49999

#@ case counting words
fn count(words :: List<String>) -> Map<String, Int> do
  List.reduce(words, %{}, fn(m, w) -> Map.put(m, w, Map.get(m, w) + 1) end)
end

fn main() do
  let counts = count(String.split("to be or not to be", " "))
  for {w, n} in counts do
    println("${w} ${n}")
  end
end
#> to 2
#> be 2
#> or 1
#> not 1

#@ case sets and queues
fn main() do
  let a = Set.from_list(["b", "a", "b"])
  println("${a} ${Set.contains(a, "a")} ${Set.union(a, Set.from_list(["c"]))} ${Set.size(Set.remove(a, "b"))}")
  let q = Queue.new() |> Queue.push("x") |> Queue.push("y")
  let (first, rest) = Queue.pop(q)
  println("${first} ${Queue.peek(rest)} ${Queue.size(q)}")
end
#> #{b, a} true #{b, a, c} 1
#> x y 2

#@ case iterators are lazy
fn main() do
  let it = Iter.from([1, 2, 3, 4]) |> Iter.map(fn n do
    println("map ${n}")
    n * 10
  end)
  println("built")
  println("${it |> Iter.take(2) |> List.collect()}")
  println("${it |> Iter.skip(1) |> Iter.sum()}")
end
#> built
#> map 1
#> map 2
#> [10, 20]
#> map 3
#> map 4
#> 40

#@ case getting past the end panics
fn main() do
  let xs = [1, 2]
  println("${List.get(xs, 1)}")
  println("${List.get(xs, 2)}")
end
#> 2
#! mesh_list_get: index 2 out of bounds (len 2)
#@ exit 134

#@ case the head of nothing panics
fn main() do
  let xs = List.filter([1], fn n -> n > 5 end)
  println("${List.head(xs)}")
end
#! mesh_list_head: empty list
#@ exit 134

#@ case a missing key of a type without a zero panics
struct P do
  x :: Int
end

fn main() do
  let m = %{"a" => P { x: 1 }}
  println("${Map.get(m, "a").x}")
  println("${Map.get(m, "b").x}")
end
#> 1
#! mesh_map_get: key not found
#@ exit 134

#@ case unit values everywhere
fn main() do
  let xs = [(), ()]
  let m = %{"a" => ()}
  println("${List.length(xs)} ${xs} ${m} ${Some(())}")
  case Ok(()) do
    Ok(u) -> println("${u}")
    Err(e) -> println(e)
  end
end
#> 2 [(), ()] %{a => ()} Some(())
#> ()

#@ case lists of lists of maps
fn main() do
  let data = %{"rows" => [[%{"a" => 1.5}], [%{}, %{"b" => 2.5}]]}
  let rows = Map.get(data, "rows")
  let total = List.reduce(List.flatten(rows), 0.0, fn(sum, m) -> List.reduce(Map.values(m), sum, fn(a, b) -> a + b end) end)
  println("${total} ${data}")
end
#> 4 %{rows => [[%{a => 1.5}], [%{}, %{b => 2.5}]]}
