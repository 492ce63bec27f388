"""The parsed interface files come with the toolchain or out of the user's cache; a damaged or foreign copy is not used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meshpy import cache, prebuild
from meshpy.syntax import parser
from meshpy.types import library


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parser.tables()  # loaded once for a process, before this folder is the cache
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "installed_root", lambda: tmp_path / "installed")
    return tmp_path / "cache" / "meshpy"


def _load() -> list[library.Interface]:
    library._load.cache_clear()
    return library.load_interfaces()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_second_load_gives_the_same(folder: Path) -> None:
    first = _load()
    assert len(_files(folder)) == 1
    assert [(i.path, i.source, i.names) for i in _load()] == [(i.path, i.source, i.names) for i in first]


@pytest.mark.parametrize("damage", [b"", b"x" * 200, None], ids=["empty", "other bytes", "one bit"])
def test_a_damaged_file_is_written_anew(folder: Path, damage: bytes | None) -> None:
    _load()
    (file,) = _files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage if damage is not None else whole[:-60] + bytes([whole[-60] ^ 1]) + whole[-59:])
    assert [i.path for i in _load()][0] == str(library.CORE)
    assert file.read_bytes() == whole


def test_another_library_has_its_own_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _load()
    copy = tmp_path / "stdlib"
    shutil.copytree(library.STDLIB, copy)
    monkeypatch.setattr(library, "STDLIB", copy)
    assert {Path(i.path).parent for i in _load()[1:]} == {copy}
    with (copy / "list.mpl").open("a") as file:
        file.write("\npub fn one_more() -> Int do 1 end\n")
    names = [item.name.name for i in _load() if i.path.endswith("list.mpl") for item in i.file.body[-1:]]
    assert names == ["one_more"] and len(_files(folder)) == 2


def test_what_is_installed_comes_first_when_it_is_whole(folder: Path, tmp_path: Path) -> None:
    prebuild.prebuild(tmp_path / "installed")
    shutil.rmtree(folder, ignore_errors=True)
    installed = {path: path.read_bytes() for path in _files(tmp_path / "installed")}
    assert len(installed) == 2
    _load()
    assert not _files(folder)
    prebuild.prebuild(tmp_path / "installed")
    assert {path: path.read_bytes() for path in _files(tmp_path / "installed")} == installed
    for path in installed:
        path.write_bytes(b"damaged")
    _load()
    assert len(_files(folder)) == 1
    prebuild.prebuild(tmp_path / "installed")
    assert {path: path.read_bytes() for path in _files(tmp_path / "installed")} == installed
