"""The runtime's archives: built on demand in the development tree, packaged in an installation."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from meshpy.backend import libpq
from meshpy.backend.errors import BuildError
from meshpy.backend.paths import PACKAGE, runtime_sources, source_tree, stat_digest
from meshpy.backend.toolbox import archiver, c_compiler, is_fetched, is_zig
from meshpy.cache import write_atomically

# Header whose inclusion puts a file into the archive of a library (the same rule as runtime/CMakeLists.txt).
LIBRARY_HEADERS = {
    "pq": (re.compile(rb'#include [<"](libpq-fe|libpq/)'), "libpq-fe.h", ("postgresql", "pgsql", "")),
    "sqlite": (re.compile(rb'#include [<"]sqlite3\.h'), "sqlite3.h", ("",)),
    "ssl": (re.compile(rb'#include [<"]openssl/'), "openssl/ssl.h", ("",)),
    "z": (re.compile(rb'#include [<"]zlib\.h'), "zlib.h", ("",)),
    "re2": (re.compile(rb'#include [<"]re2/'), "re2/re2.h", ("",)),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build the runtime. ``cmake``: its options; ``flags``: what compiling and linking by hand adds."""

    name: str
    cmake: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    checking: bool = False


VARIANTS = {
    v.name: v
    for v in (
        Variant("release"),
        Variant("check", ("-DMESH_CHECK=ON",), ("-DMESH_CHECK=1",), checking=True),
        Variant(
            "asan",
            ("-DMESH_CHECK=ON", "-DMESH_SANITIZE=address,undefined"),
            ("-DMESH_CHECK=1", "-fsanitize=address,undefined"),
            checking=True,
        ),
        Variant("tsan", ("-DMESH_SANITIZE=thread",), ("-fsanitize=thread",)),
    )
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """``archives`` in link order; ``stamp`` changes whenever they do; ``link_flags`` of the variant."""

    archives: tuple[Path, ...]
    stamp: str
    link_flags: tuple[str, ...]
    checking: bool


def current_variant() -> Variant:
    """The variant that ``MESHPY_RUNTIME`` names, ``release`` by default. Raises BuildError."""
    name = os.environ.get("MESHPY_RUNTIME") or "release"
    if name not in VARIANTS:
        raise BuildError(f"unknown runtime `{name}` in MESHPY_RUNTIME", f"use one of: {', '.join(VARIANTS)}")
    return VARIANTS[name]


def locate() -> Runtime:
    """The archives to link with; builds them first where they are made from source. Raises BuildError."""
    given = os.environ.get("MESH_RT_LIB_PATH")
    if given is not None:
        return _from_environment(given)
    variant = current_variant()
    tree = source_tree()
    if tree is not None:
        return _from_tree(tree, variant)
    folder = PACKAGE / "_runtime"
    if variant.name != "release" or not (folder / "libmeshrt.a").exists():
        raise BuildError("this installation has no runtime archive", "reinstall with `pip install --force-reinstall meshpy`")
    return _runtime(folder, variant)


def _from_environment(given: str) -> Runtime:
    if not given:
        raise BuildError(
            "MESH_RT_LIB_PATH was set but empty. Provide an absolute path to the Mesh runtime static library or unset it."
        )
    archive = Path(given)
    if not archive.is_file():
        raise BuildError(f"the runtime archive `{given}` (from MESH_RT_LIB_PATH) does not exist")
    return _runtime(archive.parent, current_variant())


def _runtime(folder: Path, variant: Variant) -> Runtime:
    archives = tuple(sorted(folder.glob("libmeshrt*.a"), reverse=True))
    sanitize = tuple(f for f in variant.flags if f.startswith("-fsanitize"))
    return Runtime(archives, stat_digest(archives), sanitize, variant.checking)


# ---- the development tree


def _from_tree(tree: Path, variant: Variant) -> Runtime:
    suffix = "" if variant.name == "release" else f"-{variant.name}"
    folder = tree / "build" / f"runtime{suffix}"
    stamp_file = folder / "stamp"
    stamp = stat_digest([*runtime_sources(tree), Path(c_compiler()[0])])
    if _read(stamp_file) != stamp:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / "lock"):
            stamp = stat_digest([*runtime_sources(tree), Path(c_compiler()[0])])
            if _read(stamp_file) != stamp:
                _build(tree, folder, variant)
                write_atomically(stamp_file, stamp.encode())
    return _runtime(folder, variant)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _tool(name: str) -> str | None:
    """A program of the environment that Python runs in, or of the PATH."""
    beside = Path(sys.prefix) / "bin" / name
    return str(beside) if beside.exists() else shutil.which(name)


def _build(tree: Path, folder: Path, variant: Variant) -> None:
    cmake, ninja = _tool("cmake"), _tool("ninja")
    if not (cmake and ninja) or is_zig() or is_fetched():
        _build_by_hand(tree, folder, variant)
        return
    env = {**os.environ, "CC": c_compiler()[0]}
    if not (folder / "build.ninja").exists():
        configure = [
            cmake, "-S", str(tree / "runtime"), "-B", str(folder), "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}",
            f"-DPython3_EXECUTABLE={sys.executable}", *variant.cmake,
        ]  # fmt: skip
        wheel = libpq.wheel_folder()
        if wheel and not libpq.on_system():
            configure.append(f"-DPQ_INCLUDE={wheel / 'include'}")
        _run(configure, env)
    _run([cmake, "--build", str(folder)], env)


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
        first = "; ".join(lines[:3]) or f"`{' '.join(command[:3])} …` failed"
        raise BuildError(f"the runtime could not be built: {first}", f"run `{' '.join(command)}` to see all of it")


def _include_folders(tree: Path, header: str, parts: tuple[str, ...]) -> list[Path] | None:
    """Folders to search for ``header``: an empty list when the compiler finds it alone, None when it is nowhere."""
    fetched = tree / ".deps" / "usr" / "include"
    searched = (Path("/usr/include"), fetched if is_fetched() else None)
    for base in (Path("/usr/include"), Path("/usr/local/include"), fetched):
        for part in parts:
            folder = base / part
            if (folder / header).exists():
                if folder in searched:
                    return []
                return [folder] if base in searched else [folder, base, *base.glob("*-linux-gnu*")]
    wheel = libpq.wheel_folder() if header == "libpq-fe.h" else None
    return [wheel / "include"] if wheel else None


def has_headers(archive: str) -> bool:
    """Whether the library behind an archive of the runtime can be compiled against here."""
    tree = source_tree()
    library = LIBRARY_HEADERS.get(archive.removeprefix("meshrt_"))
    if tree is None or library is None or (is_zig() and archive == "meshrt_re2"):
        return False
    return _include_folders(tree, *library[1:]) is not None


def _build_by_hand(tree: Path, folder: Path, variant: Variant) -> None:
    """The same archives as the CMake file makes, with nothing but a C compiler."""
    from meshpy.backend.abi import c_header
    from meshpy.stdlib.cheader import header

    include = folder / "include"
    include.mkdir(exist_ok=True)
    (include / "mesh_abi.h").write_text(c_header())
    (include / "mesh_stdlib.h").write_text(header())
    source_root = tree / "runtime" / "src"
    groups: dict[str, list[Path]] = {}
    places: dict[str, list[Path] | None] = {"meshrt": []}
    for source in sorted(source_root.rglob("*")):
        if source.suffix not in (".c", ".S", ".cc"):
            continue
        text = source.read_bytes()
        name = "meshrt"
        for library, (pattern, header_name, parts) in LIBRARY_HEADERS.items():
            if pattern.search(text):
                name = f"meshrt_{library}"
                places.setdefault(name, _include_folders(tree, header_name, parts))
                break
        groups.setdefault(name, []).append(source)
    flags = ["-O2", "-g1", "-fPIC", "-fno-omit-frame-pointer", "-ffunction-sections", "-fdata-sections", *variant.flags]
    flags += [f"-I{tree / 'runtime' / 'include'}", f"-I{source_root}", f"-I{include}"]
    compiles: list[list[str]] = []
    archives: dict[str, list[str]] = {}
    for name, sources in groups.items():
        extra = places[name]
        # Missing headers leave a module out, and so does C++ with zig: the C++ library of the system is another one.
        if extra is None or (is_zig() and any(s.suffix == ".cc" for s in sources)):
            continue
        for source in sources:
            obj = folder / (source.relative_to(source_root).as_posix().replace("/", "_") + ".o")
            language = ["-std=gnu11"] if source.suffix == ".c" else []
            if source.suffix == ".cc":
                language = ["-x", "c++", "-std=c++17"]
            compiles.append([*c_compiler(), *language, *flags, *(f"-isystem{e}" for e in extra), "-c", str(source), "-o", str(obj)])
            archives.setdefault(name, []).append(str(obj))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(_run, compiles))
    for name, objects in archives.items():
        archive = folder / f"lib{name}.a"
        archive.unlink(missing_ok=True)
        _run([*archiver(), "rcs", str(archive), *objects])
