# Let-polymorphism without a value restriction: what is evaluated, and how often.

#@ case a polymorphic let is evaluated once where its data is the same at every type
fn make() do
  println("made")
  []
end
fn nothing() do
  println("nothing")
  None
end
fn fun() do
  println("fun")
  fn x -> x end
end
fn mkmap() do
  println("map")
  %{}
end
fn pair() do
  println("pair")
  (fn x -> x end, [])
end
fn main() do
  let e = make()
  println("${List.append(e, 1)} ${List.append(e, "x")}")
  let n = nothing()
  println("${[n, Some(1)]} ${[n, Some("x")]}")
  let mm = mkmap()
  println("${Map.put(mm, 1, "a")} ${Map.put(mm, "b", 2)} ${Map.size(mm)}")
  let r = if List.length(e) == 0 do println("branch") Err("e") else Ok(None) end
  let r1 :: (Int?)!String = r
  let r2 :: (Bool?)!String = r
  println("${r1} ${r2}")
  let g = (fn -> 
    println("iife")
    (None, Ok(None))
  end)()
  let g1 :: (Int?, (Int?)!Bool) = g
  let g2 :: (String?, (Int?)!String) = g
  println("${g1} ${g2}")
  let z = pair()
  let unused = make()
end
#> made
#> [1] [x]
#> nothing
#> [None, Some(1)] [None, Some(x)]
#> map
#> %{1 => a} %{b => 2} 0
#> branch
#> Err(e) Err(e)
#> iife
#> (None, Ok(None)) (None, Ok(None))
#> pair
#> made

#@ case empty top-level collections serve every type
let mm = %{}
let em :: Map<String, String> = %{}
fn growm(n, acc) do
  if n == 0 do acc else growm(n - 1, Map.put(acc, "k${n}", "v${n}")) end
end
fn main() do
  println("${growm(3, mm)} ${Map.get(growm(3, mm), "k3")}")
  println("${growm(3, em)} ${Map.get(growm(3, em), "k3")}")
  println("${growm(12, em)} ${Map.get(growm(12, em), "k3")}")
  println("${Map.put(mm, 1, 2.5)}")
  println("${Map.get(Map.put(mm, "k3", "x"), "k3")}")
end
#> %{k3 => v3, k2 => v2, k1 => v1} v3
#> %{k3 => v3, k2 => v2, k1 => v1} v3
#> %{k12 => v12, k11 => v11, k10 => v10, k9 => v9, k8 => v8, k7 => v7, k6 => v6, k5 => v5, k4 => v4, k3 => v3, k2 => v2, k1 => v1} v3
#> %{1 => 2.5}
#> x

#@ case a polymorphic top-level let is evaluated for each type that it is used at
#@ alone
fn fun(s) do
  println("fun ${s}")
  fn x -> (x, s) end
end
let f = fun("a")
let unused = fun("u")
let pair = (fn x -> [x] end, [])
let nest = [[]]
let inner = (fn -> 
  let id = fn y -> y end
  let mk = fun("i")
  (id(1), id("a"), mk(2), mk("z"))
end)()
let after = f(5)
let opt = Some([])
fn main() do
  println("${f(1)} ${f("x")} ${after}")
  let (g, _) = pair
  println("${g(1)} ${inner}")
  println("${List.append(nest, [1])} ${List.append(nest, ["x" <> "y"])}")
  case opt do
    Some(l) -> println("${List.append(l, "q" <> "r")}")
    None -> println("none")
  end
  case opt do
    Some(l) -> println("${List.append(l, 4)}")
    None -> println("none")
  end
end
#> fun a
#> fun a
#> fun u
#> fun i
#> fun i
#> (1, a) (x, a) (5, a)
#> [1] (1, a, (2, i), (z, i))
#> [[], [1]] [[], [xy]]
#> [qr]
#> [4]

#@ case what a local function makes of an outer variable
fn table(n) do
  fn row(i, cells) do
    fn cell(k) = k * n
    let shifted = fn k -> k + n end
    if i == 0 do cells else row(i - 1, cells ++ [cell(i), shifted(i)]) end
  end
  row(2, [])
end

fn paired(xs) do
  fn of(i) do
    let at = fn k -> (List.get(xs, k), k == i) end
    at(i)
  end
  of(0)
end

fn main() do
  println("${table(3)} ${paired(["a"])} ${paired([1])}")
end
#> [6, 5, 3, 4] (a, true) (1, true)

#@ case another name for an operation works at every type
struct Meters do
  n :: Int
end deriving(Display)

impl Add for Meters do
  type Output = Meters
  fn add(self, other) = Meters { n: self.n + other.n }
end

fn plus(a, b) = a + b

fn main() do
  let f = plus
  let m = Meters { n: 2 }
  println("${f(1, 2)} ${f(m, m)} ${f(0.5, 0.5)}")
end
#> 3 Meters(4) 1

#@ case lets of closures whose parameter types are decided by their uses
struct Item do
  size :: Int
  label :: String
end

fn main() do
  let length = fn item -> item.label.length() end
  let grown = fn item, n -> %{item | size: item.size + n} end
  let sizes = fn items -> for item in items do item.size end end
  let next = fn r -> Ok(r? + 1) end
  let first = fn pair -> Tuple.first(pair) end
  let item = Item { size: 2, label: "abc" }
  println("${List.map([item], length)} ${grown(item, 5).size} ${sizes([item])} ${next(Ok(1))} ${first((4, "x")) + 1}")
  fn doubled(item) do
    item.label.length() * 2
  end
  println("${doubled(item)}")
end
#> [3] 7 [2] Ok(2) 5
#> 6

#@ case a polymorphic value made by a trait differs by type
#@ alone
interface Zero do
  fn zero() -> Self
end
impl Zero for Int do
  fn zero() = 7
end
impl Zero for String do
  fn zero() = "z"
end
fn some() = Some(Zero.zero())
fn list() do
  println("list")
  [Zero.zero()]
end
let top = some()
let toplist = list()
fn main() do
  let s = some()
  let a :: Option<Int> = s
  let b :: Option<String> = s
  let l = list()
  let c :: List<Int> = l
  let d :: List<String> = l
  println("${a} ${b} ${c} ${d}")
  let e :: Option<Int> = top
  let f :: Option<String> = top
  let g :: List<Int> = toplist
  let h :: List<String> = toplist
  println("${e} ${f} ${g} ${h}")
end
#> list
#> list
#> list
#> list
#> Some(7) Some(z) [7] [z]
#> Some(7) Some(z) [7] [z]
