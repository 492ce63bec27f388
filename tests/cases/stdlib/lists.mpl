# List, Range, Tuple.

#@ case functions of lists
fn main() do
  let l = [3, 1, 2]
  println("${List.length(l)} ${List.append(l, 4)} ${List.head(l)} ${List.tail(l)} ${List.get(l, 1)} ${List.nth(l, 2)} ${List.last(l)}")
  println("${List.concat(l, [9])} ${l ++ [8]} ${List.reverse(l)} ${List.map(l, fn x -> x * 2 end)} ${List.filter(l, fn x -> x > 1 end)}")
  println("${List.reduce(l, 0, fn acc, x -> acc + x end)} ${List.sort(l, fn(a, b) -> a - b end)} ${List.contains(l, 2)} ${List.contains(l, 5)}")
  println("${List.any(l, fn x -> x > 2 end)} ${List.all(l, fn x -> x > 2 end)} ${List.any([], fn x -> x end)} ${List.all([], fn x -> x end)}")
  println("${List.take(l, 2)} ${List.take(l, 9)} ${List.drop(l, 1)} ${List.drop(l, -1)} ${List.flatten([[1], [], [2, 3]])}")
  println("${List.zip(l, ["a", "b"])} ${List.enumerate(["x", "y"])} ${List.flat_map(l, fn n -> [n, n] end)}")
  println("${l} ${List.find(l, fn x -> x < 3 end)} ${List.find(l, fn x -> x > 3 end)}")
end
#> 3 [3, 1, 2, 4] 3 [1, 2] 1 2 2
#> [3, 1, 2, 9] [3, 1, 2, 8] [2, 1, 3] [6, 2, 4] [3, 2]
#> 6 [1, 2, 3] true false
#> true false false true
#> [3, 1] [3, 1, 2] [1, 2] [3, 1, 2] [1, 2, 3]
#> [(3, a), (1, b)] [(0, x), (1, y)] [3, 3, 1, 1, 2, 2]
#> [3, 1, 2] Some(1) None

#@ case elements of every type
struct Point do
  x :: Int
  y :: Float
end deriving(Eq, Display)

fn main() do
  let points = [Point { x: 1, y: 1.5 }, Point { x: 2, y: 2.5 }]
  println("${points} ${List.map(points, fn p -> p.y end)} ${List.contains(points, Point { x: 2, y: 2.5 })}")
  println("${List.filter([1.5, 2.5], fn x -> x > 2.0 end)} ${List.reduce([1.5, 2.5], 0.0, fn a, x -> a + x end)} ${List.head([true, false])}")
  println("${[1.0] == [1.0]} ${[1, 2] < [1, 3]} ${[1] < [1, 0]} ${[[1], [2]] == [[1], [2]]} ${["a"] == ["b"]}")
  let fs = [fn x -> x + 1 end, fn x -> x * 10 end]
  println("${List.map(fs, fn f -> f(5) end)} ${List.map([(1, "a"), (2, "b")], fn((n, s)) -> s <> "${n}" end)}")
  println("${List.sort(["b", "a", "c"], fn(a, b) -> case compare(a, b) do
    Less -> -1
    Equal -> 0
    Greater -> 1
  end end)}")
end
#> [Point(1, 1.5), Point(2, 2.5)] [1.5, 2.5] true
#> [2.5] 4 true
#> true true true true false
#> [6, 50] [a1, b2]
#> [a, b, c]

#@ case the old list stays valid
fn main() do
  let a = [1, 2, 3]
  let b = List.append(a, 4)
  let c = List.tail(a)
  let d = List.reverse(a)
  let e = List.sort(d, fn(x, y) -> x - y end)
  println("${a} ${b} ${c} ${d} ${e}")
end
#> [1, 2, 3] [1, 2, 3, 4] [2, 3] [3, 2, 1] [1, 2, 3]

#@ case building and consuming is linear
fn build(l :: List<Int>, n :: Int) -> List<Int> do
  if n == 0 do
    l
  else
    build(List.append(l, n), n - 1)
  end
end

fn total(l :: List<Int>, acc :: Int) -> Int do
  case l do
    [] -> acc
    h :: t -> total(t, acc + h)
  end
end

fn main() do
  let l = build([], 300000)
  println("${total(l, 0)} ${total(l, 0)} ${List.length(l)}")
end
#> 45000150000 45000150000 300000

#@ case stable sort of many
fn main() do
  let l = for i in 0..2000 do
    (i * 7919 % 13, i)
  end
  let s = List.sort(l, fn((a, _), (b, _)) -> a - b end)
  let ok = List.all(List.zip(s, List.drop(s, 1)), fn(((a, i), (b, j))) -> a < b || (a == b && i < j) end)
  println("${ok} ${List.head(s)} ${List.last(s)}")
end
#> true (0, 0) (12, 1995)

#@ case head of an empty list
fn main() do
  let l :: List<Int> = []
  println("${List.head(l)}")
end
#@ exit 134
#! mesh_list_head: empty list

#@ case index out of bounds
fn main() do
  println("${List.nth([1, 2], 5)}")
end
#@ exit 134
#! mesh_list_get: index 5 out of bounds (len 2)

#@ case ranges
fn main() do
  let r = Range.new(-2, 3)
  println("${Range.to_list(r)} ${Range.length(r)} ${Range.map(r, fn i -> "${i}!" end)} ${Range.filter(r, fn i -> i % 2 == 0 end)}")
  println("${Range.length(Range.new(5, 1))} ${Range.to_list(0..3)} ${(1..4).length()} ${r.to_list()}")
end
#> [-2, -1, 0, 1, 2] 5 [-2!, -1!, 0!, 1!, 2!] [-2, 0, 2]
#> 0 [0, 1, 2] 3 [-2, -1, 0, 1, 2]

#@ case tuples
fn main() do
  let t = (1, "two", 3.5)
  println("${Tuple.first(t)} ${Tuple.second(t)} ${Tuple.nth(t, 2)} ${Tuple.size(t)} ${t}")
  let same = (10, 20, 30)
  let i = String.length("ab")
  println("${Tuple.nth(same, i)} ${Tuple.first(("a", 1)) <> "b"}")
end
#> 1 two 3.5 3 (1, two, 3.5)
#> 30 ab

#@ case tuple index out of bounds
fn main() do
  let i = String.length("abc")
  println("${Tuple.nth((1, 2), i)}")
end
#@ exit 134
#! mesh_tuple_nth: index 3 out of bounds (len 2)
