# What nobody else holds is changed in place, also inside of something; what somebody holds is not. The large sizes would take
# minutes if anything were copied at each step.

#@ case collections in a struct, a tuple, an Option, a list
struct State do
  items :: List<Int>
  index :: Map<Int, Int>
  text :: String
  n :: Int
end

fn grow(s :: State, n :: Int) -> State do
  if n == 0 do s else grow(%{s | items: List.append(s.items, n), index: Map.put(s.index, n, n)}, n - 1) end
end

fn write(s :: State, n :: Int) -> State do
  if n == 0 do s else write(State { items: s.items, index: s.index, text: s.text <> "x", n: s.n + n }, n - 1) end
end

fn pair(t, n :: Int) do
  if n == 0 do t else
    let (a, b) = t
    pair((List.append(a, n), b + 1), n - 1)
  end
end

fn optional(o :: Option<List<Int>>, n :: Int) -> Option<List<Int>> do
  if n == 0 do o else
    case o do
      Some(l) -> optional(Some(List.append(l, n)), n - 1)
      None -> optional(Some([n]), n - 1)
    end
  end
end

fn main() do
  let empty = State { items: [], index: %{}, text: "", n: 0 }
  let grown = grow(empty, 200000)
  println("${List.length(grown.items)} ${Map.size(grown.index)} ${List.length(empty.items)} ${Map.size(empty.index)}")
  let written = write(empty, 200000)
  println("${String.length(written.text)} ${written.n} ${empty.text}.")
  let (list, count) = pair(([], 0), 200000)
  println("${List.length(list)} ${count}")
  case optional(None, 200000) do
    Some(l) -> println("${List.length(l)} ${List.last(l)}")
    None -> println("?")
  end
end
#> 200000 200000 0 0
#> 200000 20000100000 .
#> 200000 200000
#> 200000 1

#@ case values of a map are taken out, changed and put back
fn lists(m :: Map<Int, List<Int>>, n :: Int) -> Map<Int, List<Int>> do
  if n == 0 do m else
    let k = n % 2
    let old = if Map.has_key(m, k) do Map.get(m, k) else [] end
    lists(Map.put(m, k, List.append(old, n)), n - 1)
  end
end

fn maps(m :: Map<String, Map<Int, Int>>, n :: Int) -> Map<String, Map<Int, Int>> do
  if n == 0 do m else maps(Map.put(m, "k", Map.put(Map.get(m, "k"), n, n)), n - 1) end
end

fn texts(m :: Map<String, String>, n :: Int) -> Map<String, String> do
  if n == 0 do m else texts(Map.put(m, "k", Map.get(m, "k") <> "x"), n - 1) end
end

fn main() do
  let l = lists(%{}, 200000)
  println("${Map.size(l)} ${List.length(Map.get(l, 0))} ${List.length(Map.get(l, 1))}")
  println("${Map.size(Map.get(maps(%{}, 200000), "k"))} ${String.length(Map.get(texts(%{}, 200000), "k"))}")
  let grouped = List.reduce(Range.to_list(0..200000), %{}, fn(m, x) -> Map.put(m, x % 3, List.append(Map.get(m, x % 3), x)) end)
  println("${List.map(Map.values(grouped), fn v -> List.length(v) end)}")
end
#> 2 100000 100000
#> 200000 200000
#> [66667, 66667, 66666]

#@ case a text grows by interpolation
fn joined(s :: String, n :: Int) -> String do
  if n == 0 do s else joined("${s}${n},", n - 1) end
end

fn doubled(s :: String) -> String do
  "${s}${s}"
end

fn main() do
  let start = "0"
  println("${String.length(joined(start, 200000))} ${start} ${doubled(start)} ${doubled("a" <> start)}")
end
#> 1288896 0 00 a0a0

#@ case a value of a map is put back in each branch
fn fill(m :: Map<Int, List<Int>>, n :: Int) -> Map<Int, List<Int>> do
  if n == 0 do m else
    let old = Map.get(m, 7)
    let grown = if n % 2 == 0 do Map.put(m, 7, List.append(old, n)) else Map.put(m, 7, List.append(old, -n)) end
    fill(grown, n - 1)
  end
end

fn main() do
  println("${List.length(Map.get(fill(%{}, 200000), 7))} ${fill(%{7 => [0]}, 3)}")
end
#> 200000 %{7 => [0, -3, 2, -1]}

#@ case a service keeps its state in place
struct Kept do
  items :: List<Int>
  seen :: Map<String, List<Int>>
end

service Keeper do
  fn init() -> Kept do
    Kept { items: [], seen: %{} }
  end
  cast Add(x :: Int) do |s|
    %{s | items: List.append(s.items, x), seen: Map.put(s.seen, "all", List.append(Map.get(s.seen, "all"), x))}
  end
  call Size() :: Int do |s|
    (s, List.length(s.items) + List.length(Map.get(s.seen, "all")))
  end
end

fn add(p, n :: Int) do
  if n == 0 do Keeper.size(p) else
    Keeper.add(p, n)
    add(p, n - 1)
  end
end

fn main() do
  println("${add(Keeper.start(), 100000)}")
end
#> 200000

#@ case old versions stay as they were
struct Box do
  m :: Map<String, List<Int>>
  n :: Int
end

fn changed(m :: Map<String, List<Int>>) -> Map<String, List<Int>> do
  Map.put(m, "a", List.append(Map.get(m, "a"), 9))
end

fn bump(b :: Box) -> Box do
  %{b | m: Map.put(b.m, "a", List.append(Map.get(b.m, "a"), b.n))}
end

fn other_key(m :: Map<String, List<Int>>) -> Map<String, List<Int>> do
  Map.put(m, "b", List.append(Map.get(m, "a"), 7))
end

fn looks_again(m :: Map<String, List<Int>>) -> Map<String, List<Int>> do
  let old = Map.get(m, "a")
  let size = List.length(Map.get(m, "a"))
  Map.put(m, "a", List.append(old, size))
end

fn in_closure(m :: Map<String, List<Int>>) -> String do
  let show = fn() -> "${m}" end
  let put = Map.put(m, "a", List.append(Map.get(m, "a"), 5))
  "${put} " <> show()
end

fn itself(m :: Map<String, List<Int>>) -> Map<String, List<Map<String, List<Int>>>> do
  let old = Map.get(m, "a")
  let n = List.length(old)
  %{"m" => [m, Map.put(m, "a", List.append(old, n))]}
end

fn branches(m :: Map<String, List<Int>>, b :: Bool) -> Map<String, List<Int>> do
  let old = Map.get(m, "a")
  if b do Map.put(m, "a", List.append(old, 1)) else Map.delete(m, "b") end
end

fn main() do
  let m = %{"a" => [1, 2]}
  println("${changed(m)} ${m} ${other_key(m)} ${looks_again(m)} ${in_closure(m)} ${m}")
  let b = Box { m: %{"a" => [1]}, n: 4 }
  let c = bump(bump(b))
  println("${b.m} ${c.m} ${itself(%{"a" => [1]})}")
  println("${other_key(%{"a" => [3]})} ${looks_again(%{"a" => [3]})} ${in_closure(%{"a" => [3]})} ${branches(%{"a" => [3]}, false)} ${branches(%{"a" => [3]}, true)}")
end
#> %{a => [1, 2, 9]} %{a => [1, 2]} %{a => [1, 2], b => [1, 2, 7]} %{a => [1, 2, 2]} %{a => [1, 2, 5]} %{a => [1, 2]} %{a => [1, 2]}
#> %{a => [1]} %{a => [1, 4, 4]} %{m => [%{a => [1]}, %{a => [1, 1]}]}
#> %{a => [3], b => [3, 7]} %{a => [3, 1]} %{a => [3, 5]} %{a => [3]} %{a => [3]} %{a => [3, 1]}

#@ case a panic between the lookup and the change
fn broken(m :: Map<String, List<Int>>, n :: Int) -> Map<String, List<Int>> do
  Map.put(m, "a", List.append(Map.get(m, "a"), 10 / n))
end

fn main() do
  case Job.await(Job.async(fn() -> Map.size(broken(%{"a" => [1], "b" => [2]}, 0)) end)) do
    Ok(n) -> println("${n}")
    Err(e) -> println(e)
  end
  println("${broken(%{"a" => [1]}, 2)}")
end
#! division by zero
#> division by zero
#> %{a => [1, 5]}
