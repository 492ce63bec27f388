"""The cache on disk: blobs by key, sealed with a digest, written with atomic renames, pruned by age of last use.

Every stage keeps what it can find again by content here. A blob ends with the SHA-256 of what stands before it (linkers
and the kernel ignore bytes behind an ELF file), so that a file that was cut short or altered counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

LIMIT_BYTES = 1 << 30  # pruned down to half of this
PRUNE_EVERY = 86_400.0  # seconds
_SEAL = 32  # bytes of a SHA-256
_PACKAGE = Path(__file__).resolve().parent


def cache_root() -> Path:
    """``$XDG_CACHE_HOME/meshpy``, by default ``~/.cache/meshpy``."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "meshpy"


def installed_root() -> Path:
    """The blobs that were made with the toolchain itself (``meshpy.prebuild``): in the wheel, or below ``build/``."""
    tree = _PACKAGE.parent
    return tree / "build" / "toolchain" if (tree / "runtime" / "CMakeLists.txt").exists() else _PACKAGE / "_toolchain"


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Writes a file so that readers see the old or the new content, never a part. Raises OSError."""
    name = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


class Store:
    """Blobs of one kind (``objects``, ``programs``, ``modules``, ...). Losing it costs time, nothing else: what cannot
    be read or written counts as absent."""

    def __init__(self, kind: str, root: Path | None = None) -> None:
        self.folder = (cache_root() if root is None else root) / kind

    def path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def find(self, key: str) -> Path | None:
        """The file of ``key``, whole, with its seal; marks it used."""
        return self.path(key) if self.read(key) is not None else None

    def read(self, key: str) -> bytes | None:
        """What was written for ``key``; marks it used."""
        path = self.path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        data = content[:-_SEAL]
        if hashlib.sha256(data).digest() != content[-_SEAL:]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return data

    def write(self, key: str, data: bytes, mode: int = 0o644) -> Path | None:
        path = self.path(key)
        sealed = data + hashlib.sha256(data).digest()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, sealed, mode)
        except OSError:
            return None
        return path


def read_table(key: str) -> bytes | None:
    """A table of the toolchain: the one that was installed with it, or the user's own."""
    installed = Store("tables", installed_root()).read(key)
    return installed if installed is not None else Store("tables").read(key)


def clean() -> int:
    """Removes the whole cache; the number of bytes it held."""
    import shutil

    root = cache_root()
    total = sum(f.stat().st_size for f in root.rglob("*") if f.is_file()) if root.exists() else 0
    shutil.rmtree(root, ignore_errors=True)
    return total


def prune() -> None:
    """Once a day: removes what was used longest ago until the cache is small again. Never raises."""
    root = cache_root()
    stamp = root / "pruned"
    with contextlib.suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < PRUNE_EVERY:
            return
        root.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        files = []
        for file in root.rglob("*"):
            if file.is_file():
                stat = file.stat()
                files.append((stat.st_mtime, stat.st_size, file))
        total = sum(size for _, size, _ in files)
        if total <= LIMIT_BYTES:
            return
        for _, size, file in sorted(files):
            with contextlib.suppress(OSError):
                file.unlink()
                total -= size
            if total <= LIMIT_BYTES // 2:
                break
