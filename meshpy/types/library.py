"""The standard-library table: the interface files, parsed (design.md section 5, meshpy/stdlib/README.md)."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from meshpy.syntax import ast, parse

_ALIAS = re.compile(
    r"^#@ alias (?P<alias>\w+)[ \t]*\n(?:[ \t]*#[^\n]*\n)*[ \t]*(?:extern \"[^\"\n]*\" )?pub fn (?P<name>\w+)", re.M)
_MODULE = re.compile(r"\A#@ (?:module (?P<names>[^\n]+)|prelude)[ \t]*\n")

STDLIB = Path(__file__).resolve().parent.parent / "stdlib"
CORE = Path(__file__).resolve().parent / "core.mpl"
_DIGEST_BYTES = 32  # SHA-256


@dataclass(slots=True)
class Interface:
    """One interface file. ``names`` are the names of its module (none: the prelude); ``aliases`` maps bare names."""

    path: str
    source: bytes
    file: ast.SourceFile
    names: tuple[str, ...]
    internal: bool
    aliases: dict[str, str]


def load_interfaces() -> list[Interface]:
    """All interface files, the core first. Raises ValueError when one does not parse (a mistake in the toolchain).

    The parsed files are kept in the user's cache under the hash of the texts and of the syntax package.
    """
    paths = [CORE, *sorted(STDLIB.glob("*.mpl"))]
    return _load(tuple([(path, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in paths]))


@lru_cache(maxsize=1)
def _load(files: tuple[tuple[Path, int, int], ...]) -> list[Interface]:
    """The interfaces of ``files`` in their present state: a process that checks again does not read them again."""
    texts = [(path, path.read_bytes()) for path, _, _ in files]
    key = hashlib.sha256()
    for path, text in texts:
        key.update(str(path).encode() + b"\0" + text + b"\0")  # the parsed files name their paths
    for module in sorted(Path(__file__).resolve().parent.parent.joinpath("syntax").glob("*.py")):
        key.update(module.read_bytes())
    key.update(Path(__file__).read_bytes() + sys.version.encode())
    cache = _cache_folder() / f"stdlib-{key.hexdigest()[:32]}.pickle"
    stored = _stored(cache)
    if stored is not None:
        return stored
    interfaces = [_parse(path, text) for path, text in texts]
    _store(cache, interfaces)
    return interfaces


def _parse(path: Path, text: bytes) -> Interface:
    result = parse(text, str(path), is_interface=True)
    if result.diagnostics:
        first = result.diagnostics[0]
        raise ValueError(f"{path}: {first.message} at {first.labels[0].start}: {first.labels[0].text}")
    decoded = text.decode()
    head = _MODULE.match(decoded)
    names = tuple(head.group("names").split()) if head is not None and head.group("names") else ()
    if head is None:
        raise ValueError(f"{path}: the first line must be `#@ module NAME` or `#@ prelude`")
    aliases = {m.group("alias"): m.group("name") for m in _ALIAS.finditer(decoded)}
    internal = re.search(r"^#@ internal[ \t]*$", decoded, re.M) is not None
    return Interface(str(path), text, result.file, names, internal, aliases)


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "meshpy"


def _stored(cache: Path) -> list[Interface] | None:
    """What ``_store`` wrote; None when there is nothing or when its bytes are not the ones that were written."""
    try:
        content = cache.read_bytes()
    except OSError:
        return None
    digest, blob = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return pickle.loads(blob) if hashlib.sha256(blob).digest() == digest else None


def _store(cache: Path, interfaces: list[Interface]) -> None:
    """Write the cache file, a digest and what it is the digest of, whole or not at all; failing to is no error."""
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary = cache.with_suffix(f".{os.getpid()}.tmp")
        blob = pickle.dumps(interfaces, protocol=pickle.HIGHEST_PROTOCOL)
        temporary.write_bytes(hashlib.sha256(blob).digest() + blob)
        temporary.replace(cache)
    except OSError:
        pass
