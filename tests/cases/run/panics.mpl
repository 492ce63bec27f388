# What ends a program, and how much it may need.

#@ case a call that no clause takes panics
fn name(0) = "zero" # W: E0012 missing: _

fn main() do
  println(name(0))
  println(name(5))
end
#> zero
#! non-exhaustive match
#@ exit 134

#@ case a clause with a guard is tested although it is the only one
fn half(n) when n % 2 == 0 = n / 2 # W: E0012

fn main() do
  println("${half(4)}")
  println("${half(5)}")
end
#> 2
#! non-exhaustive match
#@ exit 134

#@ case the panic names file and line
fn main() do
  println("a")
  let xs :: List<Int> = []
  println("${List.head(xs)}") # P: mesh_list_head: empty list
end
#> a

#@ case output before a panic is written
fn main() do
  print("no line end")
  let z = List.length([])
  println("${1 / z}")
end
#> no line end
#@ unterminated
#! division by zero
#@ exit 134

#@ case endless recursion is a panic, not a signal
fn down(n :: Int) -> String do
  "${n}" <> down(n + 1)
end

fn main() do
  println("start")
  println(down(0))
end
#> start
#! stack overflow
#@ exit 134

#@ case deep recursion fits the stack of main
fn depth(n :: Int) -> Int do
  if n == 0 do 0 else 1 + depth(n - 1) end
end

fn main() do
  println("${depth(50000)}")
end
#> 50000

#@ case deep structures are built, compared, shown and dropped without the stack
type Chain do
  End
  Link(Int, Chain)
end

fn build(n :: Int, acc :: Chain) -> Chain do
  if n == 0 do acc else build(n - 1, Link(n, acc)) end
end

fn count(c :: Chain, n :: Int) -> Int do
  case c do
    End -> n
    Link(_, rest) -> count(rest, n + 1)
  end
end

fn main() do
  let a = build(300000, End)
  println("${count(a, 0)}")
  let b = build(300000, End)
  println("${a == b}")
end
#> 300000
#> true

#@ case an exit status from a program that ends early is zero
fn main() do
  if 1 < 2 do
    println("early")
    return
  end
  println("late")
end
#> early

#@ case the result of main is ignored
fn main() do
  println("x")
  42
end
#> x

#@ case a long loop frees what it makes
fn spin(n :: Int, total :: Int) -> Int do
  if n == 0 do
    total
  else
    let words = ["a${n}", "b${n}", "c${n}"]
    let m = %{"k" => words}
    spin(n - 1, total + List.length(Map.get(m, "k")))
  end
end

fn main() do
  println("${spin(300000, 0)}")
end
#> 900000
