fn compose(f, g) do
  fn x -> g(f(x)) end
end

fn add(n :: Int) do
  fn x -> x + n end
end

fn apply_n(f :: Fun(Int) -> Int, n :: Int, x :: Int) -> Int do
  if n == 0 do
    x
  else
    apply_n(f, n - 1, f(x))
  end
end

struct Handler do
  name :: String
  run :: Fun(String) -> String
end

fn collatz(n :: Int) -> Int do
  fn go(x :: Int, steps :: Int) -> Int do
    if x == 1 do
      steps
    else if x % 2 == 0 do
      go(x / 2, steps + 1)
    else
      go(3 * x + 1, steps + 1)
    end
  end
  go(n, 0)
end

fn parity(n :: Int, label :: String) -> String do
  fn even(k :: Int) -> String do
    if k == 0 do "${label} even" else odd(k - 1) end
  end
  fn odd(k :: Int) -> String do
    if k == 0 do "${label} odd" else even(k - 1) end
  end
  even(n)
end

fn twice_of(xs) do
  fn again(y) do
    [y, y]
  end
  List.flat_map(xs, again)
end

fn find_first(xs :: List<Int>, limit :: Int) -> Option<Int> do
  for x in xs do
    if x > limit do
      return Some(x)
    end
  end
  None
end

fn make_counter(start :: Int) -> List<Fun() -> Int> do
  for i in 0..3 do
    fn -> start + i end
  end
end

fn main() do
  let inc = add(1)
  let both = compose(inc, fn x -> x * 10 end)
  println("${both(4)} ${add(2)(3)} ${apply_n(inc, 1000, 0)}")
  let id = fn x -> x end
  println("${id(3)} ${id("s")} ${id([id(1.5)])}")
  let pairup = fn a, b -> (a, b) end
  println("${pairup(1, "x")} ${pairup(true, 2.5)}")
  println("${collatz(27)} ${parity(7, "seven")} ${parity(10, "ten")}")
  println("${twice_of([1, 2])} ${twice_of(["a"])}")
  let hs = [Handler { name: "up", run: String.to_upper }, Handler { name: "bang", run: fn s -> s <> "!" end }]
  for h in hs do
    println("${h.name}: ${h.run("go")}")
  end
  println("${find_first([1, 5, 9], 4)} ${find_first([1], 4)}")
  println("${List.map(make_counter(10), fn f -> f() end)}")
  println("${List.map([1, 2, 3], Some)}")
  println("${List.map(["1", "x", "3"], String.to_int)}")
  let offset = 100
  let total = List.reduce(List.filter(List.map([1, 2, 3, 4, 5], fn x -> x * x end), fn x -> x % 2 == 1 end), 0, fn a, x -> a + x + offset end)
  println("${total}")
  let label = "n"
  let labelled = [1, 2] |> List.map(fn x -> "${label}${x}" end)
  println("${labelled} ${[3, 4] |> List.map(fn x -> [x, offset] end)}")
  let classify = fn 0 -> "zero" | n when n < 0 -> "neg" | _ -> "pos" end
  println("${classify(0)} ${classify(-5)} ${classify(5)}")
  let fs = [fn x -> x + 1 end, fn x -> x * 2 end, inc]
  println("${List.reduce(fs, 5, fn acc, f -> f(acc) end)}")
end
