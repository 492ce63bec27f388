"""A value that is looked up in a map, changed and put back is not shared while it is changed.

    Map.put(m, k, List.append(Map.get(m, k), x))

The map and the caller both hold what ``Map.get`` gives, so ``List.append`` would copy it. When the next thing that happens to
the map is that ``Map.put`` of the same key takes it, the lookup becomes ``mesh_map_take``: a map that nobody else holds
gives the value away and keeps a stand-in, which ``Map.put`` replaces before anybody can see it. That nothing else needs the
map shows in the counts: there is no Dup of it between the two. Runs when all of them are in their places.
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Atom, Block, Drop, DropReuse, Dup, Fn, Instr, Join, Let, Program, Rep, Var
from meshpy.core.uses import blocks, op_uses, successors, term_uses

_FAR = 200  # instructions to look for the Map.put


def lend_values(program: Program) -> None:
    """Runs the pass over every function."""
    for fn in program.fns.values():
        _Lender(fn, program.fns).run()


class _Lender:
    def __init__(self, fn: Fn, fns: dict[str, Fn]) -> None:
        self.fn = fn
        self.fns = fns
        self.defined: dict[Var, ir.Op] = {}
        self.bodies: dict[str, Block] = {}

    def run(self) -> None:
        lookups: list[tuple[Let, Block, int]] = []
        for block in blocks(self.fn.body):
            for at, i in enumerate(block.instrs):
                if type(i) is Join and not i.recursive:
                    self.bodies[i.label] = i.body
                elif type(i) is Let:
                    if type(i.op) is ir.CallExtern:
                        if i.op.symbol == "mesh_map_get" and i.var.rep is Rep.PTR:
                            lookups.append((i, block, at))
                    elif type(i.op) in (ir.Prim, ir.Field):
                        self.defined[i.var] = i.op
        for let, block, at in lookups:
            op = let.op
            assert type(op) is ir.CallExtern
            if self._put_back(op.args[2], op.args[3], block, at + 1):
                op.symbol = "mesh_map_take"

    def _put_back(self, m: Atom, key: Atom, block: Block, start: int, left: int = _FAR) -> bool | None:
        """Whether every way from here puts the value back, or drops the map, before anything else happens to it; so the map
        is this function's own. Ways that end in a panic do not count; None: there are no others."""
        while True:
            for i in block.instrs[start : start + left]:
                if type(i) is Let and type(i.op) is ir.CallExtern and i.op.symbol == "mesh_map_put" and i.op.args[2] is m:
                    return self._same(key, i.op.args[3]) and i.op.args[4] is not m
                if type(i) is Drop and i.var is m:
                    return True
                if self._mentions(i, m):
                    return False
            left -= len(block.instrs) - start + 1
            term = block.term
            if left <= 0:
                return False
            inner = successors(term)
            if inner:
                found = {self._put_back(m, key, b, 0, left // len(inner)) for b in inner}
                return False if False in found else True if True in found else None
            if type(term) in (ir.Panic, ir.Unreachable):
                return None
            body = self.bodies.get(term.label) if type(term) is ir.Jump else None
            if body is None or any(atom is m for atom, _ in term_uses(term, self.fns)):
                return False
            block, start = body, 0

    def _mentions(self, i: Instr, m: Atom) -> bool:
        if type(i) is Let:
            return any(atom is m for atom, _ in op_uses(i.op, self.fns))
        return type(i) in (Dup, DropReuse) and i.var is m

    def _same(self, a: Atom, b: Atom) -> bool:
        """The same value by the way it is made."""
        if a is b:
            return True
        if type(a) is not type(b):
            return False
        if type(a) is not Var or type(b) is not Var:
            return a == b
        x, y = self.defined.get(a), self.defined.get(b)
        if type(x) is ir.Prim and type(y) is ir.Prim:
            return x.name == y.name and len(x.args) == len(y.args) and all(map(self._same, x.args, y.args))
        if type(x) is ir.Field and type(y) is ir.Field:
            return x.index == y.index and x.layout == y.layout and self._same(x.obj, y.obj)
        return False
