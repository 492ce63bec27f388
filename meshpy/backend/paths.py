"""Where things are: the source tree or the installed package."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def source_tree() -> Path | None:
    """The root of the development tree, or None in an installed package."""
    root = PACKAGE.parent
    return root if (root / "runtime" / "CMakeLists.txt").exists() else None


def stat_digest(files: Iterable[Path]) -> str:
    """Digest of paths, sizes and times of modification: changes when a file is edited, without reading it."""
    digest = hashlib.sha256()
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue
        digest.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _tree(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    found = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
        found += [Path(base, n) for n in sorted(names) if n.endswith(suffixes)]
    return found


@cache
def toolchain_digest() -> str:
    """Identity of this compiler: its modules, the grammar and the library's interface files."""
    files = _tree(PACKAGE, (".py", ".mpl", ".lark"))
    tree = source_tree()
    if tree is not None:
        files.append(tree / "grammar" / "mesh.lark")
    return stat_digest(files)


def runtime_sources(tree: Path) -> list[Path]:
    """What the runtime's archives are made of, in the development tree."""
    files = _tree(tree / "runtime" / "src", (".c", ".h", ".S", ".cc"))
    files += _tree(tree / "runtime" / "include", (".h",))
    files += [tree / "runtime" / "CMakeLists.txt", PACKAGE / "backend" / "abi.py", PACKAGE / "stdlib" / "cheader.py"]
    return files + sorted((PACKAGE / "stdlib").glob("*.mpl"))
