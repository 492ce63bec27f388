"""Units, the object cache, the C calling convention of closures, and what links with what."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meshpy import api, cache
from meshpy.backend import libpq, link, runtime_lib, units
from meshpy.backend.convention import plan
from meshpy.backend.errors import BuildError, InternalError
from meshpy.backend.runtime_lib import Runtime
from meshpy.backend.workers import run_units

FILES = {
    "main.mpl": "import Left\nimport Right\n\nfn main() do\n  println(\"${Left.f(3)} ${Right.g(4)}\")\nend\n",
    "left.mpl": "pub fn f(n :: Int) -> Int do\n  if n < 2 do\n    n\n  else\n    f(n - 1) + f(n - 2)\n  end\nend\n",
    "right.mpl": "pub fn g(n :: Int) -> Int do\n  if n < 1 do\n    1\n  else\n    n * g(n - 1)\n  end\nend\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "p"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def objects(project: Path) -> set[str]:
    return {p.name for p in (project.parent / "cache" / "meshpy" / "objects").rglob("*.o")}


def output(project: Path) -> str:
    return subprocess.run([project / "p"], capture_output=True, text=True, timeout=30).stdout


def test_one_changed_file_is_one_new_object(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "ONE_UNIT_SIZE", 0)
    monkeypatch.setattr(units, "MERGE_SIZE", 0)
    monkeypatch.setattr(units, "INLINE_SIZE", 0)
    api.build_project(project)
    before = objects(project)
    assert len(before) >= 3 and output(project) == "2 24\n"
    (project / "right.mpl").write_text(FILES["right.mpl"].replace("    1\n", "    2\n"))
    api.build_project(project)
    assert len(objects(project) - before) == 1 and output(project) == "2 48\n"


def test_objects_do_not_depend_on_the_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    api.build_project(".")
    before = objects(project)
    other = project.parent / "q"
    project.rename(other)
    monkeypatch.chdir(other)
    api.build_project(".")
    assert objects(other) == before


@pytest.mark.parametrize(
    "damage", [lambda data: b"[1]", lambda data: data[:-40], lambda data: data[:-50] + b"x" + data[-49:]], ids=["other", "cut", "byte"]
)
def test_a_damaged_cache_is_rebuilt(project: Path, damage: Callable[[bytes], bytes]) -> None:
    api.build_project(project)
    for kind in ("builds", "checks", "objects", "programs", "modules"):
        for path in (project.parent / "cache" / "meshpy" / kind).rglob("*"):
            if path.is_file():
                path.write_bytes(damage(path.read_bytes()))
    results = [p for p in (project.parent / "cache" / "meshpy" / "builds").rglob("*") if p.is_file()]
    assert results
    assert not api.build_project(project).cached and output(project) == "2 24\n"


def test_pruning_keeps_what_was_used_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "LIMIT_BYTES", 4000)
    blobs = cache.Store("objects")
    for index in range(6):
        path = blobs.write(f"ab{index}", b"x" * 960)
        assert path is not None
        import os

        os.utime(path, (index, index))
    cache.prune()
    assert [index for index in range(6) if blobs.read(f"ab{index}") is not None] == [4, 5]
    blobs.write("cd", b"x" * 9000)
    cache.prune()  # not again on the same day
    assert blobs.read("cd") is not None


def test_workers_give_results_in_order_and_their_errors() -> None:
    assert run_units(9, 3, lambda i: bytes([i])) == [bytes([i]) for i in range(9)]

    def failing(index: int) -> bytes:
        if index == 3:
            raise BuildError("no room", "buy a disk")
        return b""

    with pytest.raises(BuildError, match="no room") as caught:
        run_units(5, 2, failing)
    assert caught.value.helps == ("buy a disk",)
    with pytest.raises(InternalError, match="code generation failed"):
        run_units(1, 1, lambda i: [][i])


def test_convention_spills_before_it_uses_the_stack() -> None:
    assert plan(["i64"] * 5).spill == (-1,) * 5
    many = plan(["i64"] * 13 + ["double"] * 8)
    assert many.spill == (-1,) * 5 + tuple(range(8)) + (-1,) * 8 and not many.on_stack
    assert plan(["i64"] * 14).on_stack
    assert plan(["double"] * 9).spill[8] == 0


LINKER = """#!/bin/sh
echo "/usr/bin/ld: {text}" >&2
exit 1
"""


@pytest.mark.parametrize(
    ("text", "modules", "error", "message"),
    [
        ("final link failed: No space left on device", [], BuildError, "linking failed: no space left on device"),
        ("cannot find -lpq: No such file", ["Pg"], BuildError, "module `Pg` needs the library `pq`, which is not installed"),
        ("undefined reference to `mesh_pg_query'", [], InternalError, "the runtime has no `mesh_pg_query`"),
        ("something else", [], InternalError, "linking failed"),
    ],
)
def test_linker_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, modules: list[str], error: type, message: str) -> None:
    script = tmp_path / "cc"
    script.write_text(LINKER.format(text=text.replace("`", "\\`")))
    script.chmod(0o755)
    monkeypatch.setattr(link, "c_compiler", lambda: (str(script),))
    with pytest.raises(error) as caught:
        link.link([], Runtime((), "", (), False), modules, tmp_path / "out")
    assert caught.value.message == message
    assert not list(tmp_path.glob(".out*"))


def test_static_libpq_of_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if libpq.wheel_folder() is None:
        pytest.skip("no PostgreSQL wheel")
    monkeypatch.setattr(libpq, "on_system", lambda: False)
    (tmp_path / "main.mpl").write_text(
        'fn main() do\n  case Pg.connect("postgres://127.0.0.1:1/x") do\n    Ok(_) -> println("connected")\n    Err(_) -> println("refused")\n  end\nend\n'
    )
    assert api.build_project(tmp_path, tmp_path / "out", use_cache=False).ok
    assert subprocess.run([tmp_path / "out"], capture_output=True, text=True, timeout=30).stdout == "refused\n"
    linked = subprocess.run(["ldd", tmp_path / "out"], capture_output=True, text=True).stdout
    assert "libpq" not in linked


def test_unknown_runtime_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHPY_RUNTIME", "fast")
    with pytest.raises(BuildError, match="unknown runtime `fast`"):
        runtime_lib.current_variant()
