"""The simplifier: one forward rewrite and one backward sweep, repeated a few times.

Forward: copy propagation, constant folding, case of known constructor, branches on known conditions, joins that are jumped
to once put in place of their jump, calls before ``Ret`` as tail calls. Backward: dead code. In the manner of Appel and
Jim, "Shrinking lambda expressions in linear time" (JFP 1997).
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.builder import rep_of
from meshpy.core.fold import fold
from meshpy.core.ir import Atom, Block, Const, Fn, Join, Let, Program, Rep, Var
from meshpy.core.uses import blocks, instr_is_pure, map_op, op_uses, term_uses

_ROUNDS = 3


def simplify(program: Program) -> None:
    """Simplifies every function in place."""
    for fn in program.fns.values():
        simplify_fn(fn, program)


def simplify_fn(fn: Fn, program: Program, rounds: int = _ROUNDS) -> None:
    for _ in range(rounds):
        rewrite = _Rewrite(fn)
        fn.body = rewrite.start(fn.body)
        sweep(fn, program.fns)
        if not rewrite.changed:
            break


# ---------------------------------------------------------------- forward


class _Rewrite:
    def __init__(self, fn: Fn) -> None:
        self.changed = False
        self.jumps: dict[str, int] = {}
        for block in blocks(fn.body):
            if type(block.term) is ir.Jump:
                self.jumps[block.term.label] = self.jumps.get(block.term.label, 0) + 1
        self.subst: dict[Var, Atom] = {}
        self.definitions: dict[Var, ir.Op] = {}
        self.tags: dict[Var, int] = {}
        self.inline: dict[str, Join] = {}
        self.loads: dict[tuple[Var, int], Var] = {}  # fields read on the way to here

    def start(self, body: Block) -> Block:
        return self.block(body)

    def atom(self, a: Atom) -> Atom:
        if type(a) is Var:
            found = self.subst.get(a)
            return a if found is None else found
        return a

    def block(self, block: Block) -> Block:
        outer = self.loads
        self.loads = dict(outer)
        result = self.straight(block)
        self.loads = outer
        return result

    def straight(self, block: Block) -> Block:
        instrs: list[ir.Instr] = []
        while True:
            for i in block.instrs:
                if type(i) is Let:
                    self.let(i, instrs)
                elif type(i) is Join:
                    self.join(i, instrs)
                else:
                    instrs.append(i)
            term = block.term
            if type(term) is ir.Jump:
                join = self.inline.get(term.label)
                if join is not None:
                    self.changed = True
                    for p, a in zip(join.params, term.args):
                        self.subst[p] = self.atom(a)
                    block = join.body
                    continue
            elif type(term) is ir.If:
                chosen = self.atom(term.cond)
                if type(chosen) is Const:
                    self.changed = True
                    block = term.then if chosen.value else term.else_
                    continue
            elif type(term) is ir.Switch:
                chosen = self.atom(term.value)
                if type(chosen) is Const:
                    self.changed = True
                    block = dict(term.cases).get(chosen.value) or term.default or Block([], ir.Unreachable())
                    continue
            return self.finish(instrs, term)

    def finish(self, instrs: list[ir.Instr], term: ir.Term) -> Block:
        kind = type(term)
        if kind is ir.Ret:
            value = self.atom(term.value)
            last = instrs[-1] if instrs else None
            if type(last) is Let and last.var is value and type(last.op) is ir.Call:
                instrs.pop()
                self.changed = True
                return Block(instrs, ir.TailCall(last.op.fn, last.op.args, last.loc))
            return Block(instrs, ir.Ret(value))
        if kind is ir.Jump:
            return Block(instrs, ir.Jump(term.label, tuple(map(self.atom, term.args))))
        if kind is ir.If:
            return Block(instrs, self.branch(term))
        if kind is ir.Switch:
            return Block(instrs, self.switch(term))
        if kind is ir.TailCall:
            return Block(instrs, ir.TailCall(term.fn, tuple(map(self.atom, term.args)), term.loc))
        if kind is ir.TailCallClosure:
            args = tuple(map(self.atom, term.args))
            return Block(instrs, ir.TailCallClosure(self.atom(term.closure), args, term.loc))
        if kind is ir.Panic:
            return Block(instrs, ir.Panic(self.atom(term.message), term.loc))
        return Block(instrs, term)

    def branch(self, term: ir.If) -> ir.Term:
        cond = self.atom(term.cond)
        then, else_ = term.then, term.else_
        op = self.definitions.get(cond) if type(cond) is Var else None
        if type(op) is ir.Prim and op.name == "not":
            self.changed = True
            cond, then, else_ = op.args[0], else_, then
        saved = self.subst.get(cond) if type(cond) is Var else None
        if type(cond) is not Var:
            return ir.If(cond, self.block(then), self.block(else_))
        self.subst[cond] = Const(Rep.BOOL, True)
        new_then = self.block(then)
        self.subst[cond] = Const(Rep.BOOL, False)
        new_else = self.block(else_)
        if saved is None:
            del self.subst[cond]
        else:
            self.subst[cond] = saved
        return ir.If(cond, new_then, new_else)

    def switch(self, term: ir.Switch) -> ir.Term:
        value = self.atom(term.value)
        op = self.definitions.get(value) if type(value) is Var else None
        subject = op.obj if type(op) is ir.Tag and type(op.obj) is Var else None
        cases = []
        for case, block in term.cases:
            if subject is not None:
                self.tags[subject] = case
            cases.append((case, self.block(block)))
        if subject is not None:
            self.tags.pop(subject, None)
        default = self.block(term.default) if term.default is not None else None
        return ir.Switch(value, tuple(cases), default)

    def join(self, join: Join, instrs: list[ir.Instr]) -> None:
        count = self.jumps.get(join.label, 0)
        if count == 0:
            self.changed = True
            return
        if not join.recursive and (count == 1 or self.is_trivial(join.body)):
            self.inline[join.label] = join
            return
        # What is known about conditions and tags where the join is declared holds in its body too.
        instrs.append(Join(join.label, join.params, self.block(join.body), join.recursive))

    def let(self, let: Let, instrs: list[ir.Instr]) -> None:
        op = map_op(let.op, self.atom)
        value: Atom | None = None
        if type(op) is ir.Prim:
            folded = fold(op, self.definitions.get)
            if type(folded) is ir.Prim:
                op = folded
            else:
                value = folded
        else:
            value = self.known(let.var, op)
        if value is not None:
            self.subst[let.var] = value
            self.changed = True
            return
        if type(op) is ir.Field and type(op.obj) is Var:
            self.loads[op.obj, op.index] = let.var
        self.definitions[let.var] = op
        instrs.append(Let(let.var, op, let.loc))

    def known(self, var: Var, op: ir.Op) -> Atom | None:
        """The value of an operation, where it is known."""
        kind = type(op)
        if kind is ir.Copy:
            return op.value
        if kind is ir.Tag:
            tag = self.tag_of(op.obj)
            return None if tag is None else Const(Rep.INT, tag)
        if kind is ir.Field and type(op.obj) is Var:
            made = self.definitions.get(op.obj)
            found = made.fields[op.index] if type(made) is ir.Con else self.loads.get((op.obj, op.index))
            return found if found is not None and rep_of(found) is var.rep else None
        if kind is ir.ListLen and type(op.list) is Var:
            made = self.definitions.get(op.list)
            return Const(Rep.INT, len(made.elems)) if type(made) is ir.MakeList else None
        if kind is ir.StrLen and type(op.string) is ir.StrLit:
            return Const(Rep.INT, len(op.string.value))
        if kind is ir.CallExtern and op.symbol == "mesh_string_equal":
            a, b = op.args
            if type(a) is ir.StrLit and type(b) is ir.StrLit:
                return Const(Rep.BOOL, a.value == b.value)
        return None

    def is_trivial(self, body: Block) -> bool:
        """A body that may be repeated at every jump: it only passes on, and not to a body that stands once."""
        if body.instrs:
            return False
        term = body.term
        return type(term) in (ir.Ret, ir.Unreachable) or type(term) is ir.Jump and term.label not in self.inline

    def tag_of(self, obj: Atom) -> int | None:
        if type(obj) is ir.Nullary:
            return obj.tag
        if type(obj) is Var:
            made = self.definitions.get(obj)
            return made.tag if type(made) is ir.Con else self.tags.get(obj)
        return None


# ---------------------------------------------------------------- backward


def sweep(fn: Fn, fns: dict[str, Fn]) -> None:
    """Removes pure operations whose results nobody uses."""
    used: set[Var] = set()

    def mark(uses: list[tuple[Atom, bool]]) -> None:
        for atom, _ in uses:
            if type(atom) is Var:
                used.add(atom)

    def visit(block: Block) -> None:
        term = block.term
        mark(term_uses(term, fns))
        if type(term) is ir.If:
            visit(term.then)
            visit(term.else_)
        elif type(term) is ir.Switch:
            for _, case in term.cases:
                visit(case)
            if term.default is not None:
                visit(term.default)
        kept: list[ir.Instr] = []
        for i in reversed(block.instrs):
            if type(i) is Join:
                visit(i.body)
            elif type(i) is Let:
                if i.var not in used and instr_is_pure(i):
                    continue
                mark(op_uses(i.op, fns))
            kept.append(i)
        kept.reverse()
        block.instrs = kept

    visit(fn.body)


# ---------------------------------------------------------------- loops


def loop_self_calls(program: Program) -> None:
    """Self tail calls become jumps of a loop; parameters that every such call passes on unchanged stay parameters."""
    for fn in program.fns.values():
        _loop(fn)


def _loop(fn: Fn) -> None:
    if fn.closure:
        return
    calls = [b for b in blocks(fn.body) if type(b.term) is ir.TailCall and b.term.fn == fn.name]
    if not calls:
        return
    changing = [i for i, p in enumerate(fn.params)
                if i not in fn.borrowed and any(b.term.args[i] is not p for b in calls)]
    if any(b.term.args[i] is not fn.params[i] for b in calls for i in fn.borrowed):
        return
    fresh = {fn.params[i]: Var(fn.params[i].name, fn.params[i].rep) for i in changing}
    for block in calls:
        block.term = ir.Jump("self", tuple(block.term.args[i] for i in changing))
    # The body keeps the old variables as the parameters of the loop; the function gets new ones.
    loop = Join("self", tuple(fn.params[i] for i in changing), fn.body, recursive=True)
    fn.params = tuple(fresh.get(p, p) for p in fn.params)
    fn.body = Block([loop], ir.Jump("self", tuple(fn.params[i] for i in changing)))
