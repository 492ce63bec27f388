fn fill(m :: Map<String, Int>, i :: Int, n :: Int) -> Map<String, Int> do
  if i == n do m else fill(Map.put(m, "key${i}", i), i + 1, n) end
end

fn main() do
  let m = fill(%{}, 0, 1000000)
  println("${Map.size(m)} ${Map.get(m, "key999999")}")
end
