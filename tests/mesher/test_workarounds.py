"""The reference's detours around the limits of its compiler (section 10) compile and run as well as the natural code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PROGRAMS = [
    *sorted(FOLDER.glob("workarounds/*.mpl")),
    *sorted(path.parent for path in FOLDER.glob("workarounds/*/main.mpl")),
    *sorted(FOLDER.glob("found/*.mpl")),
]


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: f"{source.parent.name}-{source.stem}")
def test_program(source: Path, tmp_path: Path) -> None:
    expected = (source / "expected" if source.is_dir() else source.with_suffix(".expected")).read_text()
    binary = tmp_path / "program"
    command = [sys.executable, "-m", "meshpy", "build", str(source), "-o", str(binary)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    run = subprocess.run([binary], capture_output=True, text=True, timeout=30)
    assert (run.stdout, run.returncode) == (expected, 0), run.stderr
