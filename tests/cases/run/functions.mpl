# Functions, clauses, closures, recursion.

#@ case clauses are tried from top to bottom
fn name(0) = "zero"
fn name(1) = "one"
fn name(n) when n < 0 = "negative"
fn name(_) = "many"

fn main() do
  for n in [0, 1, -5, 7] do
    println(name(n))
  end
end
#> zero
#> one
#> negative
#> many
