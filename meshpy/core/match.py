"""Pattern matching compiled to decision trees.

After Maranget, "Compiling Pattern Matching to Good Decision Trees" (ML 2008), in clause form: a row is the set of tests
that remain on occurrences, the bindings it has collected, and its arm. The occurrence tested next is the one of the first
row that the most rows test. Irrefutable patterns (variables, wildcards, tuples, single constructors) never test.

This module knows patterns and types only; ``lower_match`` turns trees into code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from meshpy.core.mono import MonoTypes, Shape, Subst
from meshpy.types import typed as tt
from meshpy.types.ty import Type


@dataclass(slots=True, eq=False)
class Occ:
    """A place inside the scrutinees. ``kind``: ``root``; ``field`` (``shape``, ``index``) of ``parent``; ``elem``
    (``index``) of the list ``parent``; ``tail``: the list ``parent`` from ``index`` on. Tails of tails are tails of the
    first list, so a test on them is a test of its length."""

    kind: str
    ty: Type
    parent: Occ | None = None
    shape: Shape | None = None
    index: int = 0
    children: dict = field(default_factory=dict)


@dataclass(slots=True)
class Row:
    tests: dict[Occ, tt.Pat]
    binds: list[tuple[tt.Local, Occ]]
    arm: int


@dataclass(slots=True, eq=False)
class Node:
    pass


@dataclass(slots=True, eq=False)
class Fail(Node):
    pass


@dataclass(slots=True, eq=False)
class Leaf(Node):
    arm: int
    binds: list[tuple[tt.Local, Occ]]
    rest: Node | None  # where a failed guard goes; None: the arm has no guard


@dataclass(slots=True, eq=False)
class Test(Node):
    """``kind``: ``ctor`` (cases by tag), ``bool``, ``int``, ``float``, ``str`` (cases by value), ``cons`` (True: not
    empty, False: empty)."""

    occ: Occ
    kind: str
    cases: list[tuple[object, Node]]
    default: Node | None


class MatchCompiler:
    """Builds the tree of one match under a substitution."""

    def __init__(self, types: MonoTypes, subst: Subst, guarded: list[bool]) -> None:
        self.types = types
        self.subst = subst
        self.guarded = guarded

    def row(self, arm: int, tests: list[tuple[Occ, tt.Pat]]) -> Row:
        row = Row({}, [], arm)
        for occ, pat in tests:
            self._add(row, occ, pat)
        return row

    def field(self, parent: Occ, shape: Shape, index: int) -> Occ:
        key = (shape.tag, index)
        occ = parent.children.get(key)
        if occ is None:
            occ = parent.children[key] = Occ("field", shape.types[index], parent, shape, index)
        return occ

    def _list_part(self, occ: Occ, kind: str, offset: int) -> Occ:
        base, index = (occ.parent, occ.index + offset) if occ.kind == "tail" else (occ, offset)
        key = (kind, index)
        part = base.children.get(key)
        if part is None:
            ty = base.ty.args[0] if kind == "elem" else base.ty
            part = base.children[key] = Occ(kind, ty, base, None, index)
        return part

    def _add(self, row: Row, occ: Occ, pat: tt.Pat) -> None:
        """Adds ``occ matches pat`` to a row, as bindings and tests."""
        kind = type(pat)
        if kind is tt.PWild:
            return
        if kind is tt.PBind:
            row.binds.append((pat.local, occ))
        elif kind is tt.PAs:
            row.binds.append((pat.local, occ))
            self._add(row, occ, pat.inner)
        elif kind is tt.PTuple:
            if pat.elems:
                shape = self.types.shapes(occ.ty)[0]
                for i, sub in enumerate(pat.elems):
                    self._add(row, self.field(occ, shape, i), sub)
        elif kind is tt.PCtor and len(self.types.shapes(occ.ty)) == 1:
            shape = self.types.shapes(occ.ty)[0]
            for i, sub in enumerate(pat.args):
                self._add(row, self.field(occ, shape, i), sub)
        elif kind is tt.PLit and pat.value is None:
            return
        elif kind is tt.POr and any(_always(alt) for alt in pat.alts):
            # Everything after an alternative that always matches is unreachable; it binds nothing but wildcards.
            first = next(alt for alt in pat.alts if _always(alt))
            if pat.alts[0] is first:
                self._add(row, occ, first)
            else:
                row.tests[occ] = pat
        else:
            row.tests[occ] = pat

    def build(self, rows: list[Row]) -> Node:
        if not rows:
            return Fail()
        first = rows[0]
        if not first.tests:
            return Leaf(first.arm, first.binds, self.build(rows[1:]) if self.guarded[first.arm] else None)
        occ = self._choose(rows)
        rows = [row for r in rows for row in self._expand_or(r, occ)]
        if not rows[0].tests:
            return self.build(rows)
        if occ not in rows[0].tests:
            return self.build(rows)
        return self._split(rows, occ)

    @staticmethod
    def _choose(rows: list[Row]) -> Occ:
        candidates = list(rows[0].tests)
        if len(candidates) == 1:
            return candidates[0]
        return max(candidates, key=lambda o: sum(o in r.tests for r in rows))  # ties: leftmost

    def _expand_or(self, row: Row, occ: Occ) -> list[Row]:
        pat = row.tests.get(occ)
        if type(pat) is not tt.POr:
            return [row]
        result = []
        for alt in pat.alts:
            copy = Row({o: p for o, p in row.tests.items() if o is not occ}, list(row.binds), row.arm)
            self._add(copy, occ, alt)
            result.extend(self._expand_or(copy, occ))
        return result

    def _split(self, rows: list[Row], occ: Occ) -> Node:
        pat = rows[0].tests[occ]
        if type(pat) is tt.PCtor:
            return self._split_ctor(rows, occ)
        if type(pat) in (tt.PCons, tt.PList):
            return self._split_list(rows, occ)
        return self._split_literal(rows, occ)

    @staticmethod
    def _without(row: Row, occ: Occ) -> Row:
        return Row({o: p for o, p in row.tests.items() if o is not occ}, list(row.binds), row.arm)

    @staticmethod
    def _grouped(rows: list[Row], occ: Occ, key: Callable[[tt.Pat], object]) -> tuple[dict[object, list[Row]], list[Row]]:
        """The rows for each value that ``occ`` is tested for, and those for every other value; rows without the test
        belong to all of them. The cost is the size of the result."""
        groups: dict[object, list[Row]] = {}
        others: list[Row] = []
        for row in rows:
            pat = row.tests.get(occ)
            if pat is None:
                for group in groups.values():
                    group.append(row)
                others.append(row)
                continue
            group = groups.get(key(pat))
            if group is None:
                group = groups[key(pat)] = others.copy()
            group.append(row)
        return groups, others

    def _split_ctor(self, rows: list[Row], occ: Occ) -> Node:
        shapes = self.types.shapes(occ.ty)
        groups, others = self._grouped(rows, occ, attrgetter("tag"))
        cases: list[tuple[object, Node]] = []
        for tag in sorted(groups):
            chosen = []
            for row in groups[tag]:
                pat = row.tests.get(occ)
                if pat is not None:
                    row = self._without(row, occ)
                    for i, sub in enumerate(pat.args):
                        self._add(row, self.field(occ, shapes[tag], i), sub)
                chosen.append(row)
            cases.append((tag, self.build(chosen)))
        default = self.build(others) if len(groups) < len(shapes) else None
        return Test(occ, "ctor", cases, default)

    def _split_list(self, rows: list[Row], occ: Occ) -> Node:
        full, empty = [], []
        for row in rows:
            pat = row.tests.get(occ)
            if pat is None:
                full.append(row)
                empty.append(row)
            elif type(pat) is tt.PList and not pat.elems:
                empty.append(self._without(row, occ))
            else:
                copy = self._without(row, occ)
                if type(pat) is tt.PCons:
                    head, tail = pat.head, pat.tail
                else:
                    head, tail = pat.elems[0], tt.PList(pat.start, pat.end, pat.ty, pat.elems[1:])
                self._add(copy, self._list_part(occ, "elem", 0), head)
                self._add(copy, self._list_part(occ, "tail", 1), tail)
                full.append(copy)
        return Test(occ, "cons", [(True, self.build(full)), (False, self.build(empty))], None)

    def _split_literal(self, rows: list[Row], occ: Occ) -> Node:
        groups, others = self._grouped(rows, occ, attrgetter("value"))
        kind = _literal_kind(next(iter(groups)))
        cases: list[tuple[object, Node]] = [
            (value, self.build([self._without(r, occ) if occ in r.tests else r for r in group]))
            for value, group in groups.items()
        ]
        default = self.build(others) if kind != "bool" or len(groups) < 2 else None
        return Test(occ, kind, cases, default)


def _always(pat: tt.Pat) -> bool:
    return type(pat) is tt.PWild or type(pat) is tt.PBind


def _literal_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return {int: "int", float: "float", str: "str"}[type(value)]


def leaves(node: Node) -> dict[int, int]:
    """How often each arm's body is reached in a tree."""
    counts: dict[int, int] = {}
    stack: list[Node] = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, Leaf):
            counts[n.arm] = counts.get(n.arm, 0) + 1
            if n.rest is not None:
                stack.append(n.rest)
        elif isinstance(n, Test):
            stack.extend(case for _, case in n.cases)
            if n.default is not None:
                stack.append(n.default)
    return counts
