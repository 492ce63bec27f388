"""The files of a project to syntax trees: known ones out of the cache, a lot of others in several processes.

A tree is kept under the hash of its text and of the syntax package. Files with mistakes are parsed anew each time.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from meshpy.cache import Store
from meshpy.diagnostics import Diagnostic
from meshpy.modules.nested import nested_items
from meshpy.syntax import ast, parse
from meshpy.syntax.packed import pack, parser_key, unpack

SMALL = 1_000  # bytes up to which parsing is as quick as looking the tree up
WORTH_A_PROCESS = 60_000  # bytes of text: a tenth of a second of parsing, ten times what a process costs
MAX_PROCESSES = 8

_HEAD = struct.Struct("<ii")


@dataclass(slots=True)
class ParsedFile:
    """``nested``: definitions and imports inside blocks of ``file``."""

    file: ast.SourceFile
    nested: list[ast.Item]
    diagnostics: list[Diagnostic]


@dataclass(slots=True)
class Text:
    """A file to be parsed; ``path`` is how diagnostics call it. ``keep``: it is a file on disk, worth a place in the
    cache; an editor's unsaved text is not."""

    path: str
    source: bytes
    is_test: bool
    keep: bool = True


def parse_texts(texts: Sequence[Text]) -> list[ParsedFile]:
    """The trees of ``texts``, in order."""
    store = Store("modules")
    found: list[ParsedFile | None] = [None] * len(texts)
    missing: list[int] = []
    for index, text in enumerate(texts):
        packed = store.read(_key(text)) if _worth(text) else None
        if packed is not None:
            found[index] = ParsedFile(*unpack(packed), [])
        else:
            missing.append(index)
    shares = _shares([(len(texts[i].source), i) for i in missing if _worth(texts[i])])
    shares[0] += [i for i in missing if not _worth(texts[i])]
    children = [_fork(texts, share, store) for share in shares[1:]]
    for index in shares[0]:
        found[index], packed = _parse(texts[index])
        _keep(texts[index], packed, store)
    for pid, source in children:
        for index, packed in _received(source):
            found[index] = ParsedFile(*unpack(packed), [])
        os.waitpid(pid, 0)
    # What no child answered for has mistakes, or the child could not be had.
    return [parsed if parsed is not None else _parse(text)[0] for parsed, text in zip(found, texts)]


def _worth(text: Text) -> bool:
    return text.keep and len(text.source) > SMALL


def _key(text: Text) -> str:
    return hashlib.sha256(parser_key() + bytes([text.is_test]) + text.source).hexdigest()


def _parse(text: Text) -> tuple[ParsedFile, bytes | None]:
    """The tree of a text; packed when it is worth keeping."""
    result = parse(text.source, text.path, is_test=text.is_test)
    parsed = ParsedFile(result.file, nested_items(text.source, result.file), result.diagnostics)
    if result.diagnostics or not _worth(text):
        return parsed, None
    return parsed, pack((parsed.file, parsed.nested))


def _keep(text: Text, packed: bytes | None, store: Store) -> None:
    if packed is not None:
        store.write(_key(text), packed)


# ---- several processes


def _shares(work: list[tuple[int, int]]) -> list[list[int]]:
    """(size, index) of every text, shared out evenly (longest first, Graham 1969); the first share is this process's."""
    total = sum(size for size, _ in work)
    count = max(1, min(_cores(), MAX_PROCESSES, total // WORTH_A_PROCESS, len(work)))
    if count == 1 or not hasattr(os, "fork") or threading.active_count() > 1:
        return [[index for _, index in work]]
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for size, index in sorted(work, reverse=True):
        least = loads.index(min(loads))
        shares[least].append(index)
        loads[least] += size
    return shares


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _fork(texts: Sequence[Text], share: list[int], store: Store) -> tuple[int, int]:
    """A process that parses ``share`` and writes (index, size, packed tree) of each; (its id, the pipe to read from).

    A tree with mistakes, or too deep to be packed, is left out.
    """
    source, sink = os.pipe()
    pid = os.fork()
    if pid:
        os.close(sink)
        return pid, source
    try:
        os.close(source)
        with os.fdopen(sink, "wb") as out:
            packed = [(index, _parse(texts[index])[1]) for index in share]
            for index, data in packed:
                if data is not None:
                    out.write(_HEAD.pack(index, len(data)) + data)
        for index, data in packed:
            _keep(texts[index], data, store)
    finally:
        os._exit(0)  # whatever went wrong here is done, and reported, by the process that waits


def _received(source: int) -> list[tuple[int, bytes]]:
    """What a child wrote; it fills the cache while this process reads the trees."""
    with os.fdopen(source, "rb") as file:
        content = memoryview(file.read())
    found = []
    at = 0
    while at + _HEAD.size <= len(content):
        index, size = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        data = bytes(content[at : at + size])
        if len(data) < size:
            break
        found.append((index, data))
        at += size
    return found
