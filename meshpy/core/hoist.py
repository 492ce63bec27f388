"""Reads the fields of an object together, so that the object can go before what was in it is changed.

    %{state | items: Map.put(state.items, k, v), count: state.count + 1}

reads ``state.count`` after ``Map.put``: ``state`` would live until then, its map would be shared, and ``Map.put`` would copy it.
Where nothing but its fields is needed of a variable any more, and a field of it is given away, all later reads move up
to the first one. Reads are pure, and a variable has one constructor, so a read that a read of the same layout dominates
is valid there.

What is needed from a place on: what stands behind it up to the end of its block and inside those blocks. The joins that can
be jumped to from there stand in front of it; uses in their bodies count too, without a look at whether a jump gets there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meshpy.core import ir
from meshpy.core.ir import Block, Field, Fn, Join, Let, Program, Rep, Var
from meshpy.core.uses import blocks, op_uses, successors, term_uses


def hoist_fields(program: Program) -> None:
    """Runs the pass over every function; before borrow inference and reference counts."""
    for fn in program.fns.values():
        _Hoister(fn, program.fns).run()


@dataclass(slots=True)
class _Facts:
    reads: int = 0
    others: list[_Use] = field(default_factory=list)  # uses that are not reads of fields or of the tag


@dataclass(slots=True)
class _Body:
    """The body of a join: its places, and the body that it stands in."""

    start: int
    end: int
    recursive: bool
    outer: _Body | None


@dataclass(slots=True)
class _Use:
    place: int
    body: _Body | None


class _Hoister:
    def __init__(self, fn: Fn, fns: dict[str, Fn]) -> None:
        self.fn = fn
        self.fns = fns
        self.facts: dict[Var, _Facts] = {}
        self.owner: dict[Var, Var] = {}
        self.given: set[Var] = set()
        self.place: dict[int, int] = {}  # of instructions, by id
        self.last: dict[int, int] = {}  # the last place inside a block, by id
        self.made: dict[Var, int] = {}  # where a variable comes to be

    def run(self) -> None:
        self._collect(self.fn.body, 0, None)
        broken: set[Var] = set()
        for var in self.given:
            while var in self.owner:
                var = self.owner[var]
                broken.add(var)
        kept = {p for i, p in enumerate(self.fn.params) if i in self.fn.borrowed or (i == 0 and self.fn.closure)}
        self.wanted = {v for v in broken if v not in kept and self.facts[v].reads > 1}
        if self.wanted:
            self._visit(self.fn.body, {})

    def _collect(self, block: Block, place: int, body: _Body | None) -> int:
        """Numbers the instructions and notes how variables are used; the place behind the block."""
        for i in block.instrs:
            place += 1
            self.place[id(i)] = place
            if type(i) is Join:
                self.made.update(dict.fromkeys(i.params, place))
                inner = _Body(place, 0, i.recursive, body)
                inner.end = place = self._collect(i.body, place, inner)
            elif type(i) is Let:
                self.made[i.var] = place
                if type(i.op) is Field and type(i.op.obj) is Var:
                    self.facts.setdefault(i.op.obj, _Facts()).reads += 1
                    if i.var.rep is Rep.PTR:
                        self.owner[i.var] = i.op.obj
                elif type(i.op) is not ir.Tag:
                    self._use(op_uses(i.op, self.fns), place, body)
        place += 1
        self._use(term_uses(block.term, self.fns), place, body)
        for branch in successors(block.term):
            place = self._collect(branch, place, body)
        self.last[id(block)] = place
        return place

    def _use(self, uses: list[tuple[ir.Atom, bool]], place: int, body: _Body | None) -> None:
        for atom, takes in uses:
            if type(atom) is Var and atom.rep is Rep.PTR:
                self.facts.setdefault(atom, _Facts()).others.append(_Use(place, body))
                if takes:
                    self.given.add(atom)

    def _only_read(self, var: Var, at: int, block: Block) -> bool:
        """Nothing but fields of ``var`` is needed from place ``at`` of ``block`` on."""
        made, last = self.made.get(var, 0), self.last[id(block)]
        for use in self.facts[var].others:
            if at <= use.place <= last:
                return False
            body = use.body
            while body is not None and body.start > made:  # bodies that `var` reaches from outside
                if body.start < at and (body.end < at or body.recursive):
                    return False
                body = body.outer
        return True

    def _visit(self, block: Block, loaded: dict[Var, dict[int, Var]]) -> None:
        """``loaded``: the fields of each variable that are read already where the block begins."""
        loaded = dict(loaded)
        out: list[ir.Instr] = []
        for at, i in enumerate(block.instrs):
            if type(i) is Join:
                self._visit(i.body, loaded)
                out.append(i)
            elif type(i) is Let and type(i.op) is Field and i.op.obj in self.wanted and i.op.layout is not None:
                known = loaded.get(i.op.obj)
                if known is None:
                    if not self._only_read(i.op.obj, self.place[id(i)], block):
                        out.append(i)
                        continue
                    known = self._reads(i.op, block.instrs[at:], block.term)
                    loaded[i.op.obj] = known
                    out += [Let(v, Field(i.op.obj, index, i.op.layout), i.loc) for index, v in known.items()]
                if i.op.index in known:
                    if known[i.op.index] is not i.var:
                        out.append(Let(i.var, ir.Copy(known[i.op.index]), i.loc))
                else:
                    out.append(i)
            else:
                out.append(i)
        block.instrs = out
        for inner in successors(block.term):
            self._visit(inner, loaded)

    def _reads(self, first: Field, instrs: list[ir.Instr], term: ir.Term) -> dict[int, Var]:
        """The fields of one variable read from here on: a variable for each."""
        found: dict[int, Var] = {}
        for block in blocks(Block(instrs, term)):
            for i in block.instrs:
                if type(i) is Let and type(i.op) is Field and i.op.obj is first.obj and i.op.layout == first.layout:
                    found.setdefault(i.op.index, Var(i.var.name, i.var.rep))
        return found
