service Counter do
  fn init(start :: Int) -> Int do
    start
  end

  call Add(n :: Int) :: Int do |count|
    (count + n, count + n)
  end
end

fn rounds(pid, n :: Int, last :: Int) -> Int do
  if n == 0 do last else rounds(pid, n - 1, Counter.add(pid, 1)) end
end

fn main() do
  let pid = Counter.start(0)
  println("${rounds(pid, 1000000, 0)}")
end
