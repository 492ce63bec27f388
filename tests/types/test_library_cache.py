"""The parsed interface files are kept in the user's cache, and a damaged or foreign copy is not used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meshpy.types import library


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "meshpy"


def _load() -> list[library.Interface]:
    library._load.cache_clear()
    return library.load_interfaces()


def test_a_second_load_gives_the_same(cache: Path) -> None:
    first = _load()
    assert len(list(cache.glob("stdlib-*"))) == 1
    assert [(i.path, i.source, i.names) for i in _load()] == [(i.path, i.source, i.names) for i in first]


@pytest.mark.parametrize("damage", [b"", b"x" * 200, None], ids=["empty", "other bytes", "one bit"])
def test_a_damaged_file_is_written_anew(cache: Path, damage: bytes | None) -> None:
    _load()
    (file,) = cache.glob("stdlib-*")
    whole = file.read_bytes()
    file.write_bytes(damage if damage is not None else whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    assert [i.path for i in _load()][0] == str(library.CORE)
    assert len(file.read_bytes()) == len(whole)


def test_another_installation_has_its_own_file(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _load()
    copy = tmp_path / "stdlib"
    shutil.copytree(library.STDLIB, copy)
    monkeypatch.setattr(library, "STDLIB", copy)
    assert {Path(i.path).parent for i in _load()[1:]} == {copy}
