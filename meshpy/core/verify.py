"""Checks the invariants of core: scopes, representations, and after the ownership pass that on every path each reference
is given away exactly once and nothing is read after it went. For tests and ``MESHPY_VERIFY``; raises VerifyError."""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.builder import rep_of
from meshpy.core.ir import Atom, Block, Fn, Program, Rep, Var
from meshpy.core.uses import PROJECTIONS, is_counted, op_uses, term_uses


class VerifyError(Exception):
    """A broken invariant: a defect of the compiler."""


def verify(program: Program, counted: bool) -> None:
    """Checks every function; ``counted``: after the ownership pass."""
    for name, fn in program.fns.items():
        if name != fn.name:
            raise VerifyError(f"{name} is called {fn.name}")
        _Verifier(program, fn, counted).run()


class _Verifier:
    def __init__(self, program: Program, fn: Fn, counted: bool) -> None:
        self.program = program
        self.fn = fn
        self.counted = counted
        self.parent: dict[Var, Atom | None] = {}  # of borrowed variables; None: kept by somebody else
        self.joins: dict[str, tuple[ir.Join, set[Var]]] = {}
        self.entered: dict[str, dict[Var, int]] = {}

    def fail(self, text: str) -> None:
        raise VerifyError(f"{self.fn.name}: {text}")

    def run(self) -> None:
        refs: dict[Var, int] = {}
        for i, p in enumerate(self.fn.params):
            if p.rep is Rep.PTR:
                if i in self.fn.borrowed or (i == 0 and self.fn.closure):
                    self.parent[p] = None
                else:
                    refs[p] = 1
        self.block(self.fn.body, set(self.fn.params), refs)

    # ---- blocks

    def block(self, block: Block, scope: set[Var], refs: dict[Var, int]) -> None:
        scope = set(scope)
        for i in block.instrs:
            if isinstance(i, ir.Join):
                if i.label in self.joins:
                    self.fail(f"join {i.label} declared twice")
                self.joins[i.label] = (i, set(scope))
            elif isinstance(i, ir.Let):
                self.let(i, scope, refs)
            elif isinstance(i, ir.Dup):
                self.alive(i.var, scope, refs)
                refs[i.var] = refs.get(i.var, 0) + 1
            elif isinstance(i, (ir.Drop, ir.DropReuse)):
                self.take(i.var, scope, refs)
                if isinstance(i, ir.DropReuse):
                    scope.add(i.token)
                    refs[i.token] = 1
            elif isinstance(i, ir.FreeToken):
                self.take(i.token, scope, refs)
        self.terminator(block.term, scope, refs)

    def let(self, let: ir.Let, scope: set[Var], refs: dict[Var, int]) -> None:
        if let.var in scope:
            self.fail(f"{let.var.name} defined twice")
        op = let.op
        self.reps(let)
        self.use(op_uses(op, self.program.fns), scope, refs)
        if isinstance(op, ir.Con) and op.reuse is not None:
            self.take(op.reuse, scope, refs)
        scope.add(let.var)
        if isinstance(op, ir.CallExtern) and op.out is not None:
            scope.add(op.out)
            self.parent[op.out] = None
        if let.var.rep is not Rep.PTR:
            return
        if isinstance(op, PROJECTIONS):
            self.parent[let.var] = op_uses(op, self.program.fns)[0][0]
        elif isinstance(op, ir.GlobalGet):
            self.parent[let.var] = None
        else:
            refs[let.var] = 1

    def terminator(self, term: ir.Term, scope: set[Var], refs: dict[Var, int]) -> None:
        self.use(term_uses(term, self.program.fns), scope, refs)
        if isinstance(term, ir.If):
            self.block(term.then, scope, dict(refs))
            self.block(term.else_, scope, dict(refs))
        elif isinstance(term, ir.Switch):
            for _, case in term.cases:
                self.block(case, scope, dict(refs))
            if term.default is not None:
                self.block(term.default, scope, dict(refs))
        elif isinstance(term, ir.Jump):
            self.jump(term, refs)
        elif isinstance(term, (ir.Ret, ir.TailCall, ir.TailCallClosure)):
            self.call_shape(term)
            if refs and self.counted:
                self.fail(f"{', '.join(v.name for v in refs)} left behind at {type(term).__name__}")

    def jump(self, term: ir.Jump, refs: dict[Var, int]) -> None:
        if term.label not in self.joins:
            self.fail(f"jump to unknown {term.label}")
        join, scope = self.joins[term.label]
        if len(term.args) != len(join.params) or any(rep_of(a) is not p.rep for a, p in zip(term.args, join.params)):
            self.fail(f"jump to {term.label} does not fit its parameters")
        known = self.entered.get(term.label)
        if known is None:
            self.entered[term.label] = dict(refs)
            if self.counted:
                for v in refs:
                    if v not in scope:
                        self.fail(f"{v.name} leaks at a jump to {term.label}")
            inner = dict(refs)
            for p in join.params:
                if p.rep is Rep.PTR:
                    inner[p] = 1
            self.block(join.body, scope | set(join.params), inner)
        elif self.counted and known != refs:
            self.fail(f"jumps to {term.label} disagree: {[v.name for v in known]} and {[v.name for v in refs]}")

    # ---- references

    def use(self, uses: list[tuple[Atom, bool]], scope: set[Var], refs: dict[Var, int]) -> None:
        for atom, _ in uses:
            if isinstance(atom, Var) and atom not in scope:
                self.fail(f"{atom.name} is not in scope")
        if not self.counted:
            return
        for atom, takes in uses:
            if takes and is_counted(atom):
                self.take(atom, scope, refs)
            elif is_counted(atom):
                self.alive(atom, scope, refs)

    def take(self, var: Var, scope: set[Var], refs: dict[Var, int]) -> None:
        if var not in scope:
            self.fail(f"{var.name} is not in scope")
        left = refs.get(var, 0) - 1
        if left < 0:
            self.fail(f"{var.name} is given away, but not owned")
        if left:
            refs[var] = left
        else:
            refs.pop(var, None)

    def alive(self, atom: Atom, scope: set[Var], refs: dict[Var, int]) -> None:
        at: Atom | None = atom
        while isinstance(at, Var):
            if at not in scope:
                self.fail(f"{at.name} is not in scope")
            if refs.get(at):
                return
            if at not in self.parent:
                self.fail(f"{at.name} is read after it went")
            at = self.parent[at]

    # ---- shapes

    def reps(self, let: ir.Let) -> None:
        op = let.op
        if isinstance(op, ir.Call):
            callee = self.program.fns.get(op.fn)
            if callee is None:
                self.fail(f"call of unknown {op.fn}")
                return
            self.args(op.fn, callee, op.args)
            if let.var.rep is not callee.ret:
                self.fail(f"{let.var.name} is not the result of {op.fn}")
        elif isinstance(op, ir.Con):
            reps = [rep_of(a) for a in op.fields]
            if any(r is not Rep.PTR for r in reps[: op.layout.ptrs]) or any(r is Rep.PTR for r in reps[op.layout.ptrs:]):
                self.fail(f"{let.var.name}: fields out of order")
            if len(reps) != op.layout.ptrs + op.layout.raws:
                self.fail(f"{let.var.name}: {len(reps)} fields")
        elif isinstance(op, ir.MakeList) and any((rep_of(a) is Rep.PTR) is not op.ptr for a in op.elems):
            self.fail(f"{let.var.name}: elements of another representation")
        elif isinstance(op, ir.Copy) and rep_of(op.value) is not let.var.rep:
            self.fail(f"{let.var.name}: copy of another representation")

    def args(self, name: str, callee: Fn, args: tuple[Atom, ...]) -> None:
        if len(args) != len(callee.params) or any(rep_of(a) is not p.rep for a, p in zip(args, callee.params)):
            self.fail(f"arguments of {name} do not fit: {[rep_of(a).value for a in args]} for "
                      f"{[p.rep.value for p in callee.params]}")

    def call_shape(self, term: ir.Term) -> None:
        if isinstance(term, ir.TailCall):
            callee = self.program.fns.get(term.fn)
            if callee is None:
                self.fail(f"call of unknown {term.fn}")
                return
            self.args(term.fn, callee, term.args)
            if callee.ret is not self.fn.ret:
                self.fail(f"tail call of {term.fn} gives another representation")
        elif isinstance(term, ir.Ret) and rep_of(term.value) is not self.fn.ret:
            self.fail("returns another representation")
