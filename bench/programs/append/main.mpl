fn fill(xs :: List<Int>, i :: Int, n :: Int) -> List<Int> do
  if i == n do xs else fill(List.append(xs, i), i + 1, n) end
end

fn main() do
  let xs = fill([], 0, 1000000)
  println("${List.length(xs)} ${List.get(xs, 999999)}")
end
