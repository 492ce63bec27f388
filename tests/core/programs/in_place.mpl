struct State do
  items :: Map<Int, Int>
  log :: List<String>
  count :: Int
  name :: String
end
struct Outer do
  inner :: State
  total :: Int
end
fn step(s :: State, i :: Int) -> State do
  %{s | items: Map.put(s.items, i, s.count), log: List.append(s.log, s.name), count: s.count + 1}
end
fn step2(s :: State, i :: Int) -> State do
  let m = Map.put(s.items, i, 1)
  let n = s.count + 1
  if n % 2 == 0 do
    State { items: m, log: s.log, count: n, name: s.name }
  else
    %{s | items: m, count: n}
  end
end
fn step3(o :: Outer, i :: Int) -> Outer do
  %{o | inner: %{o.inner | items: Map.put(o.inner.items, i, o.total)}, total: o.total + 1}
end
fn run(s :: State, i :: Int) -> State do
  if i == 0 do s else run(step2(step(s, i), i + 1), i - 1) end
end
fn run3(o :: Outer, i :: Int) -> Outer do
  if i == 0 do o else run3(step3(o, i), i - 1) end
end
service S do
  fn init() -> State do State { items: %{}, log: [], count: 0, name: "x" } end
  call Add(i :: Int) :: Int do |s|
    let s2 = step(s, i)
    (s2, s2.count)
  end
end
fn calls(p, n) do
  if n > 0 do
    S.add(p, n)
    calls(p, n - 1)
  end
end
fn main() do
  let s = run(State { items: %{}, log: [], count: 0, name: "n" }, 200000)
  println("${Map.size(s.items)} ${List.length(s.log)} ${s.count}")
  let o = run3(Outer { inner: s, total: 0 }, 200000)
  println("${o.total} ${Map.size(o.inner.items)}")
  let p = S.start()
  calls(p, 100000)
  println("done")
end
