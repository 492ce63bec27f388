"""The C compiler that links programs and, in the development tree, builds the runtime."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec

from meshpy.backend.errors import BuildError
from meshpy.backend.paths import source_tree


@cache
def c_compiler() -> tuple[str, ...]:
    """The command of a C compiler: ``$CC``, cc, gcc, clang, the one that set-up fetched into the development tree, or the
    one inside the ``ziglang`` package. Raises BuildError."""
    named = os.environ.get("CC")
    if named:
        command = shlex.split(named)
        if shutil.which(command[0]):
            return tuple(command)
        raise BuildError(f"the C compiler `{named}` (from CC) was not found", "unset CC or set it to gcc or clang")
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path:
            return (path,)
    fetched = _fetched("cc")
    if fetched is not None:
        return (fetched,)
    if find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang", "cc")
    raise BuildError(
        "no C compiler was found to link the program",
        "install one: `apt-get install gcc`, or `pip install ziglang`",
    )


def _fetched(name: str) -> str | None:
    """A program in ``.deps/bin`` of the development tree (tools/setup.py)."""
    tree = source_tree()
    path = tree / ".deps" / "bin" / name if tree is not None else None
    return str(path) if path is not None and path.exists() else None


def is_fetched() -> bool:
    """Whether the compiler is the one that set-up fetched: it finds the headers and libraries in ``.deps`` by itself."""
    return c_compiler() == (_fetched("cc"),)


def is_zig() -> bool:
    """Whether the compiler is the one of the ``ziglang`` package."""
    return "ziglang" in c_compiler()


def archiver() -> tuple[str, ...]:
    """The command of ``ar``. Raises BuildError."""
    for name in ("ar", "llvm-ar"):
        path = shutil.which(name)
        if path:
            return (path,)
    fetched = _fetched("ar")
    if fetched is not None:
        return (fetched,)
    if find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang", "ar")
    raise BuildError("no `ar` was found to build the runtime", "install binutils: `apt-get install binutils`")


@cache
def compiler_file(name: str) -> str | None:
    """A file that comes with the compiler, such as ``libbacktrace.a``."""
    try:
        done = subprocess.run([*c_compiler(), f"-print-file-name={name}"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    path = done.stdout.strip()
    return path if done.returncode == 0 and os.path.isabs(path) and os.path.exists(path) else None
