"""Waiting without a stack (design section 7): an actor's body is split where it waits.

What follows a ``receive`` or a ``Timer.sleep`` that stands in the body itself becomes a function, the resume function, whose
parameters are the live values: the frame that a waiting actor keeps instead of a stack. Everything in a body is in tail
position by construction, so this is lambda lifting of joins: the loop of a receive is a join already, the rest behind a
sleep is made one; joins that lifted code jumps to are lifted too.

An actor that calls its own body other than as its loop may have frames below it and is left alone.
"""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.clone import Cloner
from meshpy.core.ir import Atom, Block, CallExtern, Fn, FnAddr, Join, Let, Program, Rep, Var
from meshpy.core.runtime import RECEIVE_NEXT
from meshpy.core.uses import blocks, op_uses, term_uses

_SLEEP = "mesh_timer_sleep"


def split_actors(program: Program) -> None:
    """Runs the pass over the bodies of actors, before the reference counts are inserted."""
    called: set[str] = set()
    for name, fn in program.fns.items():
        for block in blocks(fn.body):
            called.update(i.op.fn for i in block.instrs if type(i) is Let and type(i.op) is ir.Call)
            if type(block.term) is ir.TailCall and block.term.fn != name:  # a closure of the actor, perhaps
                called.add(block.term.fn)
    for name, words in program.rodata.items():
        if name.startswith("actor "):
            body = words[1]
            assert isinstance(body, FnAddr)
            if body.fn not in called:
                _Splitter(program, program.fns[body.fn]).run()


class _Splitter:
    def __init__(self, program: Program, fn: Fn) -> None:
        self.program = program
        self.fns = program.fns
        self.fn = fn
        self.joins: dict[str, Join] = {}
        self.waits: set[str] = set()  # joins that are resumed
        self.units: set[Var] = set()  # results of sleeps
        self.frames: dict[str, dict[Var, None]] = {}  # lifted joins: the variables that they need from outside

    def run(self) -> None:
        for block in list(blocks(self.fn.body)):
            self._find_waits(block)
        if not self.waits:
            return
        for block in blocks(self.fn.body):
            self.joins.update({i.label: i for i in block.instrs if type(i) is Join})
        self._reach()
        self._find_frames()
        for label in self.frames:
            self._emit(label)
        self.fn.body = self._rewritten(self.fn.body, self._cloner())

    # ---- where it waits

    def _find_waits(self, block: Block) -> None:
        for at, i in enumerate(block.instrs):
            if type(i) is Join and i.recursive and _is_receive(i.body):
                self.waits.add(i.label)
            elif type(i) is Let and type(i.op) is CallExtern and i.op.symbol == _SLEEP:
                # The rest becomes a join; the sleep itself goes when the function around it is emitted.
                rest = Join(f"awake{len(self.waits) + 1}", (), Block(block.instrs[at + 1:], block.term))
                block.instrs = [*block.instrs[:at], rest, i]
                block.term = ir.Jump(rest.label, ())
                self.waits.add(rest.label)
                self.units.add(i.var)
                self._find_waits(rest.body)
                return

    def _reach(self) -> None:
        """Finds the joins to lift: those that are resumed, and what they jump to outside themselves."""
        order = sorted(self.waits)
        for label in order:  # grows
            self.frames[label] = {}
            body = self.joins[label].body
            inside = {i.label for b in blocks(body) for i in b.instrs if type(i) is Join} | {label}
            for b in blocks(body):
                target = b.term.label if type(b.term) is ir.Jump else None
                if target is not None and target not in inside and target not in order:
                    order.append(target)

    def _find_frames(self) -> None:
        """To a fixed point over the jumps between lifted joins."""
        changed = True
        while changed:
            changed = False
            for label, known in self.frames.items():
                found = self._free(self.joins[label])
                if found.keys() != known.keys():
                    self.frames[label] = found
                    changed = True

    def _free(self, join: Join) -> dict[Var, None]:
        needed: dict[Var, None] = {}
        defined: set[Var] = {*join.params, *self.units}
        for b in blocks(join.body):
            uses: list[tuple[Atom, bool]] = list(term_uses(b.term, self.fns))
            for i in b.instrs:
                if type(i) is Let:
                    uses += op_uses(i.op, self.fns)
                    defined.add(i.var)
                    if type(i.op) is CallExtern and i.op.out is not None:
                        defined.add(i.op.out)
                elif type(i) is Join:
                    defined.update(i.params)
            if type(b.term) is ir.Jump:
                uses += [(v, False) for v in self.frames.get(b.term.label, ())]
            needed.update({a: None for a, _ in uses if type(a) is Var})
        return {v: None for v in needed if v not in defined}

    # ---- code

    def _name(self, label: str) -> str:
        return f"{self.fn.name}.{label}"

    def _cloner(self) -> Cloner:
        """Lifted labels keep their names, so that the jumps to them can be told in a copy."""
        return Cloner({v: ir.UNIT for v in self.units}, {label: label for label in self.frames})

    def _emit(self, label: str) -> None:
        join = self.joins[label]
        cloner = self._cloner()
        params = tuple(cloner.var(v) for v in (*self.frames[label], *join.params))
        body = self._rewritten(join.body, cloner)
        if label in self.waits and join.recursive:
            body = self._polling(label, body, params)
        name = self._name(label)
        self.fns[name] = Fn(name, params, self.fn.ret, body, self.fn.loc, self.fn.source_name)

    def _polling(self, label: str, body: Block, params: tuple[Var, ...]) -> Block:
        """``found = mesh_receive_next`` with a branch becomes a poll with three ways."""
        head, term = body.instrs[0], body.term
        assert type(head) is Let and type(head.op) is CallExtern and type(term) is ir.If
        got = Var("got", Rep.INT)
        op = CallExtern("mesh_receive_poll", head.op.args, head.op.owned, head.op.slots, out=head.op.out)
        wait = self._leave("mesh_receive_stackless", (FnAddr(self._name(label)),), params)
        return Block([Let(got, op)], ir.Switch(got, ((1, term.then), (0, term.else_)), wait))

    def _leave(self, symbol: str, fixed: tuple[Atom, ...], frame: tuple[Atom, ...]) -> Block:
        n = len(fixed)
        op = CallExtern(symbol, (*fixed, *frame), (False,) * n + (True,) * len(frame),
                        (False,) * n + (True,) * len(frame), ret_void=True, array=n, counted=True)
        return Block([Let(Var("gone", Rep.INT), op)], ir.Unreachable())

    def _rewritten(self, body: Block, cloner: Cloner) -> Block:
        """A copy of ``body`` in which lifted joins are functions, and jumps to them tail calls."""
        copy = cloner.block(body)
        for block in blocks(copy):
            block.instrs = [i for i in block.instrs if not (type(i) is Join and i.label in self.frames)]
            term = block.term
            if type(term) is ir.Jump and term.label in self.frames:
                self._leave_block(block, term, tuple(cloner.atom(v) for v in self.frames[term.label]))
        return copy

    def _leave_block(self, block: Block, jump: ir.Jump, frame: tuple[Atom, ...]) -> None:
        last = block.instrs[-1] if block.instrs else None
        if type(last) is Let and type(last.op) is CallExtern and last.op.symbol == _SLEEP:
            fixed = (last.op.args[0], FnAddr(self._name(jump.label)))
            leave = self._leave("mesh_sleep_stackless", fixed, frame)
            block.instrs = [*block.instrs[:-1], *leave.instrs]
            block.term = leave.term
        else:
            block.term = ir.TailCall(self._name(jump.label), (*frame, *jump.args))


def _is_receive(body: Block) -> bool:
    head = body.instrs[0] if body.instrs else None
    return (len(body.instrs) == 1 and type(head) is Let and type(head.op) is CallExtern
            and head.op.symbol == RECEIVE_NEXT and type(body.term) is ir.If)
