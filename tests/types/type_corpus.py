"""Reading and running the regression corpus of the type checker: ``corpus/*.mesh``
is that of the reference, ``cases/*.mesh`` adds to it.

A case begins with ``#@ T123``, then ``#@ expect ...`` (``ok [TYPE]``, ``error CODE, ...``, ``error "TEXT"``,
``warn CODE``); ``#@ ref`` lines are notes; ``#@ file NAME`` splits a project of several files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from meshpy.diagnostics import Severity
from meshpy.modules import project_from_texts
from meshpy.types import check

FOLDERS = (Path(__file__).parent / "corpus", Path(__file__).parent / "cases")


@dataclass(frozen=True)
class Case:
    ident: str
    expect: str
    files: tuple[tuple[str, str], ...]
    project: bool


def load_cases() -> list[Case]:
    cases = []
    for path in sorted(p for folder in FOLDERS for p in folder.glob("*.mesh")):
        chunks = re.split(r"^(?=#@ [A-Z]\d{3}$)", path.read_text(), flags=re.M)
        cases += [read_case(chunk) for chunk in chunks if chunk.strip()]
    return cases


def read_case(text: str) -> Case:
    lines = text.split("\n")
    ident = lines[0].removeprefix("#@ ").strip()
    expect = lines[1].removeprefix("#@ expect ").strip()
    body = lines[2:]
    while body and body[0].startswith("#@ ref"):
        body = body[1:]
    files: list[tuple[str, list[str]]] = []
    for line in body:
        if line.startswith("#@ file "):
            files.append((line.removeprefix("#@ file ").strip(), []))
        else:
            if not files:
                files.append(("main.mpl", []))
            files[-1][1].append(line)
    project = any(line.startswith("#@ file ") for line in body)
    return Case(ident, expect, tuple((name, "\n".join(rows)) for name, rows in files), project)


def same_type(expected: str, found: str | None) -> bool:
    """Equality of printed types, where variables may have any distinct names."""
    if found is None:
        return False
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return names.setdefault(match.group(), f"v{len(names)}")

    wanted = re.sub(r"(?<![\w?])[a-z]\b", rename, expected)
    names.clear()
    return wanted == re.sub(r"\?\d+", rename, found)


def run_case(case: Case) -> str | None:
    """None when the case holds, otherwise what happened instead."""
    result = check(project_from_texts(dict(case.files), snippet=not case.project))
    errors = [d for d in result.diagnostics if d.is_error]
    warnings = [d for d in result.diagnostics if d.severity is Severity.WARNING]
    seen = "; ".join(f"{d.code or '-'} {d.message}" for d in result.diagnostics) or "nothing"
    kind, _, rest = case.expect.partition(" ")
    if kind == "ok":
        if errors:
            return seen
        if rest and not same_type(rest, result.last_type):
            return f"type {result.last_type}"
        return None
    if kind == "warn":
        good = not errors and sorted(d.code for d in warnings) == [rest]
        return None if good else seen
    if rest.startswith('"'):
        good = [d.message for d in errors] == [rest.strip('"')]
        return None if good else seen
    good = sorted(d.code for d in errors) == sorted(c.strip() for c in rest.split(","))
    return None if good else seen
