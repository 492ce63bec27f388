"""What is inferred does not depend on how it is said: eta-expanded functions, expanded lets, the order of everything."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest
from fuzzing import FACTOR, examples
from hypothesis import given
from hypothesis import strategies as st
from programs import draw, source
from sources import mesher
from terms import Term

from meshpy.api import build_project
from meshpy.modules import project_from_texts
from meshpy.syntax import ast, parse
from meshpy.types import check
from meshpy.types.show import show


def inferred(files: dict[str, str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The types of all functions, and the diagnostics; unknown types are numbered within each."""
    result = check(project_from_texts(files))
    types = []
    if result.checked is not None:
        for item in result.checked.driver.items:
            if item.fn is not None and item.fn.scheme is not None:
                types.append((re.sub(r"[$#]\d+", "", item.fn.fn_id), numbered(show(item.fn.scheme.ty))))
    return sorted(types), sorted((d.code, numbered(d.message)) for d in result.diagnostics)


def numbered(text: str) -> str:
    names: dict[str, str] = {}
    return re.sub(r"\?\d+|\b[A-Z]\b", lambda m: names.setdefault(m.group(), f"?{len(names)}"), text)


def functions(text: str) -> list[ast.FnDef]:
    """Those of one clause whose parameters are names."""
    found = [item for item in parse(text.encode(), "x.mpl").file.body if type(item) is ast.FnDef]
    names = [f.name.name for f in found]
    return [f for f in found if names.count(f.name.name) == 1 and f.params and all(p.name is not None for p in f.params)]


def called_through(text: str, rng: random.Random) -> str:
    """Some functions get another body: a call of what they were before, without any annotation."""
    raw = text.encode()
    edits, added = [], []
    for f in functions(text):
        if rng.random() < 0.4:
            continue
        name, inner = f.name.name, f"{f.name.name}_before"
        edits.append((f.name.start, f.name.end, inner))
        arguments = ", ".join(p.name.name for p in f.params)
        call = rng.choice([
            f"{inner}({arguments})",
            f"let g = {inner}\n  g({arguments})",
            f"let g = fn({arguments}) -> {inner}({arguments}) end\n  g({arguments})",
            f"(fn({arguments}) -> {inner}({arguments}) end)({arguments})",
        ])
        added.append(f"fn {name}({arguments}) do\n  {call}\nend\n")
    for start, end, new in sorted(edits, reverse=True):
        raw = raw[:start] + new.encode() + raw[end:]
    return raw.decode() + "\n" + "\n".join(added)


@examples(6)
@given(st.integers(0, 2**32))
def test_eta(seed: int) -> None:
    text = source(draw(seed, 8))
    types, problems = inferred({"main.mpl": text})
    others, other_problems = inferred({"main.mpl": called_through(text, random.Random(seed))})
    assert problems == other_problems
    before = dict(types)
    assert {name: t for name, t in others if name in before} == before


@examples(6)
@given(st.integers(0, 2**32))
def test_let(seed: int) -> None:
    """``e`` as ``let z = e`` and ``z``."""
    rng = random.Random(seed)
    cases = draw(seed, 8)
    before = inferred({"main.mpl": source(cases)})
    places: list[tuple[Term, int]] = []
    for root in [case.body for case in cases] + [b for f in cases[-1].functions for b in f.bodies]:
        for t in [root, *root.inner()]:
            places += [(t, i) for i, p in enumerate(t.parts) if isinstance(p, Term) and "\n" not in p.source()]
    for number, (t, i) in enumerate(rng.sample(places, min(30, len(places)))):
        e = t.parts[i].source()
        if re.match(r"(return|break|continue|let|for|while)\b", e):
            continue
        t.parts[i] = Term(t.parts[i].ty, [f"(if true do\nlet z{number} = {e}\nz{number}\nelse\n{e}\nend)"], lambda env: None)
    assert inferred({"main.mpl": source(cases)}) == before


# ---- the order of a project of several modules


def chunks(text: str) -> list[str]:
    """Definitions and imports. Clauses of one function stay together; what is executed would not be free to move."""
    raw = text.encode()
    groups: list[list[ast.Item]] = []
    for item in parse(raw, "x.mpl").file.body:
        if type(item) is ast.FnDef and groups and type(groups[-1][-1]) is ast.FnDef and groups[-1][-1].name.name == item.name.name:
            groups[-1].append(item)
        else:
            groups.append([item])
    return [raw[g[0].start : g[-1].end].decode() for g in groups]


def modules(seed: int) -> dict[str, str]:
    """A random program with its functions spread over modules that import each other in one direction."""
    rng = random.Random(seed)
    names = [f"part{i}" for i in range(4)]
    files = {}
    for i, name in enumerate(names):
        earlier = names[:i]
        lines = [f"from {n.capitalize()} import {n}_twice, {n.capitalize()}Data" for n in earlier]
        lines += [f"import {n.capitalize()}" for n in earlier if rng.random() < 0.5]
        calls = " + ".join([f"{n}_twice(x, {n.capitalize()}Data {{ value: x }}).value" for n in earlier] or ["x"])
        lines.append(f"pub struct {name.capitalize()}Data<A> do\n  value :: A\nend")
        lines.append(f"pub fn {name}_twice(x, d) do\n  let sum = {calls}\n  {name.capitalize()}Data {{ value: {name}_step(sum + d.value, {rng.randint(1, 9)}) }}\nend")
        lines.append(f"fn {name}_step(a, b) do\n  if a > 1000 do a % 1000 + b else {name}_other(a + b) end\nend")
        lines.append(f"fn {name}_other(a) do\n  if a % 3 == 0 do {name}_step(a + 1, 1) else a end\nend")
        files[f"{name}.mpl"] = "\n\n".join(lines) + "\n"
    last = names[-1]
    files["main.mpl"] = (f"from {last.capitalize()} import {last}_twice, {last.capitalize()}Data\n\nfn main() do\n"
                         f'  println("${{{last}_twice(7, {last.capitalize()}Data {{ value: 0 }}).value}}")\nend\n')
    return files


def moved(files: dict[str, str], rng: random.Random) -> dict[str, str]:
    out = {}
    for name in rng.sample(sorted(files), len(files)):
        parts = chunks(files[name])
        rng.shuffle(parts)
        out[name] = "\n\n".join(parts) + "\n"
    return out


@examples(10)
@given(st.integers(0, 2**32))
def test_order_in_a_project(seed: int) -> None:
    files = modules(seed)
    before = inferred(files)
    assert before[1] == []
    assert inferred(moved(files, random.Random(seed))) == before


@pytest.mark.parametrize("seed", range(1 + FACTOR))
def test_order_and_output(seed: int, tmp_path: Path) -> None:
    files = modules(seed)
    outputs = set()
    for number, texts in enumerate([files, moved(files, random.Random(seed))]):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)
        built = build_project(folder, folder / "program", opt_level=0)
        assert built.output is not None, [d.message for d in built.diagnostics]
        outputs.add(subprocess.run([built.output], capture_output=True, text=True, timeout=60, check=True).stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize("seed", range(1 + FACTOR))
def test_order_in_mesher(seed: int) -> None:
    assert inferred(moved(mesher(), random.Random(seed))) == inferred(mesher())
