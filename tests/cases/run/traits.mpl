# Interfaces, impls, operators, generic code.

#@ case methods by receiver
interface Shape do
  fn area(self) -> Int
  fn name(self) -> String do
    "shape"
  end
end

struct Square do
  side :: Int
end

struct Rect do
  w :: Int
  h :: Int
end

impl Shape for Square do
  fn area(self) -> Int = self.side * self.side
  fn name(self) -> String = "square"
end

impl Shape for Rect do
  fn area(self) -> Int do
    self.w * self.h
  end
end

fn report<T>(shape :: T) -> String where T: Shape do
  "${shape.name()} ${shape.area()}"
end

fn main() do
  println(report(Square { side: 3 }))
  println(report(Rect { w: 2, h: 5 }))
  println("${area(Rect { w: 1, h: 1 })} ${Shape.name(Square { side: 1 })}")
end
#> square 9
#> shape 10
#> 1 square

#@ case traits for built-in types
interface Describe do
  fn describe(self) -> String
end

impl Describe for Int do
  fn describe(self) -> String = "int ${self}"
end

impl Describe for String do
  fn describe(self) -> String = "text ${self}"
end

impl Describe for List<T> where T: Describe do
  fn describe(self) -> String do
    "list of " <> String.join(List.map(self, fn x -> x.describe() end), ", ")
  end
end

impl Describe for Option<T> where T: Describe do
  fn describe(self) -> String do
    case self do
      Some(x) -> "some " <> x.describe()
      None -> "nothing"
    end
  end
end

fn main() do
  println(5.describe())
  println("x".describe())
  println([1, 2].describe())
  println([Some("a"), None].describe())
end
#> int 5
#> text x
#> list of int 1, int 2
#> list of some text a, nothing

#@ case operators of user types
struct Vec do
  x :: Int
  y :: Int
end

impl Add for Vec do
  type Output = Vec
  fn add(self, other :: Vec) -> Vec = Vec { x: self.x + other.x, y: self.y + other.y }
end

impl Mul for Vec do
  type Output = Int
  fn mul(self, other :: Vec) -> Int = self.x * other.x + self.y * other.y
end

impl Neg for Vec do
  type Output = Vec
  fn neg(self) -> Vec = Vec { x: -self.x, y: -self.y }
end

fn sum3(a, b, c) = a + b + c

fn main() do
  let a = Vec { x: 1, y: 2 }
  let b = Vec { x: 10, y: 20 }
  println("${a + b} ${a * b} ${-a} ${sum3(a, b, a)} ${sum3(1, 2, 3)} ${a == a}")
end
#> Vec { x: 11, y: 22 } 50 Vec { x: -1, y: -2 } Vec { x: 12, y: 24 } 6 true

#@ case order from lt and eq alone
struct Card do
  suit :: String
  rank :: Int
end deriving(Debug)

impl Eq for Card do
  fn eq(self, other :: Card) -> Bool = self.rank == other.rank
end

impl Ord for Card do
  fn lt(self, other :: Card) -> Bool = self.rank < other.rank
end

fn main() do
  let a = Card { suit: "h", rank: 3 }
  let b = Card { suit: "s", rank: 3 }
  let c = Card { suit: "d", rank: 9 }
  println("${a == b} ${a != c} ${a < c} ${a <= b} ${a > c} ${c >= b} ${compare(a, b)} ${compare(c, a)}")
end
#> true true true true false true Equal Greater

#@ case Display and Debug by hand
struct Temp do
  degrees :: Float
end

impl Display for Temp do
  fn to_string(self) -> String = "${self.degrees}°"
end

struct Secret do
  key :: String
end

impl Debug for Secret do
  fn inspect(self) -> String = "Secret(***)"
end

fn main() do
  let t = Temp { degrees: 21.5 }
  println("${t} ${t.to_string()} ${[t, t]} ${Some(t)}")
  println("${Secret { key: "k" }} ${(1, Secret { key: "k" })}")
end
#> 21.5° 21.5° [21.5°, 21.5°] Some(21.5°)
#> Secret(***) (1, Secret(***))

#@ case static methods, defaults from the context
struct Config do
  name :: String
  size :: Int
end

impl Default for Config do
  fn default() -> Config = Config { name: "none", size: 8 }
end

fn main() do
  let c = Config.default()
  let d :: Config = default()
  let n :: Int = default()
  let s :: String = default()
  println("${c.name} ${d.size} ${n} [${s}] ${Int.default()}")
end
#> none 8 0 [] 0

#@ case From, into, TryFrom
struct Celsius do
  degrees :: Int
end

impl From<Int> for Celsius do
  fn from(n :: Int) -> Celsius = Celsius { degrees: n }
end

impl From<String> for Celsius do
  fn from(s :: String) -> Celsius = Celsius { degrees: String.length(s) }
end

struct Even do
  n :: Int
end

impl TryFrom<Int> for Even do
  fn try_from(n :: Int) -> Result<Even, String> do
    if n % 2 == 0 do Ok(Even { n: n }) else Err("${n} is odd") end
  end
end

fn main() do
  println("${Celsius.from(3).degrees} ${Celsius.from("four").degrees}")
  let c :: Celsius = 21.into()
  println("${c.degrees}")
  println("${Even.try_from(4)} ${Even.try_from(5)}")
  let r :: Result<Even, String> = 8.try_into()
  println("${r}")
end
#> 3 4
#> 21
#> Ok(Even { n: 4 }) Err(5 is odd)
#> Ok(Even { n: 8 })

#@ case associated types
interface Container do
  type Item
  fn first(self) -> Self.Item
  fn size(self) -> Int
end

struct Names do
  items :: List<String>
end

impl Container for Names do
  type Item = String
  fn first(self) -> Self.Item = List.head(self.items)
  fn size(self) -> Int = List.length(self.items)
end

struct Once do
  n :: Float
end

impl Container for Once do
  type Item = Float
  fn first(self) -> Float = self.n
  fn size(self) -> Int = 1
end

fn show<C>(c :: C) -> Int where C: Container do
  c.size() * 10
end

fn main() do
  println("${Names { items: ["a", "b"] }.first()} ${Once { n: 2.5 }.first()} ${show(Names { items: ["a", "b"] })}")
end
#> a 2.5 20

#@ case an iterator of one's own
struct Evens do
  from_n :: Int
  to_n :: Int
end

impl Iterable for Evens do
  type Item = Int
  type Iter = ListIterator
  fn iter(self) do
    Iter.from(for n in self.from_n..self.to_n when n % 2 == 0 do n end)
  end
end

fn main() do
  let doubled = for n in Evens { from_n: 1, to_n: 9 } do n * 2 end
  println("${doubled}")
end
#> [4, 8, 12, 16]

#@ case methods chain through the library
fn main() do
  let words = "the quick brown fox".split(" ").filter(fn w -> w.length() > 3 end).map(fn w -> w.to_upper() end)
  println("${words.length()} ${words} ${words.head().length()}")
  println("${%{"a" => 1}.put("b", 2).keys()} ${Set.from_list([1, 1, 2]).size()} ${(1..5).length()}")
  println("${5.to_string() <> "!"} ${2.5.to_string()} ${true.to_string()} ${"x".inspect()}")
end
#> 2 [QUICK, BROWN] 5
#> [a, b] 2 4
#> 5! 2.5 true "x"

#@ case generic functions with several bounds
interface Named do
  fn name(self) -> String
end

struct Dog do
  age :: Int
end

impl Named for Dog do
  fn name(self) -> String = "dog"
end

fn oldest<T>(items :: List<T>) -> String where T: Named, T: Ord do
  let best = List.reduce(items, List.head(items), fn(a, b) -> if a < b do b else a end end)
  best.name()
end

fn largest<T>(a :: T, b :: T) -> T where T: Ord do
  if a < b do b else a end
end

fn main() do
  println(oldest([Dog { age: 1 }, Dog { age: 5 }]))
  println("${largest(3, 9)} ${largest("b", "a")} ${largest([1, 2], [1, 3])} ${largest(2.5, 1.5)}")
end
#> dog
#> 9 b [1, 3] 2.5

#@ case a default method calls required ones
interface Greeter do
  fn name(self) -> String
  fn greeting(self) -> String do
    "hello " <> self.name()
  end
  fn shout(self) -> String do
    String.to_upper(self.greeting()) <> "!"
  end
end

struct A do
  n :: Int
end

struct B do
  n :: Int
end

impl Greeter for A do
  fn name(self) -> String = "a${self.n}"
end

impl Greeter for B do
  fn name(self) -> String = "b"
  fn greeting(self) -> String = "hi b"
end

fn main() do
  println(A { n: 1 }.shout())
  println(B { n: 1 }.shout())
end
#> HELLO A1!
#> HI B!

#@ case methods on generic structs
struct Stack<T> do
  items :: List<T>
end

interface Stacked do
  fn depth(self) -> Int
end

impl Stacked for Stack<T> do
  fn depth(self) -> Int = List.length(self.items)
end

impl Display for Stack<T> where T: Display do
  fn to_string(self) -> String = "stack of ${List.length(self.items)}: ${self.items}"
end

fn main() do
  println("${Stack { items: [1, 2] }.depth()} ${Stack { items: ["a"] }}")
end
#> 2 stack of 1: [a]

#@ case unannotated code works for every type that has the operations
fn biggest(items) do
  List.reduce(items, List.head(items), fn(a, b) -> if a > b do a else b end end)
end

fn describe_all(items) do
  String.join(List.map(items, fn x -> "<${x}>" end), "")
end

fn main() do
  println("${biggest([3, 9, 2])} ${biggest(["a", "c", "b"])} ${biggest([1.5, 0.5])}")
  println(describe_all([1, 2]) <> describe_all(["x"]) <> describe_all([Some(1), None]))
end
#> 9 c 1.5
#> <1><2><x><Some(1)><None>

#@ case impls for tuples, functions and types without their parameters
interface Doubled do
  fn doubled(self) -> Self
  fn unit() -> Self
end

struct Crate<T> do
  item :: T
end deriving(Display)

impl Doubled for Int do
  fn doubled(self) = self * 2
  fn unit() = 1
end

impl Doubled for (A, B) where A: Doubled, B: Doubled do
  fn doubled(self) do
    let (a, b) = self
    (a.doubled(), b.doubled())
  end
  fn unit() = (A.unit(), B.unit())
end

impl Doubled for Fun(Int) -> Int do
  fn doubled(self) do
    let f = self
    fn x -> f(f(x)) end
  end
  fn unit() = fn x -> x end
end

impl Doubled for Crate where T: Doubled do
  fn doubled(self) = Crate { item: self.item.doubled() }
  fn unit() -> Crate<T> = Crate { item: T.unit() }
end

fn twice_unit<T>(like :: T) -> T where T: Doubled do
  T.unit().doubled()
end

fn main() do
  println("${(3, (4, 5)).doubled()} ${twice_unit((7, 7))}")
  println("${(fn x -> x + 3 end).doubled()(1)} ${(Crate { item: Crate { item: 2 } }).doubled()}")
  let unit :: Crate<(Int, Int)> = Crate.unit()
  println("${unit}")
end
#> (6, (8, 10)) (2, 2)
#> 7 Crate(Crate(4))
#> Crate((1, 1))
