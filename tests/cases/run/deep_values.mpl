#@ case a tree of 300,000 levels is compared, hashed and printed
type Tree do
  Leaf
  Node(Tree, Int)
end deriving(Eq, Ord, Hash, Display, Debug, Json)

fn build(t :: Tree, n :: Int) -> Tree do
  if n == 0 do t else build(Node(t, n), n - 1) end
end

fn main() do
  let a = build(Leaf, 300000)
  let b = build(Leaf, 300000)
  let c = build(Node(Leaf, 0), 300000)
  println("${a == b} ${a == c} ${a < c} ${compare(c, a)} ${a.hash() == b.hash()} ${Map.get(%{a => 1}, b)}")
  println("${String.length("${a}")} ${a.inspect()} ${String.length(Json.encode(a))}")
end
#> true false true Greater true 1
#> 4088899 Node(...) 9788921

#@ case structs in Options, lists in lists, maps in maps
struct Link do
  n :: Int
  next :: Option<Link>
end deriving(Eq, Ord, Hash, Display, Debug, Json)

type Rose do
  Rose(List<Rose>)
end deriving(Eq, Ord, Hash, Display, Json)

type Folder do
  Folder(Map<String, Folder>)
end deriving(Eq, Display, Json)

fn chain(l :: Option<Link>, n :: Int) -> Option<Link> do
  if n == 0 do l else chain(Some(Link { n: n, next: l }), n - 1) end
end

fn rose(r :: Rose, n :: Int) -> Rose do
  if n == 0 do r else rose(Rose([Rose([]), r]), n - 1) end
end

fn folder(f :: Folder, n :: Int) -> Folder do
  if n == 0 do f else folder(Folder(%{"k" => f}), n - 1) end
end

fn main() do
  let d = 300000
  let l = chain(None, d)
  println("${l == chain(None, d)} ${l < chain(None, d)} ${l.hash() == chain(None, d).hash()}")
  println("${String.length("${l}")} ${String.length(l.inspect())} ${String.length(Json.encode(l))}")
  let r = rose(Rose([]), d)
  println("${r == rose(Rose([]), d)} ${compare(r, rose(Rose([]), d))} ${r.hash() == rose(Rose([]), d).hash()}")
  println("${String.length("${r}")} ${String.length(Json.encode(r))}")
  let f = folder(Folder(%{}), d)
  println("${f == folder(Folder(%{}), d)} ${String.length("${f}")} ${String.length(Json.encode(f))}")
end
#> true false true
#> 5888899 5888899 5888899
#> true Equal true
#> 5400008 17100028
#> true 4800011 10200030

#@ case deep values go to other processes and come back
type Tree do
  Leaf
  Node(Tree, Int)
end deriving(Eq, Display)

fn build(t :: Tree, n :: Int) -> Tree do
  if n == 0 do t else build(Node(t, n), n - 1) end
end

actor echo(to :: Pid<Tree>) do
  receive do
    t -> send(to, Node(t, String.length("${t}")))
  end
end

actor start(out :: Pid<String>) do
  let deep = build(Leaf, 300000)
  send(spawn(echo, self()), deep)
  receive do
    Node(t, n) -> send(out, "${n} ${t == deep}")
    Leaf -> send(out, "leaf")
  end
end

actor show() do
  receive do
    text -> println(text)
  end
end

fn main() do
  spawn(start, spawn(show))
  case Job.await(Job.async(fn() -> build(Leaf, 300000) end)) do
    Ok(t) -> println("${t == build(Leaf, 300000)}")
    Err(e) -> println(e)
  end
  let lengths = Job.map([1, 2, 3], fn(n) -> String.length("${build(Leaf, n * 100000)}") end)
  println("${lengths}")
  Timer.sleep(300)
end
#@ alone

#@ case a panic deep inside a value ends its process alone
type Item do
  Item(Int)
end

impl Display for Item do
  fn to_string(self) -> String do
    case self do
      Item(n) -> "${1 / n}"
    end
  end
end

type Tree do
  Leaf(Item)
  Node(Tree, Int)
end deriving(Display)

fn build(t :: Tree, n :: Int) -> Tree do
  if n == 0 do t else build(Node(t, n), n - 1) end
end

fn text(n :: Int) -> String do
  case Job.await(Job.async(fn() -> "${build(Leaf(Item(n)), 300000)}" end)) do
    Ok(t) -> "${String.length(t)}"
    Err(e) -> e
  end
end

fn main() do
  println("${text(1)} ${text(0)} ${text(1)} ${text(0)}")
end
#! division by zero
#> 4088902 division by zero 4088902 division by zero

#@ case recursion through the library's calls of closures ends in a panic
fn f(x :: List<Int>) -> List<Int> do
  List.sort(x, fn(a, b) -> List.length(f(x)) end) # P: stack overflow
end

fn main() do
  println("${f([1, 2])}")
end

#@ case recursion without end through a text is a panic
struct Ouroboros do
  tail :: Int
end

impl Display for Ouroboros do
  fn to_string(self) -> String do # P: stack overflow
    "${self}!"
  end
end

fn main() do
  println("${Ouroboros { tail: 1 }}")
end

#@ case recursion without end through a map of itself is a panic
struct Knot do
  name :: String
end

impl Eq for Knot do
  fn eq(self, other :: Knot) -> Bool do
    %{"a" => self} == %{"a" => other} # P: stack overflow
  end
end

fn main() do
  println("${Knot { name: "a" } == Knot { name: "a" }}")
end
