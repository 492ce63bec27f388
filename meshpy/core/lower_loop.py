"""``while`` and ``for``: recursive joins; the list of a collecting ``for`` is a parameter of the loop, pushed in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meshpy.core import ir
from meshpy.core.builder import int_const
from meshpy.core.emit import Emitter
from meshpy.core.ir import Atom, Join, Rep, Var
from meshpy.core.mono import is_con
from meshpy.types import typed as tt
from meshpy.types.ty import TCon, Type, TypeId

if TYPE_CHECKING:
    from meshpy.core.lower_fn import FnLowering

# Elements that the list of a `for` over a range has room for when it begins.
MOST_ROOM = 4096


@dataclass(slots=True)
class Loop:
    """Where ``break`` and ``continue`` go; both pass ``acc``, the list so far, when there is one."""

    exit: Join
    next: Callable[[Atom | None], None]
    acc: Var | None


class LoopLowering(Emitter):
    """Mixin of FnLowering."""

    def while_loop(self: FnLowering, e: tt.TWhile) -> Atom:
        done = self.join("done")
        loop = self.join("while", recursive=True)
        self.jump(loop)
        self.enter(loop.body)
        cond = self.expr(e.cond)
        if self.reachable:
            more, stop = self.branch(cond)
            self.enter(stop)
            self.jump(done)
            self.enter(more)
            self.loops.append(Loop(done, lambda acc: self.jump(loop), None))
            self.discard(e.body)
            self.loops.pop()
            if self.reachable:
                self.jump(loop)
        self.enter(done.body)
        return ir.UNIT

    def break_(self: FnLowering, e: tt.TBreak) -> Atom:
        loop = self.loops[-1]
        self.jump(loop.exit, *([loop.acc] if loop.acc is not None else []))
        return ir.UNIT

    def continue_(self: FnLowering, e: tt.TContinue) -> Atom:
        loop = self.loops[-1]
        loop.next(loop.acc)
        return ir.UNIT

    def for_expr(self: FnLowering, e: tt.TFor) -> Atom:
        return self.for_loop(e, e.collect)

    def for_loop(self: FnLowering, e: tt.TFor, collect: bool) -> Atom:
        """Emits the loop; its value is the list when ``collect``, else unit."""
        iterable = e.iterable
        result_ty = self.mono(e.ty)
        if isinstance(iterable, tt.TBinary) and iterable.op == "..":
            start, stop = self.expr(iterable.lhs), self.expr(iterable.rhs)
            if not self.reachable:
                return ir.UNIT
            acc = self._room(result_ty, self._span(start, stop)) if collect else None
            return self._count(e, start, stop, acc, lambda i: (i, self.types.int))
        value = self.expr(iterable)
        if not self.reachable:
            return ir.UNIT
        return self._iterate(e, value, self.mono(iterable.ty), collect, result_ty)

    def _iterate(self: FnLowering, e: tt.TFor, value: Atom, ty: Type, collect: bool, result_ty: Type) -> Atom:
        if is_con(ty, "Range"):
            shape = self.types.shapes(ty)[0]
            start, stop = self.field(value, shape, 0), self.field(value, shape, 1)
            acc = self._room(result_ty, self._span(start, stop)) if collect else None
            return self._count(e, start, stop, acc, lambda i: (i, self.types.int))
        if is_con(ty, "List"):
            elem = ty.args[0]
            length = self.let("n", Rep.INT, ir.ListLen(value))
            acc = self._list_with_room(result_ty, length) if collect else None
            return self._count(e, int_const(0), length, acc,
                               lambda i: (self.let("x", self.types.rep(elem), ir.ListGet(value, i)), elem))
        acc = self.empty_list(result_ty) if collect else None
        if is_con(ty, "Map") or is_con(ty, "Set"):
            return self._entries(e, value, ty, acc)
        if is_con(ty, "Iter") or self.ctx.has("Iterator", ty):
            return self._pull(e, value, ty, acc)
        iter_ty = self.ctx.program.impls.assoc(TypeId("", "Iterable"), ty, "Iter")
        assert iter_ty is not None, f"{self.types.show(ty)} is not iterable"
        iter_ty = self.types.subst(iter_ty, {})
        if isinstance(iter_ty, TCon) and iter_ty.id.name.endswith("Iterator") and iter_ty.id not in self.types.defs:
            item = self.ctx.program.impls.assoc(TypeId("", "Iterable"), ty, "Item")
            assert item is not None
            iter_ty = self.types.builtin("Iter", self.types.subst(item, {}))
        inner = self.trait_call("Iterable", "iter", ty, (), [value], iter_ty, self.loc(e))
        return self._iterate(e, inner, iter_ty, collect, result_ty)

    def _span(self: FnLowering, start: Atom, stop: Atom) -> Atom:
        return stop if start == int_const(0) else self.prim("sub", Rep.INT, stop, start)

    def _list_with_room(self: FnLowering, ty: Type, n: Atom) -> Atom:
        return self.rt("mesh_list_new", self.ctx.desc(ty.args[0], ""), n, name="xs")

    def _room(self: FnLowering, ty: Type, n: Atom) -> Atom:
        """An empty list with room for what a range of length n gives (n may be negative: an empty range). A long one can
        end early, so that room for all of it is taken only step by step."""
        if isinstance(n, ir.Const):
            return self._list_with_room(ty, int_const(max(0, min(int(n.value), MOST_ROOM))))
        n = self.select(self.prim("gt", Rep.BOOL, n, int_const(0)), n, int_const(0))
        n = self.select(self.prim("lt", Rep.BOOL, n, int_const(MOST_ROOM)), n, int_const(MOST_ROOM))
        return self._list_with_room(ty, n)

    # ---- kinds of iteration

    def _count(self: FnLowering, e: tt.TFor, start: Atom, stop: Atom, acc: Atom | None,
               item: Callable[[Var], tuple[Atom, Type]]) -> Atom:
        i = Var("i", Rep.INT)

        def step(loop: Join, acc: Atom | None) -> None:
            self._again(loop, [self.prim("add", Rep.INT, i, int_const(1))], acc)

        def body(finish: Callable[[], None]) -> tuple[Atom, Type]:
            more, done = self.branch(self.prim("lt", Rep.BOOL, i, stop))
            self.enter(done)
            finish()
            self.enter(more)
            return item(i)

        return self._loop(e, [(i, start)], acc, body, step)

    def _entries(self: FnLowering, e: tt.TFor, value: Atom, ty: TCon, acc: Atom | None) -> Atom:
        """Maps and sets, by position in order of insertion."""
        is_map = ty.id.name == "Map"
        descs = tuple(self.ctx.desc(a, "") for a in ty.args)
        # `for k in m` takes the keys; behind a bound `C: Iterable` the one name stands for the pair.
        pairs = type(e.pattern) is tt.PTuple or (is_map and self.mono(e.pattern.ty) == self.types.tuple(*ty.args))
        pos = Var("pos", Rep.INT)
        at: list[Atom] = []

        def step(loop: Join, acc: Atom | None) -> None:
            self._again(loop, [self.prim("add", Rep.INT, at[0], int_const(1))], acc)

        def body(finish: Callable[[], None]) -> tuple[Atom, Type]:
            at.append(self.rt("mesh_map_next" if is_map else "mesh_set_next", *descs, value, pos, name="at"))
            done, more = self.branch(self.prim("lt", Rep.BOOL, at[0], int_const(0)))
            self.enter(done)
            finish()
            self.enter(more)
            key = self.rt("mesh_map_key_at" if is_map else "mesh_set_at", *descs, value, at[0],
                          rep=self.types.rep(ty.args[0]), name="key")
            if not is_map or not pairs:
                return key, ty.args[0]
            val = self.rt("mesh_map_value_at", *descs, value, at[0], rep=self.types.rep(ty.args[1]), name="value")
            pair = self.types.tuple(*ty.args)
            return self.con(self.types.shapes(pair)[0], [key, val]), pair

        return self._loop(e, [(pos, int_const(0))], acc, body, step)

    def _pull(self: FnLowering, e: tt.TFor, value: Atom, ty: Type, acc: Atom | None) -> Atom:
        """Iterators: ``next`` until None."""
        if is_con(ty, "Iter"):
            item = ty.args[0]
        else:
            assoc = self.ctx.program.impls.assoc(TypeId("", "Iterator"), ty, "Item")
            assert assoc is not None
            item = self.types.subst(assoc, {})
        option = self.types.builtin("Option", item)

        def step(loop: Join, acc: Atom | None) -> None:
            self._again(loop, [], acc)

        def body(finish: Callable[[], None]) -> tuple[Atom, Type]:
            found = self.iter_next(ty, value, option) if is_con(ty, "Iter") else \
                self.trait_call("Iterator", "next", ty, (), [value], option, self.loc(e))
            some = self.types.shapes(option)[0]
            more, done = self.branch(self.prim("eq", Rep.BOOL, self.tag(found), int_const(some.tag)))
            self.enter(done)
            finish()
            self.enter(more)
            return self.field(found, some, 0), item

        return self._loop(e, [], acc, body, step)

    def iter_next(self: FnLowering, ty: Type, value: Atom, option: Type) -> Atom:
        """One step of a library iterator: a struct around its step function."""
        step = self.field(value, self.types.shapes(ty)[0], 0)
        return self.let("next", Rep.PTR, ir.CallClosure(step, ()))

    def iterator_of(self: FnLowering, ty: Type, value: Atom, ret: Type) -> Atom:
        """The built-in ``iter`` of a collection."""
        names = {"List": "from", "Map": "of_map", "Set": "of_set", "Range": "of_range"}
        if not (isinstance(ty, TCon) and ty.id.name in names):
            return value  # an iterator is its own
        fn_id = f"Iter.{names[ty.id.name]}/1"
        self.require_library(fn_id)
        return self.call(self.ctx.instance(fn_id, ty.args), Rep.PTR, value)

    # ---- the loop itself

    def _again(self: FnLowering, loop: Join, values: list[Atom], acc: Atom | None) -> None:
        self.jump(loop, *values, *([acc] if acc is not None else []))

    def _loop(self: FnLowering, e: tt.TFor, start: list[tuple[Var, Atom]], acc0: Atom | None,
              body: Callable[[Callable[[], None]], tuple[Atom, Type]],
              step: Callable[[Join, Atom | None], None]) -> Atom:
        result = Var("result", Rep.PTR) if acc0 is not None else None
        acc = Var("acc", Rep.PTR) if acc0 is not None else None
        done = self.join("done", (result,) if result is not None else ())
        loop = self.join("for", tuple(v for v, _ in start) + ((acc,) if acc is not None else ()), recursive=True)
        self._again(loop, [value for _, value in start], acc0)
        self.enter(loop.body)
        item, ty = body(lambda: self.jump(done, *([acc] if acc is not None else [])))
        self.loops.append(Loop(done, lambda current: step(loop, current), acc))
        self.destructure(e.pattern, item, ty, self.loc(e))
        if e.filter is not None:
            keep, skip = self.branch(self.expr(e.filter))
            self.enter(skip)
            step(loop, acc)
            self.enter(keep)
        if acc is None:
            self.discard(e.body)
            if self.reachable:
                step(loop, None)
        else:
            value = self.expr(e.body)
            if self.reachable:
                step(loop, self.push(self.mono(e.ty), acc, value))
        self.loops.pop()
        self.enter(done.body)
        return result if result is not None else ir.UNIT
