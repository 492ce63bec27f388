"""Every type that is printed can be written down: as an annotation it is the same type.

Only a function type is written otherwise, with ``Fun`` in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from fuzzing import FACTOR
from sources import mesher, single_files

from meshpy.modules import project_from_texts
from meshpy.types import check
from meshpy.types import typed as T
from meshpy.types.show import show
from meshpy.types.ty import TFun, Type
from meshpy.types.unify import free_vars


def types_of(program: T.TypedProgram) -> Iterator[tuple[str, Type]]:
    """The types of all functions and expressions, with the files in which they occur."""
    for fn in program.functions.values():
        yield fn.path, TFun(tuple(p.ty for p in fn.params), fn.ret)
        pending: list[object] = [fn.body]
        seen: set[int] = set()
        while pending:
            node = pending.pop()
            if isinstance(node, (tuple, list)):
                pending.extend(node)
            elif is_dataclass(node) and not isinstance(node, Type) and id(node) not in seen:
                seen.add(id(node))
                if isinstance(node, (T.TExpr, T.Pat)):
                    yield fn.path, node.ty
                pending.extend(getattr(node, f.name) for f in fields(node) if f.name != "local")


def with_fun(text: str) -> str:
    """``Fun`` before each ``(`` whose ``)`` is followed by an arrow."""
    opened: list[int] = []
    functions: set[int] = set()
    for i, char in enumerate(text):
        if char == "(":
            opened.append(i)
        elif char == ")":
            start = opened.pop()
            if text.startswith(" -> ", i + 1):
                functions.add(start)
    return "".join("Fun" + char if i in functions else char for i, char in enumerate(text))


def named(text: str) -> str:
    """Names for the unknown types."""
    names: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: names.setdefault(m.group(), f"T{len(names) + 1}"), text)


def wrong(files: dict[str, str], snippet: bool) -> list[str]:
    """Types of the program that do not come back."""
    result = check(project_from_texts(files, snippet=snippet))
    if result.program is None:
        return []
    modules = {m.path: m.name for m in project_from_texts(files, snippet=snippet).modules}
    asked: dict[str, dict[str, None]] = {}
    declared: set[str] = set()  # names of type parameters
    for path, ty in types_of(result.program):
        if path in modules and "." not in (text := named(show(ty, modules[path]))):  # names of its own module
            asked.setdefault(path, {})[text] = None
            declared.update(v.name for v in free_vars(ty) if v.name)
    added = dict(files)
    parameter = re.compile("|".join([r"\bT\d+\b", *(rf"\b{name}\b" for name in sorted(declared))]))
    for path, texts in asked.items():
        lines = []
        for i, t in enumerate(texts):
            parameters = ", ".join(sorted(set(parameter.findall(t))))
            lines.append(f"fn printed_type_{i}{f'<{parameters}>' if parameters else ''}(x :: {with_fun(t)}) do\n  0\nend")
        added[path] = files[path].rstrip("\n") + "\n\n" + "\n".join(lines) + "\n"
    again = check(project_from_texts(added, snippet=snippet))
    if again.program is None:
        return [f"{d.code} {d.message}" for d in again.diagnostics if d.is_error]
    out = []
    for path, texts in asked.items():
        found = {fn.name: show(fn.params[0].ty, modules[path]) for fn in again.program.functions.values()
                 if fn.path == path and fn.params}
        out += [f"{path}: {t} became {found[f'printed_type_{i}']}" for i, t in enumerate(texts)
                if found.get(f"printed_type_{i}", t) != t]
    return out


def test_of_the_programs_of_the_repository() -> None:
    for name, text in list(single_files().items())[:: 1 if FACTOR else 6]:
        assert wrong({"main.mpl": text}, snippet="fn main" not in text) == [], name


def test_of_mesher() -> None:
    assert wrong(mesher(), snippet=False) == []
