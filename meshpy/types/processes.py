"""Actors, messages, services, supervisors and the assertions of tests (types reference 17 and 18)."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.calls import argument_origin, special_name
from meshpy.types.constraints import HasTrait
from meshpy.types.control import ControlRules, mark_tail
from meshpy.types.entities import FnEntity, Overloads, ServiceInfo, ServiceMember
from meshpy.types.infer import FnState, blame
from meshpy.types.report import Span
from meshpy.types.ty import ATOM, BOOL, INT, NEVER, STRING, UNIT, TCon, TFun, TNever, TTuple, TVar, Type, resolve
from meshpy.types.unify import ERROR, PID, Mismatch, unify

SERVICE_PID = TCon(PID, (UNIT,))
BARE_PID = TCon(PID)


# What the runtime sends by itself (actors reference 11.3), by its first component.
SYSTEM_MESSAGES = {
    "down": (ATOM, INT, BARE_PID, STRING),
    "exit": (ATOM, BARE_PID, STRING),
    "nodedown": (ATOM, STRING),
    "nodeup": (ATOM, STRING),
}


def settle_system_message(pattern: ast.Pattern, message: Type) -> None:
    """An arm like ``(:down, ref, pid, reason)`` leaves open what its names are; the system message decides."""
    if type(pattern) is not ast.TuplePat or type(pattern.elems[0]) is not ast.AtomPat:
        return
    system = SYSTEM_MESSAGES.get(pattern.elems[0].name.removeprefix(":"))
    t = resolve(message)
    if system is None or type(t) is not TTuple or len(t.elems) != len(system):
        return
    for found, expected in zip(t.elems, system):
        if type(resolve(found)) is TVar:
            unify(found, expected)


class ProcessRules(ControlRules):
    # ---------------------------------------------------------------- actors

    def actor_loop(self, fn: FnEntity, args: list[Any], node: Span) -> T.TExpr:
        """The self-call of an actor: its loop in tail position, a nested run of the body elsewhere."""
        state = self.fn
        tail = state is not None and id(node) in state.tail
        params = fn.params
        if len(args) != len(params):
            self.spoil(args)
            self.reporter.arity(node, len(params), len(args))
            return self.bad(node)
        typed = tuple([self.check(a, p, argument_origin(i + 1)) for i, (a, p) in enumerate(zip(args, params))])
        return T.TActorLoop(node.start, node.end, NEVER if tail else UNIT, typed, tail)

    def message_type(self) -> Type | None:
        return self.fn.message if self.fn is not None else None

    def infer_self(self, e: ast.SelfPid, hint: Type | None) -> T.TExpr:
        message = self.message_type()
        if message is None:
            self.reporter.self_outside(e)
            return self.bad(e)
        return T.TSelf(e.start, e.end, TCon(PID, (message,)))

    def infer_receive(self, e: ast.Receive, hint: Type | None) -> T.TExpr:
        message = self.message_type()
        if message is None or not self.fn.receives:
            self.reporter.receive_outside(e)
            message = ERROR
        def settle() -> None:
            for arm in e.arms:
                settle_system_message(arm.pattern, message)

        state = self.fn
        if state is not None:
            state.system.append(settle)
        arms = self.arms(e.arms, message, hint)
        if state is not None:
            state.system.pop()
        settle()
        timeout: T.TExpr | None = None
        after: T.TExpr | None = None
        if e.after is not None:
            timeout = self.check(e.after.timeout, INT)
            after = self.infer_block(e.after.body, hint)
        ty, after = self.join_arms(arms, after)
        node = T.TReceive(e.start, e.end, ty, message, tuple(arms), timeout, after)
        self.matches.append((node, [message], "receive", e, self.reporter))
        return node

    def infer_spawn(self, e: ast.Spawn, hint: Type | None) -> T.TExpr:
        return self.spawn(e.args, e)

    def spawn(self, args: list[Any], e: Span) -> T.TExpr:
        if not args:
            self.reporter.arity(e, 1, 0)
            return self.bad(e)
        target = args[0]
        rest = list(args[1:])
        callee: T.TExpr | None = None
        entity: Any = None
        if type(target) is ast.Name and target.text not in self.locals:
            entity = self.world.lookup_value(self.scope, target.text)
        elif type(target) is ast.Member:
            entity = self.member(target)
        if type(entity) is Overloads and len(entity.by_arity) > 1 and len(rest) in entity.by_arity:
            callee = self.use_fn(entity.by_arity[len(rest)], target)
        if callee is None:
            callee = self.infer(target)
        t = resolve(callee.ty)
        if t is ERROR:
            self.spoil(rest)
            return self.bad(e)
        if type(t) is TVar and not t.rigid:
            typed = [self.infer(a) for a in rest]
            out = TCon(PID, (self.fresh(),))
            self.agree(e, t, TFun(tuple([a.ty for a in typed]), out))
            return T.TSpawn(e.start, e.end, out, callee, tuple(typed))
        if type(t) is not TFun:
            self.spoil(rest)
            self.reporter.spawn_target(callee, t)
            return self.bad(e)
        call = self.apply(callee, rest, e, 0)
        if type(call) is not T.TCall:
            return call
        ret = resolve(call.ty)
        if not (type(ret) is TCon and ret.id == PID):
            if not self.agree(e, TCon(PID, (self.fresh(),)), ret):
                return self.bad(e)
            ret = resolve(ret)
        return T.TSpawn(e.start, e.end, ret, callee, call.args)

    def infer_send(self, e: ast.Send, hint: Type | None) -> T.TExpr:
        return self.send(e.args, e)

    def send(self, args: list[Any], e: Span) -> T.TExpr:
        if len(args) != 2:
            self.spoil(args)
            self.reporter.arity(e, 2, len(args))
            return self.bad(e)
        pid = self.infer(args[0])
        message = self.infer(args[1])
        node = T.TSend(e.start, e.end, UNIT, pid, message)
        t = resolve(pid.ty)
        if type(t) is TVar and not t.rigid:
            self.agree(e, t, TCon(PID, (message.ty,)))
        elif type(t) is TCon and t.id == PID:
            if t.args:
                try:
                    unify(t.args[0], message.ty)
                except Mismatch:
                    self.reporter.message_type(blame(message), t.args[0], message.ty)
        elif t is not ERROR and type(t) is not TNever:
            self.agree(blame(pid), TCon(PID, (message.ty,)), t)
        return node

    def infer_link(self, e: ast.Link, hint: Type | None) -> T.TExpr:
        return self.link(e.args, e)

    def link(self, args: list[Any], e: Span) -> T.TExpr:
        if len(args) != 1:
            self.spoil(args)
            self.reporter.arity(e, 1, len(args))
            return self.bad(e)
        pid = self.infer(args[0])
        t = resolve(pid.ty)
        if not (type(t) is TCon and t.id == PID):
            self.agree(blame(pid), TCon(PID, (self.fresh(),)), t)
        return T.TLink(e.start, e.end, UNIT, pid)

    def infer_actor(self, fn: FnEntity) -> None:
        """The body of an actor; its message type is one variable of the component."""
        node: ast.ActorDef = fn.clauses[0]
        state = FnState("actor", fn.name, self.fresh(), None)
        state.message = fn.message
        state.actor = fn
        mark_tail(node.body, state)
        self.fn = state
        mark = len(self.undo)
        params, body = self.clauses([_Clause(node)], fn.params, UNIT, fn.name, node, signed=True)
        terminate: T.TExpr | None = None
        if node.terminate is not None:
            for p in params:
                if p.name != "_":
                    self.bind(p.name, p)
            state.tail = set()
            state.receives = False
            terminate = self.infer_block(node.terminate)
        self.leave(mark)
        self.fn = None
        fn.typed = (params, body, terminate)

    # ---------------------------------------------------------------- services

    def service_arity(self, member: ServiceMember) -> int:
        if member.handler is None:
            init = member.service.node.init
            return len(init.params) if init is not None else 0
        return len(member.handler.params) + 1

    def call_service(self, member: ServiceMember, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        service = member.service
        self.driver.sign_service(service)
        if member.handler is None:
            params = service.init_params
            if len(args) != len(params):
                self.spoil(args)
                self.reporter.arity(node, len(params), len(args))
                return self.bad(node)
            typed = tuple([self.check(a, p, argument_origin(i + 1)) for i, (a, p) in enumerate(zip(args, params))])
            return T.TServiceStart(node.start, node.end, SERVICE_PID, service.id, typed)
        params = [SERVICE_PID, *service.handler_params[member.index]]
        if len(args) != len(params):
            self.spoil(args)
            self.reporter.arity(node, len(params), len(args))
            return self.bad(node)
        typed_args = [self.check(a, p, argument_origin(i + 1)) for i, (a, p) in enumerate(zip(args, params))]
        reply = service.replies[member.index]
        return T.TServiceCall(node.start, node.end, reply if reply is not None else UNIT, service.id, member.index,
                              typed_args[0], tuple(typed_args[1:]))

    def infer_service(self, service: ServiceInfo) -> None:
        """All handlers of a service share one state type."""
        node = service.node
        scope = service.scope
        state_ty = service.state
        prefix = f"{scope.name}.{service.id.name}"
        functions: list[FnEntity] = []
        init = node.init
        if init is not None:
            ret: Type = state_ty
            self.fn = FnState("handler", f"{service.id.name}.start", ret, init.ret or init.name)
            params, body = self.clauses([init], service.init_params, ret, "init", init, signed=True)
            functions.append(self.handler_fn(scope, f"{service.id.name}.start", f"{prefix}.start", init, params, ret, body))
        for index, handler in enumerate([*node.calls, *node.casts]):
            reply = service.replies[index]
            result: Type = TTuple((state_ty, reply)) if reply is not None else state_ty
            name = f"{service.id.name}.{handler.name.name}"
            self.fn = FnState("handler", name, result, handler.reply or handler.name)
            mark = len(self.undo)
            state_name = handler.state.name if handler.state is not None else "_"
            state = T.Local(state_name, state_ty)
            if state_name != "_":
                self.bind(state_name, state)
            params, body = self.clauses([_Clause(handler)], service.handler_params[index], result, handler.name.name,
                                        handler, signed=True)
            self.leave(mark)
            functions.append(self.handler_fn(scope, name, f"{prefix}.{handler.name.name}", handler, (state, *params),
                                             result, body))
        self.fn = None
        service.typed = functions

    def handler_fn(self, scope: Any, name: str, fn_id: str, node: Any, params: tuple[T.Local, ...], ret: Type,
                   body: T.TExpr) -> FnEntity:
        fn = FnEntity("handler", scope, name, len(params), fn_id, [node], True)
        fn.ret = ret
        fn.typed = (params, body, None)
        return fn

    # ---------------------------------------------------------------- supervisors

    def infer_supervisor(self, fn: FnEntity) -> None:
        node: ast.SupervisorDef = fn.clauses[0]
        report = self.reporter
        if node.strategy is not None and node.strategy.name not in STRATEGIES:
            report.strategy(node.strategy, node.strategy.name)
        children = []
        seen: dict[str, ast.Ident] = {}
        for child in node.children:
            name = child.name.name
            if name in seen:
                report.duplicate_child(child.name, name, seen[name])
            seen.setdefault(name, child.name)
            if child.restart is not None and child.restart.name not in RESTARTS:
                report.restart(child.restart, child.restart.name, name)
            shutdown = self.child_shutdown(child, name)
            if child.child_start is None:
                report.child_start(child.name, name, None)
                continue
            start = self.infer(child.child_start)
            self.child_pid(child, start, name)
            children.append(T.TypedChild(name, start, child.restart.name if child.restart else "permanent", shutdown))
        fn.typed = T.TypedSupervisor(fn.fn_id, fn.scope.name, fn.scope.path, fn.name,
                                     node.strategy.name if node.strategy else "one_for_one",
                                     node.max_restarts.value if node.max_restarts else 3,
                                     node.max_seconds.value if node.max_seconds else 5, tuple(children))

    def child_shutdown(self, child: ast.ChildSpec, name: str) -> int | None:
        word = child.shutdown
        if word is None:
            return 5000
        if type(word) is ast.Ident:
            if word.name != "brutal_kill":
                self.reporter.shutdown(word, word.name, name)
            return None
        if word.value <= 0:
            self.reporter.shutdown(word, str(word.value), name)
        return word.value

    def child_pid(self, child: ast.ChildSpec, start: T.TExpr, name: str) -> None:
        """E0018 unless the start function takes nothing and gives a pid."""
        t = resolve(start.ty)
        if t is ERROR:
            return
        found = t.ret if type(t) is TFun and not t.params else t
        found = resolve(found)
        if type(t) is TFun and not t.params:
            if type(found) is TCon and found.id == PID:
                return
            if type(found) is TVar:
                self.agree(start, found, TCon(PID, (self.fresh(),)))
                return
            body = start.body if type(start) is T.TClosure else start
            self.reporter.child_start(blame(body), name, found)
            return
        self.reporter.child_start(start, name, found)

    # ---------------------------------------------------------------- tests

    def infer_assert_receive(self, s: ast.AssertReceive) -> T.TExpr:
        message = self.message_type()
        if message is None:
            self.reporter.receive_outside(s)
            message = ERROR
        limit = T.Local("timeout", INT)
        timeout = self.check(s.timeout, INT) if s.timeout is not None else T.TLit(s.start, s.end, INT, 100)
        names: dict[str, T.Local] = {}
        pattern = self.pattern(s.pattern, message, names)  # what it binds is not visible behind the statement
        arm = T.TArm(s.start, s.end, (pattern,), None, T.TLit(s.start, s.end, UNIT, None))
        ms = T.TLocal(s.start, s.end, INT, limit)
        late = T.TAssert(s.start, s.end, UNIT, "timed_out", (ms,), s.pattern_text)
        receive = T.TReceive(s.start, s.end, UNIT, message, (arm,), ms, late)
        let = T.TLet(s.start, s.end, T.PBind(s.start, s.end, INT, limit), timeout)
        return T.TBlock(s.start, s.end, UNIT, (let,), receive)

    def call_assert(self, name: str, args: list[Any], node: Span) -> T.TExpr:
        """``assert``, ``assert_eq``, ``assert_ne``, ``assert_raises``, ``test_fail_msg`` of test files."""
        if name == TEST_BODY:
            return T.TAssert(node.start, node.end, UNIT, "body", (self.infer(args[0]),))
        wanted = 2 if name in ("assert_eq", "assert_ne") else 1
        if len(args) != wanted:
            self.spoil(args)
            self.reporter.arity(node, wanted, len(args))
            return self.bad(node)
        if name == "assert":
            typed = [self.check(args[0], BOOL, argument_origin(1))]
        elif name == "test_fail_msg":
            typed = [self.check(args[0], STRING, argument_origin(1))]
        elif name == "assert_raises":
            typed = [self.check(args[0], TFun((), self.fresh()), argument_origin(1))]
        else:
            first = self.infer(args[0])
            typed = [first, self.check(args[1], first.ty, argument_origin(2))]
            self.require(HasTrait(self, node, first.ty, self.world.trait("Eq")))
        text = self.scope.source[args[0].start:args[-1].end].decode("utf-8", "replace")
        return T.TAssert(node.start, node.end, UNIT, name, tuple(typed), text)


class _Clause:
    """An actor or handler as the one clause of a function."""

    __slots__ = ("body", "end", "guard", "params", "start")

    def __init__(self, node: Any) -> None:
        self.start = node.start
        self.end = node.end
        self.params = node.params
        self.guard = None
        self.body = node.body


TEST_BODY = "test body"
"""The function that runs the body of a test between its setup and its teardown; no source can write its name."""

STRATEGIES = frozenset({"one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"})
RESTARTS = frozenset({"permanent", "transient", "temporary"})


def _assertion(name: str) -> Any:
    def rule(self: ProcessRules, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        if self.scope.unit is None or not self.scope.unit.is_test:
            self.spoil(args)
            self.reporter.unbound(callee, name, [*self.locals, *self.world.visible_values(self.scope)])
            return self.bad(node)
        return self.call_assert(name, args, node)

    return rule


for _name in ("assert", "assert_eq", "assert_ne", "assert_raises", "test_fail_msg", TEST_BODY):
    special_name(_name, _assertion(_name))
