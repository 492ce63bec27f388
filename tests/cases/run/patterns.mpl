# case, patterns, destructuring.

#@ case literals of every kind
fn name(x :: Int) -> String do
  case x do
    -1 -> "minus one"
    0 -> "zero"
    0xFF -> "ff"
    1_000 -> "thousand"
    9223372036854775807 -> "max"
    -9223372036854775808 -> "min"
    _ -> "other"
  end
end

fn text(s :: String) -> Int do
  case s do
    "" -> 0
    "a\tb" -> 1
    "é" -> 2
    _ -> 3
  end
end

fn number(f :: Float) -> String do
  case f do
    0.5 -> "half"
    -1.5 -> "minus"
    2e3 -> "big"
    _ -> "other"
  end
end

fn main() do
  for n in [-1, 0, 255, 1000, 9223372036854775807, -9223372036854775808, 1] do
    println(name(n))
  end
  println("${text("")} ${text("a\tb")} ${text("é")} ${text("x")}")
  println("${number(0.5)} ${number(0.0 - 1.5)} ${number(2000.0)} ${number(1.5)}")
end
#> minus one
#> zero
#> ff
#> thousand
#> max
#> min
#> other
#> 0 1 2 3
#> half minus big other

#@ case or-patterns, also nested and with names
type Shape do
  Circle(Int)
  Ring(Int, Int)
  Square(Int)
  Empty
end

fn size(shape :: Shape) -> Int do
  case shape do
    Circle(r) | Ring(r, _) -> r
    Square(0 | 1) -> 1
    Square(n) -> n
    Empty -> 0
  end
end

fn weekday(n) do
  case n do
    1 | 2 | 3 | 4 | 5 -> "work"
    6 | 7 -> "rest"
    _ -> "?"
  end
end

fn either(p) do
  case p do
    (0, n) | (n, 0) -> "axis ${n}"
    (a, b) -> "${a}/${b}"
  end
end

fn main() do
  println("${size(Circle(3))} ${size(Ring(4, 9))} ${size(Square(0))} ${size(Square(7))} ${size(Empty)}")
  println("${weekday(3)} ${weekday(7)} ${weekday(0)}")
  println("${either((0, 5))} ${either((6, 0))} ${either((1, 2))}")
end
#> 3 4 1 7 0
#> work rest ?
#> axis 5 axis 6 1/2

#@ case as binds the whole
fn main() do
  case [1, 2, 3] do
    1 :: rest as all -> println("${rest} ${all}")
    _ -> println("no")
  end
  case Some((1, "a")) do
    Some((n, _) as pair) -> println("${n} ${pair}")
    None -> println("none")
  end
  case 7 do
    (7 | 8) as n -> println("n ${n}")
    _ -> println("no")
  end
end
#> [2, 3] [1, 2, 3]
#> 1 (1, a)
#> n 7

#@ case lists: empty, exact length, head and tail
fn show(xs :: List<Int>) -> String do
  case xs do
    [] -> "empty"
    [one] -> "one ${one}"
    [1, b] -> "one and ${b}"
    [a, b] -> "${a} and ${b}"
    a :: b :: rest -> "${a}, ${b} and ${List.length(rest)} more"
  end
end

fn main() do
  println(show([]))
  println(show([5]))
  println(show([1, 2]))
  println(show([3, 4]))
  println(show([1, 2, 3, 4]))
end
#> empty
#> one 5
#> one and 2
#> 3 and 4
#> 1, 2 and 2 more

#@ case deeply nested patterns
type Expr do
  Num(Int)
  Add(Expr, Expr)
  Mul(Expr, Expr)
  Neg(Expr)
end

fn simplify(e :: Expr) -> Expr do
  case e do
    Add(Num(0), x) | Add(x, Num(0)) -> simplify(x)
    Mul(Num(0), _) | Mul(_, Num(0)) -> Num(0)
    Mul(Num(1), x) | Mul(x, Num(1)) -> simplify(x)
    Neg(Neg(x)) -> simplify(x)
    Add(a, b) -> Add(simplify(a), simplify(b))
    Mul(a, b) -> Mul(simplify(a), simplify(b))
    other -> other
  end
end

fn text(e :: Expr) -> String do
  case e do
    Num(n) -> "${n}"
    Add(a, b) -> "(${text(a)} + ${text(b)})"
    Mul(a, b) -> "${text(a)} * ${text(b)}"
    Neg(a) -> "-${text(a)}"
  end
end

fn main() do
  println(text(simplify(Add(Num(0), Neg(Neg(Mul(Num(1), Num(7))))))))
  println(text(simplify(Add(Mul(Num(2), Num(3)), Mul(Num(5), Num(0))))))
end
#> 7
#> (2 * 3 + 0)

#@ case guards are tried in order and see the bindings
fn grade(r) do
  case r do
    Ok(n) when n >= 90 -> "A"
    Ok(n) when n >= 80 and n < 90 -> "B"
    Ok(m) -> "C ${m}"
    Err(why) when why == "sick" -> "excused"
    Err(_) -> "F"
  end
end

fn small(x) do
  case x do
    n when n > 9 -> "big"
    0 -> "zero"
    n -> "n${n}"
  end
end

fn main() do
  println("${grade(Ok(95))} ${grade(Ok(85))} ${grade(Ok(10))} ${grade(Err("sick"))} ${grade(Err("x"))}")
  println("${small(10)} ${small(0)} ${small(3)}")
end
#> A B C 10 excused F
#> big zero n3

#@ case a guarded arm that fails falls to later arms of the same shape
fn pick(o :: Option<Int>) -> String do
  case o do
    Some(n) when n > 100 -> "huge"
    Some(5) -> "five"
    Some(n) when n > 9 -> "big ${n}"
    None -> "none"
    Some(n) -> "small ${n}"
  end
end

fn main() do
  println("${pick(Some(101))} ${pick(Some(5))} ${pick(Some(10))} ${pick(Some(3))} ${pick(None)}")
end
#> huge five big 10 small 3 none

#@ case tuples, atoms, unit and booleans
fn both(a, b) do
  case (a, b) do
    (true, true) -> "both"
    (true, false) | (false, true) -> "one"
    (false, false) -> "none"
  end
end

fn color(c) do
  case c do
    :red -> 1
    :green -> 2
    _ -> 3
  end
end

fn main() do
  println("${both(true, true)} ${both(false, true)} ${both(false, false)}")
  println("${color(:red)} ${color(:green)} ${color(:blue)}")
  case () do
    () -> println("unit")
  end
  case nil do
    nil -> println("nil")
  end
end
#> both one none
#> 1 2 3
#> unit
#> nil

#@ case destructuring let
type Wrapper do
  Wrapper(Int, String)
end

fn split(n :: Int) -> (Int, Int) do
  (n / 10, n % 10)
end

fn main() do
  let (tens, ones) = split(42)
  let (a, (b, c)) = (1, ("two", [3]))
  let Wrapper(n, s) = Wrapper(5, "five")
  let (_, last) = (0, 9)
  let Ok(v) = String.to_int("12") |> wrap()
  println("${tens} ${ones} ${a} ${b} ${c} ${n} ${s} ${last} ${v}")
end

fn wrap(o :: Option<Int>) -> Result<Int, String> do
  case o do
    Some(n) -> Ok(n)
    None -> Err("none")
  end
end
#> 4 2 1 two [3] 5 five 9 12

#@ case a refutable let that does not match panics
fn main() do
  println("before")
  let Some(n) = String.to_int("x")
  println("${n}")
end
#> before
#! non-exhaustive match
#@ exit 134

#@ case arms with blocks
fn main() do
  let r = case Some(3) do
    Some(n) ->
      let m = n * 2
      println("m ${m}")
      m + 1
    None -> 0
  end
  println("${r}")
  let s = case r do
    7 -> do
      let t = "seven"
      t
    end
    _ -> "?"
  end
  println(s)
  let w = case true do true -> "on" false -> "off" end
  println(w)
end
#> m 6
#> 7
#> seven
#> on

#@ case match is case
fn main() do
  let x = match 3 do
    1 | 2 -> "low"
    n -> "n=${n}"
  end
  println(x)
end
#> n=3

#@ case bare constructor with payload
fn main() do
  for r in [Ok(1), Err("x")] do
    case r do
      Ok -> println("ok")
      Err -> println("err")
    end
  end
  case Some("a") do
    Option.Some(s) -> println(s)
    Option.None -> println("none")
  end
end
#> ok
#> err
#> a

#@ case patterns over strings and floats in structures
fn in_users(path) = String.starts_with(path, "/users")

fn route(method, path) do
  case (method, path) do
    ("GET", "/") -> "home"
    ("GET", p) when in_users(p) -> "users"
    ("POST" | "PUT", p) -> "write ${p}"
    (m, p) -> "${m} ${p}?"
  end
end

fn main() do
  println(route("GET", "/"))
  println(route("GET", "/users/7"))
  println(route("PUT", "/x"))
  println(route("DELETE", "/x"))
end
#> home
#> users
#> write /x
#> DELETE /x?

#@ case a name in a pattern always binds anew
fn main() do
  let x = 5
  case 7 do
    x -> println("x ${x}")
  end
  case (1, 2) do
    (x, y) -> println("${x + y}")
  end
  println("${x}")
end
#> x 7
#> 3
#> 5

#@ case the value of a case is matched once
fn next(n) do
  println("evaluated")
  n
end

fn main() do
  case next(3) do
    1 -> println("one")
    2 -> println("two")
    n when n > 5 -> println("more")
    n -> println("n ${n}")
  end
end
#> evaluated
#> n 3

#@ case options in options, results of tuples, lists of sums
fn deep(x) do
  case x do
    Some(Some(n)) -> "n ${n}"
    Some(None) -> "some none"
    None -> "none"
  end
end

fn parts(r :: (Int, String)!String) -> String do
  case r do
    Ok((n, s)) -> "${s}${n}"
    Err(e) -> e
  end
end

fn main() do
  println("${deep(Some(Some(3)))} ${deep(Some(None))} ${deep(None)}")
  println(parts(Ok((1, "a"))) <> parts(Err("bad")))
  let all = [Some((1, 2.5)), None, Some((3, 0.5))]
  for item in all do
    case item do
      Some((n, f)) when f > 1.0 -> println("big ${n}")
      Some((n, _)) -> println("small ${n}")
      None -> println("none")
    end
  end
end
#> n 3 some none none
#> a1bad
#> big 1
#> none
#> small 3
