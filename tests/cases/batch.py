"""Builds the run cases of a file: one program for all of them, and each its own where that is not possible."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from case_file import Case
from checking import compiles

from meshpy.api import BuildResult, build_project

FOLDER = Path(__file__).resolve().parents[2] / "build" / "cases"
TIMEOUT = 60  # seconds; a case that computes for longer than one second is too long

WORKERS = {0: "1", 2: "3"}  # threads of a program, by level of optimisation

_MAIN = re.compile(r"^fn main\b", re.MULTILINE)


@dataclass(slots=True)
class Outcome:
    """What running a case gave. ``problem`` is set when it could not be built."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    problem: str | None = None


@dataclass(slots=True)
class Batch:
    """The run cases of one file at one level of optimisation."""

    cases: list[Case]
    level: int
    folder: Path
    program: Path | None = None
    built: bool = False
    numbers: dict[str, int] = field(default_factory=dict)

    def run(self, case: Case) -> Outcome:
        """Executes one case in a process of its own."""
        if case.alone:
            return self._alone(case)
        if not self.built:
            self._build()
        if case.name not in self.numbers or self.program is None:
            return self._alone(case)
        return _execute(self.program, [str(self.numbers[case.name])], case, self.level)

    def _build(self) -> None:
        """Every case becomes a module; the entry calls the one that its argument names. Cases that do not check are
        left out, to fail on their own."""
        self.built = True
        together = [case for case in self.cases if not case.alone and compiles(case)]
        names = [f"Case{number:03}" for number in range(len(together))]
        arms = [f'    "{i}" -> do\n      {name}.main()\n      nil\n    end' for i, name in enumerate(names)]
        entry = "\n".join([
            *(f"import {name}" for name in names),
            "\nfn main() do",
            "  case List.get(Env.args(), 1) do",
            *arms,
            "    _ -> println(\"no such case\")\n  end\nend\n",
        ])
        files = {"main.mpl": entry}
        for i, case in enumerate(together):
            files[f"case{i:03}.mpl"] = _MAIN.sub("pub fn main", case.files["main.mpl"])
        result = _build(files, self.folder / "together", self.level)
        if isinstance(result, BuildResult) and result.output is not None:
            self.program = result.output
            self.numbers = {case.name: i for i, case in enumerate(together)}

    def _alone(self, case: Case) -> Outcome:
        result = _build(case.files, self.folder / re.sub(r"\W+", "_", case.name), self.level)
        if isinstance(result, str):
            return Outcome(problem=result)
        if result.output is None:
            return Outcome(problem="\n".join(f"{d.code} {d.message}" for d in result.diagnostics))
        return _execute(result.output, [], case, self.level)


def _build(files: dict[str, str], folder: Path, level: int) -> BuildResult | str:
    """Writes and builds a project; the text of what the compiler raised, if it did."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.rglob("*.mpl"):
        if str(old.relative_to(folder)) not in files:
            old.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    try:
        return build_project(folder, folder / "program", opt_level=level)
    except Exception as error:  # a defect of the compiler is a failure of the case
        return f"{type(error).__name__}: {error}\n{getattr(error, 'details', '')}"


def _execute(program: Path, arguments: list[str], case: Case, level: int) -> Outcome:
    env = {"MESH_WORKERS": WORKERS[level], **os.environ}
    try:
        done = subprocess.run(
            [program, *arguments], input=case.stdin.encode(), capture_output=True, timeout=TIMEOUT, cwd=program.parent, env=env
        )
    except subprocess.TimeoutExpired as error:
        return Outcome((error.stdout or b"").decode(errors="replace"), problem=f"still running after {TIMEOUT} s")
    return Outcome(done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.returncode)
