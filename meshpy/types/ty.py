"""The type language: six shapes (types.md section 1.1), and nothing else.

A ``TVar`` is a unification variable while a module is inferred; once a scheme is closed the same object, still
unbound, is the quantified variable, and later stages substitute it by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

_ids = count(1)


class TypeId(NamedTuple):
    """Identity of a nominal type, trait or service: the defining module (``""`` for built-ins) and the name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.module else self.name


class Type:
    """Base of all types."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class TVar(Type):
    """A variable. ``ref`` is the type it is bound to, or None. ``level`` is its generalisation level."""

    level: int = 0
    ref: Type | None = None
    name: str | None = None  # the source name of a declared type parameter
    rigid: bool = False
    id: int = field(default_factory=lambda: next(_ids))


@dataclass(slots=True, eq=False)
class TCon(Type):
    """A nominal type applied to its arguments (``Int``, ``List<T>``, ``Main.Point``)."""

    id: TypeId
    args: tuple[Type, ...] = ()


@dataclass(slots=True, eq=False)
class TFun(Type):
    """An n-ary function type."""

    params: tuple[Type, ...]
    ret: Type


@dataclass(slots=True, eq=False)
class TTuple(Type):
    """A tuple; no elements is the unit type ``()``."""

    elems: tuple[Type, ...]


@dataclass(slots=True, eq=False)
class TNever(Type):
    """The bottom type."""


def builtin(name: str, *args: Type) -> TCon:
    return TCon(TypeId("", name), args)


INT = builtin("Int")
FLOAT = builtin("Float")
BOOL = builtin("Bool")
STRING = builtin("String")
ATOM = builtin("Atom")
JSON = builtin("Json")
UNIT = TTuple(())
NEVER = TNever()


def resolve(t: Type) -> Type:
    """Follow the bindings of variables at the head of ``t`` (with path compression)."""
    if type(t) is not TVar or t.ref is None:
        return t
    root = t
    while type(root) is TVar and root.ref is not None:
        root = root.ref
    while type(t) is TVar and t.ref is not None:
        t.ref, t = root, t.ref
    return root
