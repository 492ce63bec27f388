"""Copies of function bodies with fresh variables and labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from meshpy.core import ir
from meshpy.core.ir import Atom, Block, Fn, Join, Let, Var
from meshpy.core.uses import blocks, map_op

_labels = count(1)


def fresh_label(hint: str) -> str:
    """A label that no join has."""
    return f"{hint}~{next(_labels)}"


@dataclass(slots=True)
class Cloner:
    """Renames while copying. ``atoms`` maps the variables of the original; missing ones are copied when they are
    defined. ``site``: the place that panics without one of their own report (the call that is inlined)."""

    atoms: dict[Var, Atom] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    site: ir.Loc | None = None

    def atom(self, a: Atom) -> Atom:
        return self.atoms.get(a, a) if type(a) is Var else a

    def var(self, v: Var) -> Var:
        fresh = Var(v.name, v.rep)
        self.atoms[v] = fresh
        return fresh

    def label(self, label: str) -> str:
        found = self.labels.get(label)
        if found is None:
            found = self.labels[label] = fresh_label(label.split("~")[0])
        return found

    def block(self, block: Block) -> Block:
        return Block([self.instr(i) for i in block.instrs], self.term(block.term))

    def instr(self, i: ir.Instr) -> ir.Instr:
        if type(i) is Let:
            op = map_op(i.op, self.atom)
            if type(op) is ir.CallExtern and op.out is not None:
                op.out = self.var(op.out)
            return Let(self.var(i.var), op, i.loc or self.site)
        assert type(i) is Join, i
        params = tuple(self.var(p) for p in i.params)
        return Join(self.label(i.label), params, self.block(i.body), i.recursive)

    def term(self, t: ir.Term) -> ir.Term:
        kind = type(t)
        if kind is ir.Ret:
            return ir.Ret(self.atom(t.value))
        if kind is ir.Jump:
            return ir.Jump(self.label(t.label), tuple(map(self.atom, t.args)))
        if kind is ir.If:
            return ir.If(self.atom(t.cond), self.block(t.then), self.block(t.else_))
        if kind is ir.Switch:
            return ir.Switch(self.atom(t.value), tuple((v, self.block(b)) for v, b in t.cases),
                             None if t.default is None else self.block(t.default))
        if kind is ir.TailCall:
            return ir.TailCall(t.fn, tuple(map(self.atom, t.args)), t.loc or self.site)
        if kind is ir.TailCallClosure:
            return ir.TailCallClosure(self.atom(t.closure), tuple(map(self.atom, t.args)), t.loc or self.site)
        if kind is ir.Panic:
            return ir.Panic(self.atom(t.message), t.loc or self.site)
        return ir.Unreachable()


def relabel(fn: Fn) -> None:
    """Numbers the labels of a function in order of their declaration, so that they depend on nothing outside it."""
    names: dict[str, str] = {}
    for block in blocks(fn.body):
        for i in block.instrs:
            if type(i) is Join:
                names[i.label] = i.label = f"{i.label.split('~')[0].rstrip('0123456789')}{len(names) + 1}"
    for block in blocks(fn.body):
        if type(block.term) is ir.Jump:
            block.term.label = names[block.term.label]


def size(fn: Fn) -> int:
    """Number of instructions and terminators."""
    return sum(len(b.instrs) + 1 for b in blocks(fn.body))
