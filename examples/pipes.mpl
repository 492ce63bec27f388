# Values flow from left to right; a function is a value like any other.

fn compose(f :: Fun(Int) -> Int, g :: Fun(Int) -> Int) -> Fun(Int) -> Int do
  fn x -> g(f(x)) end
end

fn adder(n :: Int) do
  fn x -> x + n end
end

fn main() do
  let shout = "mesh is small"
    |> String.split(" ")
    |> List.map(fn word -> String.to_upper(word) end)
    |> String.join("-")
  println(shout)

  let total = 1..11
    |> Range.to_list()
    |> List.filter(fn n -> n % 2 == 0 end)
    |> List.map(fn n -> n * n end)
    |> List.reduce(0, fn(sum, n) -> sum + n end)
  println("even squares: ${total}")

  let step = compose(adder(3), fn x -> x * 10 end)
  println("steps: ${List.map([1, 2, 3], step)}")

  let describe = fn 0 -> "none" | 1 -> "one" | n when n < 0 -> "debt" | _ -> "many" end
  let words = for n in [0, 1, -4, 9] do
    describe(n)
  end
  println(String.join(words, " "))
end
