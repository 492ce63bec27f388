# Actors and services as the language sees them.

#@ case a service preempted in its first request still answers
service Slow do
  fn init() -> Int do
    0
  end

  call Work(n :: Int) :: Int do |total|
    let sum = spin(n, 1)
    (total + 1, sum % 7 * 0 + total)
  end
end

service Quick do
  fn init() -> Int do
    7
  end

  call Get() :: Int do |n|
    (n, n)
  end
end

fn spin(n :: Int, acc :: Int) -> Int do
  if n == 0 do acc else spin(n - 1, acc + n % 7 * (acc % 3 + 1)) end
end

fn main() do
  let slow = Slow.start()
  println("${Slow.work(slow, 40000000)} ${Slow.work(slow, 40000000)} ${Quick.get(Quick.start())}")
end
#> 0 1 7
