fn main() do
  println("main ran")
end
