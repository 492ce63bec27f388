"""Constant folding of primitives."""

from __future__ import annotations

import math
from collections.abc import Callable

from meshpy.core import ir
from meshpy.core.ir import Atom, Const, Rep, Var

_MASK = (1 << 64) - 1


def signed(value: int) -> int:
    """``value`` as a 64-bit two's complement number."""
    value &= _MASK
    return value - (1 << 64) if value >> 63 else value


def _quotient(a: int, b: int) -> int:
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


_INT: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": _quotient,
    "mod": lambda a, b: a - b * _quotient(a, b), "and": lambda a, b: a & b, "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b, "shl": lambda a, b: a << b if 0 <= b < 64 else 0,
    "shr": lambda a, b: (a & _MASK) >> b if 0 <= b < 64 else 0,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
}
_FLOAT: dict[str, Callable[[float, float], float]] = {
    "fadd": lambda a, b: a + b, "fsub": lambda a, b: a - b, "fmul": lambda a, b: a * b,
}
_NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "feq": "fne", "fne": "feq"}


def fold(op: ir.Prim, definition: Callable[[Var], ir.Op | None]) -> ir.Prim | Atom:
    """The value of ``op`` when it is known, or a simpler primitive; ``definition`` gives what a variable is."""
    args = op.args
    name = op.name
    if name == "not":
        return _fold_not(op, definition)
    if all(type(a) is Const for a in args):
        return _fold_constant(op)
    if len(args) != 2:
        return op
    a, b = args
    if type(b) is Const and b.rep is Rep.INT:
        if b.value == 0 and name in ("add", "sub", "or", "xor", "shl", "shr"):
            return a
        if b.value == 1 and name in ("mul", "div"):
            return a
    if type(a) is Const and a.rep is Rep.INT and a.value == 0 and name == "add":
        return b
    if name == "beq" and type(b) is Const:
        return a if b.value else fold(ir.Prim("not", (a,)), definition)
    if name in ("band", "bor"):
        for known, other in ((a, b), (b, a)):
            if type(known) is Const:
                return other if bool(known.value) is (name == "band") else known
    return op


def _fold_not(op: ir.Prim, definition: Callable[[Var], ir.Op | None]) -> ir.Prim | Atom:
    (a,) = op.args
    if type(a) is Const:
        return Const(Rep.BOOL, not a.value)
    inner = definition(a) if type(a) is Var else None
    if type(inner) is ir.Prim:
        if inner.name == "not":
            return inner.args[0]
        if inner.name in _NEGATED:
            return ir.Prim(_NEGATED[inner.name], inner.args)
    return op


def _fold_constant(op: ir.Prim) -> ir.Prim | Atom:
    values = [a.value for a in op.args if type(a) is Const]
    name = op.name
    if name in _INT:
        if name in ("div", "mod") and values[1] == 0:
            return op
        return Const(Rep.INT, signed(_INT[name](*map(signed, values))))
    if name in _COMPARE:
        return Const(Rep.BOOL, _COMPARE[name](*map(signed, values)))
    if name in _FLOAT:
        return Const(Rep.FLOAT, _FLOAT[name](*values))
    if name[0] == "f" and name[1:] in _COMPARE:
        return Const(Rep.BOOL, _COMPARE[name[1:]](*values))
    if name == "neg":
        return Const(Rep.INT, signed(-values[0]))
    if name == "fneg":
        return Const(Rep.FLOAT, -values[0])
    if name == "beq":
        return Const(Rep.BOOL, bool(values[0]) == bool(values[1]))
    if name == "band":
        return Const(Rep.BOOL, bool(values[0] and values[1]))
    if name == "bor":
        return Const(Rep.BOOL, bool(values[0] or values[1]))
    if name == "itof":
        return Const(Rep.FLOAT, float(signed(values[0])))
    if name == "btoi":
        return Const(Rep.INT, int(values[0]))
    if name == "fabs" and math.isfinite(values[0]):
        return Const(Rep.FLOAT, abs(values[0]))
    return op

