let greeting = "hi"
let table = %{"a" => 1, "b" => 2}
let (left, right) = (3, [4, 5])

fn primes(n :: Int) -> List<Int> do
  for i in 2..n when is_prime(i) do
    i
  end
end

fn is_prime(n :: Int) -> Bool do
  for d in 2..n do
    if d * d > n do
      break
    end
    if n % d == 0 do
      return false
    end
  end
  true
end

fn matrix(n :: Int) -> List<List<Int>> do
  for i in 0..n do
    for j in 0..n do
      if j > i do
        continue
      end
      i * n + j
    end
  end
end

fn until_found(xs :: List<String>, w :: String) -> List<String> do
  for x in xs do
    if x == w do
      break
    end
    x <> "."
  end
end

fn main() do
  println("${primes(40)}")
  println("${matrix(4)}")
  println("${until_found(["a", "b", "stop", "c"], "stop")}")
  println("${greeting} ${table} ${left} ${right}")
  for {k, v} in table do
    println("${k}=${v}")
  end
  let keys = for k in table do
    k <> k
  end
  println("${keys}")
  let sums = for (a, b) in [(1, 2), (3, 4)] do
    a + b
  end
  println("${sums}")
  let r = 5..8
  println("${for i in r do i * i end}")
  let s = Set.from_list([3, 1, 3])
  println("${for x in s do x + 1 end}")
  let evens = Iter.from([1, 2, 3, 4, 5, 6]) |> Iter.filter(fn(x) -> x % 2 == 0 end)
  for e in evens do
    println("even ${e}")
  end
  println("${for x in 0..0 do x end} ${for x in 5..2 do x end}")
  while false do
    println("never")
  end
  let found = List.map([1, 2, 3], fn n ->
    let squares = for i in 0..n do i * i end
    List.length(squares)
  end)
  println("${found}")
  let big = for i in 0..1000 do "${i}" end
  println("${List.length(big)} ${List.get(big, 999)} ${List.last(big)}")
  let m = List.reduce(big, %{}, fn acc, k -> Map.put(acc, k, String.length(k)) end)
  println("${Map.size(m)} ${Map.get(m, "100")}")
  println("${7 / 2} ${-7 / 2} ${-7 % 3} ${7 % -3} ${2.5 * 2.0} ${7.5 % 2.0}")
  println("${9223372036854775807 + 1} ${-9223372036854775808 / -1}")
  println("${1 < 2 and not (3 < 2) or false} ${"a" < "b"} ${"b" <= "a"}")
  println("${Tuple.first((1, "x"))} ${Tuple.second((1, "x"))} ${Tuple.nth((1, 2, 3), 2)} ${Tuple.size((1, 2))}")
  println("${Math.abs(-3)} ${Math.max(2, 5)} ${Math.min(2.5, 1.5)} ${Math.round(2.5)} ${Math.floor(-1.5)}")
end
