fn steps(n :: Int, count :: Int) -> Int do
  if n == 1 do
    count
  else if n % 2 == 0 do
    steps(n / 2, count + 1)
  else
    steps(3 * n + 1, count + 1)
  end
end

fn longest(n :: Int, limit :: Int, best :: Int, best_steps :: Int) -> Int do
  if n >= limit do
    best
  else
    let s = steps(n, 1)
    if s > best_steps do longest(n + 1, limit, n, s) else longest(n + 1, limit, best, best_steps) end
  end
end

fn main() do
  println("${longest(1, 3000000, 1, 1)}")
end
