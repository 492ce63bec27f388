"""docs/adding-a-stdlib-function.md, followed to the letter in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "adding-a-stdlib-function.md"
STEP = re.compile(r"(Append to|Create)\s+`([^`]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def copy_project(target: Path) -> None:
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "meshpy", "grammar", "runtime", "tests", "examples", "mesher", "pyproject.toml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    if (ROOT / ".deps").exists():  # what set-up fetched, perhaps the compiler
        (target / ".deps").symlink_to(ROOT / ".deps")


def test_the_page_works(tmp_path: Path) -> None:
    copy_project(tmp_path)
    steps = STEP.findall(PAGE.read_text())
    assert [path for _, path, _ in steps] == [
        "meshpy/stdlib/list.mpl", "meshpy/stdlib/string.mpl", "runtime/src/vowels.c", "tests/cases/stdlib/added.mpl",
    ]
    for verb, path, text in steps:
        file = tmp_path / path
        before = file.read_text() + "\n" if verb == "Append to" and file.exists() else ""
        file.write_text(before + text)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    source, expected = steps[3][2].split("#> ")
    program = tmp_path / "added.mpl"
    program.write_text(source)
    assert run("-m", "meshpy", "run", str(program)) == expected
    checked = subprocess.run(
        [sys.executable, "-m", "meshpy", "stdlib", "check"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "vowels" not in checked.stdout and "count_where" not in checked.stdout
