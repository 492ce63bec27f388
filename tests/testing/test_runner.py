"""`meshpy test` from outside: a project with every kind of test, its whole report compared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).with_name("project")
EXPECTED = Path(__file__).with_name("project.expected")


def run(*words: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "meshpy", "test", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)


def test_the_whole_report() -> None:
    done = run()
    assert re.sub(r"in \d+\.\d\ds", "in N.NNs", done.stdout) == EXPECTED.read_text()
    assert done.returncode == 1
    # Expected panics are not reported; others are, with their place, and so are mistakes in a test file.
    assert done.stderr.count("Mesh panic at tests/cart.test.mpl:3: division by zero") == 2
    assert "[E0004] Error: undefined variable: cart_totl" in done.stderr


def test_one_file_that_passes() -> None:
    done = run("tests/program.test.mpl", "--quiet")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "."


def test_targets(tmp_path: Path) -> None:
    (tmp_path / "main.mpl").write_text("fn main() do\n  nil\nend\n")
    assert run(folder=tmp_path).stdout == "No *.test.mpl files found.\n"
    for words, message in (
        (["gone"], "error: Test target 'gone' does not exist"),
        (["main.mpl"], "error: 'main.mpl' is not a directory or a *.test.mpl file"),
        (["--coverage"], "error: coverage reporting is not implemented for `meshpy test`"),
    ):
        done = run(*words, folder=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(message)
