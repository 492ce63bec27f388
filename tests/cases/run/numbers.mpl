# Int and Float.

#@ case literals
fn main() do
  println("${0xFF} ${0b1010} ${0o17} ${1_000_000} ${007} ${-9223372036854775808}")
  println("${2.5e3} ${1E-3} ${1_0.5} ${2e3} ${0.1}")
end
#> 255 10 15 1000000 7 -9223372036854775808
#> 2500 0.001 10.5 2000 0.1

#@ case sums wrap around at 64 bits
fn main() do
  let max = 9223372036854775807
  let min = -9223372036854775808
  println("${max + 1} ${min - 1} ${max * 2} ${-min}")
  println("${Math.abs(min)} ${max * max}")
end
#> -9223372036854775808 9223372036854775807 -2 -9223372036854775808
#> -9223372036854775808 1

#@ case division truncates toward zero, the remainder has the dividend's sign
fn main() do
  println("${7 / 2} ${-7 / 2} ${7 / -2} ${-7 / -2}")
  println("${7 % 3} ${-7 % 3} ${7 % -3} ${-7 % -3}")
  let min = -9223372036854775808
  println("${min / -1} ${min % -1}")
end
#> 3 -3 -3 3
#> 1 -1 1 -1
#> -9223372036854775808 0

#@ case division by zero panics
fn divide(a :: Int, b :: Int) -> Int = a / b

fn main() do
  println("${divide(6, 3)}")
  println("${divide(6, 0)}")
end
#> 2
#! division by zero
#@ exit 134

#@ case remainder by zero panics
fn main() do
  let zero = List.length([])
  println("${5 % zero}")
end
#! modulo by zero
#@ exit 134

#@ case precedence
fn main() do
  println("${2 + 3 * 4 - 10 / 5} ${(2 + 3) * 4} ${-2 * 3} ${2 - -3} ${10 - 4 - 3} ${100 / 10 / 5}")
  println("${1 + 2 == 3 and 4 > 3} ${not true == false} ${5 % 3 * 2}")
  let n = 5
  println("${-n} ${- n + 1} ${--n}")
end
#> 12 20 -6 5 3 2
#> true true 4
#> -5 -4 5

#@ case floats follow IEEE 754
fn main() do
  let zero = 0.0
  println("${1.0 / zero} ${-1.0 / zero} ${zero / zero} ${-zero}")
  let nan = zero / zero
  println("${nan == nan} ${nan != nan} ${nan < 1.0} ${nan >= 1.0}")
  println("${0.1 + 0.2} ${1.0 / 3.0} ${5.5 % 2.0} ${-5.5 % 2.0}")
  println("${0.0 == -zero}")
end
#> inf -inf NaN -0
#> false true false false
#> 0.30000000000000004 0.3333333333333333 1.5 -1.5
#> true

#@ case the text of floats
fn main() do
  println("${1.0} ${2.5} ${1e16} ${1e21} ${1e-7} ${12345678901234567890.0} ${123456789.123456789}")
  println("${100.0} ${-0.5} ${1.5e300 / 1e300} ${5e-5}")
end
#> 1 2.5 10000000000000000 1000000000000000000000 0.0000001 12345678901234567000 123456789.12345679
#> 100 -0.5 1.5 0.00005

#@ case conversions
fn main() do
  println("${Int.to_float(3)} ${Float.to_int(-2.9)} ${Float.to_int(2.9)} ${Float.from(7) / 2.0}")
  println("${Math.round(2.5)} ${Math.round(-2.5)} ${Math.floor(-2.3)} ${Math.ceil(2.1)}")
  println("${Float.to_int(1e300)} ${Float.to_int(0.0 / 0.0)}")
  println("${String.from(12)}${String.from(1.5)}${String.from(true)} ${Int.to_string(-3)}")
end
#> 3 -2 2 3.5
#> 3 -3 -3 3
#> 9223372036854775807 0
#> 121.5true -3

#@ case Math
fn main() do
  println("${Math.abs(-3)} ${Math.abs(-2.5)} ${Math.min(2, 3)} ${Math.max(2.5, 1.0)} ${Math.sqrt(2.0)}")
  println("${Math.pow(2.0, 10.0)} ${Math.pow(2.0, 0.5)} ${Math.pi}")
end
#> 3 2.5 2 2.5 1.4142135623730951
#> 1024 1.4142135623730951 3.141592653589793

#@ case comparisons and compare
fn main() do
  println("${1 < 2} ${2 <= 2} ${3 > 4} ${3 >= 4} ${1 == 1} ${1 != 1}")
  println("${compare(1, 2)} ${compare(2.5, 2.5)} ${compare("b", "a")}")
  println("${[1, 2] < [1, 3]} ${[1] < [1, 0]} ${"a" < "b"} ${"Z" < "a"} ${"é" > "z"}")
end
#> true true false false true false
#> Less Equal Greater
#> true true true true true

#@ case hashes
struct P do
  x :: Int
  y :: Int
end

fn main() do
  println("${"".hash()} ${"abc".hash()} ${42.hash()} ${true.hash()}")
  println("${P { x: 1, y: 2 }.hash()}")
end
#> -3750763034362895579 -1792535898324117685 -55488592825689361 -5808592057526012372
#> 2814214074664713915

#@ case collatz
fn steps(n :: Int, count :: Int) -> Int do
  if n == 1 do
    count
  else if n % 2 == 0 do
    steps(n / 2, count + 1)
  else
    steps(3 * n + 1, count + 1)
  end
end

fn main() do
  println("${steps(27, 0)} ${steps(837799, 0)}")
end
#> 111 524
