"""Programs of one shape in any size: what a generator writes, or a person who knows no better."""

from __future__ import annotations

from collections.abc import Callable


def _main(text: str) -> str:
    return f"fn main() do\n  println(\"${{{text}}}\")\nend\n"


def _many(n: int, line: Callable[[int], str], by: str = "") -> str:
    return by.join(line(i) for i in range(n))


def case_of_numbers(n: int) -> str:
    arms = _many(n, lambda i: f'    {i} -> "v{i}"\n')
    return f'fn f(a :: Int) -> String do\n  case a do\n{arms}    _ -> ""\n  end\nend\n' + _main("f(1)")


def case_of_strings(n: int) -> str:
    arms = _many(n, lambda i: f'    "k{i}" -> {i}\n')
    return f"fn f(a :: String) -> Int do\n  case a do\n{arms}    _ -> 0\n  end\nend\n" + _main('f("k1")')


def case_of_variants(n: int) -> str:
    variants = _many(n, lambda i: f"  C{i}(Int)\n")
    arms = _many(n, lambda i: f"    C{i}(x) -> x\n")
    return f"type T do\n{variants}end\nfn f(a :: T) -> Int do\n  case a do\n{arms}  end\nend\n" + _main("f(C1(1))")


def case_of_pairs(n: int) -> str:
    arms = _many(n, lambda i: f'    ({i}, "k{i % 7}") -> {i}\n')
    return f"fn f(a :: Int, b :: String) -> Int do\n  case (a, b) do\n{arms}    _ -> 0\n  end\nend\n" + _main('f(1, "k1")')


def case_with_guards(n: int) -> str:
    arms = _many(n, lambda i: f"    x when x > {i} -> {i}\n")
    return f"fn f(a :: Int) -> Int do\n  case a do\n{arms}    _ -> 0\n  end\nend\n" + _main("f(1)")


def clauses(n: int) -> str:
    return _many(n, lambda i: f"fn f({i}) = {i * 2}\n") + "fn f(n) = n\n" + _main("f(1)")


def conjunction(n: int) -> str:
    return f"fn f(a :: Int) -> Bool do\n  {_many(n, lambda i: f'a != {i}', ' and ')}\nend\n" + _main("f(1)")


def sum_of_terms(n: int) -> str:
    return f"fn f(a :: Int) -> Int do\n  {_many(n, lambda i: f'a * {i}', ' + ')}\nend\n" + _main("f(1)")


def concatenation(n: int) -> str:
    parts = _many(n, lambda i: f'a <> "x{i}"', " <> ")
    return f"fn f(a :: String) -> String do\n  {parts}\nend\n" + _main('f("a")')


def interpolation(n: int) -> str:
    return 'fn f(a :: Int) -> String do\n  "' + _many(n, lambda i: f"${{a + {i}}}") + '"\nend\n' + _main("f(1)")


def statements(n: int) -> str:
    lines = _many(n, lambda i: f"  let x{i + 1} = x{i} + String.length(\"${{x{i}}}\")\n")
    return f"fn f(x0 :: Int) -> Int do\n{lines}  x{n}\nend\n" + _main("f(1)")


def tries(n: int) -> str:
    lines = _many(n, lambda i: f"  let x{i + 1} = g(x{i})?\n")
    g = 'fn g(a :: Int) -> Int!String do if a > 5 do Err("x") else Ok(a) end end\n'
    return f"{g}fn f(x0 :: Int) -> Int!String do\n{lines}  Ok(x{n})\nend\n" + _main("f(1)")


def list_of_calls(n: int) -> str:
    return "fn g(x :: Int) -> String do \"${x}\" end\n" + _main(f"List.length([{_many(n, lambda i: f'g({i})', ', ')}])")


def map_literal(n: int) -> str:
    return "fn main() do\n  let m = %{" + _many(n, lambda i: f'"k{i}" => {i}', ", ") + '}\n  println("${Map.size(m)}")\nend\n'


def else_ifs(n: int) -> str:
    tests = _many(n, lambda i: f"  else if a == {i} do {i}\n")
    return f"fn f(a :: Int) -> Int do\n  if a < 0 do 0\n{tests}  else 1 end\nend\n" + _main("f(1)")


def closures(n: int) -> str:
    lets = _many(n, lambda i: f"  let f{i} = fn x -> x + a + {i} end\n")
    return f"fn g(a :: Int) -> Int do\n{lets}  {_many(n, lambda i: f'f{i}({i})', ' + ')}\nend\n" + _main("g(1)")


def fields(n: int) -> str:
    struct = "struct S do\n" + _many(n, lambda i: f"  f{i} :: Int\n") + "end deriving(Eq, Ord, Display, Debug, Hash, Json)\n"
    value = f"S {{ {_many(n, lambda i: f'f{i}: {i}', ', ')} }}"
    return f'{struct}fn main() do\n  let s = {value}\n  println("${{s}} ${{s == s}} ${{s < s}} ${{Json.encode(s)}}")\nend\n'


def impls(n: int) -> str:
    each = _many(n, lambda i: f"struct S{i} do\n  a :: Int\nend\nimpl Shown for S{i} do\n  fn shown(self) -> Int do self.a + {i} end\nend\n")
    calls = _many(n, lambda i: f'  println("${{S{i} {{ a: {i} }}.shown()}}")\n')
    return f"interface Shown do\n  fn shown(self) -> Int\nend\n{each}fn main() do\n{calls}end\n"


def top_lets(n: int) -> str:
    return _many(n, lambda i: f"let c{i} = {i} * 2\n") + _main("c1")


def cycle_of_functions(n: int) -> str:
    each = _many(n, lambda i: f"fn f{i}(n, acc) do\n  if n <= 0 do acc else f{(i + 1) % n}(n - 1, acc + {i}) end\nend\n")
    return each + _main("f0(10, 0)")


def untyped_fields(n: int) -> str:
    each = _many(n, lambda i: f"struct S{i} do\n  f{i} :: Int\nend\nfn g{i}(s) do s.f{i} end\n")
    return each + "fn main() do\n" + _many(n, lambda i: f'  println("${{g{i}(S{i} {{ f{i}: 1 }})}}")\n') + "end\n"


SHAPES: dict[str, Callable[[int], str]] = {
    f.__name__: f
    for f in (
        case_of_numbers, case_of_strings, case_of_variants, case_of_pairs, case_with_guards, clauses, conjunction,
        sum_of_terms, concatenation, interpolation, statements, tries, list_of_calls, map_literal, else_ifs, closures,
        fields, impls, top_lets, cycle_of_functions, untyped_fields,
    )
}  # fmt: skip
