# Text and numbers.

#@ case code points and bytes
fn main() do
  let s = "hé😀"
  println("${String.length(s)} ${String.byte_length(s)} ${s.length()}")
  println(String.slice(s, 1, 2) <> "|" <> String.slice(s, 2, 9) <> "|" <> String.slice(s, -5, -1) <> "|" <> String.slice("abc", 2, 1))
  println(String.slice("abcdef", 2, 4) <> s.slice(0, 1))
end
#> 3 7 3
#> é|😀||
#> cdh

#@ case split replace join
fn main() do
  println("${String.split(",a,", ",")} ${List.length(String.split("", ","))} ${String.split("aaa", "aa")}")
  println("${String.split("abc", "")} ${List.length(String.split("", ""))}")
  println(String.replace("aaa", "aa", "b") <> " " <> String.replace("abc", "", "-") <> " " <> String.replace("", "", "x"))
  println(String.join([], ",") <> String.join(["a"], ",") <> String.join(["b", "", "c"], ", "))
  println(String.join("a-b-c".split("-"), "+"))
end
#> [, a, ] 1 [, a]
#> [, a, b, c, ] 2
#> ba -a-b-c- x
#> ab, , c
#> a+b+c

#@ case searching and trimming
fn main() do
  println("${String.contains("mesh", "es")} ${String.contains("mesh", "")} ${String.contains("mesh", "x")}")
  println("${String.starts_with("mesh", "me")} ${String.ends_with("mesh", "sh")} ${String.ends_with("h", "mesh")}")
  println("[" <> String.trim(" \t a b \n") <> "]")
end
#> true true false
#> true true false
#> [a b]

#@ case letter case
fn main() do
  println(String.to_upper("straße") <> " " <> String.to_lower("ΑΣ ΣΑ") <> " " <> String.to_upper("ﬁ"))
  println("${String.length(String.to_lower("İ"))} ${"MiXed".to_lower()}")
end
#> STRASSE ας σα FI
#> 2 mixed

#@ case text to numbers
fn int(s :: String) -> String do
  case String.to_int(s) do
    Some(n) -> "${n}"
    None -> "-"
  end
end

fn float(s :: String) -> String do
  case String.to_float(s) do
    Some(x) -> "${x}"
    None -> "-"
  end
end

fn main() do
  println("${List.map(["007", "+42", " 1 ", "", "-", "0x10", "1_000", "3.0", "9223372036854775808", "-9223372036854775808"], int)}")
  println("${List.map([".5", "5.", "1e400", "-Inf", "nan", "", ".", "1e", "1,5", " 2.5 ", "0.1"], float)}")
end
#> [7, 42, 1, -, -, -, -, -, -, -9223372036854775808]
#> [0.5, 5, inf, -inf, NaN, -, -, -, -, 2.5, 0.1]

#@ case text of numbers
fn main() do
  println("${1.0} ${-0.0} ${2.5} ${1.0e16} ${0.1 + 0.2} ${1.0 / 3.0} ${1.0e21} ${1.0e-7} ${12345678901234567890.0}")
  println("${1.0 / 0.0} ${-1.0 / 0.0} ${0.0 / 0.0} ${String.from(true)} ${String.from(1.5)} ${String.from(3)} ${String.from("x")}")
  println(Int.to_string(-5) <> " " <> 7.to_string() <> " " <> (1.5).to_string())
end
#> 1 -0 2.5 10000000000000000 0.30000000000000004 0.3333333333333333 1000000000000000000000 0.0000001 12345678901234567000
#> inf -inf NaN true 1.5 3 x
#> -5 7 1.5

#@ case arithmetic
fn main() do
  println("${-7 / 2} ${-7 % 3} ${7 % -3} ${9223372036854775807 + 1} ${7.5 % 2.0} ${-7.5 % 2.0}")
  println("${Math.abs(-3)} ${Math.abs(-2.5)} ${Math.min(2, 1)} ${Math.max(1.5, 2.5)} ${Math.pow(2.0, 10.0)} ${Math.sqrt(2.0)} ${Math.pi}")
  println("${Math.floor(-2.3)} ${Math.ceil(-2.3)} ${Math.round(2.5)} ${Math.round(-2.5)} ${Float.to_int(-2.9)} ${Float.to_int(1.0e30)}")
  println("${Float.to_int(0.0 / 0.0)} ${Int.to_float(3)} ${Float.from(2)} ${Math.min(0.0 / 0.0, 1.0)}")
  let nan = 0.0 / 0.0
  println("${nan == nan} ${nan != nan} ${nan < 1.0}")
end
#> -3 -1 1 -9223372036854775808 1.5 -1.5
#> 3 2.5 1 2.5 1024 1.4142135623730951 3.141592653589793
#> -3 -2 3 -3 -2 9223372036854775807
#> 0 3 2 1
#> false true false

#@ case hashes
fn main() do
  println("${"".hash()} ${"abc".hash()} ${42.hash()} ${true.hash()} ${(0.0).hash() == (-0.0).hash()}")
end
#> -3750763034362895579 -1792535898324117685 -55488592825689361 -5808592057526012372 true

#@ case long texts are built in place
fn build(s :: String, n :: Int) -> String do
  if n == 0 do
    s
  else
    build(s <> "0123456789", n - 1)
  end
end

fn main() do
  let s = build("", 100000)
  println("${String.byte_length(s)} ${String.slice(s, 999990, 1000000)} ${List.length(String.split(s, "9"))}")
end
#> 1000000 0123456789 100001

#@ case division by zero panics
fn main() do
  let zero = String.length("")
  println("${1 / zero}")
end
#@ exit 134
#! division by zero

#@ case print without a newline
fn main() do
  print("a")
  print("b")
  println("")
  IO.eprintln("to stderr")
end
#> ab
#! to stderr

#@ case patterns compiled again and again, also by several processes
fn matches(pattern :: String, text :: String) -> String do
  case Regex.compile(pattern) do
    Ok(r) -> "${Regex.is_match(r, text)}"
    Err(_) -> "err"
  end
end

fn main() do
  let found = List.map(Range.to_list(0..300), fn i -> matches("^a${i % 150}$", "a${i % 150}") end)
  println("${List.length(List.filter(found, fn x -> x == "true" end))} ${matches("(a", "a")} ${matches("(a", "a")} ${matches("a", "b")} ${matches("", "")}")
  let jobs = Job.map(Range.to_list(0..200), fn i -> matches("^b{${i % 7}}x${i % 100}$", "c") end)
  println("${List.length(List.filter(jobs, fn x -> x == Ok("false") end))}")
end
#> 300 err err false true
#> 200
