# What the checker says, beside the lines that it says it of.

#@ case types of variables, functions and expressions
fn twice(x) = x + x # T: twice : (?1) -> ?1

fn main() do
  let n = 3                                   # T: n : Int
  let pair = (n, "a")                         # T: pair : (Int, String)
  let f = fn s -> String.length(s) + n end    # T: f : (String) -> Int
  let m = %{"a" => [Some(1.5)]}               # T: m : Map<String, List<Option<Float>>>
  for {k, v} in m do                          # T: k : String # T: v : List<Option<Float>>
    println("${k} ${v} ${pair} ${f("x")}")    # T: f("x") : Int
  end
  println("${twice(2)}")                      # T: twice(2) : Int
end

#@ case one mistake gives one message, and the others are still found
fn main() do
  let a = missing            # E: E0004 undefined variable: missing
  let b = a + 1
  let c :: String = b
  let d :: Int = "x"         # E: E0001 expected Int from annotation
  println(c <> "${d}")
  println(1)                 # E: E0001 argument 1 has type Int, expected String
  println("${[1, "2", 3]}")  # E: E0001 expected Int, found String
end

#@ case an error in one function leaves the others alone
fn broken(n :: Int) -> Int do
  n.length() # E: E0030 no method `length` on type `Int`
end

fn fine(n :: Int) -> Int do
  broken(n) + 1
end

fn also_broken(n :: Int) -> String do
  fine(n) # E: E0001 returns Int
end

#@ case several kinds in one line
fn main() do
  let x :: Int = "a" <> 1 # E: E0001 expected String, found Int # E: E0001 expected Int from annotation
  println("${x}")
end
