fn main() do
  println("no test in here, a program that ends well")
end
