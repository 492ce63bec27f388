"""Syntax trees as bytes, for the cache and for other processes.

Pickle with a reduction of its own for every node class: (class, positional fields) takes a third of the time of the
general form for classes with slots, and half the bytes. What is read was written by this toolchain and carries a digest
(``meshpy.cache``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
import sys
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from meshpy.syntax import ast
from meshpy.syntax.tables import table_key

#: Deeper trees are refused: pickling recurses on the C stack.
_DEPTH = 10_000


def _reduction(cls: type) -> Callable[[Any], tuple]:
    fields = dataclasses.fields(cls)
    positional = attrgetter(*[f.name for f in fields if not f.kw_only])
    late = [(f.name, attrgetter(f.name), f.default) for f in fields if f.kw_only]

    def reduce(node: Any) -> tuple:
        state = {name: value for name, get, default in late if (value := get(node)) is not default}
        return (cls, positional(node), (None, state)) if state else (cls, positional(node))

    return reduce if late else lambda node: (cls, positional(node))


@cache
def _reductions() -> dict[type, Callable[[Any], tuple]]:
    return {
        cls: _reduction(cls) for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, ast.Node)
    }


def pack(value: object) -> bytes | None:
    """``value``, which contains nodes, as bytes; None when it is nested too deeply."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, 5)
    pickler.dispatch_table = _reductions()
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(_DEPTH)
        pickler.dump(value)
    except RecursionError:
        return None
    finally:
        sys.setrecursionlimit(limit)
    return out.getvalue()


def unpack(data: bytes) -> Any:
    """What ``pack`` was given."""
    return pickle.loads(data)


@cache
def parser_key() -> bytes:
    """Changes with everything that the tree of a text depends on."""
    key = hashlib.sha256(f"{table_key()} {sys.version}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        key.update(module.read_bytes())
    return key.digest()
