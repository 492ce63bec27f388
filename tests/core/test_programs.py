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

from interp import Machine  # noqa: E402

from meshpy.api import build_project  # noqa: E402
from meshpy.core import dump, lower  # noqa: E402
from meshpy.modules import project_from_texts  # noqa: E402
from meshpy.types import check  # noqa: E402

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
    run = subprocess.run([binary], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.returncode) == (source.with_suffix(".out").read_text(), 0), run.stderr


@pytest.mark.parametrize("optimise", [True, False], ids=["optimised", "plain"])
@pytest.mark.parametrize("source", [p for p in PROGRAMS if p.stem not in NEED_RUNTIME], ids=lambda p: p.stem)
def test_counts(source: Path, optimise: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    core = core_of(source, monkeypatch, optimise)
    machine = Machine(core).run()
    assert "\n".join(machine.out) + "\n" == source.with_suffix(".out").read_text()
    assert machine.live == 0, dump(core)
