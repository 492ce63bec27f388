"""Library functions with a typing rule of their own (types reference 3.3 and 18.4, stdlib interface ``#@ special``)."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.calls import SPECIAL, argument_origin
from meshpy.types.constraints import Pending
from meshpy.types.entities import FnEntity, Overloads
from meshpy.types.infer import blame
from meshpy.types.processes import BARE_PID, ProcessRules
from meshpy.types.report import Span
from meshpy.types.ty import INT, STRING, UNIT, TCon, TFun, TTuple, TVar, Type, builtin, resolve
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR, PID

HANDLER = TFun((builtin("Request"),), builtin("Response"))
_ROUTES = {"HTTP.route/3", "HTTP.on_get/3", "HTTP.on_post/3", "HTTP.on_put/3", "HTTP.on_delete/3"}


def _default(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    return self.call_default(fn, callee, args, node)


def _compare(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    return self.call_compare(fn, callee, args, node)


def _string_from(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    """``String.from(x)`` needs ``From<T> for String``."""
    if len(args) != 1:
        return self.apply(self.use_fn(fn, callee), args, node, 0)
    trait = self.world.trait("From")
    value = self.infer(args[0])
    return self.trait_call(trait, (value.ty,), "from", STRING, None, [value], callee, node)


def _tuple_function(index: int | None) -> Any:
    """``Tuple.first``, ``second`` and ``nth``: the type of the component that is asked for."""

    def rule(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        call = self.apply(self.use_fn(fn, callee), args, node, 0)
        if type(call) is not T.TCall:
            return call
        value = call.args[0]
        position = index
        if index is None:
            literal = call.args[1]
            position = literal.value if type(literal) is T.TLit and type(literal.value) is int else None

        def run(ctx: Any) -> None:
            t = resolve(value.ty)
            if t is ERROR:
                ctx.agree(node, call.ty, ERROR)
                return
            if type(t) is not TTuple:
                if type(t) is TCon and t.id.name == "Tuple":
                    return
                ctx.reporter.type_mismatch(blame(value), builtin("Tuple"), t, argument_origin(1))
                ctx.agree(node, call.ty, ERROR)
                return
            if position is None:
                for e in t.elems:
                    ctx.agree(node, call.ty, e)
            elif 0 <= position < len(t.elems):
                ctx.agree(node, call.ty, t.elems[position])
            # An index out of range panics at run time.

        def last(ctx: Any) -> bool:
            return False

        self.require(Pending(self, node, value.ty, run, last, others=(call.ty,)))
        return call

    return rule


def _tuple_size(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    call = self.apply(self.use_fn(fn, callee), args, node, 0)
    if type(call) is T.TCall:
        t = resolve(call.args[0].ty)
        if type(t) is not TTuple and t is not ERROR and type(t) is not TVar and not (
                type(t) is TCon and t.id.name == "Tuple"):
            self.reporter.type_mismatch(blame(call.args[0]), builtin("Tuple"), t, argument_origin(1))
    return call


def _ws_serve(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    """Callbacks of ``Ws.serve`` may take fewer parameters and give any result (io reference 3.2 rule 2)."""
    target = self.use_fn(fn, callee)
    params = target.ty.params
    if len(args) != len(params):
        return self.apply(target, args, node, 0)
    typed: list[T.TExpr] = []
    for index, (a, param) in enumerate(zip(args, params)):
        if index > 2:
            typed.append(self.check(a, param, argument_origin(index + 1)))
            continue
        typed.append(_callback(self, self.infer(a, param if _full(a, param) else None), param, index))
    return T.TCall(node.start, node.end, UNIT, target, tuple(typed))


def _full(a: Any, param: Type) -> bool:
    return type(a) is ast.Closure and len(a.clauses[0].params) == len(param.params)  # type: ignore[attr-defined]


def _callback(self: ProcessRules, value: T.TExpr, param: TFun, index: int) -> T.TExpr:
    """``value`` as a callback of the full form: adapted by a closure where it is shorter or gives something else."""
    t = resolve(value.ty)
    span = blame(value)
    if type(t) is not TFun:
        return self.fit(value, param, argument_origin(index + 1))
    allowed = (1, 2, 3) if index != 1 else (2,)
    count = len(t.params)
    if count not in allowed:
        self.reporter.arity(span, len(param.params), count)
        return value
    for declared, found in zip(param.params, t.params):
        self.agree(span, declared, found, argument_origin(index + 1))
    if count == len(param.params):
        ret = resolve(t.ret)
        wanted = resolve(param.ret)
        if type(ret) is TVar:
            self.agree(span, wanted, ret)
            return value
        if type(ret) is type(wanted) and (type(ret) is not TCon or ret.id == wanted.id) and (
                type(ret) is not TTuple or not ret.elems):
            return value
    start, end = value.start, value.end
    shared = Local("callback", value.ty)
    params = tuple([Local(f"x{i + 1}", p) for i, p in enumerate(param.params)])
    passed = tuple([T.TLocal(start, end, p.ty, p) for p in params[:count]])
    call = T.TCall(start, end, t.ret, T.TLocal(start, end, value.ty, shared), passed)
    body: T.TExpr = call
    if index == 0:
        if not (type(resolve(t.ret)) is TCon and resolve(t.ret).id == INT.id):
            # Any other result accepts the connection.
            body = T.TBlock(start, end, INT, (call,), T.TLocal(start, end, INT, params[0]))
    else:
        body = T.TBlock(start, end, UNIT, (call,), T.TLit(start, end, UNIT, None))
    closure = T.TClosure(start, end, param, params, body)
    let = T.TLet(start, end, T.PBind(start, end, value.ty, shared), value)
    return T.TBlock(start, end, param, (let,), closure)


def _route(self: ProcessRules, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    """A route whose handler may be wrapped in ``HTTP.clustered(...)``."""
    if len(args) == 3 and _is_clustered(self, args[2]):
        args = [args[0], args[1], _clustered(self, args[2])]
    return self.apply(self.use_fn(fn, callee), args, node, 0)


def _is_clustered(self: ProcessRules, e: Any) -> bool:
    return type(e) is ast.Call and type(e.callee) is ast.Member and type(e.callee.base) is ast.Name \
        and e.callee.base.text == "HTTP" and e.callee.name.name == "clustered" and "HTTP" not in self.locals \
        and "HTTP" not in self.scope.namespaces


def _clustered(self: ProcessRules, e: ast.Call) -> T.TExpr:
    """``HTTP.clustered(h)`` and ``HTTP.clustered(n, h)`` in handler position: typed, and treated as ``h``."""
    report = self.reporter
    args = e.args
    if len(args) not in (1, 2):
        report.clustered_usage(e, f"expected 1 or 2 arguments, found {len(args)}")
        return self.bad(e)
    handler = args[-1]
    count = 2
    if len(args) == 2:
        if type(args[0]) is not ast.IntLit or args[0].value <= 0:
            report.clustered_usage(args[0], "the replication count must be a positive integer literal")
            return self.bad(e)
        count = args[0].value
    entity: Any = None
    if type(handler) is ast.Name and handler.text not in self.locals:
        entity = self.world.lookup_value(self.scope, handler.text)
    elif type(handler) is ast.Member and type(handler.base) is ast.Name:
        entity = self.member(handler)
    if type(entity) is not Overloads:
        if type(handler) is ast.Name and entity is None and handler.text not in self.locals:
            return self.infer(handler)
        report.clustered_usage(handler, "the handler must be a reference to a public top-level function")
        return self.bad(e)
    fn = entity.by_arity.get(1)
    if fn is None:
        report.clustered_usage(handler, "the handler must be a function of type (Request) -> Response")
        return self.bad(e)
    if not fn.pub:
        report.clustered_private(handler, fn.name)
        return self.bad(e)
    first = self.driver.clustered.setdefault(fn.fn_id, (count, handler, self.scope.path))
    if first[0] != count:
        report.clustered_conflict(handler, fn.name, f"{fn.scope.name}.{fn.name}", first[0], count, first[1], first[2])
    return self.fit(self.use_fn(fn, handler), HANDLER, argument_origin(3))


def _clustered_elsewhere(self: ProcessRules, fn: FnEntity | None, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    self.reporter.clustered_position(node)
    self.spoil(args)
    return self.bad(node)


def _promote(self: ProcessRules, fn: FnEntity | None, callee: Span, args: list[Any], node: Span) -> T.TExpr:
    self.reporter.promote_disabled(node)
    return self.call_bad(args, node)


def _remote_spawn(link: bool) -> Any:
    def rule(self: ProcessRules, fn: FnEntity | None, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        return remote_spawn(self, args, node, link)

    return rule


def remote_spawn(self: ProcessRules, args: list[Any], node: Span, link: bool) -> T.TExpr:
    """``Node.spawn(node, f, args...)``: the arguments fit ``f``; the result is its pid, or an untyped one."""
    if len(args) < 2:
        self.spoil(args)
        self.reporter.arity(node, 2, len(args))
        return self.bad(node)
    target = self.check(args[0], STRING, argument_origin(1))
    function = self.infer(args[1])
    call = self.call_value(function, args[2:], node) if type(resolve(function.ty)) is TFun else None
    if call is None:
        self.spoil(args[2:])
        self.reporter.spawn_target(function, function.ty)
        return self.bad(node)
    ret = resolve(call.ty)
    out = ret if type(ret) is TCon and ret.id == PID else BARE_PID
    if type(call) is not T.TCall:
        return self.bad(node)
    return T.TRemoteSpawn(node.start, node.end, out, target, function, call.args, link)


SPECIAL.update({
    "Continuity.promote": _promote,
    "HTTP.clustered": _clustered_elsewhere,
    "Node.spawn": _remote_spawn(False),
    "Node.spawn_link": _remote_spawn(True),
    "Prelude.default/0": _default,
    "Prelude.compare/2": _compare,
    "String.from/1": _string_from,
    "Tuple.first/1": _tuple_function(0),
    "Tuple.second/1": _tuple_function(1),
    "Tuple.nth/2": _tuple_function(None),
    "Tuple.size/1": _tuple_size,
    "Ws.serve/4": _ws_serve,
    "Ws.serve_tls/6": _ws_serve,
    **{name: _route for name in _ROUTES},
})

