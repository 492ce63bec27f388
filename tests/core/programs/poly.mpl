fn compose(f, g) do
  fn x -> g(f(x)) end
end
fn make(n :: Int) do
  fn x -> [x, x] end
end
fn main() do
  let g = compose(fn x -> x end, fn x -> (x, x) end)
  println("${g(1)} ${g("a" <> "b")}")
  let m = make(3)
  println("${m(1.5)} ${m("b" <> "c")}")
  let e = Err("lost")
  let n = List.new()
  println("${List.append(n, 1)} ${List.append(n, "s")}")
  let k = fn y -> m(y) end
  println("${k("z" <> "y")}")
end
