"""A large Mesh project made to order: what the speed of the checker is measured on.

    python bench/check/project.py FOLDER [--modules N] [--lines N]

Every module has sections of some ninety lines: structs and sum types with derived traits, a trait with an impl, generic
functions, closures, `case`, pipes, records updated in loops. Functions call others of their module and of modules
before it. The same arguments give the same text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

MODULE_LINES = 400

_SECTION = """
# Orders of kind {s}.
pub struct Order{s} do
  id :: Int
  customer :: String
  amount :: Float
  tags :: List<String>
  parent :: Option<Int>
end deriving(Eq, Ord, Display, Json)

pub type Event{s} do
  Created{s}(Int, String)
  Paid{s}(Float)
  Moved{s}(Int, Int)
  Closed{s}
end deriving(Eq, Debug)

interface Priced{s} do
  fn price{s}(self) -> Float
end

impl Priced{s} for Order{s} do
  fn price{s}(self) -> Float do
    self.amount * 1.2
  end
end

pub fn apply_{m}_{s}(order :: Order{s}, event :: Event{s}) -> Order{s} do
  case event do
    Created{s}(id, name) when id > 0 -> %{{order | id: id, customer: name}}
    Created{s}(_, name) -> %{{order | customer: name}}
    Paid{s}(amount) -> %{{order | amount: order.amount + amount}}
    Moved{s}(from, to) -> if from == to do order else %{{order | id: to}} end
    Closed{s} -> %{{order | tags: List.append(order.tags, "closed")}}
  end
end

# The pairs of two lists that agree, folded.
pub fn fold_pairs_{m}_{s}<A, B>(xs :: List<A>, ys :: List<A>, start :: B, step :: Fun(B, A, A) -> B) -> B where A: Eq do
  List.zip(xs, ys)
    |> List.filter(fn((a, b)) -> a == b end)
    |> List.reduce(start, fn(acc, (a, b)) -> step(acc, a, b) end)
end

fn shown_{m}_{s}(order) do
  let parent = case order.parent do
    Some(p) -> "${{p}}"
    None -> "-"
  end
  let tags = order.tags
    |> List.map(fn tag -> String.to_upper(tag) end)
    |> List.filter(fn tag -> String.length(tag) > {k} end)
  "#${{order.id}} ${{order.customer}} (${{parent}}): ${{String.join(tags, ", ")}}"
end

pub fn total_{m}_{s}(count :: Int) -> Int do
  let sizes = Map.put(%{{"a" => 1, "b" => 2}}, "c", count)
  let limit = Map.get(sizes, "a") + {k}
  let squares = for i in 0..count do
    let twice = i * 2
    twice * twice + limit
  end
  let small = List.filter(squares, fn n -> n < 100 and n > 1 end)
  List.reduce(small, 0, fn(acc, n) -> acc + n end) + {call}
end

pub fn report_{m}_{s}(limit :: Int) -> String!String do
  let order = Order{s} {{ id: limit, customer: "c${{limit}}", amount: 1.5, tags: ["x", "y"], parent: Some(limit) }}
  let paid = apply_{m}_{s}(order, Paid{s}(2.5))
  let pairs = fold_pairs_{m}_{s}([1, 2, limit], [1, 3, limit], 0, fn(acc, a, b) -> acc + a * b end)
  if limit > 1000 do
    return Err("too many: ${{limit}}")
  end
  let checked = check_{m}_{s}(pairs)?
  Ok(shown_{m}_{s}(paid) <> " ${{checked}} ${{paid.price{s}()}}")
end

fn check_{m}_{s}(value) do
  if value < 0 do
    Err("negative")
  else
    Ok(value)
  end
end
"""


def module_text(number: int, lines: int = MODULE_LINES) -> str:
    """The text of module ``number``, about ``lines`` long. It imports up to three earlier modules."""
    earlier = sorted({number - 1, number // 2, number - 7} & set(range(number)))
    parts = [f"from Part{n} import total_{n}_{n}x0" for n in earlier]
    calls = [f"total_{n}_{n}x0(count - 1)" for n in earlier] or ["count"]
    size = len(parts)
    at = 0
    while at == 0 or size + _SECTION.count("\n") // 2 < lines:
        section = f"{number}x{at}"
        calls_of = f"total_{number}_{number}x{at - 1}(count - 1)" if at else calls[0]
        if at and at <= len(calls):
            calls_of += f" + {calls[at - 1]}"
        parts.append(_SECTION.format(m=number, s=section, k=at, call=calls_of))
        size += _SECTION.count("\n")
        at += 1
    return "\n".join(parts)


def write_project(folder: Path, modules: int, lines: int) -> int:
    """Writes a project of ``modules`` modules and about ``lines`` lines in all; the exact number of lines."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(modules):
        text = module_text(number, lines // modules)
        (folder / f"part{number}.mpl").write_text(text)
        total += text.count("\n")
    main = "\n".join(f"from Part{n} import report_{n}_{n}x0" for n in range(modules))
    main += "\n\nfn main() do\n"
    main += "".join(f"  println(\"${{report_{n}_{n}x0({n})}}\")\n" for n in range(modules))
    (folder / "main.mpl").write_text(main + "end\n")
    return total + 2 * modules + 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes a generated project.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modules", type=int, default=50)
    parser.add_argument("--lines", type=int, default=20_000)
    args = parser.parse_args()
    print(write_project(args.folder, args.modules, args.lines), "lines")


if __name__ == "__main__":
    main()
