"""Types and diagnostics depend neither on the order of files nor on that of definitions (design D2)."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from type_corpus import Case, load_cases

from meshpy.modules import project_from_texts
from meshpy.syntax import ast, parse
from meshpy.types import CheckResult, check
from meshpy.types.show import show

# What these say is about the textual order itself: which of two definitions, impls or imports is the second.
ABOUT_ORDER = {"E0022", "E0023", "E0026", "E0053", "W0001", "E0018"}

SEQUENTIAL = (ast.Let, ast.ExprStmt)


def chunks(text: str) -> list[tuple[bool, str]]:
    """The definitions of a file as texts; True for statements that keep their order among each other."""
    source = text.encode()
    body = parse(source, "x.mpl").file.body
    groups: list[list[ast.Stmt]] = []
    for item in body:
        last = groups[-1][-1] if groups else None
        if type(item) is ast.FnDef and type(last) is ast.FnDef:
            groups[-1].append(item)
        else:
            groups.append([item])
    return [(isinstance(g[0], SEQUENTIAL), source[g[0].start:g[-1].end].decode()) for g in groups]


def shuffled(text: str, rng: random.Random) -> str:
    parts = chunks(text)
    fixed = [p for p in parts if p[0]]
    free = [p for p in parts if not p[0]]
    rng.shuffle(free)
    places = sorted(rng.sample(range(len(parts)), len(fixed)))
    out: list[str] = []
    for i in range(len(parts)):
        out.append((fixed if i in places else free).pop(0)[1])
    return "\n".join(out) + "\n"


def summary(result: CheckResult, files: dict[str, str]) -> tuple[object, ...]:
    """Everything that must not change: the types of all functions, the diagnostics with the text they mark."""
    types: list[tuple[str, str]] = []
    if result.checked is not None:
        for item in result.checked.driver.items:
            fn = item.fn
            if fn is not None and fn.scheme is not None:
                # The numbers that tell impls apart follow the text; a method is known by its type.
                types.append((re.sub(r"[$#]\d+", "", fn.fn_id), plain(show(fn.scheme.ty))))
    found = []
    for d in result.diagnostics:
        marked = [files[label.path].encode()[label.start:label.end].decode() for label in d.labels if label.path in files]
        found.append((d.code, plain(d.message), tuple(marked)))
    return sorted(types), sorted(found)


def plain(text: str) -> str:
    """Numbers of variables in order of appearance."""
    names: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: names.setdefault(m.group(), f"?{len(names)}"), text)


CASES = [c for c in load_cases() if not any(code in c.expect for code in ABOUT_ORDER) and '"' not in c.expect]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 2**32))
def test_order_of_definitions_and_files(case: Case, seed: int) -> None:
    rng = random.Random(seed)
    files = dict(case.files)
    before = summary(check(project_from_texts(files, snippet=not case.project)), files)
    names = list(files)
    rng.shuffle(names)
    moved = {name: shuffled(files[name], rng) for name in names}
    after = summary(check(project_from_texts(moved, snippet=not case.project)), moved)
    assert after == before
