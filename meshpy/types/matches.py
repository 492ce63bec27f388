"""Checks of matches when all types are final: exhaustiveness, redundancy (types reference 12)."""

from __future__ import annotations

from typing import Any

from meshpy.types import typed as T
from meshpy.types.exhaustive import Matrix, Row, simplify
from meshpy.types.show import show
from meshpy.types.ty import TNever, TTuple, Type, resolve
from meshpy.types.unify import mentions_error
from meshpy.types.world import World

Place = tuple[Any, ...]
Tests = frozenset[tuple[Place, Any]]


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
    """Answers for most rows without the matrix, so that a match with very many arms stays linear.

    A row is the set of its tests: (place, constructor or literal), where a place names the constructors around it. An
    earlier row whose tests are among those of a row covers it; earlier rows that contradict it do not matter. What is
    left are rows that test a place which this one leaves open: several of them together may cover it, and only then the
    matrix is asked. Earlier rows are looked up by what they test: one table for each set of places.
    """

    __slots__ = ("simple", "tables", "total")

    #: With more sets of places than this the matrix is asked.
    TABLES = 16

    def __init__(self) -> None:
        # The rows by the places they test; for each further set of places, what is left of their tests in it.
        self.tables: dict[frozenset[Place], dict[frozenset[Place], set[Tests]]] = {}
        self.simple = True
        self.total = False

    def covered(self, row: Row) -> bool | None:
        """Whether earlier rows cover ``row``; None: ask the matrix."""
        if self.total:
            return True
        if not self.simple or len(self.tables) > self.TABLES:
            return None
        answers = {self._covered(alternative) for alternative in _alternatives(row)}
        return False if False in answers else None if None in answers else True

    def _covered(self, row: Row) -> bool | None:
        tests = _tests(row)
        if tests is None:
            return None
        places = frozenset(tests)
        unknown = False
        for tested, by_common in self.tables.items():
            common = tested & places
            found = by_common.get(common)
            if found is None:
                found = by_common[common] = {frozenset([x for x in t if x[0] in common]) for t in by_common[tested]}
            if frozenset([(p, tests[p]) for p in common]) in found:
                if common == tested:
                    return True
                unknown = True
        return None if unknown else False

    def add(self, row: Row) -> None:
        if all(p[0] == "_" for p in row):
            self.total = True
        for alternative in _alternatives(row):
            tests = _tests(alternative)
            if tests is None:
                self.simple = False
                return
            by_common = self.tables.setdefault(frozenset(tests), {frozenset(tests): set()})
            for common, found in by_common.items():
                found.add(frozenset([(p, t) for p, t in tests.items() if p in common]))


def _alternatives(row: Row) -> list[Row]:
    """A row whose first pattern has alternatives as several rows."""
    first = row[0]
    return [(p, *row[1:]) for p in first[1]] if first[0] == "or" else [row]


def _tests(row: Row) -> dict[Place, Any] | None:
    """What a row tests, by place; None when alternatives stand in it."""
    tests: dict[Place, Any] = {}
    pending: list[tuple[Place, Any]] = [((i,), p) for i, p in enumerate(row)]
    while pending:
        place, pattern = pending.pop()
        head = pattern[0]
        if head == "or":
            return None
        if head == "_":
            continue
        if head == "lit":
            tests[place] = pattern
            continue
        if head[0] != "tuple":
            tests[place] = head
        pending.extend(((*place, head, i), p) for i, p in enumerate(pattern[1]))
    return tests


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

