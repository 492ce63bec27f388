fn main() do
  let name = Env.get("NAME", "world")
  println("Hello, ${name}!")
end
