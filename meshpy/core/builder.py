"""Building function bodies: a cursor that appends to the current block, and moves into joins after control flow."""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Atom, Block, Const, Join, Loc, Rep, Var


def rep_of(atom: Atom) -> Rep:
    """The representation of an atom."""
    kind = type(atom)
    if kind is Var or kind is Const:
        return atom.rep
    if kind is ir.StrLit or kind is ir.Nullary or kind is ir.FnRef:
        return Rep.PTR
    return Rep.INT


def int_const(value: int) -> Const:
    return Const(Rep.INT, value)


TRUE = Const(Rep.BOOL, True)
FALSE = Const(Rep.BOOL, False)


class Builder:
    """Emits one function. After a terminator the cursor stands in a detached block, so that code that follows a
    ``return`` is emitted nowhere; ``reachable`` tells."""

    def __init__(self) -> None:
        self.entry = Block([], ir.Unreachable())
        self.block = self.entry
        self.reachable = True
        self._labels = 0

    def label(self, hint: str) -> str:
        self._labels += 1
        return f"{hint}{self._labels}"

    def let(self, name: str, rep: Rep, op: ir.Op, loc: Loc | None = None) -> Var:
        var = Var(name, rep)
        self.block.instrs.append(ir.Let(var, op, loc))
        return var

    def prim(self, name: str, rep: Rep, *args: Atom) -> Var:
        return self.let(name, rep, ir.Prim(name, args))

    def terminate(self, term: ir.Term) -> None:
        self.block.term = term
        self.block = Block([], ir.Unreachable())
        self.reachable = False

    def enter(self, block: Block, reachable: bool = True) -> None:
        self.block = block
        self.reachable = reachable

    def join(self, hint: str, params: tuple[Var, ...] = (), recursive: bool = False) -> Join:
        """Declares a join in the current block; its body is filled by ``enter(join.body)``."""
        join = Join(self.label(hint), params, Block([], ir.Unreachable()), recursive)
        self.block.instrs.append(join)
        return join

    def jump(self, join: Join, *args: Atom) -> None:
        self.terminate(ir.Jump(join.label, args))

    def branch(self, cond: Atom) -> tuple[Block, Block]:
        """Ends the block by an If with two empty blocks (then, else)."""
        then, else_ = Block([], ir.Unreachable()), Block([], ir.Unreachable())
        self.terminate(ir.If(cond, then, else_))
        return then, else_
