"""Checks of matches when all types are final: exhaustiveness, redundancy (types reference 12)."""

from __future__ import annotations

from typing import Any

from meshpy.types import typed as T
from meshpy.types.exhaustive import Matrix, Row, simplify
from meshpy.types.show import show
from meshpy.types.ty import TNever, TTuple, Type, resolve
from meshpy.types.unify import mentions_error
from meshpy.types.world import World


class MatchChecker:
    """Collects the matches of all definitions and reports W0001 and E0012 at the end."""

    def __init__(self, world: World) -> None:
        self.matrix = Matrix(world.types)
        self.pending: list[tuple[Any, ...]] = []

    def add(self, matches: list[tuple[Any, ...]]) -> None:
        self.pending.extend(matches)

    def run(self) -> None:
        for node, types, kind, span, reporter in self.pending:
            self.check(node, types, kind, span, reporter)
        self.pending = []

    def check(self, node: Any, types: list[Type], kind: str, span: Any, reporter: Any) -> None:
        if any(mentions_error(t) for t in types) or any(_broken(p) for a in node.arms for p in a.patterns):
            return
        rows: list[Row] = []
        matrix = self.matrix
        shortcut = Shortcut()
        for index, arm in enumerate(node.arms):
            row = tuple([simplify(p) for p in arm.patterns])
            known = shortcut.covered(row)
            redundant = known if known is not None else matrix.useful(rows, row, types) is None
            if redundant:
                reporter.redundant(arm, index)
            if arm.guard is None:
                rows.append(row)
                shortcut.add(row)
        if kind == "receive":
            return
        if not node.arms:
            if type(resolve(types[0])) is not TNever and matrix.signature(types[0]) != []:
                reporter.non_exhaustive(span, show(types[0], reporter.module), matrix.missing([], types), False)
            return
        if shortcut.total:
            return
        missing = matrix.missing(rows, types)
        if not missing:
            return
        warning = kind != "case" or matrix.only_lists_missing(rows, types, missing)
        shown = types[0] if len(types) == 1 else TTuple(tuple(types))
        reporter.non_exhaustive(span, show(shown, reporter.module), missing, warning)


class Shortcut:
    """Answers for the common rows (one column of literals or of constructors over wildcards) without the matrix, so
    that a match with very many arms stays linear."""

    __slots__ = ("seen", "simple", "total")

    def __init__(self) -> None:
        self.seen: set[Any] = set()
        self.simple = True
        self.total = False

    def covered(self, row: Row) -> bool | None:
        """Whether earlier rows cover ``row``; None: ask the matrix."""
        if self.total:
            return True
        if not self.simple or len(row) != 1:
            return None
        key = _key(row[0])
        if key is None:
            return None
        if key == "_":
            return None if self.seen and any(type(k) is tuple and k[0] != "lit" for k in self.seen) else False
        return key in self.seen

    def add(self, row: Row) -> None:
        if all(p[0] == "_" for p in row):
            self.total = True
            return
        if len(row) != 1:
            self.simple = False
            return
        first = row[0]
        parts = first[1] if first[0] == "or" else (first,)
        for part in parts:
            key = _key(part)
            if key is None or key == "_":
                self.simple = False
            else:
                self.seen.add(key)


def _key(pattern: Any) -> Any:
    if pattern[0] == "_":
        return "_"
    if pattern[0] == "lit":
        return ("lit", pattern[1])
    if pattern[0] == "or":
        return None
    if all(p[0] == "_" for p in pattern[1]):
        return (pattern[0], None)
    return None


def _broken(p: T.Pat) -> bool:
    """A pattern with a mistake in it, which was reported."""
    pending = [p]
    while pending:
        p = pending.pop()
        if mentions_error(p.ty):
            return True
        kind = type(p)
        if kind is T.PTuple or kind is T.PList:
            pending.extend(p.elems)
        elif kind is T.PCtor:
            pending.extend(p.args)
        elif kind is T.PCons:
            pending.extend((p.head, p.tail))
        elif kind is T.POr:
            pending.extend(p.alts)
        elif kind is T.PAs:
            pending.append(p.inner)
    return False

