fn once(xs :: List<Int>, k :: Int) -> Int do
  xs
    |> List.map(fn x -> x * 3 + k end)
    |> List.filter(fn x -> x % 2 == 0 end)
    |> List.reduce(0, fn acc, x -> acc + x end)
end

fn rounds(xs :: List<Int>, n :: Int, total :: Int) -> Int do
  if n == 0 do total else rounds(xs, n - 1, total + once(xs, n)) end
end

fn main() do
  let xs = for i in 0..10000 do i end
  println("${rounds(xs, 1000, 0)}")
end
