"""Emission of what operators and built-in traits mean at concrete types: comparison, hashing, text, arithmetic.

Scalars and strings are primitives; everything else is a call of a user's method or of a function generated from the
definition of the type (``derive``).
"""

from __future__ import annotations

from collections.abc import Callable

from meshpy.core import ir
from meshpy.core.builder import FALSE, TRUE, Builder, int_const, rep_of
from meshpy.core.context import Context, elem_type
from meshpy.core.ir import Atom, Loc, Rep, Var
from meshpy.core.mono import MonoTypes, Shape, is_con, slot_order
from meshpy.core.runtime import signature
from meshpy.types.ty import TTuple, Type

FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3

_RESULT_REP = {"i": Rep.INT, "f": Rep.FLOAT, "b": Rep.BOOL, "p": Rep.PTR, "v": Rep.INT}
ARITHMETIC = {"+": ("Add", "add"), "-": ("Sub", "sub"), "*": ("Mul", "mul"), "/": ("Div", "div"), "%": ("Mod", "mod")}


class Emitter(Builder):
    """A builder that knows the program's types."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self.ctx = ctx
        self.types: MonoTypes = ctx.types

    # ---- calls

    def rt(self, symbol: str, *args: Atom, rep: Rep | None = None, loc: Loc | None = None, name: str = "r") -> Var:
        """Calls a function of the runtime table. ``rep`` is that of a word result."""
        sig = signature(symbol)
        fixed = sig.args.removesuffix("a")
        owned = [c in "PW" for c in fixed]
        owned += [False] * (len(args) - len(owned))
        slots = tuple(c in "wW" for c in fixed) + (True,) * (len(args) - len(fixed))
        op = ir.CallExtern(symbol, args, tuple(owned), slots, ret_slot=sig.result == "w", ret_void=sig.result == "v",
                           panics=sig.panics, array=len(fixed) if sig.args.endswith("a") else None)
        return self.let(name, rep if sig.result == "w" else _RESULT_REP[sig.result], op, loc)

    def call(self, fn: str, rep: Rep, *args: Atom, loc: Loc | None = None, name: str = "r") -> Var:
        return self.let(name, rep, ir.Call(fn, args), loc)

    # ---- data

    def con(self, shape: Shape, values: list[Atom]) -> Atom:
        """Builds a data object from field values in declaration order."""
        if not values:
            return ir.Nullary(shape.tag)
        return self.let(shape.name.lower() or "t", Rep.PTR, ir.Con(shape.tag, shape.layout, slot_order(shape, values)))

    def field(self, obj: Atom, shape: Shape, index: int, name: str | None = None) -> Var:
        return self.let(name or (shape.names[index] if shape.names[index].isidentifier() else f"x{index}"), shape.reps[index],
                        ir.Field(obj, shape.index[index], shape.layout))

    def tag(self, obj: Atom) -> Var:
        return self.let("tag", Rep.INT, ir.Tag(obj))

    def some(self, option: Type, value: Atom) -> Atom:
        return self.con(self.types.shapes(option)[0], [value])

    # ---- control

    def list_loop(self, items: Atom, elem: Rep, body: Callable[[Var, Var], None]) -> None:
        """Runs ``body(index, element)`` for every element; the body falls through or terminates."""
        length = self.let("n", Rep.INT, ir.ListLen(items))
        i = Var("i", Rep.INT)
        loop = self.join("loop", (i,), recursive=True)
        self.jump(loop, int_const(0))
        self.enter(loop.body)
        more, done = self.branch(self.prim("lt", Rep.BOOL, i, length))
        self.enter(more)
        body(i, self.let("x", elem, ir.ListGet(items, i)))
        if self.reachable:
            self.jump(loop, self.prim("add", Rep.INT, i, int_const(1)))
        self.enter(done)

    def require(self, cond: Atom, otherwise: Atom) -> None:
        """Returns ``otherwise`` unless ``cond``; goes on otherwise."""
        then, else_ = self.branch(cond)
        self.enter(else_)
        self.terminate(ir.Ret(otherwise))
        self.enter(then)

    def select(self, cond: Atom, a: Atom, b: Atom) -> Var:
        result = Var("sel", rep_of(a))
        join = self.join("sel", (result,))
        then, else_ = self.branch(cond)
        self.enter(then)
        self.jump(join, a)
        self.enter(else_)
        self.jump(join, b)
        self.enter(join.body)
        return result

    # ---- Eq, Ord, Hash

    def not_(self, a: Atom) -> Atom:
        return self.prim("not", Rep.BOOL, a)

    def is_text(self, ty: Type) -> bool:
        """Types whose values are string objects (a Json value is its canonical text)."""
        return ty is self.types.string or ty is self.types.atom or ty is self.types.json

    def eq(self, ty: Type, a: Atom, b: Atom, loc: Loc | None = None) -> Atom:
        rep = self.types.rep(ty)
        if ty is self.types.unit:
            return TRUE
        user = self._user("Eq", "eq", ty)
        if user is not None:
            return self.call(user, Rep.BOOL, a, b, loc=loc)
        if rep is not Rep.PTR:
            return self.prim({Rep.INT: "eq", Rep.FLOAT: "feq", Rep.BOOL: "beq"}[rep], Rep.BOOL, a, b)
        if self.is_text(ty):
            return self.rt("mesh_string_equal", a, b)
        return self.call(self.ctx.desc_function(ty, "eq") or "", Rep.BOOL, a, b, loc=loc)

    def lt(self, ty: Type, a: Atom, b: Atom, loc: Loc | None = None) -> Atom:
        user = self._user("Ord", "lt", ty)
        if user is not None:
            return self.call(user, Rep.BOOL, a, b, loc=loc)
        rep = self.types.rep(ty)
        if rep is Rep.INT:
            return self.prim("lt", Rep.BOOL, a, b)
        if rep is Rep.FLOAT:
            return self.prim("flt", Rep.BOOL, a, b)
        return self.prim("lt", Rep.BOOL, self.compare(ty, a, b, loc), int_const(0))

    def compare(self, ty: Type, a: Atom, b: Atom, loc: Loc | None = None) -> Atom:
        """-1, 0 or 1 as an INT: Less if a < b, else Equal if a == b, else Greater (types.md 10.3)."""
        found = self.ctx.find("Ord", "compare", ty)
        if found is not None and found.kind in ("user", "default") and found.fn_id:
            order = self.call(self.ctx.instance(found.fn_id, found.type_args), Rep.PTR, a, b, loc=loc)
            return self.prim("sub", Rep.INT, self.tag(order), int_const(1))
        if self._user("Ord", "lt", ty) is not None:
            return self.three_way(self.lt(ty, a, b, loc), self.eq(ty, a, b, loc))
        rep = self.types.rep(ty)
        if rep is Rep.INT:
            return self.three_way(self.prim("lt", Rep.BOOL, a, b), self.prim("eq", Rep.BOOL, a, b))
        if rep is Rep.FLOAT:
            return self.three_way(self.prim("flt", Rep.BOOL, a, b), self.prim("feq", Rep.BOOL, a, b))
        if rep is Rep.BOOL:
            return self.prim("sub", Rep.INT, self.prim("btoi", Rep.INT, a), self.prim("btoi", Rep.INT, b))
        if self.is_text(ty):
            return self.rt("mesh_string_compare", a, b)
        return self.call(self.ctx.desc_function(ty, "compare") or "", Rep.INT, a, b, loc=loc)

    def three_way(self, less: Atom, equal: Atom) -> Atom:
        """1 - 2 * less - equal."""
        twice = self.prim("shl", Rep.INT, self.prim("btoi", Rep.INT, less), int_const(1))
        rest = self.prim("sub", Rep.INT, int_const(1), twice)
        return self.prim("sub", Rep.INT, rest, self.prim("btoi", Rep.INT, equal))

    def ordering(self, order: Atom) -> Atom:
        """The Ordering value of -1, 0, 1."""
        result = Var("order", Rep.PTR)
        join = self.join("order", (result,))
        blocks = [ir.Block([], ir.Jump(join.label, (ir.Nullary(tag),))) for tag in range(3)]
        self.terminate(ir.Switch(order, ((-1, blocks[0]), (0, blocks[1])), blocks[2]))
        self.enter(join.body)
        return result

    def hash(self, ty: Type, value: Atom, loc: Loc | None = None) -> Atom:
        """FNV-1a as stdlib.md 4.2 says."""
        user = self._user("Hash", "hash", ty)
        if user is not None:
            return self.call(user, Rep.INT, value, loc=loc)
        rep = self.types.rep(ty)
        offset = int_const(FNV_OFFSET)
        if ty is self.types.unit:
            return offset
        if rep is Rep.INT:
            return self.combine(offset, value)
        if rep is Rep.FLOAT:
            # -0.0 hashes as 0.0: x + 0.0 is 0.0 for both zeros and x for everything else.
            positive = self.prim("fadd", Rep.FLOAT, value, ir.Const(Rep.FLOAT, 0.0))
            return self.combine(offset, self.prim("bits_of_float", Rep.INT, positive))
        if rep is Rep.BOOL:
            byte = self.prim("xor", Rep.INT, offset, self.prim("btoi", Rep.INT, value))
            return self.prim("mul", Rep.INT, byte, int_const(FNV_PRIME))
        if self.is_text(ty):
            return self.rt("mesh_hash_string", value)
        return self.call(self.ctx.desc_function(ty, "hash") or "", Rep.INT, value, loc=loc)

    def combine(self, running: Atom, value: Atom) -> Atom:
        """Continues FNV-1a over the 8 little-endian bytes of ``value``."""
        return self.call(self.ctx.once(("combine",), "$hash_combine", self._emit_combine), Rep.INT, running, value)

    def _emit_combine(self, name: str) -> None:
        b = Builder()
        h, v = Var("h", Rep.INT), Var("v", Rep.INT)
        running: Atom = h
        for byte in range(8):
            part: Atom = b.prim("shr", Rep.INT, v, int_const(8 * byte)) if byte else v
            part = b.prim("and", Rep.INT, part, int_const(255))
            running = b.prim("mul", Rep.INT, b.prim("xor", Rep.INT, running, part), int_const(FNV_PRIME))
        b.terminate(ir.Ret(running))
        self.ctx.fns[name] = ir.Fn(name, (h, v), Rep.INT, b.entry, None, "hash")

    def _user(self, trait: str, method: str, ty: Type) -> str | None:
        """The user's implementation of a built-in trait, if there is one."""
        if ty is self.types.int or ty is self.types.string or ty is self.types.float or ty is self.types.bool:
            return None
        found = self.ctx.find(trait, method, ty)
        if found is not None and found.kind in ("user", "default") and found.fn_id:
            return self.ctx.instance(found.fn_id, found.type_args)
        return None

    # ---- text

    def show(self, ty: Type, value: Atom, loc: Loc | None = None) -> Atom:
        """The text of a value by Display, else Debug (types.md 10.4): a String."""
        if self.is_text(ty):
            return value
        if ty is self.types.int:
            return self.rt("mesh_int_to_string", value)
        if ty is self.types.float:
            return self.rt("mesh_float_to_string", value)
        if ty is self.types.bool:
            return self.select(value, ir.StrLit(b"true"), ir.StrLit(b"false"))
        if ty is self.types.unit:
            return ir.StrLit(b"()")
        if is_con(ty, "Pid"):
            return self.rt("mesh_pid_to_string", value)
        user = self._user("Display", "to_string", ty)
        if user is None and not self.ctx.has("Display", ty):
            user = self._user("Debug", "inspect", ty)
        if user is not None:
            return self.call(user, Rep.PTR, value, loc=loc)
        return self.call(self.ctx.desc_function(ty, "show") or "", Rep.PTR, value, loc=loc)

    def inspect(self, ty: Type, value: Atom, loc: Loc | None = None) -> Atom:
        """The text of a value by Debug."""
        user = self._user("Debug", "inspect", ty)
        if user is not None:
            return self.call(user, Rep.PTR, value, loc=loc)
        if ty is self.types.string:
            return self.concat(self.concat(ir.StrLit(b'"'), value), ir.StrLit(b'"'))
        if ty is self.types.atom:
            return self.concat(ir.StrLit(b":"), value)
        if self.types.definition(ty) is not None and not is_wrapper(ty):
            return self.call(self.ctx.desc_function(ty, "inspect") or "", Rep.PTR, value, loc=loc)
        return self.show(ty, value, loc)

    def append_text(self, ty: Type, buffer: Atom, value: Atom, loc: Loc | None = None) -> Atom:
        """``buffer`` (consumed) with the text of a value behind it."""
        if ty is self.types.int:
            return self.rt("mesh_string_append_int", buffer, value, name="buf")
        if ty is self.types.float:
            return self.rt("mesh_string_append_float", buffer, value, name="buf")
        if self.types.rep(ty) is Rep.PTR and self.is_structural_text(ty):
            return self.call(self.ctx.desc_function(ty, "append") or "", Rep.PTR, buffer, value, name="buf")
        return self.concat(buffer, self.show(ty, value, loc))

    def is_structural_text(self, ty: Type) -> bool:
        """Whether the text of ``ty`` is generated from its structure."""
        if self.is_text(ty):
            return False
        if self._user("Display", "to_string", ty) is not None:
            return False
        return self.ctx.has("Display", ty) or self._user("Debug", "inspect", ty) is None

    def concat(self, a: Atom, b: Atom) -> Atom:
        return self.rt("mesh_string_concat", a, b, name="buf")

    # ---- arithmetic

    def arithmetic(self, op: str, ty: Type, a: Atom, b: Atom, loc: Loc | None) -> Atom:
        """``a op b`` at Int or Float."""
        if ty is self.types.float:
            names = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv", "%": "frem"}
            return self.prim(names[op], Rep.FLOAT, a, b)
        if op in "+-*":
            return self.prim({"+": "add", "-": "sub", "*": "mul"}[op], Rep.INT, a, b)
        return self._divide(op, a, b, loc)

    def _divide(self, op: str, a: Atom, b: Atom, loc: Loc | None) -> Atom:
        """Truncating division: a zero divisor panics, and -1 wraps (the machine traps on min / -1)."""
        prim = "div" if op == "/" else "mod"
        if isinstance(b, ir.Const) and b.value not in (0, -1):
            return self.prim(prim, Rep.INT, a, b)
        zero, rest = self.branch(self.prim("eq", Rep.BOOL, b, int_const(0)))
        self.enter(zero)
        self.terminate(ir.Panic(ir.StrLit(b"division by zero" if op == "/" else b"modulo by zero"), loc))
        self.enter(rest)
        result = Var("q", Rep.INT)
        join = self.join("q", (result,))
        minus_one, general = self.branch(self.prim("eq", Rep.BOOL, b, int_const(-1)))
        self.enter(minus_one)
        self.jump(join, self.prim("neg", Rep.INT, a) if op == "/" else int_const(0))
        self.enter(general)
        self.jump(join, self.prim(prim, Rep.INT, a, b))
        self.enter(join.body)
        return result

    # ---- collections

    def empty_list(self, ty: Type) -> Atom:
        return self.let("xs", Rep.PTR, ir.MakeList((), self.types.rep(elem_type(ty)) is Rep.PTR))

    def push(self, ty: Type, items: Atom, value: Atom) -> Atom:
        """``items`` (consumed) with ``value`` (consumed) behind it."""
        return self.rt("mesh_list_push", self.ctx.desc(elem_type(ty), ""), items, value, name="xs")


def is_wrapper(ty: Type) -> bool:
    """Types whose Debug text is their Display text: Option, Result, Ordering, tuples."""
    return isinstance(ty, TTuple) or any(is_con(ty, n) for n in ("Option", "Result", "Ordering"))


__all__ = ["ARITHMETIC", "FALSE", "TRUE", "Emitter"]
