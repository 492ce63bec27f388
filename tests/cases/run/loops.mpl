# for, while, ranges, break, continue.

#@ case for over a range in place
fn main() do
  for i in 0..3 do
    println("${i}")
  end
  for i in 3..3 do
    println("never ${i}")
  end
  for i in 5..2 do
    println("never ${i}")
  end
  for i in 0 - 2..1 do
    print("${i},")
  end
  println("")
end
#> 0
#> 1
#> 2
#> -2,-1,0,

#@ case for over a range value
fn main() do
  let r = 1..4
  for i in r do
    print("${i} ")
  end
  for i in Range.new(7, 9) do
    print("${i} ")
  end
  println("${Range.length(r)} ${Range.to_list(r)} ${Range.map(r, fn i -> "<${i}>" end)}")
end
#> 1 2 3 7 8 3 [1, 2, 3] [<1>, <2>, <3>]

#@ case the value of a for is the list of its results
fn main() do
  let squares = for n in 1..5 do n * n end
  println("${squares}")
  let evens = for n in [1, 2, 3, 4] when n % 2 == 0 do "n${n}" end
  println("${evens}")
  let some = for n in 0..10 do
    if n == 2 do continue end
    if n == 5 do break end
    n
  end
  println("${some}")
  let floats = for f in [1.5, 2.5] do f * 2.0 end
  println("${floats}")
end
#> [1, 4, 9, 16]
#> [n2, n4]
#> [0, 1, 3, 4]
#> [3, 5]

#@ case for over lists, maps, sets
fn main() do
  for s in ["a", "b"] do print(s) end
  println("")
  let m = %{"x" => 1, "y" => 2, "z" => 3}
  for {k, v} in m do print("${k}=${v} ") end
  println("")
  for {k, v} in m when v != 2 do print("${k}=${v} ") end
  println("")
  for k in m do print("${k} ") end
  println("")
  for (k, v) in m do print("${v}${k} ") end
  println("")
  for n in Set.from_list([3, 1, 3]) do print("${n} ") end
  println("")
  for (n, s) in [(1, "one"), (2, "two")] do print("${s}:${n} ") end
  println("")
end
#> ab
#> x=1 y=2 z=3 
#> x=1 z=3 
#> x y z 
#> 1x 2y 3z 
#> 3 1 
#> one:1 two:2 

#@ case for over an iterator
fn main() do
  let it = Iter.from([1, 2, 3, 4, 5]) |> Iter.map(fn n -> n * 10 end) |> Iter.filter(fn n -> n > 20 end)
  for n in it do
    print("${n} ")
  end
  println("")
  let names = for (i, s) in ["a", "b"].iter() |> Iter.enumerate() do "${i}${s}" end
  println("${names}")
end
#> 30 40 50 
#> [0a, 1b]

#@ case for over a type of one's own
struct Countdown do
  start :: Int
end

struct CountdownIter do
  at :: Int
end

impl Iterable for Countdown do
  type Item = Int
  type Iter = ListIterator
  fn iter(self) do
    Iter.from(List.reverse(Range.to_list(Range.new(1, self.start + 1))))
  end
end

fn main() do
  for n in Countdown { start: 3 } do
    println("${n}")
  end
  println("go")
end
#> 3
#> 2
#> 1
#> go

#@ case nested loops break only the inner one
fn main() do
  for a in 0..3 do
    for b in 0..3 do
      if b == 1 do continue end
      if a == 1 do break end
      print("${a}${b} ")
    end
    print("| ")
  end
  println("")
end
#> 00 02 | | 20 22 | 

#@ case while with a process of its own state
fn main() do
  let start = 0
  while start > 0 do
    println("never")
  end
  while true do
    println("once")
    break
  end
  println("end")
end
#> once
#> end

#@ case break inside case inside a loop
fn main() do
  let found = for n in [1, 2, 3, 4] do
    case n do
      3 -> break
      2 -> continue
      k -> "k${k}"
    end
  end
  println("${found}")
end
#> [k1]

#@ case the filter sees the loop variable and calls functions
fn prime(n) do
  if n < 2 do return false end
  for d in 2..n do
    if d * d > n do return true end
    if n % d == 0 do return false end
  end
  true
end

fn main() do
  let primes = for n in 1..30 when prime(n) do
    n
  end
  println("${primes}")
end
#> [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]

#@ case loops in loops collect
fn main() do
  let table = for a in 1..4 do
    for b in 1..4 when b >= a do a * b end
  end
  println("${table}")
end
#> [[1, 2, 3], [4, 6], [9]]

#@ case a loop over a list of closures
fn main() do
  let fs = for n in 1..4 do
    fn x -> x * n end
  end
  println("${for f in fs do f(10) end}")
end
#> [10, 20, 30]

#@ case the list may grow a million elements
fn main() do
  let xs = for n in 0..1000000 do n * 2 end
  println("${List.length(xs)} ${List.last(xs)}")
  let total = List.reduce(xs, 0, fn(a, b) -> a + b end)
  println("${total}")
end
#> 1000000 1999998
#> 999999000000

#@ case if without else, else if chains, if as a value
fn sign(n) do
  if n < 0 do "neg" else if n == 0 do "zero" else "pos" end
end

fn main() do
  println("${sign(-1)} ${sign(0)} ${sign(1)}")
  if 1 < 2 do
    println("yes")
  end
  let v = if "a" < "b" do
    1
  else
    if true do
      2
    else
      3
    end
  end
  println("${v}")
end
#> neg zero pos
#> yes
#> 1

#@ case boolean operators do not evaluate what does not matter
fn yes(s) do
  print(s)
  true
end

fn no(s) do
  print(s)
  false
end

fn main() do
  if no("a") and yes("b") do print("!") end
  if yes("c") or no("d") do print("!") end
  if no("e") and no("f") or yes("g") && !no("h") do print("!") end
  let all = yes("i") and yes("j") and no("k")
  println(" ${all} ${not all}")
end
#> ac!egh!ijk false true

#@ case the list of a for over a range that is empty or left early
fn main() do
  let none = for i in 0..-1 do [i] end
  let first = for i in 0..9223372036854775807 do
    if i > 2 do break end
    i
  end
  let all = for i in -9223372036854775807..9223372036854775807 do
    if i > -9223372036854775806 do break end
    i
  end
  println("${none} ${first} ${all}")
end
#> [] [0, 1, 2] [-9223372036854775807, -9223372036854775806]
