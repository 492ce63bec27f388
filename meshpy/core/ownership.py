"""Precise reference counting: inserts Dup and Drop.

After Reinking, Xie, de Moura, Leijen, "Perceus: Garbage Free Reference Counting with Reuse" (PLDI 2021): at every point
the references that a function owns are exactly the variables that are live there. Liveness runs backwards over the tree of
blocks; the owned set on entry of a join is what its body needs.

Projections (fields, elements, captures) start as borrowed. One whose owner is kept by someone else for the whole function
(a borrowed parameter, a closure, a global) stays borrowed, and is counted up where it is consumed. One whose owner is
a counted variable stays borrowed when nothing taken out of that owner is ever consumed: then the owner simply lives longer.
Otherwise every projection of that owner is counted up at once, so that the owner can go, and what was taken out of it is
unique when the owner was.
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Block, Drop, Dup, Fn, Instr, Let, Program, Rep, Var
from meshpy.core.uses import PROJECTIONS, blocks, is_counted, op_uses, successors, term_uses

Live = dict[Var, None]  # an ordered set


def insert_counts(program: Program) -> None:
    """Runs the pass over every function."""
    for fn in program.fns.values():
        _Counter(fn, program.fns).run()


class _Counter:
    def __init__(self, fn: Fn, fns: dict[str, Fn]) -> None:
        self.fn = fn
        self.fns = fns
        # Var -> the variable that keeps it alive; itself when owned; None when somebody else does for ever.
        self.root: dict[Var, Var | None] = {}
        self.parent: dict[Var, ir.Atom] = {}
        self.number: dict[Var, int] = {}
        self.promoted: set[Var] = set()
        self.needs: dict[str, Live] = {}  # what a join's body needs

    def run(self) -> None:
        self._untail(self.fn.body)
        self._classify()
        live, _ = self._block(self.fn.body)
        owned = [p for p in self.fn.params if self.root.get(p) is p]
        self._drop_at_entry(self.fn.body, [p for p in owned if p not in live])

    # ---- who owns what

    def _untail(self, body: Block) -> None:
        """A tail call cannot lend what this function owns: such a call becomes an ordinary one."""
        kept = {p for i, p in enumerate(self.fn.params) if i in self.fn.borrowed or (i == 0 and self.fn.closure)}
        origin: dict[Var, ir.Atom] = {}
        for block in blocks(body):
            for i in block.instrs:
                if type(i) is Let and isinstance(i.op, PROJECTIONS):
                    origin[i.var] = op_uses(i.op, self.fns)[0][0]

        def lasts(atom: ir.Atom) -> bool:
            while type(atom) is Var and atom in origin:
                atom = origin[atom]
            return type(atom) is not Var or atom in kept

        for block in blocks(body):
            term = block.term
            if type(term) is ir.TailCall:
                callee = self.fns[term.fn]
                if all(lasts(term.args[i]) for i in callee.borrowed):
                    continue
                result = Var("r", callee.ret)
                block.instrs.append(Let(result, ir.Call(term.fn, term.args), term.loc))
                block.term = ir.Ret(result)

    def _classify(self) -> None:
        consumed: set[Var] = set()
        order: list[tuple[Var, ir.Op]] = []
        number = self.number
        for i, p in enumerate(self.fn.params):
            if p.rep is Rep.PTR:
                number[p] = len(number)
                kept = i in self.fn.borrowed or (i == 0 and self.fn.closure)
                self.root[p] = None if kept else p
        for block in blocks(self.fn.body):
            for i in block.instrs:
                if type(i) is ir.Join:
                    for p in i.params:
                        if p.rep is Rep.PTR:
                            number[p] = len(number)
                            self.root[p] = p
                elif type(i) is Let:
                    for atom, takes in op_uses(i.op, self.fns):
                        if takes and is_counted(atom):
                            consumed.add(atom)
                    out = i.op.out if type(i.op) is ir.CallExtern else None
                    if out is not None and out.rep is Rep.PTR:
                        number[out] = len(number)
                        self.root[out] = None
                    if i.var.rep is Rep.PTR:
                        number[i.var] = len(number)
                        order.append((i.var, i.op))
            for atom, takes in term_uses(block.term, self.fns):
                if takes and is_counted(atom):
                    consumed.add(atom)
        for var, op in order:
            if isinstance(op, PROJECTIONS):
                self.parent[var] = op_uses(op, self.fns)[0][0]
        # An owner is broken up when something taken out of it, however deep, is consumed.
        broken: set[Var] = set()
        for var in consumed:
            at: ir.Atom = var
            while type(at) is Var and at in self.parent:
                at = self.parent[at]
                if type(at) is Var:
                    broken.add(at)
        for var, op in order:  # definitions come before the projections of what they define
            if isinstance(op, PROJECTIONS):
                owner = self.parent[var]
                root = self.root[owner] if type(owner) is Var else None
                if root is not None and type(owner) is Var and root is owner and owner in broken:
                    self.promoted.add(var)
                    self.root[var] = var
                else:
                    self.root[var] = root
            elif type(op) is ir.GlobalGet:
                self.root[var] = None
            else:
                self.root[var] = var

    def _sorted(self, items: list[Var]) -> list[Var]:
        return sorted(items, key=self.number.__getitem__)

    # ---- liveness and insertion, backwards

    def _free(self, block: Block, inner: set[str]) -> Live:
        """Roots that a block needs, the joins in ``inner`` aside; stops at what the block defines itself."""
        needed: Live = {}
        defined: set[Var] = set()
        for b in blocks(block):
            for i in b.instrs:
                if type(i) is Let:
                    self._need(needed, op_uses(i.op, self.fns))
                    defined.add(i.var)
                elif type(i) is ir.Join:
                    defined.update(i.params)
                    inner.add(i.label)
            self._need(needed, term_uses(b.term, self.fns))
            if type(b.term) is ir.Jump and b.term.label not in inner:
                needed.update(self.needs[b.term.label])
        return {v: None for v in needed if v not in defined}

    def _need(self, needed: Live, uses: list[tuple[ir.Atom, bool]]) -> None:
        for atom, _ in uses:
            if is_counted(atom):
                root = self.root[atom]
                if root is not None:
                    needed[root] = None

    def _drop_at_entry(self, block: Block, dead: list[Var]) -> None:
        if dead:
            block.instrs[:0] = [Drop(v) for v in self._sorted(dead)]

    def _block(self, block: Block) -> tuple[Live, bool]:
        """Inserts counts into ``block``; gives what it needs on entry, and whether it ends by a panic (so that nothing
        needs dropping: the heap goes)."""
        for i in block.instrs:
            if type(i) is ir.Join:
                if i.recursive:
                    self.needs[i.label] = self._free_recursive(i)
                live, _ = self._block(i.body)
                params = [p for p in i.params if p.rep is Rep.PTR]
                self._drop_at_entry(i.body, [p for p in params if p not in live])
                needs = {v: None for v in live if v not in params}
                if i.recursive:
                    assert needs.keys() == self.needs[i.label].keys(), f"{self.fn.name}: {i.label}"
                self.needs[i.label] = needs
        live, fatal, last = self._terminator(block)
        result: list[list[Instr]] = [last]
        for i in reversed(block.instrs):
            result.append(self._instr(i, live) if type(i) is Let else [i])
        block.instrs = [i for group in reversed(result) for i in group]
        return live, fatal

    def _free_recursive(self, join: ir.Join) -> Live:
        needed = self._free(join.body, {join.label})
        return {v: None for v in needed if v not in join.params}

    def _terminator(self, block: Block) -> tuple[Live, bool, list[Instr]]:
        """What is live before the terminator, whether all paths from it panic, and the Dups in front of it."""
        term = block.term
        inner = successors(term)
        if inner:
            results = [self._block(b) for b in inner]
            live: Live = {}
            for needs, _ in results:
                live.update(needs)
            for b, (needs, fatal) in zip(inner, results):
                if not fatal:
                    self._drop_at_entry(b, [v for v in live if v not in needs])
            self._need(live, term_uses(term, self.fns))
            return live, all(fatal for _, fatal in results), []
        live = dict(self.needs[term.label]) if type(term) is ir.Jump else {}
        before, after = self._operands(term_uses(term, self.fns), live)
        assert not after or type(term) is ir.Panic, f"{self.fn.name}: a borrow in {type(term).__name__}"
        return live, type(term) in (ir.Panic, ir.Unreachable), before

    def _operands(self, uses: list[tuple[ir.Atom, bool]], live: Live) -> tuple[list[Instr], list[Instr]]:
        """The Dups in front of an operation and the Drops behind it; makes ``live`` what is live before it."""
        taken: dict[Var, int] = {}
        lent: Live = {}
        before: list[Instr] = []
        for atom, takes in uses:
            if not is_counted(atom):
                continue
            root = self.root[atom]
            if takes:
                if root is atom:
                    taken[atom] = taken.get(atom, 0) + 1
                else:
                    before.append(Dup(atom))
                    if root is not None:
                        lent[root] = None
            elif root is not None:
                lent[root] = None
        after: list[Instr] = []
        for var, count in taken.items():
            keep = var in live or var in lent
            before.extend(Dup(var) for _ in range(count - (not keep)))
        for var in self._sorted(list(lent)):
            if var not in live:
                after.append(Drop(var))
        live.update(taken)
        live.update(lent)
        return before, after

    def _instr(self, let: Let, live: Live) -> list[Instr]:
        var = let.var
        behind: list[Instr] = []
        if var.rep is Rep.PTR and self.root[var] is var:
            if var in live:
                del live[var]
                if var in self.promoted:
                    behind.append(Dup(var))
            elif var not in self.promoted:
                behind.append(Drop(var))
        before, after = self._operands(op_uses(let.op, self.fns), live)
        return [*before, let, *behind, *after]

