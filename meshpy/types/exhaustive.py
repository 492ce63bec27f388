"""Exhaustiveness and redundancy of matches (Maranget, "Warnings for pattern matching", JFP 2007).

``useful`` decides whether a row matches something that the rows of a matrix do not, and gives a witness. Columns are
typed: sum types, Bool, tuples and lists have complete signatures, all other types are infinite. ``as`` is its inner
pattern, a name is a wildcard, and ``[p, q]`` is ``p :: q :: []`` (types reference 12).
"""

from __future__ import annotations

from typing import Any

from meshpy.types import typed as T
from meshpy.types.entities import TypeInfo
from meshpy.types.ty import TCon, TNever, TTuple, Type, resolve
from meshpy.types.unify import substitute

WILD = ("_",)
"""Patterns are tuples: ``("_",)``, ``("lit", value)``, ``("or", alternatives)``, ``(constructor, subpatterns)``."""

Pattern = tuple[Any, ...]
Constructor = tuple[str, Any]
Row = tuple[Pattern, ...]


def simplify(p: T.Pat) -> Pattern:
    """A typed pattern without names and places."""
    kind = type(p)
    if kind is T.PWild or kind is T.PBind:
        return WILD
    if kind is T.PLit:
        if type(p.value) is bool:
            return (("bool", p.value), ())
        return ("lit", (type(p.value).__name__, p.value))
    if kind is T.PTuple:
        return (("tuple", len(p.elems)), tuple([simplify(e) for e in p.elems]))
    if kind is T.PCtor:
        return (("ctor", p.tag), tuple([simplify(a) for a in p.args]))
    if kind is T.PCons:
        return (("cons", None), (simplify(p.head), simplify(p.tail)))
    if kind is T.PList:
        out: Pattern = (("nil", None), ())
        for e in reversed(p.elems):
            out = (("cons", None), (simplify(e), out))
        return out
    if kind is T.POr:
        return ("or", tuple([simplify(a) for a in p.alts]))
    return simplify(p.inner)


class Matrix:
    """Usefulness over the type definitions of a program."""

    def __init__(self, types: dict[Any, TypeInfo]) -> None:
        self.types = types

    # ---- signatures

    def signature(self, t: Type) -> list[Constructor] | None:
        """All constructors of a type, or None when there are infinitely many."""
        t = resolve(t)
        kind = type(t)
        if kind is TTuple:
            return [("tuple", len(t.elems))]
        if kind is TNever:
            return []
        if kind is TCon:
            if t.id.module == "":
                if t.id.name == "Bool":
                    return [("bool", True), ("bool", False)]
                if t.id.name == "List":
                    return [("nil", None), ("cons", None)]
            info = self.types.get(t.id)
            if info is not None and info.definition.variants is not None:
                return [("ctor", tag) for tag in range(len(info.definition.variants))]
        return None

    def arguments(self, t: Type, constructor: Constructor) -> list[Type]:
        """The types of the components of ``constructor`` at type ``t``."""
        t = resolve(t)
        kind = constructor[0]
        if kind == "tuple":
            return list(t.elems) if type(t) is TTuple else []
        if kind == "cons":
            return [t.args[0], t] if type(t) is TCon else []
        if kind == "ctor" and type(t) is TCon:
            info = self.types[t.id]
            mapping = dict(zip(info.params, t.args))
            return [substitute(f.ty, mapping) for f in info.definition.variants[constructor[1]].fields]
        return []

    # ---- usefulness

    def useful(self, rows: list[Row], row: Row, types: list[Type]) -> list[Any] | None:
        """A witness (one value for each column) that ``row`` matches and no row of ``rows`` does, or None."""
        if not row:
            return [] if not rows else None
        first = row[0]
        if first[0] == "or":
            for alternative in first[1]:
                found = self.useful(rows, (alternative, *row[1:]), types)
                if found is not None:
                    return found
                rows = [*rows, (alternative, *row[1:])]
            return None
        t = types[0]
        if first is WILD or first[0] == "_":
            return self.useful_wild(rows, row, types)
        if first[0] == "lit":
            inner = self.useful(_keep_literal(rows, first[1]), row[1:], types[1:])
            return None if inner is None else [first[1][1], *inner]
        constructor, subpatterns = first
        argument_types = self.arguments(t, constructor)
        if len(argument_types) != len(subpatterns):
            return None  # a mismatch that was reported
        found = self.useful(specialise(rows, constructor, len(subpatterns)), (*subpatterns, *row[1:]),
                            argument_types + types[1:])
        return None if found is None else self.rebuild(t, constructor, len(subpatterns), found)

    def useful_wild(self, rows: list[Row], row: Row, types: list[Type]) -> list[Any] | None:
        t = types[0]
        signature = self.signature(t)
        used = _heads(rows)
        if signature is not None and all(c in used for c in signature):
            arguments = {c: self.arguments(t, c) for c in signature}
            parts = specialise_all(rows, {c: len(a) for c, a in arguments.items()})
            for constructor, argument_types in arguments.items():
                count = len(argument_types)
                found = self.useful(parts[constructor], (*[WILD] * count, *row[1:]), argument_types + types[1:])
                if found is not None:
                    return self.rebuild(t, constructor, count, found)
            return None
        inner = self.useful(_default(rows), row[1:], types[1:])
        if inner is None:
            return None
        if signature is not None and used:
            missing = next(c for c in signature if c not in used)
            return [self.value(t, missing, ["_"] * len(self.arguments(t, missing))), *inner]
        return ["_", *inner]

    def rebuild(self, t: Type, constructor: Constructor, count: int, found: list[Any]) -> list[Any]:
        return [self.value(t, constructor, found[:count]), *found[count:]]

    # ---- witnesses

    def value(self, t: Type, constructor: Constructor, arguments: list[Any]) -> str:
        kind, which = constructor
        texts = [_text(a) for a in arguments]
        if kind == "bool":
            return "true" if which else "false"
        if kind == "tuple":
            return f"({', '.join(texts)})"
        if kind == "nil":
            return "[]"
        if kind == "cons":
            return f"{texts[0]} :: {texts[1]}"
        name = self.types[resolve(t).id].definition.variants[which].name  # type: ignore[attr-defined]
        return f"{name}({', '.join(texts)})" if texts else name

    def missing(self, rows: list[Row], types: list[Type]) -> list[str]:
        """Texts of what no row matches: for a sum type or Bool in the first column one for each constructor."""
        if self.useful(rows, tuple([WILD] * len(types)), types) is None:
            return []
        signature = self.signature(types[0]) if len(types) == 1 else None
        if signature is not None and signature and signature[0][0] != "tuple":
            out = []
            for constructor in signature:
                arguments = self.arguments(types[0], constructor)
                row: Row = ((constructor, tuple([WILD] * len(arguments))),)
                found = self.useful(rows, row, types)
                if found is not None:
                    out.append(_text(found[0]))
            return out
        found = self.useful(rows, tuple([WILD] * len(types)), types)
        assert found is not None
        texts = [_text(v) for v in found]
        return [texts[0] if len(texts) == 1 else f"({', '.join(texts)})"]

    def only_lists_missing(self, rows: list[Row], types: list[Type], missing: list[str]) -> bool:
        """Whether every uncovered value is a list that the patterns forgot (types reference 12 rule 7)."""
        t = resolve(types[0]) if len(types) == 1 else None
        return type(t) is TCon and t.id.module == "" and t.id.name == "List"


def specialise(rows: list[Row], constructor: Constructor, count: int) -> list[Row]:
    out: list[Row] = []
    for row in rows:
        _specialise(row, constructor, count, out)
    return out


def specialise_all(rows: list[Row], counts: dict[Constructor, int]) -> dict[Constructor, list[Row]]:
    """``specialise`` for each constructor of ``counts`` in one pass: the cost is the size of the result."""
    parts: dict[Constructor, list[Row]] = {c: [] for c in counts}
    for row in rows:
        pending = [row[0]]
        while pending:
            first = pending.pop()
            if first[0] == "or":
                pending.extend(first[1])
            elif first[0] == "_":
                for constructor, count in counts.items():
                    parts[constructor].append((*[WILD] * count, *row[1:]))
            elif first[0] in parts:
                parts[first[0]].append((*first[1], *row[1:]))
    return parts


def _specialise(row: Row, constructor: Constructor, count: int, out: list[Row]) -> None:
    first = row[0]
    if first[0] == "_":
        out.append((*[WILD] * count, *row[1:]))
    elif first[0] == "or":
        for alternative in first[1]:
            _specialise((alternative, *row[1:]), constructor, count, out)
    elif first[0] == constructor:
        out.append((*first[1], *row[1:]))


def _keep_literal(rows: list[Row], value: Any) -> list[Row]:
    out: list[Row] = []
    for row in rows:
        pending = [row[0]]
        while pending:
            first = pending.pop()
            if first[0] == "or":
                pending.extend(first[1])
            elif first[0] == "_" or (first[0] == "lit" and first[1] == value):
                out.append(row[1:])
                break
    return out


def _default(rows: list[Row]) -> list[Row]:
    out: list[Row] = []
    for row in rows:
        pending = [row[0]]
        while pending:
            first = pending.pop()
            if first[0] == "or":
                pending.extend(first[1])
            elif first[0] == "_":
                out.append(row[1:])
                break
    return out


def _heads(rows: list[Row]) -> set[Any]:
    found: set[Any] = set()
    for row in rows:
        pending = [row[0]]
        while pending:
            first = pending.pop()
            if first[0] == "or":
                pending.extend(first[1])
            elif first[0] not in ("_", "lit"):
                found.add(first[0])
    return found


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)
