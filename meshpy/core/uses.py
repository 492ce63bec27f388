"""How operations and terminators use their operands: the consuming and borrowing uses that ``ir`` lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshpy.core import ir
from meshpy.core.ir import Atom, Block, Fn, Instr, Op, Rep, Term, Var

# Operations whose result is a borrowed reference into their first operand.
PROJECTIONS = (ir.Field, ir.ListGet, ir.Capture)
# Operations without effects, that can go when nobody uses the result. (A Prim ``div`` has its checks outside.)
PURE = (ir.Copy, ir.Prim, ir.Con, ir.Field, ir.Tag, ir.MakeClosure, ir.Capture, ir.MakeList, ir.ListLen, ir.ListGet,
        ir.StrLen, ir.GlobalGet, ir.SelfRef)


def op_uses(op: Op, fns: dict[str, Fn]) -> list[tuple[Atom, bool]]:
    """(operand, whether it is consumed), in order."""
    kind = type(op)
    if kind is ir.Prim:
        return [(a, False) for a in op.args]
    if kind is ir.Call:
        return call_uses(op.fn, op.args, fns)
    if kind is ir.CallExtern:
        return list(zip(op.args, op.owned))
    if kind is ir.CallClosure:
        return [(op.closure, False), *((a, True) for a in op.args)]
    if kind is ir.Con:
        return [(a, True) for a in op.fields]
    if kind is ir.Field or kind is ir.Tag:
        return [(op.obj, False)]
    if kind is ir.SetField:
        return [(op.obj, False), (op.value, True)]
    if kind is ir.MakeClosure:
        return [(a, True) for a in op.captures]
    if kind is ir.Capture:
        return [(op.closure, False)]
    if kind is ir.MakeList:
        return [(a, True) for a in op.elems]
    if kind is ir.ListLen:
        return [(op.list, False)]
    if kind is ir.ListGet:
        return [(op.list, False), (op.index, False)]
    if kind is ir.StrLen:
        return [(op.string, False)]
    if kind is ir.Copy or kind is ir.GlobalSet:
        return [(op.value, True)]
    return []


def call_uses(fn: str, args: tuple[Atom, ...], fns: dict[str, Fn]) -> list[tuple[Atom, bool]]:
    borrowed = fns[fn].borrowed
    return [(a, i not in borrowed) for i, a in enumerate(args)]


def term_uses(term: Term, fns: dict[str, Fn]) -> list[tuple[Atom, bool]]:
    kind = type(term)
    if kind is ir.Ret:
        return [(term.value, True)]
    if kind is ir.Jump:
        return [(a, True) for a in term.args]
    if kind is ir.TailCall:
        return call_uses(term.fn, term.args, fns)
    if kind is ir.TailCallClosure:
        return [(term.closure, False), *((a, True) for a in term.args)]
    if kind is ir.If:
        return [(term.cond, False)]
    if kind is ir.Switch:
        return [(term.value, False)]
    if kind is ir.Panic:
        return [(term.message, False)]
    return []


def successors(term: Term) -> list[Block]:
    """The blocks inside a terminator."""
    kind = type(term)
    if kind is ir.If:
        return [term.then, term.else_]
    if kind is ir.Switch:
        blocks = [b for _, b in term.cases]
        return blocks if term.default is None else [*blocks, term.default]
    return []


def is_counted(atom: Atom) -> bool:
    return type(atom) is Var and atom.rep is Rep.PTR


def blocks(root: Block) -> Iterator[Block]:
    """Every block of a function body, a block before those inside it."""
    stack = [root]
    while stack:
        block = stack.pop()
        yield block
        term = block.term
        if type(term) is ir.If:
            stack += (term.else_, term.then)
        elif type(term) is ir.Switch:
            stack += reversed(successors(term))
        stack += [i.body for i in reversed(block.instrs) if type(i) is ir.Join]


def map_op(op: Op, f: Callable[[Atom], Atom]) -> Op:
    """``op`` with every operand replaced by ``f`` of it (in place of a copy when nothing changes)."""
    kind = type(op)
    if kind is ir.Prim:
        return ir.Prim(op.name, tuple(map(f, op.args)))
    if kind is ir.Call:
        return ir.Call(op.fn, tuple(map(f, op.args)))
    if kind is ir.CallExtern:
        return ir.CallExtern(op.symbol, tuple(map(f, op.args)), op.owned, op.slots, op.ret_slot, op.ret_void, op.panics,
                             op.array, op.out, op.counted)
    if kind is ir.CallClosure:
        return ir.CallClosure(f(op.closure), tuple(map(f, op.args)))
    if kind is ir.Con:
        return ir.Con(op.tag, op.layout, tuple(map(f, op.fields)), op.reuse)
    if kind is ir.Field:
        return ir.Field(f(op.obj), op.index, op.layout)
    if kind is ir.SetField:
        return ir.SetField(f(op.obj), op.index, f(op.value), op.layout)
    if kind is ir.Tag:
        return ir.Tag(f(op.obj))
    if kind is ir.MakeClosure:
        return ir.MakeClosure(op.fn, tuple(map(f, op.captures)), op.ptrs)
    if kind is ir.Capture:
        return ir.Capture(f(op.closure), op.index)
    if kind is ir.MakeList:
        return ir.MakeList(tuple(map(f, op.elems)), op.ptr)
    if kind is ir.ListLen:
        return ir.ListLen(f(op.list))
    if kind is ir.ListGet:
        return ir.ListGet(f(op.list), f(op.index))
    if kind is ir.StrLen:
        return ir.StrLen(f(op.string))
    if kind is ir.Copy:
        return ir.Copy(f(op.value))
    if kind is ir.GlobalSet:
        return ir.GlobalSet(op.name, f(op.value))
    return op


def instr_is_pure(instr: Instr) -> bool:
    return type(instr) is ir.Let and isinstance(instr.op, PURE)
