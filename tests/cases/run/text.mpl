# Strings, heredocs, interpolation, the text of values.

#@ case escapes
fn main() do
  println("tab[\t] quote[\"] backslash[\\] dollar[\${x}] hash[\#{x}] other[\q]")
  println("two\nlines")
  println("$5 #1 100% {x}")
end
#> tab[	] quote["] backslash[\] dollar[${x}] hash[#{x}] other[q]
#> two
#> lines
#> $5 #1 100% {x}

#@ case both openers, nesting, any expression inside
fn double(n) = n * 2

fn main() do
  let name = "mesh"
  println("${name} #{name} ${double(21)} ${"in ${"side"}"} ${if true do "yes" else "no" end}")
  println("${%{"k" => 1}} ${[1, 2] |> List.length()} ${(fn x -> x + 1 end)(1)}")
  println("${
    1 +
      2
  }")
end
#> mesh mesh 42 in side yes
#> %{k => 1} 2 2
#> 3

#@ case a plain string keeps its line breaks
fn main() do
  println("one
  two
three")
end
#> one
#>   two
#> three

#@ case heredocs lose the indentation of the closing line
fn main() do
  let name = "x"
  println("""
    hello ${name}
      indented "quoted" ""
    ${name} ${name}
    """)
  println("""one line""")
  println("""
  keeps
    this
""")
  let list = """
    a
    b"""
  println(list)
end
#> hello x
#>   indented "quoted" ""
#> x x
#> one line
#>   keeps
#>     this
#> a
#> b

#@ case heredoc with blanks between interpolations
fn main() do
  let a = "A"
  let b = "B"
  println("""${a} ${b}""")
  println("""
    ${a}
    ${b}
      ${a}${b}
    """)
end
#> A B
#> A
#> B
#>   AB

#@ case the text of every displayable type
struct Plain do
  a :: Int
end

type Kind do
  First
  Second(Int, String)
end deriving(Display)

fn main() do
  println("${1} ${-2.5} ${true} ${"s"} ${()} ${nil} ${:atom}")
  println("${[1, 2]} ${[]} ${["a", "b c"]} ${[1.5, 2.0]} ${[[1], []]} ${[true]}")
  println("${%{1 => "a"}} ${%{}} ${Set.from_list([2, 1])} ${Set.new()}")
  println("${(1, "a")} ${Some(1)} ${None} ${Ok("x")} ${Err([1])} ${compare(1, 2)}")
  println("${Plain { a: 1 }} ${First} ${Second(1, "x")} ${[Second(2, "y")]}")
  println("${Some(Some((1, [Ok(2.5)])))} ${%{"k" => Some(1)}} ${json { a: 1, b: [true] }}")
end
#> 1 -2.5 true s () () atom
#> [1, 2] [] [a, b c] [1.5, 2] [[1], []] [true]
#> %{1 => a} %{} #{2, 1} #{}
#> (1, a) Some(1) None Ok(x) Err([1]) Less
#> Plain { a: 1 } First Second(1, x) [Second(2, y)]
#> Some(Some((1, [Ok(2.5)]))) %{k => Some(1)} {"a":1,"b":[true]}

#@ case inspect
fn main() do
  println("${1.inspect()} ${"a\"b".inspect()} ${1.5.inspect()} ${[1, 2].inspect()} ${["a"].inspect()}")
end
#> 1 "a"b" 1.5 [1, 2] [a]

#@ case code points, not bytes
fn main() do
  println("${String.length("héé")} ${String.byte_length("hé")} ${String.slice("crème", 1, 3)} ${String.to_upper("straße")}")
  println("${String.length("日本語")} ${String.slice("日本語", 1, 2)} ${"日本" <> "語" == "日本語"}")
end
#> 3 3 rè STRASSE
#> 3 本 true

#@ case concatenation and comparison
fn main() do
  let a = "con" <> "cat" <> "enation"
  println("${a} ${"x" ++ "y"} ${[1] ++ [2, 3]} ${a == "concatenation"} ${"a" < "b"} ${"abc" < "abd"} ${"" < "a"}")
end
#> concatenation xy [1, 2, 3] true true true true

#@ case building a long text is not quadratic
fn build(n :: Int, acc :: String) -> String do
  if n == 0 do
    acc
  else
    build(n - 1, acc <> "line ${n}\n")
  end
end

fn main() do
  let text = build(200000, "")
  println("${String.length(text)} ${List.length(String.split(text, "\n"))}")
end
#> 2288895 200001

#@ case regex
fn main() do
  println("${Regex.is_match(~r/^a\/b+$/i, "A/bbb")} ${Regex.is_match(~r/\d{3}/, "ab12")}")
  println("${Regex.replace(~r/(\w+)@/, "me@x", "<$1>")} ${Regex.split(~r/,\s*/, "a, b,c")}")
end
#> true false
#> <me>x [a, b, c]

#@ case numbers from text and back
fn main() do
  println("${String.to_int(" +12 ")} ${String.to_int("1_0")} ${String.to_int("-9223372036854775808")} ${String.to_int("9223372036854775808")}")
  println("${String.to_float(".5")} ${String.to_float("1e3")} ${String.to_float("x")}")
end
#> Some(12) None Some(-9223372036854775808) None
#> Some(0.5) Some(1000) None

#@ case print writes no line end
fn main() do
  print("a")
  print("b")
  println("c")
  print("")
  println("")
end
#> abc
#> 

#@ case standard error is separate
fn main() do
  IO.eprintln("to stderr")
  println("to stdout")
end
#> to stdout
#! to stderr

#@ case lines of standard input
fn read_all(n) do
  case IO.read_line() do
    Ok("") -> println("${n} lines")
    Ok(line) -> do
      println("[${line}]")
      read_all(n + 1)
    end
    Err(e) -> println(e)
  end
end

fn main() do
  read_all(0)
end
#@ stdin one
#@ stdin two words
#> [one]
#> [two words]
#> 2 lines
