# Features in combination: where one stage hands over to the next.

#@ case closures made in a loop each keep their own values
fn main() do
  let fs = for n in [1, 2, 3] do
    let label = "f${n}"
    let inner = for k in 0..n do k end
    fn x -> "${label}(${x}) ${inner} ${x * n}" end
  end
  for f in fs do
    println(f(10))
  end
end
#> f1(10) [0] 10
#> f2(10) [0, 1] 20
#> f3(10) [0, 1, 2] 30

#@ case closures return closures that return closures
fn curry(f) = fn a -> fn b -> fn c -> f(a, b, c) end end end

fn main() do
  let add = curry(fn(a, b, c) -> a + b * c end)
  let join = curry(fn(a, b, c) -> a <> b <> c end)
  println("${add(1)(2)(3)} ${join("x")("y")("z")}")
  let partial = add(10)(5)
  println("${List.map([1, 2, 3], partial)}")
end
#> 7 xyz
#> [15, 20, 25]

#@ case local functions call each other and capture
fn classify(limit :: Int, items :: List<Int>) -> List<String> do
  fn small(n) when n < limit = "small ${n}"
  fn small(n) = big(n)
  fn big(n) when n > limit * 10 = "huge"
  fn big(n) = "big ${n - limit}"
  List.map(items, small)
end

fn main() do
  println("${classify(5, [1, 7, 100])} ${classify(50, [1, 7, 100])}")
end
#> [small 1, big 2, huge] [small 1, small 7, big 50]

#@ case a local function that recurses keeps its captures
fn table(rows :: Int, cols :: Int) -> List<String> do
  fn row(r, c, acc) do
    if c == cols do acc else row(r, c + 1, acc <> "${r * c} ") end
  end
  fn all(r, acc) do
    if r == rows do acc else all(r + 1, List.append(acc, row(r, 0, ""))) end
  end
  all(0, [])
end

fn main() do
  for line in table(3, 4) do println(line) end
end
#> 0 0 0 0 
#> 0 1 2 3 
#> 0 2 4 6 

#@ case values of one word in payloads keep their kind
type Cell do
  I(Int)
  F(Float)
  B(Bool)
  U(())
  S(String)
  P((Float, Bool))
end deriving(Display, Eq)

fn show(c :: Cell) -> String do
  case c do
    I(n) -> "i${n + 1}"
    F(f) -> "f${f * 2.0}"
    B(true) -> "yes"
    B(false) -> "no"
    U(()) -> "unit"
    S(s) -> "s${String.length(s)}"
    P((f, b)) -> if b do "p${f}" else "p-" end
  end
end

fn main() do
  let cells = [I(-1), F(0.25), B(true), B(false), U(()), S("abc"), P((1.5, true)), P((2.5, false))]
  println(String.join(List.map(cells, show), " "))
  println("${cells}")
  println("${Some(true)} ${Some(())} ${[Some(0.5)]} ${Ok(false)} ${cells == List.reverse(List.reverse(cells))}")
end
#> i0 f0.5 yes no unit s3 p1.5 p-
#> [I(-1), F(0.25), B(true), B(false), U(()), S(abc), P((1.5, true)), P((2.5, false))]
#> Some(true) Some(()) [Some(0.5)] Ok(false) true

#@ case a state machine over a list of events
type Event do
  Coin(Int)
  Push
  Kick
end deriving(Display)

type Gate do
  Locked(Int)
  Open(Int)
  Broken
end deriving(Display)

fn step(Locked(sum), Coin(n)) when sum + n >= 10 = Open(sum + n - 10)
fn step(Locked(sum), Coin(n)) = Locked(sum + n)
fn step(Open(rest), Push) = Locked(rest)
fn step(Open(rest), Coin(n)) = Open(rest + n)
fn step(_, Kick) = Broken
fn step(Broken, _) = Broken
fn step(gate, Push) = gate

fn main() do
  let events = [Coin(4), Push, Coin(7), Push, Coin(1), Kick, Coin(50)]
  let trace = List.reduce(events, [Locked(0)], fn(gates, e) -> gates ++ [step(List.last(gates), e)] end)
  println("${trace}")
end
#> [Locked(0), Locked(4), Locked(4), Open(1), Locked(1), Locked(2), Broken, Broken]

#@ case an interpreter
type Token do
  Num(Float)
  Op(String)
  Open
  Close
end deriving(Display)

fn tokens(text :: String) -> List<Token> do
  let words = String.split(String.trim(text), " ")
  for w in words when w != "" do
    case w do
      "(" -> Open
      ")" -> Close
      "+" | "-" | "*" | "/" -> Op(w)
      _ -> case String.to_float(w) do
        Some(f) -> Num(f)
        None -> Op("?")
      end
    end
  end
end

fn expr(ts :: List<Token>) -> (Float, List<Token>)!String do
  let (left, rest) = term(ts)?
  sums(left, rest)
end

fn sums(left :: Float, ts :: List<Token>) -> (Float, List<Token>)!String do
  case ts do
    Op("+") :: rest -> do
      let (right, rest) = term(rest)?
      sums(left + right, rest)
    end
    Op("-") :: rest -> do
      let (right, rest) = term(rest)?
      sums(left - right, rest)
    end
    _ -> Ok((left, ts))
  end
end

fn term(ts :: List<Token>) -> (Float, List<Token>)!String do
  let (left, rest) = factor(ts)?
  products(left, rest)
end

fn products(left, ts) do
  case ts do
    Op("*") :: rest -> do
      let (right, rest) = factor(rest)?
      products(left * right, rest)
    end
    Op("/") :: rest -> do
      let (right, rest) = factor(rest)?
      if right == 0.0 do return Err("division by zero") end
      products(left / right, rest)
    end
    _ -> Ok((left, ts))
  end
end

fn factor(ts :: List<Token>) -> (Float, List<Token>)!String do
  case ts do
    Num(f) :: rest -> Ok((f, rest))
    Op("-") :: rest -> do
      let (f, rest) = factor(rest)?
      Ok((-f, rest))
    end
    Open :: rest -> do
      let (f, rest) = expr(rest)?
      case rest do
        Close :: rest -> Ok((f, rest))
        _ -> Err("missing )")
      end
    end
    t :: _ -> Err("unexpected ${t}")
    [] -> Err("unexpected end")
  end
end

fn evaluate(text :: String) -> String do
  case expr(tokens(text)) do
    Ok((f, [])) -> "${f}"
    Ok((_, rest)) -> "rest ${rest}"
    Err(why) -> why
  end
end

fn main() do
  for text in ["1 + 2 * 3", "( 1 + 2 ) * - 3", "10 / 4 - 1", "1 / 0", "( 1", "1 2", "1 + x", ""] do
    println(evaluate(text))
  end
end
#> 7
#> -9
#> 1.5
#> division by zero
#> missing )
#> rest [Num(2)]
#> unexpected Op(?)
#> unexpected end

#@ case a queue of work with shared and unshared versions
struct Task do
  id :: Int
  needs :: List<Int>
  done :: Bool
end

fn ready(tasks :: Map<Int, Task>) -> List<Int> do
  for {id, t} in tasks when !t.done and List.all(t.needs, fn n -> Map.get(tasks, n).done end) do id end
end

fn run_all(tasks :: Map<Int, Task>, order :: List<Int>) -> List<Int> do
  case ready(tasks) do
    [] -> order
    next :: _ -> do
      let t = Map.get(tasks, next)
      run_all(Map.put(tasks, next, %{t | done: true}), List.append(order, next))
    end
  end
end

fn main() do
  let tasks = List.reduce([(1, [2, 3]), (2, [3]), (3, []), (4, [1])], %{}, fn(m, (id, needs)) do
    Map.put(m, id, Task { id: id, needs: needs, done: false })
  end)
  println("${run_all(tasks, [])}")
  println("${Map.get(tasks, 1).done}")
end
#> [3, 2, 1, 4]
#> false

#@ case merge sort
fn merge(xs, ys, acc) do
  case (xs, ys) do
    ([], rest) | (rest, []) -> acc ++ rest
    (x :: xt, y :: _) when x <= y -> merge(xt, ys, List.append(acc, x))
    (_, y :: yt) -> merge(xs, yt, List.append(acc, y))
  end
end

fn sort(items) do
  let n = List.length(items)
  if n < 2 do
    items
  else
    merge(sort(List.take(items, n / 2)), sort(List.drop(items, n / 2)), [])
  end
end

fn main() do
  println("${sort([5, 3, 9, 1, 5, 2])} ${sort(["b", "c", "a"])} ${sort([2.5, -1.0])}")
  let big = for i in 0..20000 do (i * 7919) % 20011 end
  let sorted = sort(big)
  println("${List.take(sorted, 3)} ${List.length(sorted)} ${sorted == List.sort(big, fn(a, b) -> a - b end)}")
end
#> [1, 2, 3, 5, 5, 9] [a, b, c] [-1, 2.5]
#> [0, 1, 2] 20000 true

#@ case primes by a sieve in a map
fn sieve(n :: Int) -> List<Int> do
  let composite = List.reduce(Range.to_list(2..n), Set.new(), fn(set, i) do
    if Set.contains(set, i) or i * i > n do
      set
    else
      mark(set, i * i, i, n)
    end
  end)
  for i in 2..n when !Set.contains(composite, i) do i end
end

fn mark(set :: Set<Int>, at :: Int, by :: Int, n :: Int) -> Set<Int> do
  if at >= n do set else mark(Set.add(set, at), at + by, by, n) end
end

fn main() do
  let primes = sieve(30000)
  println("${List.length(primes)} ${List.last(primes)} ${List.take(primes, 8)}")
end
#> 3245 29989 [2, 3, 5, 7, 11, 13, 17, 19]

#@ case shadowing in every kind of scope
fn f(x) do
  let x = x + 1
  let y = case x do
    x when x > 10 -> x * 2
    n -> n + x
  end
  let x = "${x} ${y}"
  let g = fn x -> x <> "!" end
  for x in [1] do
    println("${x}")
  end
  g(x)
end

fn main() do
  println(f(20))
  println(f(1))
end
#> 1
#> 21 42!
#> 1
#> 2 4!

#@ case early returns from everywhere
fn search(grid :: List<List<Int>>, wanted :: Int) -> (Int, Int)? do
  for (r, row) in List.enumerate(grid) do
    for (c, cell) in List.enumerate(row) do
      if cell == wanted do
        return Some((r, c))
      end
    end
  end
  None
end

fn validate(name :: String, age :: Int) -> Result<String, String> do
  if String.length(name) == 0 do return Err("no name") end
  let kind = case age do
    n when n < 0 -> return Err("negative age")
    n when n < 18 -> "young"
    _ -> "old"
  end
  Ok("${kind} ${name}")
end

fn main() do
  let grid = [[1, 2], [3, 4], [5, 6]]
  println("${search(grid, 4)} ${search(grid, 9)}")
  println("${validate("", 1)} ${validate("a", -1)} ${validate("a", 3)} ${validate("b", 30)}")
end
#> Some((1, 1)) None
#> Err(no name) Err(negative age) Ok(young a) Ok(old b)

#@ case one function over several types at once
interface Monoid do
  fn zero() -> Self
  fn plus(self, other :: Self) -> Self
end

impl Monoid for Int do
  fn zero() -> Int = 0
  fn plus(self, other :: Int) -> Int = self + other
end

impl Monoid for String do
  fn zero() -> String = ""
  fn plus(self, other :: String) -> String = self <> other
end

impl Monoid for List<T> do
  fn zero() -> List<T> = []
  fn plus(self, other :: List<T>) -> List<T> = self ++ other
end

fn sum_from(start, items) do
  List.reduce(items, start, fn(a, b) -> a.plus(b) end)
end

fn main() do
  println("${sum_from(Int.zero(), [1, 2, 3])} ${sum_from(String.zero(), ["a", "b"])} ${sum_from([0], [[1], [2, 3]])}")
end
#> 6 ab [0, 1, 2, 3]

#@ case many live values across calls and matches
struct V do
  a :: Float
  b :: Float
  c :: Float
end

fn mix(p :: V, q :: V, t :: Float) -> V do
  V { a: p.a * (1.0 - t) + q.a * t, b: p.b * (1.0 - t) + q.b * t, c: p.c * (1.0 - t) + q.c * t }
end

fn nine(a :: Int, b :: Float, c :: String, d :: Bool, e :: List<Int>, f :: V, g :: (Int, Float), h :: Int?, i :: Float) -> String do
  let (g1, g2) = g
  let h1 = case h do
    Some(n) -> n
    None -> 0
  end
  let m = mix(f, V { a: b, b: i, c: g2 }, 0.5)
  "${a + g1 + h1 + List.length(e)} ${b + i + g2} ${c} ${d} ${m.a} ${m.b} ${m.c}"
end

fn main() do
  println(nine(1, 1.5, "s", true, [1, 2], V { a: 1.0, b: 2.0, c: 3.0 }, (4, 5.5), Some(6), 7.5))
end
#> 13 14.5 s true 1.25 4.75 4.25

#@ case equal values built in different ways
struct Key do
  parts :: List<String>
  n :: Option<Int>
end

fn main() do
  let a = Key { parts: String.split("x,y", ","), n: String.to_int("5") }
  let b = Key { parts: ["x"] ++ ["y"], n: Some(2 + 3) }
  println("${a == b} ${a.hash() == b.hash()} ${Map.get(%{a => "found"}, b)} ${Set.size(Set.from_list([a, b]))}")
  println("${%{1 => "a", 2 => "b"} == %{2 => "b", 1 => "a"}} ${Set.from_list([1, 2]) == Set.from_list([2, 1])} ${[a] == [b]}")
end
#> true true found 1
#> true true true

#@ case generic data, traits and closures in tables
type Op do
  Push(Int)
  Pop
  AddTop
  Dup
end

struct Machine<T> do
  stack :: List<T>
  log :: List<String>
end

interface Numeric do
  fn plus(self, other :: Self) -> Self
  fn show(self) -> String
end

impl Numeric for Int do
  fn plus(self, other :: Int) -> Int = self + other
  fn show(self) -> String = "i${self}"
end

impl Numeric for Float do
  fn plus(self, other :: Float) -> Float = self + other
  fn show(self) -> String = "f${self}"
end

fn push(m, x) do
  %{m | stack: [x] ++ m.stack, log: m.log ++ ["push ${x.show()}"]}
end

fn add_top(m) do
  case m.stack do
    a :: b :: rest -> Ok(%{m | stack: [a.plus(b)] ++ rest})
    _ -> Err("underflow")
  end
end

fn run<T>(m :: Machine<T>, items :: List<T>) -> Machine<T>!String where T: Numeric do
  let m2 = List.reduce(items, m, fn(acc, x) -> push(acc, x) end)
  let m3 = add_top(m2)?
  let m4 = add_top(m3)?
  Ok(m4)
end

fn memo_fib(n :: Int, memo :: Map<Int, Int>) -> (Int, Map<Int, Int>) do
  if n < 2 do return (n, memo) end
  if Map.has_key(memo, n) do return (Map.get(memo, n), memo) end
  let (a, memo) = memo_fib(n - 1, memo)
  let (b, memo) = memo_fib(n - 2, memo)
  (a + b, Map.put(memo, n, a + b))
end

fn permutations(xs) do
  case xs do
    [] -> [[]]
    _ -> List.flat_map(xs, fn x ->
      let rest = List.filter(xs, fn y -> y != x end)
      List.map(permutations(rest), fn p -> [x] ++ p end)
    end)
  end
end

fn compose_all(fs) = List.reduce(fs, fn x -> x end, fn(f, g) -> fn x -> g(f(x)) end end)

fn main() do
  case run(Machine { stack: [], log: [] }, [1, 2, 3]) do
    Ok(m) -> println("${m.stack} ${m.log}")
    Err(e) -> println(e)
  end
  case run(Machine { stack: [], log: [] }, [1.5]) do
    Ok(m) -> println("${m.stack}")
    Err(e) -> println(e)
  end
  let (f, _) = memo_fib(80, %{})
  println("${f}")
  println("${permutations([1, 2, 3])} ${permutations(["a", "b"])}")
  println("${compose_all([fn x -> x + 1 end, fn x -> x * 10 end, fn x -> x - 3 end])(4)}")
  let table = %{"inc" => fn x -> x + 1 end, "dbl" => fn x -> x * 2 end}
  let r = for {name, g} in table do "${name}:${g(21)}" end
  println("${r}")
  let nested = Some(Some(Ok((1, [Some("x"), None]))))
  case nested do
    Some(Some(Ok((n, Some(s) :: _)))) when n == 1 -> println(s)
    Some(Some(Err(e))) -> println(e)
    _ -> println("no")
  end
end
#> [6] [push i1, push i2, push i3]
#> underflow
#> 23416728348467685
#> [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] [[a, b], [b, a]]
#> 47
#> [inc:22, dbl:42]
#> x
