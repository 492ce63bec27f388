"""The format of case files: Mesh source with what is expected of it written beside (see tests/README.md).

    #@ case name of the case
    fn main() do
      let xs = [1, 2]            # T: xs : List<Int>
      println("${xs}")
    end
    #> [1, 2]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_DIRECTIVE = re.compile(r"#@ (\w+)(?: (.*))?$")
_EXPECT = re.compile(r"#\s(E|W|T|P): (.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation beside a line (1-based line of the case file). ``kind``: ``E``, ``W`` or ``T``."""

    line: int
    kind: str
    text: str


@dataclass(slots=True)
class Case:
    """One case. ``files`` are the texts by relative path; a single file is ``main.mpl``. The texts begin with as many
    empty lines as stand before them in the case file, so that lines have the same numbers in both."""

    path: Path
    line: int
    name: str
    files: dict[str, str] = field(default_factory=dict)
    expected: dict[str, list[Expected]] = field(default_factory=dict)
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    status: int = 0
    alone: bool = False
    snippet: bool = True
    stdin: str = ""
    last_newline: bool = True

    @property
    def runs(self) -> bool:
        """Whether the program is executed: when any output, error text or exit status is expected."""
        return bool(self.stdout or self.stderr or self.status)

    @property
    def output(self) -> str:
        text = "".join(line + "\n" for line in self.stdout)
        return text if self.last_newline else text[:-1]


def read_cases(path: Path) -> list[Case]:
    """The cases of one file, in order. ValueError, with path and line, for what is not a case file."""
    cases: list[Case] = []
    lines = path.read_text(encoding="utf-8").split("\n")
    file = "main.mpl"
    for number, line in enumerate(lines, 1):
        directive = _DIRECTIVE.match(line)
        if directive and directive[1] == "case":
            cases.append(Case(path, number, (directive[2] or "").strip()))
            file = "main.mpl"
            _begin(cases[-1], file, number)
            continue
        if not cases:
            if line.strip() and not line.startswith("#"):
                raise ValueError(f"{path}:{number}: source before the first `#@ case NAME`")
            continue
        case = cases[-1]
        if directive:
            if directive[1] == "file":
                _strip_empty(case)
                file = directive[2].strip()
                _begin(case, file, number)
                case.alone, case.snippet = True, False
                continue
            _option(case, directive[1], directive[2] or "", number)
        elif line.startswith("#>"):
            case.stdout.append(line[2:].removeprefix(" "))
        elif line.startswith("#!"):
            case.stderr.append(line[2:].strip())
        else:
            case.files[file] += line + "\n"
            for kind, text in _expectations(line):
                if kind == "P":
                    case.status = 134
                    case.stderr.append(f".mpl:{number}: {text}")
                else:
                    case.expected[file].append(Expected(number, kind, text))
            continue
        case.files[file] += "\n"
    _check_names(cases)
    return cases


def _expectations(line: str) -> list[tuple[str, str]]:
    """The expectations behind a line; several are separated by a further ``# E:`` and so on."""
    found: list[tuple[str, str]] = []
    while match := _EXPECT.search(line):
        last = None
        for last in re.finditer(r"#\s[EWTP]: ", line):
            pass
        assert last is not None
        match = _EXPECT.match(line, last.start())
        if match is None:
            break
        found.insert(0, (match[1], match[2]))
        line = line[: last.start()].rstrip()
    return found


def _begin(case: Case, file: str, number: int) -> None:
    case.files[file] = "\n" * number
    case.expected[file] = []


def _strip_empty(case: Case) -> None:
    """A case that begins with `#@ file` has no text of its own before it."""
    if not case.files["main.mpl"].strip():
        del case.files["main.mpl"], case.expected["main.mpl"]


def _option(case: Case, name: str, value: str, number: int) -> None:
    if name == "exit":
        case.status = int(value)
    elif name == "stdin":
        case.stdin += value + "\n"
    elif name == "alone":
        case.alone = True
    elif name == "unterminated":
        case.last_newline = False
    elif name == "program":
        case.alone, case.snippet = True, False
    else:
        raise ValueError(f"{case.path}:{number}: unknown directive `#@ {name}`")


def _check_names(cases: list[Case]) -> None:
    seen: set[str] = set()
    for case in cases:
        if not case.name or case.name in seen:
            raise ValueError(f"{case.path}:{case.line}: a case needs a name of its own")
        seen.add(case.name)
