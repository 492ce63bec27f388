# Pipes, calls, the ? operator.

#@ case a pipe passes the first argument
fn add(a, b) = a + b
fn scale(x, by) = x * by

fn main() do
  let r = 3 |> add(4) |> scale(10)
  println("${r} ${5 |> Int.to_string} ${"a,b" |> String.split(",") |> List.length()}")
  let s = [3, 1, 2]
    |> List.map(fn n -> n * n end)
    # a comment between

    |> List.filter(fn n -> n > 1 end)
    |> List.sort(fn(a, b) -> a - b end)
  println("${s}")
  let t = 10 |>
    add(1) |>
    scale(2)
  println("${t} ${2 |> fn x -> x + 40 end}")
end
#> 70 5 2
#> [4, 9]
#> 22 42

#@ case slot pipes
fn three(a, b, c) = "${a}${b}${c}"
fn minus(a, b) = a - b

fn main() do
  println("${"x" |2> three("a", "c")} ${"x" |3> three("a", "b")} ${10 |2> minus(3)} ${1 |> minus(3) |2> minus(100)}")
end
#> axc abx -7 102

#@ case the pipe is the loosest operator
fn inc(n) = n + 1

fn main() do
  let x = 2 * 3 |> inc()
  let big = 5 > 3 |> not_it()
  println("${x} ${big}")
  let ok = ([1, 2] |> List.length()) == 2
  println("${ok}")
end

fn not_it(b) = !b
#> 7 false
#> true

#@ case ? takes values out and errors up
fn parse(s :: String) -> Int!String do
  case String.to_int(s) do
    Some(n) -> Ok(n)
    None -> Err("not a number: ${s}")
  end
end

fn sum(a :: String, b :: String) -> Int!String do
  let x = parse(a)?
  let y = parse(b)?
  Ok(x + y)
end

fn first_even(items :: List<Int>) -> Int? do
  let n = List.find(items, fn n -> n % 2 == 0 end)?
  Some(n * 10)
end

fn inferred(a) do
  let x = parse(a)?
  Ok(x * 2)
end

fn main() do
  println("${sum("1", "2")} ${sum("1", "x")} ${sum("y", "x")}")
  println("${first_even([1, 4])} ${first_even([1])}")
  println("${inferred("21")} ${inferred("?")}")
  println("${List.map(["1", "z"], fn s -> do_it(s) end)}")
end

fn do_it(s :: String) -> String!String do
  Ok("<${parse(s)? + 1}>")
end
#> Ok(3) Err(not a number: x) Err(not a number: y)
#> Some(40) None
#> Ok(42) Err(not a number: ?)
#> [Ok(<2>), Err(not a number: z)]

#@ case ? converts errors with From
type AppError do
  BadNumber(String)
  TooBig(Int)
end deriving(Display)

impl From<String> for AppError do
  fn from(s :: String) -> AppError = BadNumber(s)
end

fn parse(s :: String) -> Int!String do
  case String.to_int(s) do
    Some(n) -> Ok(n)
    None -> Err(s)
  end
end

fn load(s :: String) -> Int!AppError do
  let n = parse(s)?
  if n > 100 do
    return Err(TooBig(n))
  end
  Ok(n)
end

fn main() do
  println("${load("7")} ${load("700")} ${load("x")}")
end
#> Ok(7) Err(TooBig(700)) Err(BadNumber(x))

#@ case ? in a closure leaves the closure
fn main() do
  let f = fn s do
    let n = String.to_int(s)?
    Some(n + 1)
  end
  println("${f("4")} ${f("x")}")
end
#> Some(5) None

#@ case ? in a loop leaves the function
fn all(items :: List<String>) -> List<Int>? do
  let ns = for s in items do String.to_int(s)? end
  Some(ns)
end

fn main() do
  println("${all(["1", "2"])} ${all(["1", "x", "3"])}")
end
#> Some([1, 2]) None

#@ case results with struct and tuple payloads
struct User do
  name :: String
  age :: Int
end

fn find(name) -> User!String do
  if name == "ann" do Ok(User { name: name, age: 41 }) else Err("no ${name}") end
end

fn stats(name) -> (String, Int)!String do
  let u = find(name)?
  Ok((u.name, u.age + 1))
end

fn main() do
  for n in ["ann", "bob"] do
    case stats(n) do
      Ok((name, age)) -> println("${name} ${age}")
      Err(e) -> println(e)
    end
  end
end
#> ann 42
#> no bob

#@ case calls over several lines and trailing commas
fn five(a, b, c, d, e) = a + b + c + d + e

fn main() do
  let x = five(
    1,
    2, 3,
    4,
    5,
  )
  let y = 1 +
    2 +
    3
  let z = [
    1,
    2,
  ]
  let ok = x == 15 and
    y == 6
  println("${x} ${y} ${z} ${ok}")
end
#> 15 6 [1, 2] true

#@ case json literals
struct Tag do
  name :: String
end deriving(Json)

fn main() do
  let id = 7
  let body = json { id: id, ok: true, name: "a\"b", list: [1, 2], none: nil, maybe: Some(1.5), nested: json { z: 1, a: "x" }, tag: Tag { name: "t" } }
  println(body)
  println("${Json.encode(%{"b" => 1, "a" => 2})}")
end
#> {"id":7,"list":[1,2],"maybe":1.5,"name":"a\"b","nested":{"a":"x","z":1},"none":null,"ok":true,"tag":{"name":"t"}}
#> {"a":2,"b":1}
