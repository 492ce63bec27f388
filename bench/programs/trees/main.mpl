type Tree do
  Leaf
  Node(Tree, Tree)
end

fn build(depth :: Int) -> Tree do
  if depth == 0 do Node(Leaf, Leaf) else Node(build(depth - 1), build(depth - 1)) end
end

fn count(tree :: Tree) -> Int do
  case tree do
    Leaf -> 0
    Node(l, r) -> 1 + count(l) + count(r)
  end
end

fn rounds(n :: Int, total :: Int) -> Int do
  if n == 0 do total else rounds(n - 1, total + count(build(18))) end
end

fn main() do
  println("${rounds(40, 0)}")
end
