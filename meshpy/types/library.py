"""The standard-library table: the interface files, parsed (design.md section 5, meshpy/stdlib/README.md)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from meshpy.cache import Store, read_table
from meshpy.syntax import ast, parse
from meshpy.syntax.packed import pack, parser_key, unpack

_ALIAS = re.compile(
    r"^#@ alias (?P<alias>\w+)[ \t]*\n(?:[ \t]*#[^\n]*\n)*[ \t]*(?:extern \"[^\"\n]*\" )?pub fn (?P<name>\w+)", re.M)
_MODULE = re.compile(r"\A#@ (?:module (?P<names>[^\n]+)|prelude)[ \t]*\n")

STDLIB = Path(__file__).resolve().parent.parent / "stdlib"
CORE = Path(__file__).resolve().parent / "core.mpl"


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

    The parsed files come with the toolchain, or out of the user's cache, under the hash of the texts and of the syntax
    package.
    """
    paths = [CORE, *sorted(STDLIB.glob("*.mpl"))]
    return _load(tuple([(path, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in paths]))


@lru_cache(maxsize=1)
def _load(files: tuple[tuple[Path, int, int], ...]) -> list[Interface]:
    """The interfaces of ``files`` in their present state: a process that checks again does not read them again."""
    texts = [(path, path.read_bytes()) for path, _, _ in files]
    packed = unpack(packed_library(texts))
    return [Interface(str(path), text, *rest) for (path, text), rest in zip(texts, packed, strict=True)]


def packed_library(texts: list[tuple[Path, bytes]]) -> bytes:
    """The parsed interface files as they are kept under ``library_key(texts)``, made when they are not there."""
    key = library_key(texts)
    packed = read_table(key)
    if packed is None:
        packed = pack([_parse(path, text) for path, text in texts])
        if packed is None:
            raise ValueError("an interface file is nested too deeply")
        Store("tables").write(key, packed)
    return packed


def library_texts() -> list[tuple[Path, bytes]]:
    """The interface files and what stands in them, the core first."""
    return [(path, path.read_bytes()) for path in (CORE, *sorted(STDLIB.glob("*.mpl")))]


def library_key(texts: list[tuple[Path, bytes]]) -> str:
    """Under which the cache has the parsed interface files."""
    key = hashlib.sha256(parser_key() + Path(__file__).read_bytes())
    for path, text in texts:
        key.update(f"\0{path.name}\0{len(text)}\0".encode() + text)
    return key.hexdigest()


def _parse(path: Path, text: bytes) -> tuple[ast.SourceFile, tuple[str, ...], bool, dict[str, str]]:
    """The fields of an interface behind ``source``."""
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
    return result.file, names, internal, aliases
