"""Reuse of memory (Perceus, section 2.4): an object that dies gives its cell to one of the same size made after it.

Also puts the Dups of what was taken out of an object right in front of its Drop, where the backend fuses them: a unique
object hands its fields over and nothing is counted. Runs after the counts are inserted.
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Block, Drop, DropReuse, Dup, Fn, FreeToken, Join, Let, Program, Rep, Var
from meshpy.core.uses import blocks, op_uses, successors

_MAX_SLOTS = 62  # larger objects have another header


def reuse_memory(program: Program) -> None:
    """Runs the pass over every function."""
    for fn in program.fns.values():
        owner = {i.var: i.op.obj for b in blocks(fn.body) for i in b.instrs
                 if type(i) is Let and type(i.op) is ir.Field}
        for block in blocks(fn.body):
            _sink_dups(block, owner, program.fns)
        _visit(fn.body, {})


def _sink_dups(block: Block, owner: dict[Var, ir.Atom], fns: dict[str, Fn]) -> None:
    """Moves Dups of fields down to the Drop of the object, over instructions that do not give the field away."""
    if not any(type(i) is Drop for i in block.instrs):
        return
    out: list[ir.Instr] = []
    pending: dict[ir.Atom, list[Dup]] = {}  # by owner

    def flush(var: Var) -> None:
        """What is about to be given away must be counted."""
        dups = pending.get(owner.get(var, ir.UNIT))
        if dups:
            out.extend(d for d in dups if d.var is var)
            dups[:] = [d for d in dups if d.var is not var]

    for i in block.instrs:
        if type(i) is Dup and i.var in owner:
            pending.setdefault(owner[i.var], []).append(i)
            continue
        if type(i) is Drop:
            flush(i.var)
            out.extend(pending.pop(i.var, ()))
        elif type(i) is Let:
            for atom, takes in op_uses(i.op, fns):
                if takes and type(atom) is Var:
                    flush(atom)
                    out.extend(pending.pop(atom, ()))
        elif type(i) is Join:
            for dups in pending.values():
                out.extend(dups)
            pending.clear()
        out.append(i)
    for dups in pending.values():
        out.extend(dups)
    block.instrs = out


def _visit(block: Block, sizes: dict[Var, int]) -> None:
    """``sizes``: the number of slots of the objects whose layout is known here."""
    sizes = dict(sizes)
    for at, i in enumerate(block.instrs):
        if type(i) is Let and type(i.op) is ir.Field and i.op.layout is not None and type(i.op.obj) is Var:
            sizes[i.op.obj] = i.op.layout.ptrs + i.op.layout.raws
        elif type(i) is Join:
            _visit(i.body, sizes)
        elif type(i) is Drop and 0 < sizes.get(i.var, 0) <= _MAX_SLOTS:
            token = Var("token", Rep.INT)
            if _place(block, at + 1, sizes[i.var], token):
                block.instrs[at] = DropReuse(i.var, token)
    for inner in successors(block.term):
        _visit(inner, sizes)


def _place(block: Block, start: int, size: int, token: Var) -> bool:
    """Gives ``token`` to the first object of ``size`` slots made on each path from ``start``; paths without one free it.
    False when there is none at all."""
    for i in block.instrs[start:]:
        if type(i) is Let and type(i.op) is ir.Con and i.op.reuse is None and len(i.op.fields) == size:
            i.op.reuse = token
            return True
    inner = successors(block.term)
    placed = [_place(b, 0, size, token) for b in inner]
    if not any(placed):
        return False
    for b, done in zip(inner, placed):
        if not done:
            b.instrs.insert(0, FreeToken(token))
    return True
