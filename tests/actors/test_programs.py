"""Compiles and runs the programs of ``programs.md``, optimised and not."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshpy.api import build_project

DATA = Path(__file__).with_name("programs.md")
TIMEOUT = 60  # seconds for one program


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    source: str
    output: str
    stderr: tuple[str, ...]  # texts that standard error contains
    status: int


def cases(text: str) -> list[Case]:
    """The cases of a data file. ``ValueError`` for one without program or output."""
    common: dict[str, str] = {}
    found = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        heading, body = section.split("\n", 1)
        name = heading.split()[0]
        program = re.search(r"^```mesh\n(.*?)^```$", body, re.M | re.S)
        output = re.search(r"^```output\n(.*?)^```$", body, re.M | re.S)
        if program is None:
            raise ValueError(f"{name}: no program")
        options = re.findall(r"^(after|stderr|exit): (.*)$", body[: program.start()], re.M)
        source = program[1]
        if output is None:
            if options:
                raise ValueError(f"{name}: no output")
            common[name] = source
            continue
        for key, value in options:
            if key == "after":
                source = common[value] + "\n" + source
        status = next((int(value) for key, value in options if key == "exit"), 0)
        stderr = tuple(value for key, value in options if key == "stderr")
        found.append(Case(name, source, output[1], stderr, status))
    return found


CASES = cases(DATA.read_text())


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("opt_level", [0, 2])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_program(case: Case, opt_level: int, tmp_path: Path) -> None:
    source = tmp_path / "main.mpl"
    source.write_text(case.source)
    built = build_project(tmp_path, tmp_path / "program", opt_level=opt_level)
    assert built.output is not None, [d.message for d in built.diagnostics]
    run = subprocess.run([built.output], capture_output=True, text=True, timeout=TIMEOUT)
    assert (run.stdout, run.returncode) == (case.output, case.status), run.stderr
    if not case.stderr:
        assert run.stderr == ""
    for text in case.stderr:
        assert text in run.stderr
