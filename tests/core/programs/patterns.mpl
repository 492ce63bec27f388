type Shape do
  Circle(Float)
  Rect(Float, Float)
  Group(List<Shape>)
  Empty
end

type Tree do
  Leaf
  Node(Tree, Int, Tree)
end

fn insert(t :: Tree, x :: Int) -> Tree do
  case t do
    Leaf -> Node(Leaf, x, Leaf)
    Node(l, y, r) when x < y -> Node(insert(l, x), y, r)
    Node(l, y, r) when x > y -> Node(l, y, insert(r, x))
    same -> same
  end
end

fn to_list(t :: Tree, acc :: List<Int>) -> List<Int> do
  case t do
    Leaf -> acc
    Node(l, x, r) -> to_list(r, to_list(l, acc) ++ [x])
  end
end

fn area(s :: Shape) -> Float do
  case s do
    Circle(r) -> 3.0 * r * r
    Rect(w, h) -> w * h
    Group(parts) -> List.reduce(parts, 0.0, fn acc, p -> acc + area(p) end)
    Empty -> 0.0
  end
end

fn classify(n :: Int) -> String do
  case n do
    0 | 1 | 2 -> "small"
    -1 -> "minus one"
    x when x < 0 -> "negative"
    7 as seven -> "seven ${seven}"
    _ -> "big"
  end
end

fn pair(a, b) do
  case (a, b) do
    (true, 1) -> "t1"
    (true, _) -> "t"
    (false, 2) -> "f2"
    (false, n) -> "f${n}"
  end
end

fn shape_of(xs :: List<Int>) -> String do
  case xs do
    [] -> "empty"
    [a] -> "one ${a}"
    [a, b] -> "two ${a} ${b}"
    1 :: 2 :: rest -> "one two then ${rest}"
    a :: b :: c :: rest -> "${a} ${b} ${c} and ${List.length(rest)}"
  end
end

fn is_long(s :: String) -> Bool do String.length(s) > 5 end

fn word(s :: String) -> Int do
  case s do
    "one" -> 1
    "two" | "deux" -> 2
    other when is_long(other) -> 100
    _ -> -1
  end
end

fn nested(x :: Option<Result<Int, String>>) -> String do
  case x do
    Some(Ok(0)) -> "zero"
    Some(Ok(n)) when n > 100 -> "large"
    Some(Ok(n)) -> "ok ${n}"
    Some(Err("")) -> "silent"
    Some(Err(e)) -> "err ${e}"
    None -> "none"
  end
end

fn fact(0) = 1
fn fact(n) = n * fact(n - 1)

fn swap((a, b)) = (b, a)

fn first_or(Some(x), _) = x
fn first_or(None, d) = d

fn either(o :: Result<Int, Int>) -> Int do
  case o do
    Ok(n) | Err(n) -> n * 2
  end
end

fn float_case(x :: Float) -> String do
  case x do
    0.0 -> "zero"
    -1.5 -> "minus"
    _ -> "other"
  end
end

fn atoms(a) do
  case a do
    :up -> 1
    :down -> -1
    _ -> 0
  end
end

fn main() do
  let t = List.reduce([5, 2, 8, 1, 9, 3, 5], Leaf, fn acc, x -> insert(acc, x) end)
  println("${to_list(t, [])}")
  println("${area(Group([Circle(1.0), Rect(2.0, 3.5), Group([Empty, Circle(2.0)])]))}")
  for n in [0, 2, -1, -9, 7, 50] do
    println(classify(n))
  end
  println("${pair(true, 1)} ${pair(true, 5)} ${pair(false, 2)} ${pair(false, 9)}")
  for xs in [[], [1], [1, 2], [1, 2, 3], [4, 5, 6, 7, 8]] do
    println(shape_of(xs))
  end
  println("${word("one")} ${word("deux")} ${word("longer word")} ${word("x")}")
  for o in [Some(Ok(0)), Some(Ok(500)), Some(Ok(7)), Some(Err("")), Some(Err("bad")), None] do
    println(nested(o))
  end
  println("${fact(10)} ${swap((1, "a"))} ${first_or(Some("x"), "y")} ${first_or(None, "y")}")
  println("${either(Ok(4))} ${either(Err(5))} ${float_case(0.0)} ${float_case(-1.5)} ${float_case(2.0)}")
  println("${atoms(:up)} ${atoms(:down)} ${atoms(:left)}")
  let (a, (b, c)) = (1, ("two", [3]))
  println("${a} ${b} ${c}")
  let Some(v) = Some("value")
  println(v)
  let (h :: rest) = [10, 20, 30]
  println("${h} ${rest}")
end
