# Structs, sum types, updates, tuples.

#@ case literals, access, nested access
struct Point do
  x :: Int
  y :: Int
end

struct Segment do
  from_point :: Point
  to_point :: Point
  name :: String
end

fn main() do
  let s = Segment { name: "s", from_point: Point { x: 1, y: 2 }, to_point: Point { x: 3 y: 4 } }
  println("${s.name} ${s.from_point.x} ${s.to_point.y} ${s.name.length()}")
  println("${s}")
end
#> s 1 4 1
#> Segment { from_point: Point { x: 1, y: 2 }, to_point: Point { x: 3, y: 4 }, name: s }

#@ case an update leaves the old value alone
struct User do
  name :: String
  age :: Int
  tags :: List<String>
end

fn birthday(u :: User) -> User do
  %{u | age: u.age + 1}
end

fn main() do
  let ann = User { name: "Ann", age: 41, tags: ["a"] }
  let older = birthday(ann)
  let other = %{older | name: "Bob", tags: List.append(older.tags, "b")}
  println("${ann.age} ${older.age} ${other.name} ${other.tags} ${ann.tags}")
  let chain = %{%{ann | age: 1} | name: "Kid"}
  println("${chain.name} ${chain.age}")
end
#> 41 42 Bob [a, b] [a]
#> Kid 1

#@ case an update evaluates its parts from left to right
struct P do
  x :: Int
  y :: Int
end

fn note(s :: String, n :: Int) -> Int do
  println(s)
  n
end

fn base() -> P do
  println("base")
  P { x: note("x", 1), y: note("y", 2) }
end

fn main() do
  let p = %{base() | y: note("new y", 5), x: note("new x", 6)}
  println("${p.x} ${p.y}")
  let q = P { y: note("y first", 1), x: note("then x", 2) }
  println("${q.x} ${q.y}")
end
#> base
#> x
#> y
#> new y
#> new x
#> 6 5
#> y first
#> then x
#> 2 1

#@ case generic structs
struct Box<T> do
  value :: T
  count :: Int
end

fn map_box<A, B>(b :: Box<A>, f :: Fun(A) -> B) -> Box<B> do
  Box { value: f(b.value), count: b.count + 1 }
end

fn main() do
  let b = Box { value: 3, count: 0 }
  let c = map_box(map_box(b, fn n -> "n${n}" end), fn s -> [s, s] end)
  println("${b.value} ${c.value} ${c.count}")
  println("${Box { value: 1.5, count: 2 }} ${Box { value: true, count: 0 }.value}")
end
#> 3 [n3, n3] 2
#> Box { value: 1.5, count: 2 } true

#@ case fields of every type
struct Everything do
  i :: Int
  f :: Float
  b :: Bool
  s :: String
  u :: ()
  t :: (Int, Float)
  l :: List<Float>
  m :: Map<String, Bool>
  o :: Option<String>
  r :: Result<Int, String>
end

fn main() do
  let e = Everything {
    i: 1, f: 2.5, b: true, s: "x", u: (), t: (3, 4.5), l: [0.5], m: %{"k" => false}, o: Some("o"), r: Err("e")
  }
  println("${e.i} ${e.f} ${e.b} ${e.s} ${e.u} ${e.t} ${e.l} ${e.m} ${e.o} ${e.r}")
  let (n, x) = e.t
  println("${n} ${x} ${Map.get(e.m, "k")}")
  let e2 = %{e | f: 0.25, b: false, r: Ok(9)}
  println("${e2.f} ${e2.b} ${e2.r} ${e2.i}")
end
#> 1 2.5 true x () (3, 4.5) [0.5] %{k => false} Some(o) Err(e)
#> 3 4.5 false
#> 0.25 false Ok(9) 1

#@ case recursive types
struct Node do
  value :: Int
  next :: Option<Node>
end

type Tree<T> do
  Leaf
  Branch(Tree<T>, T, Tree<T>)
end

fn insert(tree, x) do
  case tree do
    Leaf -> Branch(Leaf, x, Leaf)
    Branch(l, y, r) when x < y -> Branch(insert(l, x), y, r)
    Branch(l, y, r) -> Branch(l, y, insert(r, x))
  end
end

fn to_list(tree) do
  case tree do
    Leaf -> []
    Branch(l, x, r) -> to_list(l) ++ [x] ++ to_list(r)
  end
end

fn sum(node :: Node) -> Int do
  case node.next do
    Some(n) -> node.value + sum(n)
    None -> node.value
  end
end

fn main() do
  let list = Node { value: 1, next: Some(Node { value: 2, next: None }) }
  println("${sum(list)}")
  let tree = List.reduce([5, 2, 8, 1, 9], Leaf, fn(t, x) -> insert(t, x) end)
  println("${to_list(tree)}")
  let words = List.reduce(["pear", "fig", "kiwi"], Leaf, fn(t, x) -> insert(t, x) end)
  println("${to_list(words)}")
end
#> 3
#> [1, 2, 5, 8, 9]
#> [fig, kiwi, pear]

#@ case equality, order and hash of user types
struct Version do
  major :: Int
  minor :: Int
  label :: String
end

type Level do
  Low
  Mid(Int)
  High(String)
end

fn main() do
  let a = Version { major: 1, minor: 2, label: "a" }
  let b = Version { major: 1, minor: 2, label: "b" }
  println("${a == a} ${a == b} ${a != b} ${a < b} ${b <= a} ${a > b} ${compare(b, a)}")
  println("${Low < Mid(0)} ${Mid(2) < Mid(1)} ${Mid(9) < High("")} ${High("a") == High("a")} ${Mid(1) == Low}")
  println("${a.hash() == Version { major: 1, minor: 2, label: "a" }.hash()} ${a.hash() == b.hash()}")
  let seen = %{a => 1, b => 2}
  println("${Map.get(seen, b)} ${Map.size(Map.put(seen, a, 3))}")
end
#> true false true true false false Greater
#> true false true true false
#> true false
#> 2 2

#@ case derived text
struct Pair do
  left :: Int
  right :: String
end deriving(Display, Debug)

type Shape do
  Dot
  Line(Int)
  Rect(width :: Int, height :: Int)
end deriving(Display, Debug, Eq)

struct Empty do
end deriving(Display, Debug)

struct Plain do
  p :: Option<Int>
end

fn main() do
  let p = Pair { left: 1, right: "r" }
  println("${p} ${p.to_string()} ${p.inspect()}")
  println("${Dot} ${Line(3)} ${Rect(1, 2)} ${[Dot, Line(1)]}")
  println("${Dot.inspect()} ${Line(3).inspect()}")
  println("${Empty {}} ${Empty {}.inspect()}")
  println("${Plain { p: Some(3) }} ${Plain { p: None }.inspect()}")
end
#> Pair(1, r) Pair(1, r) Pair { left: 1, right: r }
#> Dot Line(3) Rect(1, 2) [Dot, Line(1)]
#> Dot Line(...)
#> Empty() Empty {}
#> Plain { p: Some(3) } Plain { p: None }

#@ case tuples
fn main() do
  let t = (1, "two", 3.5)
  println("${t} ${Tuple.first(t)} ${Tuple.second(t)} ${Tuple.nth(t, 2)} ${Tuple.size(t)}")
  println("${(1, 2) == (1, 2)} ${(1, "b") < (1, "c")} ${((1, 2), [3])}")
  let m = %{(0, 1) => "a", (1, 0) => "b"}
  println("${Map.get(m, (1, 0))}")
end
#> (1, two, 3.5) 1 two 3.5 3
#> true true ((1, 2), [3])
#> b

#@ case aliases are their types
type Id = Int
type Table<K, V> = Map<K, List<V>>

fn add(t :: Table<String, Id>, k :: String, v :: Id) -> Table<String, Id> do
  let old = if Map.has_key(t, k) do Map.get(t, k) else [] end
  Map.put(t, k, old ++ [v])
end

fn main() do
  let t = add(add(add(%{}, "a", 1), "b", 2), "a", 3)
  println("${t}")
end
#> %{a => [1, 3], b => [2]}

#@ case many fields and many variants
struct Wide do
  a :: Int
  b :: Float
  c :: Bool
  d :: String
  e :: Int
  f :: Float
  g :: Bool
  h :: String
  i :: List<Int>
  j :: Int
end

type Many do
  V0
  V1(Int)
  V2(Float, Bool)
  V3(String, Int, Float, Bool)
  V4(Wide)
  V5(List<Many>)
end

fn weight(m :: Many) -> Float do
  case m do
    V0 -> 0.0
    V1(n) -> Int.to_float(n)
    V2(f, true) -> f
    V2(f, false) -> 0.0 - f
    V3(_, n, f, b) -> if b do f + Int.to_float(n) else f end
    V4(w) -> w.b + w.f + Int.to_float(w.j)
    V5(ms) -> List.reduce(ms, 0.0, fn(acc, m) -> acc + weight(m) end)
  end
end

fn main() do
  let w = Wide { a: 1, b: 2.5, c: true, d: "d", e: 5, f: 6.5, g: false, h: "h", i: [9], j: 10 }
  let all = V5([V0, V1(2), V2(0.5, true), V2(0.25, false), V3("s", 3, 1.5, true), V4(w), V5([V1(1)])])
  println("${weight(all)}")
  println("${w}")
end
#> 26.75
#> Wide { a: 1, b: 2.5, c: true, d: d, e: 5, f: 6.5, g: false, h: h, i: [9], j: 10 }

#@ case field access on a type found later
struct Item do
  title :: String
  price :: Int
end

fn total(items) do
  List.reduce(items, 0, fn(sum, item) -> sum + item.price end)
end

fn names(items) = List.map(items, fn item -> item.title end)

fn main() do
  let items = [Item { title: "a", price: 3 }, Item { title: "b", price: 4 }]
  println("${total(items)} ${names(items)}")
end
#> 7 [a, b]

#@ case the type Tuple is any tuple
fn size(t :: Tuple) -> Int = Tuple.size(t)

fn main() do
  println("${size((1, "a"))} ${size((1, 2.5, [3], "x"))} ${Tuple.size((1, 2, 3))}")
end
#> 2 4 3
