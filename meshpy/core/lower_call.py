"""Lowering of calls: what a callee means, direct calls, closures, constructors, trait methods, functions as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshpy.core import ir
from meshpy.core.builder import int_const, rep_of
from meshpy.core.derive_json import JsonLowering
from meshpy.core.ir import Atom, Fn, Loc, Rep, Var
from meshpy.core.mono import Shape, Subst
from meshpy.core.targets import Direct, Indirect, Inline, Target
from meshpy.types import typed as tt
from meshpy.types.ty import TCon, TFun, TTuple, TVar, Type, TypeId, resolve

if TYPE_CHECKING:
    from meshpy.core.lower_fn import FnLowering


class CallLowering(JsonLowering):
    """Mixin of FnLowering."""

    def call_expr(self: FnLowering, e: tt.TCall) -> Atom:
        target = self.target(e.callee, e)
        args = self.exprs(e.args)
        return self.invoke(target, args, self.mono(e.ty), self.loc(e)) if self.reachable else ir.UNIT

    def call_tail(self: FnLowering, e: tt.TCall) -> None:
        target = self.target(e.callee, e)
        args = self.exprs(e.args)
        if not self.reachable:
            return
        self.invoke_tail(target, args, self.mono(e.ty), self.loc(e))

    def invoke(self: FnLowering, target: Target, args: list[Atom], ty: Type, loc: Loc | None) -> Atom:
        rep = self.types.rep(ty)
        if isinstance(target, Direct):
            return self.let("r", rep, ir.Call(target.fn, (*target.extra, *args)), loc)
        if isinstance(target, Indirect):
            return self.let("r", rep, ir.CallClosure(target.closure, tuple(args)), loc)
        return target.emit(args)

    def invoke_tail(self: FnLowering, target: Target, args: list[Atom], ty: Type, loc: Loc | None) -> None:
        same = self.types.rep(ty) is self.types.rep(self.ret) and ty is not self.types.never
        if isinstance(target, Direct) and same:
            self.terminate(ir.TailCall(target.fn, (*target.extra, *args), loc))
            return
        value = self.invoke(target, args, ty, loc)
        if not self.reachable:
            return
        if ty is self.types.never:
            self.terminate(ir.Unreachable())
        else:
            self.return_value(value)

    # ---- callees

    def target(self: FnLowering, callee: tt.TExpr, call: tt.TExpr) -> Target:
        """What ``callee`` is; an expression is evaluated here, before the arguments."""
        if isinstance(callee, tt.TGlobal):
            return self.global_target(callee.fn_id, tuple(map(self.mono, callee.type_args)), self.loc(call),
                                      self.mono(callee.ty))
        if isinstance(callee, tt.TCtor):
            fun = self.mono(callee.ty)
            shape = self.types.shapes(fun.ret if isinstance(fun, TFun) else fun)[callee.tag]
            return Inline(lambda args: self.con(shape, args))
        if isinstance(callee, tt.TTraitMethod):
            fun = self.mono(callee.ty)
            return self.trait_target(callee.trait, callee.method, self.mono(callee.self_ty),
                                     tuple(map(self.mono, callee.trait_args)), fun.ret, self.loc(call))
        if isinstance(callee, tt.TDerived):
            return self.derived_target(callee.name, self.mono(callee.type_arg), self.loc(call))
        if isinstance(callee, tt.TLocalFn):
            return Direct(*self.local_fn(callee))
        return Indirect(self.expr(callee))

    def global_target(self: FnLowering, fn_id: str, args: tuple[Type, ...], loc: Loc | None, fun: Type) -> Target:
        extern = self.ctx.program.externs.get(fn_id)
        if extern is not None:
            return self.extern_target(extern, args, loc, fun)
        if fn_id in self.ctx.program.supervisors or self.ctx.program.functions[fn_id].kind == "actor":
            return Inline(lambda values: self.spawn_named(fn_id, args, values))
        return Direct(self.ctx.instance(fn_id, args), [])

    # ---- C functions

    def extern_target(self: FnLowering, extern: tt.TypedExtern, args: tuple[Type, ...], loc: Loc | None,
                      fun: Type) -> Target:
        special = _EXPANDED.get(extern.symbol) or _SPECIAL.get(extern.name if not extern.symbol else "")
        if special is not None:
            return Inline(lambda values: special(self, args, values, loc, fun))
        return Inline(lambda values: self.call_extern(extern, args, values, loc))

    def call_extern(self: FnLowering, extern: tt.TypedExtern, args: tuple[Type, ...], values: list[Atom],
                    loc: Loc | None) -> Atom:
        params = extern.type_params
        descs = [self.ctx.desc(arg, _demanded(extern, p)) for p, arg in zip(params, args)]
        n = len(descs)
        slots = [False] * n + [_is_var(p.ty, params) for p in extern.params]
        owned = [False] * n + [p.name in extern.owns for p in extern.params]
        ret = resolve(extern.ret)
        ret_ty = self.types.subst(ret, dict(zip(params, args)))
        void = isinstance(ret, TTuple) and not ret.elems or ret_ty is self.types.never
        op = ir.CallExtern(extern.symbol, (*descs, *values), tuple(owned), tuple(slots),
                           ret_slot=_is_var(ret, params), ret_void=void, panics=extern.panics)
        if self.place.library:
            loc = None
        self.ctx.links.add(extern.module)
        return self.let(extern.name, self.types.rep(ret_ty), op, loc)

    # ---- traits

    def trait_call(self: FnLowering, trait: str, method: str, self_ty: Type, trait_args: tuple[Type, ...],
                   values: list[Atom], ret: Type, loc: Loc | None) -> Atom:
        target = self.trait_target(TypeId("", trait), method, self_ty, trait_args, ret, loc)
        return self.invoke(target, values, ret, loc)

    def trait_target(self: FnLowering, trait: TypeId, method: str, self_ty: Type, trait_args: tuple[Type, ...],
                     ret: Type, loc: Loc | None) -> Target:
        found = self.ctx.program.impls.find(trait, method, self_ty, trait_args)
        if found is not None and found.kind in ("user", "default") and found.fn_id:
            return self.global_target(found.fn_id, tuple(self.types.subst(a, {}) for a in found.type_args), loc, ret)
        return Inline(lambda values: self.builtin_method(method, self_ty, values, ret, loc))

    def builtin_method(self: FnLowering, method: str, ty: Type, values: list[Atom], ret: Type,
                       loc: Loc | None) -> Atom:
        """The primitive or generated code behind a built-in or derived instance."""
        if method in ("add", "sub", "mul", "div", "mod"):
            op = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}[method]
            return self.arithmetic(op, ty, values[0], values[1], loc)
        if method == "neg":
            return self.prim("neg" if ty is self.types.int else "fneg", self.types.rep(ty), values[0])
        if method == "not":
            return self.not_(values[0])
        if method == "eq":
            return self.eq(ty, *values, loc)
        if method == "lt":
            return self.lt(ty, *values, loc)
        if method == "compare":
            return self.ordering(self.compare(ty, *values, loc))
        if method == "hash":
            return self.hash(ty, *values, loc)
        if method == "to_string":
            return self.show(ty, *values, loc)
        if method == "inspect":
            return self.inspect(ty, *values, loc)
        if method == "to_json":
            return self.to_json(ty, *values)
        if method == "default":
            return self.default_value(ty)
        if method == "from":
            return self.convert_from(ret, values[0], loc)
        if method in ("into", "try_into"):
            return self.convert(ty, ret, values[0], loc, method.removesuffix("into") + "from")
        if method == "iter":
            return self.iterator_of(ty, values[0], ret)
        if method == "next":
            return self.iter_next(ty, values[0], ret)
        raise AssertionError(f"no built-in method {method} of {self.types.show(ty)}")

    def default_value(self: FnLowering, ty: Type) -> Atom:
        rep = self.types.rep(ty)
        if rep is Rep.PTR:
            return ir.StrLit(b"")
        return ir.Const(rep, {Rep.INT: 0, Rep.FLOAT: 0.0, Rep.BOOL: False}[rep])

    def convert(self: FnLowering, source: Type, target: Type, value: Atom, loc: Loc | None,
                method: str = "from") -> Atom:
        """``From<source> for target`` (or TryFrom: then ``target`` is its Result)."""
        if source is target and method == "from":
            return value
        trait, self_ty = (("From", target) if method == "from" else ("TryFrom", target.args[0]))
        found = self.ctx.program.impls.find(TypeId("", trait), method, self_ty, (source,))
        if found is not None and found.kind in ("user", "default") and found.fn_id:
            name = self.ctx.instance(found.fn_id, tuple(self.types.subst(a, {}) for a in found.type_args))
            return self.call(name, self.types.rep(target), value, loc=loc)
        if target is self.types.float:
            return self.prim("itof", Rep.FLOAT, value)
        return self.show(source, value, loc)

    def convert_from(self: FnLowering, ret: Type, value: Atom, loc: Loc | None) -> Atom:
        """A built-in ``From``: Int to Float, or a scalar to String."""
        if ret is self.types.float:
            return self.prim("itof", Rep.FLOAT, value)
        source = {Rep.INT: self.types.int, Rep.FLOAT: self.types.float, Rep.BOOL: self.types.bool,
                  Rep.PTR: self.types.string}[rep_of(value)]
        return self.show(source, value, loc)

    def method_call(self: FnLowering, e: tt.TMethodCall) -> Atom:
        """``base.name(args)`` whose receiver type was only known after substitution (types.md 9.4)."""
        ty = self.mono(e.base.ty)
        found = self.ctx.program.impls.resolve_method(ty, e.name)
        assert found is not None, f"no method {e.name} on {self.types.show(ty)}"
        kind, what = found
        ret = self.mono(e.ty)
        loc = self.loc(e)
        base = self.expr(e.base)
        if kind == "field":
            shape = self.types.shapes(ty)[0]
            closure = self.field(base, shape, shape.names.index(e.name))
            return self.invoke(Indirect(closure), self.exprs(e.args), ret, loc)
        values = [base, *self.exprs(e.args)]
        if not self.reachable:
            return ir.UNIT
        if kind == "trait":
            return self.invoke(self.trait_target(what, e.name, ty, (), ret, loc), values, ret, loc)
        fn_id = what[len(values)]
        self.require_library(fn_id)
        fn = self.ctx.program.functions.get(fn_id) or self.ctx.program.externs[fn_id]
        known: dict[TVar, Type] = {}
        for param, given in zip((*fn.params, fn), (ty, *(self.mono(a.ty) for a in e.args), ret)):
            infer_arguments(param.ret if param is fn else param.ty, given, known)
        args = tuple(known.get(p, self.types.unit) for p in fn.type_params)
        return self.invoke(self.global_target(fn_id, args, loc, ret), values, ret, loc)

    def require_library(self: FnLowering, fn_id: str) -> None:
        """Has a library function checked that no source text names."""
        program = self.ctx.program
        if fn_id not in program.functions and fn_id not in program.externs and program.library is not None:
            program.library(fn_id)

    # ---- functions as values

    def function_value(self: FnLowering, e: tt.TExpr) -> Atom:
        """A named function as a closure without captures."""
        ty = self.mono(e.ty)
        if not isinstance(ty, TFun):
            return self.expr(tt.TCall(e.start, e.end, e.ty, e, ()))
        key = self._value_key(e)
        subst = self.subst  # of now: the entry is emitted later
        return ir.FnRef(self.ctx.once(("closure", key, ty), f"{key[-1]}.value", lambda name: self._eta(name, e, ty, subst)))

    def _value_key(self: FnLowering, e: tt.TExpr) -> tuple:
        if isinstance(e, tt.TGlobal):
            return (tuple(map(self.mono, e.type_args)), e.fn_id)
        if isinstance(e, tt.TTraitMethod):
            return (e.trait, self.mono(e.self_ty), tuple(map(self.mono, e.trait_args)), e.method)
        if isinstance(e, tt.TCtor):
            return (e.type_id, str(e.tag))
        assert isinstance(e, tt.TDerived)
        return (self.mono(e.type_arg), e.name)

    def _eta(self: FnLowering, name: str, e: tt.TExpr, ty: TFun, subst: Subst) -> None:
        """A closure entry around a callee."""
        child = type(self)(self.ctx, self.place, subst, ty.ret, name)
        params = tuple(Var(f"a{i}", self.types.rep(p)) for i, p in enumerate(ty.params))
        child.invoke_tail(child.target(e, e), list(params), ty.ret, self.loc(e))
        self.ctx.fns[name] = Fn(name, (Var("closure", Rep.PTR), *params), self.types.rep(ty.ret), child.entry,
                                None, name, closure=True, site_from_caller=True)

    def constructor_value(self: FnLowering, e: tt.TCtor) -> Atom:
        ty = self.mono(e.ty)
        return self.function_value(e) if isinstance(ty, TFun) else ir.Nullary(e.tag)

    def local_fn_value(self: FnLowering, e: tt.TLocalFn) -> Atom:
        fn, extra = self.local_fn(e)
        ty = self.mono(e.ty)
        assert isinstance(ty, TFun)
        order = sorted(range(len(extra)), key=lambda i: rep_of(extra[i]) is not Rep.PTR)
        key = ("local closure", fn)
        name = self.ctx.once(key, f"{fn}.value", lambda n: self._emit_local_value(n, fn, extra, order, ty))
        return self.make_closure(name, [extra[i] for i in order])

    def _emit_local_value(self: FnLowering, name: str, fn: str, extra: list[Atom], order: list[int],
                          ty: TFun) -> None:
        child = type(self)(self.ctx, self.place, {}, ty.ret, name)
        closure = Var("closure", Rep.PTR)
        values: list[Atom] = [ir.UNIT] * len(extra)
        for slot, i in enumerate(order):
            values[i] = child.let("c", rep_of(extra[i]), ir.Capture(closure, slot))
        params = tuple(Var(f"a{i}", self.types.rep(p)) for i, p in enumerate(ty.params))
        child.terminate(ir.TailCall(fn, (*values, *params)))
        self.ctx.fns[name] = Fn(name, (closure, *params), self.types.rep(ty.ret), child.entry, None, name, closure=True,
                                site_from_caller=self.place.library)


def _is_var(ty: Type, params: tuple[TVar, ...]) -> bool:
    ty = resolve(ty)
    return type(ty) is TVar and any(ty is p for p in params)


def _demanded(extern: tt.TypedExtern, param: TVar) -> str:
    """Which operations C needs of a type parameter: those of map keys and set elements, and what the name says."""
    if extern.symbol == "mesh_json_encode":
        return "to_json"

    def keyed(ty: Type) -> bool:
        ty = resolve(ty)
        if type(ty) is TCon:
            if ty.id.name in ("Map", "Set") and ty.args and resolve(ty.args[0]) is param:
                return True
            return any(map(keyed, ty.args))
        return False

    return "eq hash" if any(keyed(p.ty) for p in extern.params) or keyed(extern.ret) else ""


def infer_arguments(declared: Type, given: Type, known: dict[TVar, Type]) -> None:
    """Which type arguments make ``declared`` the concrete type ``given``."""
    declared = resolve(declared)
    if type(declared) is TVar:
        known.setdefault(declared, given)
    elif type(declared) is TCon and type(given) is TCon:
        for a, b in zip(declared.args, given.args):
            infer_arguments(a, b, known)
    elif type(declared) is TTuple and type(given) is TTuple:
        for a, b in zip(declared.elems, given.elems):
            infer_arguments(a, b, known)
    elif type(declared) is TFun and type(given) is TFun:
        for a, b in zip((*declared.params, declared.ret), (*given.params, given.ret)):
            infer_arguments(a, b, known)


# ---------------------------------------------------------------- library functions expanded in place

Expansion = Callable[["FnLowering", tuple[Type, ...], list[Atom], "Loc | None", Type], Atom]


def _prim(name: str, rep: Rep) -> Expansion:
    return lambda low, args, values, loc, fun: low.prim(name, rep, *values)


def _list_length(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    return low.let("n", Rep.INT, ir.ListLen(values[0]))


def _list_at(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    return low.let("x", low.types.rep(args[0]), ir.ListGet(values[0], values[1]))


def _list_get(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    """The bounds check in place; the C function only to panic."""
    items, index = values
    rep = low.types.rep(args[0])
    result = Var("x", rep)
    join = low.join("get", (result,))
    n = low.let("n", Rep.INT, ir.ListLen(items))
    in_range = low.prim("band", Rep.BOOL, low.prim("ge", Rep.BOOL, index, int_const(0)),
                        low.prim("lt", Rep.BOOL, index, n))
    inside, outside = low.branch(in_range)
    low.enter(outside)
    low.rt("mesh_list_get", low.ctx.desc(args[0], ""), items, index, rep=rep, loc=None if low.place.library else loc)
    low.terminate(ir.Unreachable())
    low.enter(inside)
    low.jump(join, low.let("x", rep, ir.ListGet(items, index)))
    low.enter(join.body)
    return result


def _abs(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    x = values[0]
    if args[0] is low.types.float:
        return low.prim("fabs", Rep.FLOAT, x)
    return low.select(low.prim("lt", Rep.BOOL, x, int_const(0)), low.prim("neg", Rep.INT, x), x)


def _extreme(less: bool) -> Expansion:
    """Math.min and Math.max; with one NaN the other operand."""

    def emit(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
        a, b = values
        if args[0] is low.types.float:
            first = low.prim("flt" if less else "fgt", Rep.BOOL, a, b)
            b_is_nan = low.prim("fne", Rep.BOOL, b, b)
            return low.select(low.prim("bor", Rep.BOOL, first, b_is_nan), a, b)
        return low.select(low.prim("lt" if less else "gt", Rep.BOOL, a, b), a, b)

    return emit


def _default(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    return low.trait_call("Default", "default", args[0], (), [], args[0], loc)


def _compare(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    return low.ordering(low.compare(args[0], values[0], values[1], loc))


def _string_from(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    return low.convert(args[0], low.types.string, values[0], loc)


def _tuple_part(fixed: int | None) -> Expansion:
    """A component by index; a computed index (all components are of one type) becomes a switch."""

    def emit(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
        shape: Shape = low.types.shapes(args[0])[0] if low.types.shapes(args[0]) else low.types.shape(0, "", (), ())
        count = len(shape.types)
        index: Atom = int_const(fixed) if fixed is not None else values[1]
        if isinstance(index, ir.Const) and 0 <= index.value < count:
            return low.field(values[0], shape, int(index.value))
        rep = low.types.rep(args[1])
        result = Var("part", rep)
        join = low.join("part", (result,))
        blocks = [ir.Block([], ir.Unreachable()) for _ in range(count)]
        outside = ir.Block([], ir.Unreachable())
        low.terminate(ir.Switch(index, tuple(enumerate(blocks)), outside))
        for i, block in enumerate(blocks):
            low.enter(block)
            value = low.field(values[0], shape, i)
            if value.rep is rep:
                low.jump(join, value)
            else:
                low.terminate(ir.Unreachable())
        low.enter(outside)
        text = low.concat(ir.StrLit(b"mesh_tuple_nth: index "), low.show(low.types.int, index))
        text = low.concat(text, ir.StrLit(f" out of bounds (len {count})".encode()))
        low.terminate(ir.Panic(text, loc))
        low.enter(join.body)
        return result

    return emit


def _tuple_size(low: FnLowering, args: tuple[Type, ...], values: list[Atom], loc: Loc | None, fun: Type) -> Atom:
    ty = args[0]
    if isinstance(ty, TTuple):
        return int_const(len(ty.elems))
    call = ir.CallExtern("mesh_tuple_size", (low.ctx.desc(ty, ""), values[0]), (False,) * 2, (False, True))
    return low.let("n", Rep.INT, call)  # the type `Tuple`: the object knows


_EXPANDED: dict[str, Expansion] = {
    "mesh_list_length": _list_length, "mesh_list_at": _list_at, "mesh_list_get": _list_get,
    "mesh_string_byte_length": lambda low, args, values, loc, fun: low.let("n", Rep.INT, ir.StrLen(values[0])),
    "mesh_int_to_float": _prim("itof", Rep.FLOAT), "mesh_float_to_int": _prim("ftoi", Rep.INT),
    "mesh_math_sqrt": _prim("fsqrt", Rep.FLOAT), "mesh_math_abs": _abs, "mesh_math_min": _extreme(True),
    "mesh_math_max": _extreme(False), "mesh_tuple_first": _tuple_part(0), "mesh_tuple_second": _tuple_part(1),
    "mesh_tuple_nth": _tuple_part(None), "mesh_tuple_size": _tuple_size,
    "mesh_math_floor": lambda low, args, values, loc, fun: low.prim("ftoi", Rep.INT, low.prim("ffloor", Rep.FLOAT, *values)),
    "mesh_math_ceil": lambda low, args, values, loc, fun: low.prim("ftoi", Rep.INT, low.prim("fceil", Rep.FLOAT, *values)),
    "mesh_math_round": lambda low, args, values, loc, fun: low.prim("ftoi", Rep.INT, low.prim("fround", Rep.FLOAT, *values)),
    "mesh_datetime_to_unix_ms": lambda low, args, values, loc, fun: values[0],
}
_SPECIAL: dict[str, Expansion] = {"default": _default, "compare": _compare, "from": _string_from}
