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


class Unreachable(Exception):
    """A place that control cannot reach."""


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
        if o.kind == "string":
            return []
        items = o.data[1] if o.kind == "closure" else o.data
        return [x for x in items if isinstance(x, Obj)]

    # ---- running

    def run(self) -> Machine:
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
                raise Unreachable(self.fn.name)

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
        if op.name in ("frem", "fround", "ffloor"):
            exact = {"frem": math.fmod, "fround": lambda x: math.copysign(math.floor(abs(x) + 0.5), x),
                     "ffloor": lambda x: float(math.floor(x))}
            return exact[op.name](*args)
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

    def mesh_string_continue(self, a: Obj, room: int) -> Obj:
        return self.fresh_string(a.data)

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

    # ---- more of the library

    def mesh_float_to_string(self, x: float) -> Obj:
        return self.fresh_string(repr(x).removesuffix(".0").encode())

    def mesh_string_to_upper(self, s: Obj) -> Obj:
        return self.fresh_string(s.data.upper())

    def mesh_string_length(self, s: Obj) -> int:
        return len(s.data.decode())

    def mesh_string_to_int(self, s: Obj) -> Obj:
        try:
            return self.m.new("data", [int(s.data)], 0)
        except ValueError:
            return Obj("data", (), 1, rc=0)

    def mesh_hash_string(self, s: Obj) -> int:
        h = 0xCBF29CE484222325
        for byte in s.data:
            h = (h ^ byte) * 0x100000001B3 % (1 << 64)
        return h - (1 << 64) if h >> 63 else h

    def mesh_list_last(self, xs: Obj) -> Any:
        return self._given(xs.data[-1])

    def _given(self, x: Any) -> Any:
        return self.m.dup(x) if isinstance(x, Obj) else x

    def mesh_cell_new(self, x: Any) -> Obj:
        return self.m.new("data", [self._given(x)])

    def mesh_cell_get(self, cell: Obj) -> Any:
        return self._given(cell.data[0])

    def mesh_cell_set(self, cell: Obj, x: Any) -> int:
        old, cell.data[0] = cell.data[0], self._given(x)
        if isinstance(old, Obj):
            self.m.drop(old)
        return 0

    # Maps and sets: a list of entries, [key, value] or [member].

    @staticmethod
    def _key(x: Any) -> Any:
        return x.data if isinstance(x, Obj) else x

    def _find(self, m: Obj, key: Any) -> int:
        return next((i for i, e in enumerate(m.data) if self._key(e.data[0]) == self._key(key)), -1)

    def mesh_map_new(self) -> Obj:
        return self.m.new("map", [])

    mesh_set_new = mesh_map_new

    def _put(self, m: Obj, *entry: Any) -> Obj:
        at = self._find(m, entry[0])
        entries = [self.m.dup(e) for e in m.data]
        if at < 0:
            entries.append(self.m.new("data", [self._given(x) for x in entry]))
        elif len(entry) == 2:
            replaced = self.m.new("data", [self._given(entries[at].data[0]), self._given(entry[1])])
            self.m.drop(entries[at])
            entries[at] = replaced
        return self.m.new("map", entries)

    mesh_map_put = _put
    mesh_set_add = _put

    def mesh_map_get(self, m: Obj, key: Any) -> Any:
        return self._given(m.data[self._find(m, key)].data[1])

    mesh_map_take = mesh_map_get

    def mesh_map_size(self, m: Obj) -> int:
        return len(m.data)

    def mesh_map_next(self, m: Obj, pos: int) -> int:
        return pos if pos < len(m.data) else -1

    mesh_set_next = mesh_map_next

    def mesh_map_key_at(self, m: Obj, pos: int) -> Any:
        return self._given(m.data[pos].data[0])

    mesh_set_at = mesh_map_key_at

    def mesh_map_value_at(self, m: Obj, pos: int) -> Any:
        return self._given(m.data[pos].data[1])

    def mesh_set_from_list(self, xs: Obj) -> Obj:
        result = self.mesh_set_new()
        for x in xs.data:
            grown = self._put(result, x)
            self.m.drop(result)
            result = grown
        return result
