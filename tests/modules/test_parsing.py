"""Parsed files are kept by content, and many are parsed in several processes: neither changes what comes out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshpy.modules import load_project, parsing, project_from_texts
from meshpy.syntax import parse
from meshpy.syntax.packed import pack, unpack
from meshpy.syntax.sexpr import sexpr

SOURCES = [
    p.read_text() for folder in ("mesher", "examples")
    for p in sorted((Path(__file__).parents[2] / folder).rglob("*.mpl")) if not p.name.endswith(".test.mpl")
]  # fmt: skip
MISTAKE = "fn f( do\n" * 300


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _texts(sources: list[str]) -> list[parsing.Text]:
    return [parsing.Text(f"f{i}.mpl", source.encode(), False) for i, source in enumerate(sources)]


def _shown(files: list[parsing.ParsedFile]) -> list[tuple[str, list[int], list[str]]]:
    return [(sexpr(f.file), [i.start for i in f.nested], [d.message for d in f.diagnostics]) for f in files]


def _kept(folder: Path) -> list[Path]:
    return [p for p in (folder / "cache" / "meshpy" / "modules").rglob("*") if p.is_file()]


def test_trees_survive_packing() -> None:
    for source in SOURCES:
        file = parse(source, "x.mpl").file
        assert sexpr(unpack(pack(file))) == sexpr(file)


def test_a_tree_too_deep_to_pack_is_refused() -> None:
    file = parse("let x = " + " + ".join("1" for _ in range(30_000)), "x.mpl").file
    assert pack(file) is None


def test_files_come_out_of_the_cache_unless_they_are_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _texts([*SOURCES[-8:], MISTAKE])
    fresh = parsing.parse_texts(texts)
    count = sum(len(t.source) > parsing.SMALL for t in texts) - 1
    assert len(_kept(folder)) == count
    parsed = []
    monkeypatch.setattr(parsing, "parse", lambda *args, **words: parsed.append(args[1]) or parse(*args, **words))
    assert _shown(parsing.parse_texts(texts)) == _shown(fresh)
    assert sorted(parsed) == sorted(t.path for t in texts if len(t.source) <= parsing.SMALL or t.source == MISTAKE.encode())
    for path in _kept(folder):
        data = path.read_bytes()
        path.write_bytes(data[:-50] + bytes([data[-50] ^ 1]) + data[-49:])
    parsed.clear()
    assert _shown(parsing.parse_texts(texts)) == _shown(fresh)
    assert len(parsed) == len(texts)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_several_processes_give_the_same(tmp_path: Path) -> None:
    """In a process of its own: where the test runner has a second thread nothing is forked."""
    subprocess.run([sys.executable, __file__, tmp_path], check=True, timeout=120)


def _several_processes(folder: Path) -> None:
    texts = _texts([*SOURCES, MISTAKE])
    os.environ["XDG_CACHE_HOME"] = str(folder / "alone")
    alone = _shown(parsing.parse_texts(texts))
    os.environ["XDG_CACHE_HOME"] = str(folder / "together")
    here: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "WORTH_A_PROCESS", 1_000)
        patch.setattr(parsing, "_cores", lambda: 3)
        patch.setattr(parsing, "parse", lambda *args, **words: here.append(args[1]) or parse(*args, **words))
        assert _shown(parsing.parse_texts(texts)) == alone
    assert 0 < len(here) <= len(texts) / 2
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)  # every child was waited for


def test_a_file_that_changes_is_read_again(folder: Path) -> None:
    (folder / "main.mpl").write_text("fn main() do\n" + '  println("a")\n' * 100 + "end\n")
    assert load_project(folder).modules[0].file.body[0].name.name == "main"
    (folder / "main.mpl").write_text("fn other() do\n" + '  println("a")\n' * 100 + "end\n")
    assert load_project(folder).modules[0].file.body[0].name.name == "other"


def test_unsaved_texts_leave_nothing_behind(folder: Path) -> None:
    text = "fn main() do\n" + '  println("a")\n' * 100 + "end\n"
    (folder / "main.mpl").write_text(text)
    load_project(folder, overlay={str(folder / "main.mpl"): text.replace("a", "b").encode()})
    project_from_texts({"main.mpl": text})
    assert not _kept(folder)
    load_project(folder)
    assert len(_kept(folder)) == 1


if __name__ == "__main__":
    _several_processes(Path(sys.argv[1]))
