"""`meshpy fmt`: which files it takes, what it says, and that it changes the layout of Mesher and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meshpy.api import check_project

ROOT = Path(__file__).resolve().parents[2]
UGLY, TIDY = "fn  main()  do\nprintln( 1 )\nend\n", "fn main() do\n  println(1)\nend\n"
BROKEN = "fn main() do\n  let = 1\nend\n"


def fmt(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "meshpy", "fmt", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "ugly.mpl": UGLY, "tidy.mpl": TIDY, "a/b/deep.mpl": UGLY, "a.test.mpl": "test(\"x\")  do\nassert(true)\nend\n",
        ".mesh/fetched.mpl": UGLY, "target/made.mpl": UGLY, "notes.txt": "x",
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_folder(tree: Path) -> None:
    result = fmt("--check", ".", folder=tree)
    assert result.returncode == 1 and result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[-1] == "3 file(s) would be reformatted"
    assert sorted(lines[:-1]) == [f"  would reformat: ./{n}" for n in ("a.test.mpl", "a/b/deep.mpl", "ugly.mpl")]
    assert (tree / "ugly.mpl").read_text() == UGLY
    os.chmod(tree / "ugly.mpl", 0o640)
    result = fmt(".", folder=tree)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "Formatted 4 file(s)\n")
    assert (tree / "ugly.mpl").read_text() == (tree / "a/b/deep.mpl").read_text() == TIDY
    assert (tree / "ugly.mpl").stat().st_mode & 0o777 == 0o640
    assert (tree / ".mesh/fetched.mpl").read_text() == (tree / "target/made.mpl").read_text() == UGLY
    result = fmt("--check", ".", folder=tree)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_file_with_syntax_errors_is_left_alone(tree: Path) -> None:
    (tree / "broken.mpl").write_text(BROKEN)
    for words in (["--check"], []):
        result = fmt(*words, ".", folder=tree)
        assert result.returncode == 1 and "[P0001] Error: " in result.stderr and "broken.mpl:2:" in result.stderr
    assert (tree / "broken.mpl").read_text() == BROKEN
    assert (tree / "ugly.mpl").read_text() == TIDY


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "error: Path 'nowhere' does not exist"),
        ("notes.txt", "error: 'notes.txt' is not a .mpl file"),
        (".mesh/empty", "error: No .mpl files found at '.mesh/empty'"),
        ("latin.mpl", "error: Failed to read 'latin.mpl': "),
    ],
)
def test_bad_paths(tree: Path, path: str, message: str) -> None:
    (tree / ".mesh/empty").mkdir()
    (tree / "latin.mpl").write_bytes(b"# caf\xe9\n")
    result = fmt(path, folder=tree)
    assert result.returncode == 1 and result.stderr.startswith(message)


def test_mesher_means_the_same_when_formatted(tmp_path: Path) -> None:
    copy = tmp_path / "mesher"
    shutil.copytree(ROOT / "mesher", copy)
    assert fmt("mesher", folder=tmp_path).returncode == 0
    assert fmt("--check", "mesher", folder=tmp_path).returncode == 0
    assert not check_project(copy).diagnostics
