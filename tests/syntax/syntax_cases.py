"""Data files of the syntax tests: cases that start with ``=== title``, each with its own source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meshpy.syntax import ParseResult, parse

FOLDER = Path(__file__).parent


@dataclass
class Case:
    title: str
    text: str
    line: int
    is_test: bool
    is_interface: bool

    def parse(self, source: str) -> ParseResult:
        return parse(source, "case.mpl", is_test=self.is_test, is_interface=self.is_interface)

    def __str__(self) -> str:
        return f"{self.line}: {self.title}"


def read_cases(name: str) -> list[Case]:
    """The cases of a file, without the trailing newline of each; what stands before the first is for readers."""
    cases: list[Case] = []
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("=== ")]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        title = lines[start][4:]
        text = "\n".join(lines[start + 1 : end])
        cases.append(Case(title, text, start + 1, title.endswith("[test]"), title.endswith("[interface]")))
    return cases
