# What the checker says about mistakes: one message each, with the code of the reference.

#@ case an ambiguous constructor is ambiguous in patterns too
type Light do
  Off
  On(Int)
end

type Door do
  Off
  Open
end

fn brightness(light :: Light) -> Int do
  case light do
    Off -> 0                   # E: E0054 ambiguous name `Off`
    On(n) -> n
  end
end

fn closed(Off) = true          # E: E0054

fn qualified(light :: Light) -> Int do
  case light do
    Light.Off -> 0
    On(n) -> n
  end
end

#@ case clauses of another arity say nothing of coverage
let pick = fn 0 -> 1 | a, b -> 2 end      # E: E0024 expected 1, found 2

#@ case a qualified method needs the impl
interface Weigh do
  fn weight(self) -> Int
end

impl Weigh for List<T> where T: Weigh do
  fn weight(self) = 1
end

fn weights() do
  let a = Weigh.weight("x")               # E: E0006 String does not implement Weigh
  let b = Weigh.weight([fn -> 1 end])     # E: E0006
  let c = Display.to_string(fn -> 1 end)  # E: E0006
  Eq.eq(1, 2)
end

#@ case a case without arms misses everything
fn nothing(o :: Option<Int>) do
  case o do               # E: E0012 missing: Some(_), None
  end
end

#@ case recursion at ever larger types has no end
type Nest<T> do
  Flat(T)
  Deeper(Nest<(T, T)>)
end

fn depth<T>(n :: Nest<T>) -> Int do
  case n do
    Flat(_) -> 0
    Deeper(m) -> 1 + depth(m)       # E: E0002 infinite type: T occurs in (T, T)
  end
end

fn ping<A>(x :: A, n :: Int) -> Int = if n == 0 do 0 else pong(x, x, n) end
fn pong<A, B>(x :: A, y :: B, n :: Int) -> Int = ping([y], n - 1)    # E: E0002

fn swap<A, B>(x :: A, y :: B, n :: Int) -> Int do
  if n == 0 do 0 else swap(y, x, n - 1) + swap(1, "a", 0) + listed([x]) end
end
fn listed<A>(xs :: List<A>) -> Int = List.length(xs)

#@ case a member that a library module lacks
fn members(x) do
  Iter.nope(x)            # E: E0034 `nope` is not exported by module `Iter`
  Queue.nope(x)           # E: E0034
  let f = Range.nope      # E: E0034
  String.nope(x)          # E: E0034
end

#@ case a wrong argument is not blamed for the bounds too
fn plus(a, b) = a + b
fn larger<T>(a :: T, b :: T) -> T where T: Ord = if a < b do b else a end

fn calls() do
  plus("x", 1)             # E: E0001 argument 2 has type Int, expected String
  larger(true, 1)          # E: E0001
  plus("x", "y")           # E: E0006 String does not implement Add
  larger(true, false)      # E: E0006
end

#@ case a default of no type
let unknown = default()            # E: E0006 cannot infer the type for `default()`
let known = default()
let later = known + 1
let made = fn -> default() end

fn uses() do
  let number :: Int = made()
  let text :: String = made()
  default()                        # E: E0006
  number
end
