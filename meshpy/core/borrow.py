"""Borrow inference for parameters (Ullrich and de Moura, "Counting Immutable Beans", IFL 2019, section 5).

A parameter is borrowed when the function neither gives it away nor anything taken out of it: then callers need not count it up,
and the function need not drop it. One exception keeps tail calls (design D6): no tail call may lend what its function owns.
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Atom, Fn, FnAddr, Let, Program, Rep, Var
from meshpy.core.uses import PROJECTIONS, blocks, is_counted, op_uses, term_uses

Param = tuple[str, int]


def infer_borrows(program: Program) -> None:
    """Sets ``Fn.borrowed``. Runs before the counts are inserted."""
    entered = {w.fn for words in program.rodata.values() for w in words if isinstance(w, FnAddr)}
    entered.add(program.entry)
    fixed = {name for name, fn in program.fns.items() if fn.closure or name in entered}
    fixed |= _addressed(program)
    owned: set[Param] = set()
    # owned[p] makes everything in follows[p] owned.
    follows: dict[Param, list[Param]] = {}
    for name, fn in program.fns.items():
        if name in fixed:
            owned.update((name, i) for i in range(len(fn.params)) if i not in fn.borrowed)
        _constrain(program, fn, owned, follows)
    forced = {(name, i) for name, fn in program.fns.items() for i in fn.borrowed}
    work = list(owned)
    while work:
        for param in follows.get(work.pop(), ()):
            if param not in owned:
                owned.add(param)
                work.append(param)
    for name, fn in program.fns.items():
        fn.borrowed = frozenset(i for i, p in enumerate(fn.params)
                                if p.rep is Rep.PTR and ((name, i) not in owned or (name, i) in forced)
                                and not (fn.closure and i == 0))


def _addressed(program: Program) -> set[str]:
    """Functions whose address code passes on: their callers take the ordinary convention for granted."""
    found = set()
    for fn in program.fns.values():
        for block in blocks(fn.body):
            for i in block.instrs:
                if type(i) is Let and type(i.op) is ir.CallExtern:
                    found.update(a.fn for a in i.op.args if isinstance(a, FnAddr))
    return found


def _constrain(program: Program, fn: Fn, owned: set[Param], follows: dict[Param, list[Param]]) -> None:
    index = {p: i for i, p in enumerate(fn.params)}
    origin: dict[Var, Atom] = {}
    lasting: set[Var] = {fn.params[0]} if fn.closure else set()

    def root(atom: Atom) -> Atom:
        while type(atom) is Var and atom in origin:
            atom = origin[atom]
        return atom

    def give(atom: Atom) -> None:
        source = root(atom)
        if type(source) is Var and source in index:
            owned.add((fn.name, index[source]))

    def passed(callee: str, args: tuple[Atom, ...], tail: bool) -> None:
        for i, atom in enumerate(args):
            if not is_counted(atom):
                continue
            source = root(atom)
            target = (callee, i)
            if type(source) is Var and source in index and not (fn.closure and index[source] == 0):
                param = (fn.name, index[source])
                follows.setdefault(target, []).append(param)
                if tail:
                    follows.setdefault(param, []).append(target)
            elif tail and type(source) is Var and source not in lasting:
                owned.add(target)

    for block in blocks(fn.body):
        for i in block.instrs:
            if type(i) is not Let:
                continue
            if isinstance(i.op, PROJECTIONS):
                origin[i.var] = op_uses(i.op, program.fns)[0][0]
            elif type(i.op) is ir.GlobalGet:
                lasting.add(i.var)
            elif type(i.op) is ir.Call:
                passed(i.op.fn, i.op.args, False)
                continue
            for atom, takes in op_uses(i.op, program.fns):
                if takes:
                    give(atom)
        if type(block.term) is ir.TailCall:
            passed(block.term.fn, block.term.args, True)
        else:
            for atom, takes in term_uses(block.term, program.fns):
                if takes:
                    give(atom)
