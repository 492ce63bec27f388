"""From the typed program to core: a worklist of function instances from the entry on."""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.builder import Builder, int_const, rep_of
from meshpy.core.context import Context
from meshpy.core.derive import desc_function
from meshpy.core.ir import Fn, FnAddr, Program, Rep
from meshpy.core.lower_fn import FnLowering
from meshpy.core.lower_process import terminate_name
from meshpy.core.mono import MonoTypes
from meshpy.core.sharing import is_empty, same_at_every_type
from meshpy.core.walk import poly_uses
from meshpy.types import typed as tt
from meshpy.types.ty import TVar, Type, resolve

ENTRY = "$entry"


def lower_program(program: tt.TypedProgram) -> Program:
    """Core of everything that ``main`` (or the tests) reach, without Dup and Drop."""
    ctx = Context(program, MonoTypes(program))
    ctx.instance = lambda fn_id, args: _instance(ctx, fn_id, args)
    ctx.desc_function = lambda ty, op: desc_function(ctx, ty, op)
    ctx.fresh(ENTRY)
    lets = TopLets(ctx)
    _emit_entry(ctx, lets)
    ctx.run()
    lets.evaluate_unused()
    ctx.run()
    descs = ctx.descs()
    ctx.run()
    lets.finish()
    return Program(ctx.fns, descs, ctx.paths, ENTRY, frozenset(ctx.links), ctx.rodata, ctx.globals)


def _instance(ctx: Context, fn_id: str, args: tuple[Type, ...]) -> str:
    fn = ctx.program.functions[fn_id]
    args = args[: len(fn.type_params)]
    shown = f"<{', '.join(map(ctx.types.show, args))}>" if args else ""
    return ctx.once(("fn", fn_id, args), fn_id + shown, lambda name: _emit_fn(ctx, fn, args, name))


def _emit_fn(ctx: Context, fn: tt.TypedFn, args: tuple[Type, ...], name: str) -> None:
    place = ctx.place(fn.module, fn.path, fn.name)
    subst = dict(zip(fn.type_params, args))
    is_actor = fn.kind == "actor"
    ret = ctx.types.unit if is_actor else ctx.types.subst(fn.ret, subst)

    def define(fn_name: str, body: tt.TExpr) -> None:
        low = FnLowering(ctx, place, subst, ret, name)
        if fn.poly_lets:
            low.poly_params = dict(fn.poly_lets)
            low.poly_uses = poly_uses(body)
        if is_actor:
            low.actor = (name, fn)
        params = tuple(low.bind_param(p) for p in fn.params)
        low.tail(body)
        ctx.fns[fn_name] = Fn(fn_name, params, ctx.types.rep(ret), low.entry, place.loc(fn.start), fn.name,
                              site_from_caller=place.library)

    define(name, fn.body)
    if fn.terminate is not None:
        define(terminate_name(name), fn.terminate)


def _emit_entry(ctx: Context, lets: TopLets) -> None:
    """Evaluates the top-level lets in order, then runs main, or the tests."""
    b = Builder()
    for name in lets.names:
        b.let("r", Rep.INT, ir.Call(name, ()))
    if ctx.program.main is not None:
        _declare_work(ctx, b)
        fn = ctx.program.functions[ctx.program.main]
        rep = ctx.types.rep(ctx.types.subst(fn.ret, {}))
        b.let("r", rep, ir.Call(_instance(ctx, fn.fn_id, ()), ()))
    else:
        _run_tests(ctx, b)
    b.terminate(ir.Ret(ir.UNIT))
    ctx.fns[ENTRY] = Fn(ENTRY, (), Rep.INT, b.entry, None, "main")


def _declare_work(ctx: Context, b: Builder) -> None:
    for work in ctx.program.work:
        args = (ir.StrLit(work.name.encode()), FnAddr(_instance(ctx, work.fn_id, ())), int_const(work.count),
                int_const(work.params))
        b.let("r", Rep.INT, ir.CallExtern("mesh_work_declare", args, (False,) * 4, (False,) * 4, ret_void=True))


def _run_tests(ctx: Context, b: Builder) -> None:
    for test in ctx.program.tests:
        thunk = FnAddr(_instance(ctx, test.fn_id, ()))
        fn = ctx.program.functions[test.fn_id]
        message = resolve(fn.message_ty) if fn.message_ty is not None else None
        known = message is not None and not isinstance(message, TVar)
        desc = ctx.desc(ctx.types.subst(message, {}), "") if known else int_const(0)
        b.let("r", Rep.INT, ir.CallExtern("mesh_test_run", (ir.StrLit(test.label.encode()), thunk, desc), (False,) * 3,
                                          (False,) * 3, ret_void=True))
    b.let("r", Rep.INT, ir.CallExtern("mesh_test_finish", (), (), (), ret_void=True))


class TopLets:
    """The functions that evaluate the top-level lets, ``names`` in order of evaluation. A generalised let whose value is
    not the same object at every type is evaluated for each of its instances, one after the other in its place."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.names: list[str] = []
        self._split: dict[str, tuple[str, tt.TypedTopLet]] = {}  # let id -> its function, and the let
        self._instances: dict[str, dict[tuple[Type, ...], str]] = {}
        ctx.let_instance = self.instance
        for index, let in enumerate(ctx.program.lets):
            name = ctx.fresh(f"{let.module}.let{index}")
            self.names.append(name)
            if let.type_params:
                ctx.lets.update(dict.fromkeys(let.bound.values(), let))
            if _splits(ctx, let):
                let_id = next(iter(let.bound.values()))
                self._split[let_id] = name, let
                self._instances[let_id] = {}
            else:
                self._emit(let, name, (), "")

    def instance(self, let_id: str, args: tuple[Type, ...]) -> str:
        """The global of a let at type arguments."""
        known = self._instances[let_id]
        shown = f"<{', '.join(map(self.ctx.types.show, args))}>"
        if args not in known:
            function, let = self._split[let_id]
            known[args] = self.ctx.fresh(function + shown)
            self._emit(let, known[args], args, shown)
        return let_id + shown

    def evaluate_unused(self) -> None:
        """What nobody uses is evaluated for its effects."""
        for let_id, (_, let) in self._split.items():
            if not self._instances[let_id]:
                self.instance(let_id, tuple(self.ctx.types.unit for _ in let.type_params))

    def finish(self) -> None:
        """The functions that evaluate all instances of a let."""
        for let_id, (name, let) in self._split.items():
            b = Builder()
            for function in self._instances[let_id].values():
                b.let("r", Rep.INT, ir.Call(function, ()))
            b.terminate(ir.Ret(ir.UNIT))
            self.ctx.fns[name] = Fn(name, (), Rep.INT, b.entry, None, f"{let.module} (let)")

    def _emit(self, let: tt.TypedTopLet, name: str, args: tuple[Type, ...], suffix: str) -> None:
        ctx = self.ctx
        subst = dict(zip(let.type_params, args))
        for local, let_id in let.bound.items():
            ctx.globals[let_id + suffix] = ctx.types.rep(ctx.types.subst(local.ty, subst))

        def emit() -> None:
            place = ctx.place(let.module, let.path, f"{let.module} (let)")
            low = FnLowering(ctx, place, subst, ctx.types.unit, name)
            if let.poly_lets:
                low.poly_params = dict(let.poly_lets)
                low.poly_uses = poly_uses(let.value)
            value = low.expr(let.value)
            if low.reachable:
                low.destructure(let.pattern, value, low.mono(let.value.ty), low.loc(let.value))
                for local, let_id in let.bound.items():
                    atom = low.env[local]
                    if rep_of(atom) is Rep.PTR:
                        atom = low.rt("mesh_immortal_copy", atom)
                    low.let("r", Rep.INT, ir.GlobalSet(let_id + suffix, atom))
                low.terminate(ir.Ret(ir.UNIT))
            ctx.fns[name] = Fn(name, (), Rep.INT, low.entry, low.loc(let.value), f"{let.module} (let)")

        ctx.work.append(emit)


def _splits(ctx: Context, let: tt.TypedTopLet) -> bool:
    return bool(let.type_params and let.bound) and not same_at_every_type(ctx.types, let) and not is_empty(let)
