"""Checks a case: its diagnostics, and the types beside its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from case_file import Case

from meshpy.diagnostics import Diagnostic, render_text
from meshpy.modules import Project, project_from_texts
from meshpy.types import check
from meshpy.types import typed as tt
from meshpy.types.show import show
from meshpy.types.ty import Type


def problems(case: Case) -> list[str]:
    """What the checker says that the case does not expect, and the other way round."""
    project = project_from_texts(case.files, snippet=case.snippet)
    result = check(project)
    wanted = [(file, e) for file, found in case.expected.items() for e in found if e.kind != "T"]
    out: list[str] = []
    for diagnostic in result.diagnostics:
        path, line = _place(diagnostic, project)
        text = _text(diagnostic)
        match = next(((f, e) for f, e in wanted if (f, e.line) == (path, line) and _says(e.kind, e.text, diagnostic, text)), None)
        if match is not None:
            wanted.remove(match)
        else:
            out.append("not expected:\n" + render_text([diagnostic], {m.path: m.source for m in project.modules}))
    out += [f"{file}:{e.line}: expected `# {e.kind}: {e.text}`" for file, e in wanted]
    types = [(file, e) for file, found in case.expected.items() for e in found if e.kind == "T"]
    if types and result.checked is not None:
        for file, e in types:
            out += _type_problem(project, result.checked.program, file, e.line, e.text)
    return out


def compiles(case: Case) -> bool:
    """Whether the checker has no error for the program."""
    return check(project_from_texts(case.files, snippet=case.snippet)).program is not None


def _place(diagnostic: Diagnostic, project: Project) -> tuple[str, int]:
    label = diagnostic.labels[0] if diagnostic.labels else None
    module = next((m for m in project.modules if label and m.path == label.path), None)
    if label is None or module is None:
        return "", 0
    return label.path, module.source[: label.start].count(b"\n") + 1


def _text(diagnostic: Diagnostic) -> str:
    return "\n".join([diagnostic.message, *(x.text for x in diagnostic.labels), *diagnostic.helps, *diagnostic.notes])


def _says(kind: str, expected: str, diagnostic: Diagnostic, text: str) -> bool:
    code, _, words = expected.partition(" ")
    return (kind == "E") == diagnostic.is_error and code == (diagnostic.code or "C0001") and words.strip() in text


def _type_problem(project: Project, program: tt.TypedProgram, file: str, line: int, text: str) -> list[str]:
    what, _, wanted = (part.strip() for part in text.rpartition(" : "))
    module = next(m for m in project.modules if m.path == file)
    starts = [0, *(i + 1 for i, byte in enumerate(module.source) if byte == 10)]
    found = {
        _numbered(show(ty, module.name))
        for start, source, ty in _typed(program, module.path, module.source)
        if bisect_right(starts, start) == line and source == what
    }
    if found == {wanted}:
        return []
    return [f"{file}:{line}: expected `{what} : {wanted}`, found {', '.join(sorted(found)) or 'nothing of this name'}"]


def _numbered(text: str) -> str:
    """Unknown types by their order: ``?1``, ``?2``."""
    numbers: dict[str, str] = {}
    return re.sub(r"\?\d+", lambda m: numbers.setdefault(m[0], f"?{len(numbers) + 1}"), text)


def _typed(program: tt.TypedProgram, path: str, source: bytes) -> Iterator[tuple[int, str, Type]]:
    """Every expression, variable and function of a file: where it starts, its source text, its type."""
    bodies: list[object] = [let for let in program.lets if let.path == path]
    for fn in program.functions.values():
        if fn.path == path:
            bodies.append(fn.body)
            from meshpy.types.ty import TFun

            yield fn.start, fn.name.split(".")[-1], TFun(tuple(p.ty for p in fn.params), fn.ret)
    pending = bodies
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, (tuple, list)):
            pending.extend(node)
            continue
        if not is_dataclass(node) or id(node) in seen or isinstance(node, Type):
            continue
        seen.add(id(node))
        if isinstance(node, tt.PBind):
            yield node.start, node.local.name, node.ty
        elif isinstance(node, (tt.TExpr, tt.Pat)):
            yield node.start, source[node.start : node.end].decode(), node.ty
        pending.extend(getattr(node, f.name) for f in fields(node) if f.name != "local")
