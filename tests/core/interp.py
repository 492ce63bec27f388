"""A small interpreter of core that counts references: what it runs must free every object exactly once.

Objects are Python objects with a count; a use after free, a double free and a leak are errors. Only the runtime functions
that the tests need are here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from meshpy.core import ir
from meshpy.core.fold import fold
from meshpy.core.ir import Block, Const, Program, Rep


class Panic(Exception):
    """A Mesh panic."""


@dataclass(eq=False)
class Obj:
    kind: str  # data, list, string, closure, map
    data: Any
    tag: int = 0
    rc: int = 1  # 0: immortal
    ptrs: int = 0
    dead: bool = False


@dataclass
class Machine:
    program: Program
    live: int = 0
    out: list[str] = field(default_factory=list)
    globals: dict[str, Any] = field(default_factory=dict)
    allocs: int = 0

    # ---- objects

    def new(self, kind: str, data: Any, tag: int = 0, ptrs: int = 0) -> Obj:
        self.live += 1
        self.allocs += 1
        return Obj(kind, data, tag, 1, ptrs)

    def check(self, o: Any) -> Any:
        if isinstance(o, Obj) and o.dead:
            raise AssertionError(f"use after free of {o.kind} {o.data!r}")
        return o

    def dup(self, o: Obj) -> Obj:
        self.check(o)
        if o.rc:
            o.rc += 1
        return o

    def drop(self, o: Obj) -> None:
        stack = [o]
        while stack:
            o = stack.pop()
            self.check(o)
            if o.rc == 0:
                continue
            o.rc -= 1
            if o.rc == 0:
                o.dead = True
                self.live -= 1
                stack.extend(self.children(o))

    @staticmethod
    def children(o: Obj) -> list[Obj]:
        if o.kind == "map":
            return [x for pair in o.data.items() for x in pair if isinstance(x, Obj)]
        if o.kind == "string":
            return []
        items = o.data[1] if o.kind == "closure" else o.data
        return [x for x in items if isinstance(x, Obj)]

    # ---- running

    def run(self) -> "Machine":
        self.call(self.program.entry, [])
        return self

    def call(self, name: str, args: list[Any]) -> Any:
        while True:
            fn = self.program.fns[name]
            result = Frame(self, fn, args).run()
            if isinstance(result, tuple):
                name, args = result
            else:
                return result

    def apply(self, closure: Obj, args: list[Any]) -> Any:
        self.check(closure)
        return self.call(closure.data[0], [closure, *args])


class Frame:
    def __init__(self, machine: Machine, fn: ir.Fn, args: list[Any]) -> None:
        assert len(args) == len(fn.params), fn.name
        self.m = machine
        self.fn = fn
        self.vars: dict[ir.Var, Any] = dict(zip(fn.params, args))
        self.joins: dict[str, ir.Join] = {}

    def run(self) -> Any:
        block: Block = self.fn.body
        while True:
            for i in block.instrs:
                self.instr(i)
            t = block.term
            if isinstance(t, ir.Ret):
                return self.value(t.value)
            if isinstance(t, ir.Jump):
                join = self.joins[t.label]
                values = [self.value(a) for a in t.args]
                self.vars.update(zip(join.params, values))
                block = join.body
            elif isinstance(t, ir.If):
                block = t.then if self.value(t.cond) else t.else_
            elif isinstance(t, ir.Switch):
                found = dict(t.cases).get(self.value(t.value), t.default)
                assert found is not None
                block = found
            elif isinstance(t, ir.TailCall):
                return (t.fn, [self.value(a) for a in t.args])
            elif isinstance(t, ir.TailCallClosure):
                closure = self.value(t.closure)
                return (closure.data[0], [closure, *(self.value(a) for a in t.args)])
            elif isinstance(t, ir.Panic):
                raise Panic(self.value(t.message).data.decode())
            else:
                raise AssertionError(f"{self.fn.name}: unreachable")

    def value(self, a: ir.Atom) -> Any:
        if isinstance(a, ir.Var):
            return self.m.check(self.vars[a])
        if isinstance(a, Const):
            return a.value
        if isinstance(a, ir.StrLit):
            return Obj("string", a.value, rc=0)
        if isinstance(a, ir.Nullary):
            return Obj("data", (), a.tag, rc=0)
        if isinstance(a, ir.FnRef):
            return Obj("closure", (a.fn, ()), rc=0)
        return a

    def instr(self, i: ir.Instr) -> None:
        if isinstance(i, ir.Let):
            self.vars[i.var] = self.op(i.op)
        elif isinstance(i, ir.Dup):
            self.m.dup(self.vars[i.var])
        elif isinstance(i, ir.Drop):
            self.m.drop(self.vars[i.var])
        elif isinstance(i, ir.Join):
            self.joins[i.label] = i
        elif isinstance(i, ir.DropReuse):
            o = self.m.check(self.vars[i.var])
            unique = o.rc == 1
            self.m.drop(o)
            self.vars[i.token] = o if unique else None
        elif isinstance(i, ir.FreeToken):
            pass

    def op(self, op: ir.Op) -> Any:
        m, value = self.m, self.value
        if isinstance(op, ir.Copy):
            return value(op.value)
        if isinstance(op, ir.Prim):
            return self.prim(op)
        if isinstance(op, ir.Call):
            return m.call(op.fn, [value(a) for a in op.args])
        if isinstance(op, ir.CallClosure):
            return m.apply(value(op.closure), [value(a) for a in op.args])
        if isinstance(op, ir.Con):
            if op.reuse is not None and self.vars[op.reuse] is not None:
                m.allocs -= 1
            return m.new("data", [value(a) for a in op.fields], op.tag)
        if isinstance(op, ir.Field):
            return m.check(value(op.obj)).data[op.index]
        if isinstance(op, ir.SetField):
            value(op.obj).data[op.index] = value(op.value)
            return 0
        if isinstance(op, ir.Tag):
            return value(op.obj).tag
        if isinstance(op, ir.MakeClosure):
            return m.new("closure", (op.fn, [value(a) for a in op.captures]))
        if isinstance(op, ir.Capture):
            return value(op.closure).data[1][op.index]
        if isinstance(op, ir.MakeList):
            return m.new("list", [value(a) for a in op.elems])
        if isinstance(op, ir.ListLen):
            return len(value(op.list).data)
        if isinstance(op, ir.ListGet):
            return value(op.list).data[value(op.index)]
        if isinstance(op, ir.StrLen):
            return len(value(op.string).data)
        if isinstance(op, ir.GlobalGet):
            return m.globals[op.name]
        if isinstance(op, ir.GlobalSet):
            m.globals[op.name] = value(op.value)
            return 0
        assert isinstance(op, ir.CallExtern), op
        return self.extern(op)

    def prim(self, op: ir.Prim) -> Any:
        args = [self.value(a) for a in op.args]
        if op.name == "ptr_eq":
            return args[0] is args[1]
        if op.name == "rc_unique":
            return args[0].rc == 1
        if op.name == "fdiv":
            return args[0] / args[1] if args[1] else math.nan if args[0] == 0 else math.inf
        if op.name == "itob":
            return bool(args[0])
        if op.name == "ftoi":
            return int(args[0])
        rep = Rep.FLOAT if op.name[0] == "f" else Rep.BOOL if op.name in ("not", "beq", "band", "bor", "btoi") else Rep.INT
        result = fold(ir.Prim(op.name, tuple(Const(rep, a) for a in args)), lambda v: None)
        assert isinstance(result, Const), op.name
        return result.value

    # ---- the runtime

    def extern(self, op: ir.CallExtern) -> Any:
        m = self.m
        args = [self.value(a) for a in op.args]
        plain = [a for a in args if not isinstance(a, ir.DescRef)]
        result = getattr(self, op.symbol)(*plain)
        for a, owned in zip(args, op.owned):
            if owned and isinstance(a, Obj) and a is not result and not getattr(a, "moved", False):
                m.drop(a)
        return result

    def fresh_string(self, data: bytes) -> Obj:
        return self.m.new("string", data)

    def mesh_println(self, s: Obj) -> int:
        self.m.out.append(s.data.decode())
        return 0

    def mesh_string_reserve(self, n: int) -> Obj:
        return self.fresh_string(b"")

    def mesh_string_concat(self, a: Obj, b: Obj) -> Obj:
        return self.fresh_string(a.data + b.data)

    def mesh_string_append_int(self, a: Obj, n: int) -> Obj:
        return self.fresh_string(a.data + str(n).encode())

    def mesh_string_append_float(self, a: Obj, x: float) -> Obj:
        return self.fresh_string(a.data + repr(x).removesuffix(".0").encode())

    def mesh_int_to_string(self, n: int) -> Obj:
        return self.fresh_string(str(n).encode())

    def mesh_string_equal(self, a: Obj, b: Obj) -> bool:
        return a.data == b.data

    def mesh_string_compare(self, a: Obj, b: Obj) -> int:
        return (a.data > b.data) - (a.data < b.data)

    def mesh_list_new(self, n: int) -> Obj:
        return self.m.new("list", [])

    def mesh_list_push(self, xs: Obj, x: Any) -> Obj:
        for item in [*xs.data, x]:
            if isinstance(item, Obj):
                self.m.dup(item)
        return self.m.new("list", [*xs.data, x])

    def _sublist(self, items: list[Any]) -> Obj:
        for item in items:
            if isinstance(item, Obj):
                self.m.dup(item)
        return self.m.new("list", list(items))

    def mesh_list_tail(self, xs: Obj) -> Obj:
        return self._sublist(xs.data[1:])

    def mesh_list_drop(self, xs: Obj, n: int) -> Obj:
        return self._sublist(xs.data[n:])

    def mesh_list_concat(self, a: Obj, b: Obj) -> Obj:
        return self._sublist(a.data + b.data)

    def mesh_list_get(self, xs: Obj, i: int) -> Any:
        raise Panic(f"mesh_list_get: index {i} out of bounds (len {len(xs.data)})")

    def mesh_immortal_copy(self, o: Obj) -> Obj:
        for child in self.m.children(o):
            self.mesh_immortal_copy(child)
        return Obj(o.kind, o.data, o.tag, rc=0)
