# Functions, clauses, closures, recursion.

#@ case clauses are tried from top to bottom
fn name(0) = "zero"
fn name(1) = "one"
fn name(n) when n < 0 = "negative"
fn name(_) = "many"

fn main() do
  for n in [0, 1, -5, 7] do
    println(name(n))
  end
end
#> zero
#> one
#> negative
#> many

#@ case clauses match on every parameter
fn pick("id", n) when n >= 0 and n < 10 = "digit"
fn pick("id", _) = "id"
fn pick(name, -1) = name <> " last"
fn pick(name, n) = "${name} ${n}"

fn main() do
  println(pick("id", 9))
  println(pick("id", 10))
  println(pick("id", -1))
  println(pick("x", -1))
  println(pick("x", 1))
end
#> digit
#> id
#> id
#> x last
#> x 1

#@ case guards of clauses are unrestricted
fn kind(n :: Int) when n % 2 == 0 = "even"
fn kind(n :: Int) when List.contains([1, 3], n + 0) = "small odd"
fn kind(_) = "odd"

fn main() do
  println("${kind(4)} ${kind(3)} ${kind(9)}")
end
#> even small odd odd

#@ case constructor and list patterns in parameters
type Tree do
  Leaf
  Node(Tree, Int, Tree)
end

fn sum(Leaf) = 0
fn sum(Node(l, n, r)) = sum(l) + n + sum(r)

fn total([]) = 0
fn total((h :: t)) = h + total(t)

fn first((a, _)) = a

fn main() do
  let tree = Node(Node(Leaf, 1, Leaf), 2, Node(Leaf, 3, Leaf))
  println("${sum(tree)} ${total([1, 2, 3])} ${first((7, "x"))}")
end
#> 6 6 7

#@ case one name, several numbers of parameters
fn area(side) = side * side
fn area(width, height) = width * height
fn area() = 0

fn main() do
  println("${area()} ${area(3)} ${area(3, 4)} ${5 |> area()} ${5 |> area(2)}")
end
#> 0 9 12 25 10

#@ case functions as values
fn double(n :: Int) -> Int = n * 2
fn apply(f, x) = f(x)

fn main() do
  let g = double
  println("${apply(double, 4)} ${g(5)} ${List.map([1, 2], double)}")
  println("${List.map(["a", "bc"], String.length)} ${List.map([1, 2], Some)}")
end
#> 8 10 [2, 4]
#> [1, 2] [Some(1), Some(2)]

#@ case closures capture what they use
fn adder(n) do
  fn x -> x + n end
end

fn main() do
  let add3 = adder(3)
  let add10 = adder(10)
  println("${add3(1)} ${add10(1)} ${adder(100)(1)}")
  let name = "mesh"
  let greet = fn(greeting) -> greeting <> " " <> name end
  println(greet("hello"))
end
#> 4 11 101
#> hello mesh

#@ case closures in data outlive the function that made them
struct Button do
  label :: String
  on_click :: Fun(Int) -> String
end

fn make(label :: String) -> Button do
  Button { label: label, on_click: fn n -> "${label} clicked ${n} times" end }
end

fn main() do
  let buttons = [make("ok"), make("cancel")]
  for b in buttons do
    println(b.on_click(2))
  end
  let table = %{"add" => fn(a, b) -> a + b end, "mul" => fn(a, b) -> a * b end}
  let f = Map.get(table, "mul")
  println("${f(6, 7)}")
end
#> ok clicked 2 times
#> cancel clicked 2 times
#> 42

#@ case every form of a closure
fn main() do
  let f1 = fn -> 1 end
  let f2 = fn do 2 end
  let f3 = fn(x, y :: Int) -> x + y end
  let f4 = fn x, y -> x * y end
  let f5 = fn ((a, b)) -> a - b end
  let f6 = fn x when x > 9 -> "big" | 0 -> "zero" | _ -> "small" end
  let f7 = fn Some(v) -> v | None -> 0 end
  let f8 = fn n do
    let m = n + 1
    m * m
  end
  println("${f1()} ${f2()} ${f3(1, 2)} ${f4(3, 4)} ${f5((9, 4))}")
  println("${f6(10)} ${f6(0)} ${f6(5)} ${f7(Some(8))} ${f7(None)} ${f8(2)}")
  println("${(fn x -> x end)(7)}")
end
#> 1 2 3 12 5
#> big zero small 8 0 9
#> 7

#@ case clauses of a closure on lines of their own
type Shape do
  Circle(Int)
  Square(Int)
end

fn main() do
  let area = fn Shape.Circle(r) -> 3 * r * r
    | Shape.Square(s) -> s * s
  end
  println("${area(Circle(2))} ${area(Square(3))}")
end
#> 12 9

#@ case a trailing closure is the last argument
fn twice(n, f) do
  f(n)
  f(n + 1)
end

fn each(items, f) do
  for item in items do
    f(item)
  end
end

fn main() do
  twice(1) do |n|
    println("call ${n}")
  end
  each(["a", "b"]) do |s|
    println(String.to_upper(s))
  end
  let lengths = List.map(["x", "yy"]) do |s| String.length(s) end
  println("${lengths}")
end
#> call 1
#> call 2
#> A
#> B
#> [1, 2]

#@ case keyword arguments become a map
fn show(name :: String, options) do
  let keys = Map.keys(options)
  println("${name} ${keys} ${Map.get(options, "limit")}")
end

fn main() do
  show("rows", limit: 10, offset: 5)
  "piped" |> show(limit: 1)
end
#> rows [limit, offset] 10
#> piped [limit] 1

#@ case a return leaves the innermost function
fn find(items, wanted) do
  for item in items do
    if item == wanted do
      return "found ${item}"
    end
  end
  "missing"
end

fn pairs(n) do
  let f = fn x do
    if x > 1 do return "big" end
    "small"
  end
  f(n) <> "!"
end

fn main() do
  println(find([1, 2, 3], 2))
  println(find([1, 2, 3], 9))
  println("${pairs(1)} ${pairs(2)}")
end
#> found 2
#> missing
#> small! big!

#@ case local functions see the names around them
fn outer(n) do
  let base = n * 10
  fn helper(k) do
    base + k
  end
  helper(1) + helper(2)
end

fn main() do
  println("${outer(4)}")
end
#> 83

#@ case a million tail calls take no stack
fn count(0, acc) = acc
fn count(n, acc) = count(n - 1, acc + 1)

fn even(0) = true
fn even(n) = odd(n - 1)
fn odd(0) = false
fn odd(n) = even(n - 1)

fn walk(n :: Int, text :: String, items :: List<Int>) -> Int do
  if n == 0 do
    List.length(items) + String.length(text)
  else
    jump(n - 1, items, text)
  end
end

fn jump(n :: Int, items :: List<Int>, text :: String) -> Int do
  case n do
    0 -> walk(0, text, items)
    k -> walk(k, text, items)
  end
end

fn main() do
  println("${count(3000000, 0)}")
  println("${even(1000000)} ${odd(1000000)}")
  println("${walk(1000000, "abc", [1, 2])}")
end
#> 3000000
#> true false
#> 5

#@ case tail calls through a match, an if and a case drop what they held
fn loop(n :: Int, seen :: List<String>) -> Int do
  let line = "line ${n}"
  if n == 0 do
    List.length(seen)
  else
    case String.length(line) do
      6 -> loop(n - 1, List.append(seen, line))
      _ -> loop(n - 1, seen)
    end
  end
end

fn main() do
  println("${loop(200000, [])}")
end
#> 9

#@ case polymorphic functions at several types
fn pair(x) = (x, x)
fn swap(p) do
  let (a, b) = p
  (b, a)
end
fn twice(x) = x + x

fn main() do
  println("${pair(1)} ${pair("a")} ${swap((1, "b"))} ${twice(2)} ${twice(1.5)}")
  let id = fn x -> x end
  println("${id(1)} ${id("s")} ${id([1.5])}")
end
#> (1, 1) (a, a) (b, 1) 4 3
#> 1 s [1.5]

#@ case arguments are evaluated from left to right
fn note(text :: String, value :: Int) -> Int do
  println(text)
  value
end

fn three(a, b, c) = a * 100 + b * 10 + c

fn main() do
  println("${three(note("a", 1), note("b", 2), note("c", 3))}")
  let pair = (note("x", 1), note("y", 2))
  println("${note("l", 5) - note("r", 3)} ${pair}")
end
#> a
#> b
#> c
#> 123
#> x
#> y
#> l
#> r
#> 2 (1, 2)

#@ case top-level lets are evaluated once, before main, in order
let base = 40
let answer = base + 2
let names = ["a", "b"]
let shout = fn s -> String.to_upper(s) end

fn main() do
  println("${answer} ${names} ${shout("x")}")
  println("${List.length(names) + base}")
end
#> 42 [a, b] X
#> 42

#@ case compose
fn compose(f, g) do
  fn x -> g(f(x)) end
end

fn main() do
  let inc = fn x -> x + 1 end
  let show = fn x -> "<${x}>" end
  let h = compose(compose(inc, inc), show)
  println(h(40))
  let fs = [inc, fn x -> x * x end, compose(inc, inc)]
  println("${List.map(fs, fn f -> f(5) end)}")
end
#> <42>
#> [6, 25, 7]

#@ case recursion over closures
fn fold(items, start, f) do
  case items do
    [] -> start
    h :: t -> fold(t, f(start, h), f)
  end
end

fn main() do
  println("${fold([1, 2, 3, 4], 0, fn(a, b) -> a + b end)}")
  println(fold(["a", "b"], "", fn(a, b) -> b <> a end))
end
#> 10
#> ba
