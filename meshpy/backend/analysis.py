"""What the emitter asks about a whole program before it writes the first line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshpy.backend import abi
from meshpy.core import ir

# A function without a check of its own may stand at most this many calls above the leaves: the slack that the limit
# leaves for small C leaves (32 KiB) covers the frames of such a chain many times over.
UNCHECKED_HEIGHT = 3
SMALL_SIZE = 12
# A small recursive function is inlined into itself: fewer frames, checks and saved registers.
UNFOLD_LEVELS = 4
UNFOLD_SIZE = 400


def blocks(fn: ir.Fn) -> Iterator[ir.Block]:
    """Every block of a function, outermost first, without recursion in Python."""
    stack = [fn.body]
    while stack:
        block = stack.pop()
        yield block
        for instr in block.instrs:
            if isinstance(instr, ir.Join):
                stack.append(instr.body)
        term = block.term
        if isinstance(term, ir.If):
            stack += (term.then, term.else_)
        elif isinstance(term, ir.Switch):
            stack += [case for _, case in term.cases]
            if term.default is not None:
                stack.append(term.default)


@dataclass(slots=True)
class FnFacts:
    size: int  # instructions and terminators
    callees: set[str]  # direct calls, tail calls included
    refs: set[str]  # functions whose address is taken (closures, thunks)
    loops: bool  # contains a recursive join
    opaque: bool  # calls through a closure
    walks: bool  # hands descriptors to C, which may come back through them
    tail_calls: bool
    self_calls: int = 0  # direct calls of itself, tail calls not counted

    @property
    def unfold(self) -> int:
        """How many levels of its recursion are inlined into one call."""
        if not self.self_calls:
            return 0
        levels, total, width = 0, self.size, 1
        while levels < UNFOLD_LEVELS:
            width *= self.self_calls
            total += width * self.size
            if total > UNFOLD_SIZE:
                break
            levels += 1
        return levels

    def hot(self, name: str) -> bool:
        """Whether speed matters more than size: it repeats something, or is small enough to be inlined into what does."""
        return self.loops or name in self.callees or self.size <= SMALL_SIZE


@dataclass(slots=True)
class Facts:
    fns: dict[str, FnFacts]
    checked: frozenset[str]  # functions that check the stack in their prologue
    captures: dict[str, int]  # closure entry -> number of captures
    big_data: bool  # some data object has more slots than a header holds


def _atoms(instr: ir.Instr | ir.Term) -> tuple[ir.Atom, ...]:
    """Atoms that may name functions: arguments, fields, captures, results."""
    node = instr.op if isinstance(instr, ir.Let) else instr
    out: list[ir.Atom] = []
    for slot in getattr(type(node), "__slots__", ()):
        value = getattr(node, slot)
        if isinstance(value, tuple):
            out += [v for v in value if isinstance(v, (ir.FnRef, ir.FnAddr))]
        elif isinstance(value, (ir.FnRef, ir.FnAddr)):
            out.append(value)
    return tuple(out)


def _fn_facts(fn: ir.Fn, captures: dict[str, int]) -> tuple[FnFacts, bool]:
    facts = FnFacts(0, set(), set(), False, False, False, False)
    big = False
    for block in blocks(fn):
        facts.size += len(block.instrs) + 1
        for instr in block.instrs:
            if isinstance(instr, ir.Join):
                facts.loops |= instr.recursive
            if not isinstance(instr, ir.Let):
                continue
            op = instr.op
            if isinstance(op, ir.Call):
                facts.callees.add(op.fn)
                facts.self_calls += op.fn == fn.name
            elif isinstance(op, ir.CallExtern):
                facts.walks |= any(isinstance(a, ir.DescRef) for a in op.args)
            elif isinstance(op, ir.CallClosure):
                facts.opaque = True
            elif isinstance(op, ir.MakeClosure):
                captures[op.fn] = len(op.captures)
                facts.refs.add(op.fn)
            elif isinstance(op, ir.Con):
                big |= op.layout.ptrs + op.layout.raws > abi.MAX_HEADER_SLOTS
            facts.refs.update(a.fn for a in _atoms(instr))
        term = block.term
        if isinstance(term, ir.TailCall):
            facts.callees.add(term.fn)
            facts.tail_calls = True
        elif isinstance(term, ir.TailCallClosure):
            facts.opaque = facts.tail_calls = True
        facts.refs.update(a.fn for a in _atoms(term))
    return facts, big


def analyse(program: ir.Program) -> Facts:
    """Facts of every function of ``program``; linear in its size."""
    captures: dict[str, int] = {}
    fns: dict[str, FnFacts] = {}
    big = False
    for name, fn in program.fns.items():
        fns[name], fn_big = _fn_facts(fn, captures)
        big |= fn_big
    return Facts(fns, _checked(fns), captures, big)


def _checked(fns: dict[str, FnFacts]) -> frozenset[str]:
    """Functions that need a stack check: those that loop by tail calls, call closures or C that may call them, take part in a
    recursion, or stand higher than UNCHECKED_HEIGHT above the leaves. Heights are found bottom up over the reversed call graph, so
    a function on a cycle never gets one."""
    callers: dict[str, list[str]] = {name: [] for name in fns}
    waiting: dict[str, int] = {}
    height: dict[str, int] = {}
    ready: list[str] = []
    for name, facts in fns.items():
        callees = [c for c in facts.callees if c in fns]
        waiting[name] = len(callees)
        for callee in callees:
            callers[callee].append(name)
        if not callees:
            ready.append(name)
    while ready:
        name = ready.pop()
        facts = fns[name]
        below = [height.get(c, UNCHECKED_HEIGHT) for c in facts.callees if c in fns]
        if facts.opaque or facts.walks or facts.tail_calls:
            level = UNCHECKED_HEIGHT
        else:
            level = max(below, default=-1) + 1
        if level < UNCHECKED_HEIGHT:
            height[name] = level
        else:
            height[name] = 0  # it checks: what calls it starts anew
        for caller in callers[name]:
            waiting[caller] -= 1
            if waiting[caller] == 0:
                ready.append(caller)
        if level >= UNCHECKED_HEIGHT:
            waiting[name] = -1  # marks it checked
    return frozenset(n for n in fns if n not in height or waiting[n] == -1)
