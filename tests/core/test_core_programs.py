"""The programs beside this file: what they print as native programs, and that core frees what it allocates.

``programs/NAME.mpl`` prints ``programs/NAME.out``: as a native program, and (but for those that need more of the runtime)
in the interpreter of core with and without the optimising passes, where no object may be left at the end.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from interp import Machine

from meshpy.api import build_project
from meshpy.core import dump, lower
from meshpy.modules import project_from_texts
from meshpy.types import check

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.mpl"))
NEED_RUNTIME = {"in_place", "data", "processes"}


def core_of(source: Path, monkeypatch: pytest.MonkeyPatch, optimise: bool = True):
    monkeypatch.setenv("MESHPY_VERIFY", "1")
    result = check(project_from_texts({"main.mpl": source.read_text()}))
    assert result.program is not None, [d.message for d in result.diagnostics]
    return lower(result.program, optimise=optimise)


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda p: p.stem)
def test_native(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHPY_VERIFY", "1")
    binary = tmp_path / "program"
    result = build_project(source, output=binary)
    assert result.ok, result.diagnostics
    run = subprocess.run([binary], check=False, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.returncode) == (source.with_suffix(".out").read_text(), 0), run.stderr


@pytest.mark.parametrize("optimise", [True, False], ids=["optimised", "plain"])
@pytest.mark.parametrize("source", [p for p in PROGRAMS if p.stem not in NEED_RUNTIME], ids=lambda p: p.stem)
def test_counts(source: Path, optimise: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    core = core_of(source, monkeypatch, optimise)
    machine = Machine(core).run()
    assert "\n".join(machine.out) + "\n" == source.with_suffix(".out").read_text()
    assert machine.live == 0, dump(core)


PANICS = [
    ("library function in Mesh", 'fn main() do\n  let q = Queue.new()\n  let (a, _) = Queue.pop(q)\n  println("${a + 0}")\nend\n',
     "main.mpl:3: mesh_queue_pop: empty queue"),
    ("closure in a specialised copy", 'fn main() do\n  let xs = List.map([1, 0], fn x ->\n    100 % x\n  end)\n  println("${xs}")\nend\n',
     "main.mpl:3: modulo by zero"),
    ("bounds check in place", 'fn at(xs, i) do\n  List.get(xs, i)\nend\nfn main() do\n  println("${at([1, 2], 5)}")\nend\n',
     "main.mpl:2: mesh_list_get: index 5 out of bounds (len 2)"),
    ("refutable let", 'fn main() do\n  let Some(x) = String.to_int("x")\n  println("${x}")\nend\n',
     "main.mpl:2: non-exhaustive match"),
]


@pytest.mark.parametrize(("source", "message"), [p[1:] for p in PANICS], ids=[p[0] for p in PANICS])
def test_panic_names_the_line_of_the_program(source: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "main.mpl").write_text(source)
    result = build_project(tmp_path, output=tmp_path / "program")
    assert result.ok, result.diagnostics
    run = subprocess.run([tmp_path / "program"], check=False, capture_output=True, text=True, timeout=60)
    assert run.returncode == 134
    assert message in run.stderr
