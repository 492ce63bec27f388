interface Named do
  fn name(self) -> String
  fn greet(self) -> String do
    "hello ${self.name()}"
  end
end

struct Dog do
  breed :: String
  age :: Int
end

type Pet do
  Cat(String)
  Fish
end

impl Named for Dog do
  fn name(self) -> String do self.breed end
end

impl Named for Pet do
  fn name(self) -> String do
    case self do
      Cat(n) -> n
      Fish -> "fish"
    end
  end
  fn greet(self) -> String do "blub ${self.name()}" end
end

impl Named for Int do
  fn name(self) -> String do "int ${self}" end
end

fn announce<T>(x :: T) -> String where T: Named do
  x.greet()
end

struct Vec do
  x :: Float
  y :: Float
end deriving(Eq, Ord, Display, Debug, Hash)

impl Add for Vec do
  type Output = Vec
  fn add(self, o :: Vec) -> Vec do Vec { x: self.x + o.x, y: self.y + o.y } end
end

impl Neg for Vec do
  type Output = Vec
  fn neg(self) -> Vec do Vec { x: -self.x, y: -self.y } end
end

struct Version do
  major :: Int
  tag :: String
end

impl Ord for Version do
  fn lt(self, o :: Version) -> Bool do self.major < o.major end
end

impl Eq for Version do
  fn eq(self, o :: Version) -> Bool do self.major == o.major end
end

impl Display for Version do
  fn to_string(self) -> String do "v${self.major}" end
end

struct Box<T> do
  value :: T
end deriving(Eq, Display)

impl Default for Vec do
  fn default() -> Vec do Vec { x: 1.0, y: 2.0 } end
end

struct AppError do
  text :: String
end

impl From<String> for AppError do
  fn from(s :: String) -> AppError do AppError { text: "app: " <> s } end
end

fn parse(s :: String) -> Result<Int, String> do
  case String.to_int(s) do
    Some(n) -> Ok(n)
    None -> Err("bad ${s}")
  end
end

fn sum(a :: String, b :: String) -> Result<Int, AppError> do
  let x = parse(a)?
  let y = parse(b)?
  Ok(x + y)
end

fn head_of(xs :: List<Int>) -> Option<Int> do
  let first = List.find(xs, fn x -> x > 2 end)?
  Some(first * 10)
end

struct Deck do
  cards :: List<String>
end

impl Iterable for Deck do
  type Item = String
  type Iter = ListIterator
  fn iter(self) -> ListIterator do
    Iter.from(self.cards)
  end
end

fn biggest<T>(xs :: List<T>, start :: T) -> T where T: Ord do
  List.reduce(xs, start, fn a, b -> if a < b do b else a end end)
end

fn main() do
  println("${announce(Dog { breed: "corgi", age: 3 })} ${announce(Cat("tom"))} ${announce(Fish)} ${announce(4)}")
  let v = Vec { x: 1.0, y: 2.5 } + Vec { x: 0.5, y: 0.5 }
  println("${v} ${-v} ${v.inspect()} ${v == v} ${v < Vec { x: 1.5, y: 4.0 }}")
  println("${compare(v, v)} ${compare("a", "b")} ${compare(3, 1)} ${compare([1, 2], [1])}")
  let a = Version { major: 1, tag: "x" }
  let b = Version { major: 2, tag: "y" }
  println("${a} ${a < b} ${a >= b} ${a == Version { major: 1, tag: "other" }} ${compare(b, a)}")
  println("${biggest([3, 9, 4], 0)} ${biggest(["pear", "fig"], "")} ${biggest([a, b], a)}")
  println("${Box { value: 3 }} ${Box { value: [1.5] }} ${Box { value: "a" } == Box { value: "a" }}")
  let d :: Vec = default()
  let n :: Int = default()
  println("${d} ${n}")
  case sum("1", "2") do
    Ok(n) -> println("${n}")
    Err(e) -> println(e.text)
  end
  case sum("1", "two") do
    Ok(n) -> println("${n}")
    Err(e) -> println(e.text)
  end
  println("${head_of([1, 2, 3])} ${head_of([1])}")
  let deck = Deck { cards: ["ace", "king"] }
  for c in deck do
    println(c)
  end
  println("${"abc".hash()} ${42.hash()} ${true.hash()} ${"".hash()}")
  let dog = Dog { breed: "pug", age: 2 }
  let no_name = Fish
  let older = %{dog | age: dog.age + 1}
  println("${older.inspect()} ${dog == older} ${dog.inspect()} ${Cat("x").inspect()} ${no_name.inspect()}")
  println("${Some(1) < None} ${Some(2) > Some(1)} ${Ok(1) == Err("x")} ${(1, "a") < (1, "b")}")
  println("${[Some(1.5), None]} ${%{"k" => (1, :atom)}} ${Less} ${()}")
  println("${"quoted".inspect()} ${:name.inspect()} ${[1, 2].inspect()}")
end
