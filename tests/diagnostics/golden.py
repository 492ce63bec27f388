"""Golden files of rendered diagnostics: ``golden/*.txt``, each with many cases.

    === name of the case
    source, with `#@ file PATH` lines where it has several files; nothing for the example of the catalogue
    --- text
    what a terminal shows
    --- json
    what `--json` writes

`python tests/diagnostics/golden.py` writes the outputs anew from the sources: read the difference like prose before it
is committed.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from meshpy.diagnostics import Diagnostic, render_json, render_text
from meshpy.diagnostics.catalogue import Example, entry
from meshpy.modules import project_from_texts
from meshpy.types import check

FOLDER = Path(__file__).with_name("golden")
CATALOGUE = "the example of the catalogue"


@dataclass(slots=True)
class Golden:
    """One case. ``source`` is empty for the example of the catalogue."""

    name: str
    source: str
    text: str = ""
    json: str = ""


def diagnose(example: Example) -> tuple[list[Diagnostic], dict[str, bytes]]:
    """The diagnostics of a program, and its files. A single text needs no ``main``."""
    files = example.files
    single = "" in files
    project = project_from_texts({"main.mpl": files[""]} if single else files, snippet=single)
    return list(check(project).diagnostics), {module.path: module.source for module in project.modules}


def actual(path: Path, golden: Golden) -> Golden:
    """The case with the outputs that it has now, without blanks at the ends of lines."""
    if golden.source:
        example = Example(golden.source)
    else:
        known = entry(path.stem)
        if known is None or known.wrong is None:
            raise ValueError(f"{path}: the catalogue has no example")
        example = known.wrong
    diagnostics, sources = diagnose(example)
    text = "".join(line.rstrip() + "\n" for line in render_text(diagnostics, sources).splitlines())
    json = "".join(line + "\n" for line in render_json(diagnostics))
    return Golden(golden.name, golden.source, text, json)


def read(path: Path) -> list[Golden]:
    cases = []
    for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, body = part.split("\n", 1)
        pieces = re.split(r"^--- (?:text|json)\n", body, flags=re.MULTILINE)
        source, text, json = (pieces + ["", ""])[:3]
        cases.append(Golden(name, source.strip("\n") + "\n" if source.strip() else "", text, json.rstrip("\n") + "\n"))
    return cases


def write(path: Path, cases: list[Golden]) -> None:
    parts = [f"=== {c.name}\n{c.source}--- text\n{c.text}--- json\n{c.json}" for c in cases]
    path.write_text("\n".join(parts), encoding="utf-8")


def main() -> int:
    for path in sorted(FOLDER.glob("*.txt")):
        cases = read(path)
        fresh = [actual(path, case) for case in cases]
        if fresh != cases:
            write(path, fresh)
            print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
