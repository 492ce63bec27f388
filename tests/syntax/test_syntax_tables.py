"""The grammar is free of conflicts, fits the tree builder, and its tables are cached safely."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from lark.exceptions import GrammarError

from meshpy import cache
from meshpy.syntax import tables
from meshpy.syntax.builder import Builder

_GRAMMAR = tables.grammar_path().read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built() -> dict:
    return tables.build(_GRAMMAR)


def test_conflicts_are_errors() -> None:
    """`build` accepts the grammar, and it is strict: the classic dangling else is refused."""
    with pytest.raises(GrammarError):
        tables.build("source: s\ns: IF s | IF s ELSE s | X\n%declare IF ELSE X\n")


def test_every_production_has_a_builder_function(built: dict) -> None:
    functions = {(rule[1], rule[3].count(",") + 1 if not rule[3].startswith("f([") else 1) for rule in built["rules"]}
    for name, count in functions:
        if name and not name.startswith("$root"):
            signature = inspect.signature(getattr(Builder, name))
            signature.bind(None, *range(count))  # raises TypeError when the shapes differ


def test_equal_grammars_give_equal_tables(built: dict) -> None:
    assert tables.build(_GRAMMAR) == built


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-9], lambda data: data.replace(b"4", b"5", 1)])
def test_a_corrupt_cache_is_rebuilt(damage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: dict) -> None:
    builds = []

    def build(grammar: str) -> dict:
        builds.append(grammar)
        return built

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "installed_root", lambda: tmp_path / "none")
    monkeypatch.setattr(tables, "build", build)
    tables.load_tables()
    assert tables.load_tables().actions == built["actions"] and len(builds) == 1
    (file,) = [path for path in (tmp_path / "meshpy").rglob("*") if path.is_file()]
    file.write_bytes(damage(file.read_bytes()))
    assert tables.load_tables().actions == built["actions"] and len(builds) == 2
    assert tables.load_tables().actions == built["actions"] and len(builds) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: dict
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(cache, "installed_root", lambda: tmp_path / "none")
    monkeypatch.setattr(tables, "build", lambda grammar: built)
    assert tables.load_tables().actions == built["actions"]
