"""The cache on disk: blobs by key, written with atomic renames, pruned by age of last use."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from meshpy.backend.paths import cache_root

LIMIT_BYTES = 1 << 30  # pruned down to half of this
PRUNE_EVERY = 86_400.0  # seconds


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Writes a file so that readers see the old or the new content, never a part. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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
    """Blobs of one kind (``objects``, ``programs``, ``checks``). Losing it costs time, nothing else: what cannot be
    read or written counts as absent."""

    def __init__(self, kind: str) -> None:
        self.folder = cache_root() / kind

    def path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def find(self, key: str) -> Path | None:
        """The file of ``key``; marks it used."""
        path = self.path(key)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def read(self, key: str) -> bytes | None:
        path = self.find(key)
        try:
            return path.read_bytes() if path else None
        except OSError:
            return None

    def write(self, key: str, data: bytes, mode: int = 0o644) -> Path | None:
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data, mode)
        except OSError:
            return None
        return path


def clean() -> int:
    """Removes the whole cache; the number of bytes it held."""
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
