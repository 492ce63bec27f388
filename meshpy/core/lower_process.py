"""Actors, messages, services, supervisors, and the assertions of tests, as calls of the runtime and constant tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshpy.core import ir
from meshpy.core.builder import int_const
from meshpy.core.emit import Emitter
from meshpy.core.ir import Atom, Fn, FnAddr, GlobalAddr, Join, Rep, Var
from meshpy.core.match import Occ
from meshpy.core.runtime import RECEIVE_NEXT
from meshpy.types import typed as tt
from meshpy.types.ty import TVar, Type, TypeId, resolve

if TYPE_CHECKING:
    from meshpy.core.lower_fn import FnLowering

_STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one")
_RESTARTS = ("permanent", "transient", "temporary")


def ptr_mask(reps: list[Rep]) -> int:
    """Bit i: argument i is counted."""
    return sum(1 << i for i, rep in enumerate(reps) if rep is Rep.PTR)


class ProcessLowering(Emitter):
    """Mixin of FnLowering."""

    # ---- spawning

    def spawn(self: FnLowering, e: tt.TSpawn) -> Atom:
        target = self.target(e.target, e)
        values = self.exprs(e.args)
        return self.invoke(target, values, self.mono(e.ty), self.loc(e)) if self.reachable else ir.UNIT

    def remote_spawn(self: FnLowering, e: tt.TRemoteSpawn) -> Atom:
        """No node can be reached yet (meshpy/stdlib/node.mpl): what a failed remote spawn gives, PID 0."""
        self.expr(e.node)
        self.exprs(e.args)
        return int_const(0)

    def spawn_named(self: FnLowering, fn_id: str, args: tuple[Type, ...], values: list[Atom]) -> Atom:
        """Starts an actor or a supervisor."""
        if fn_id in self.ctx.program.supervisors:
            return self.rt("mesh_supervisor_start", self._supervisor_table(self.ctx.program.supervisors[fn_id]), name="pid")
        return self.rt("mesh_spawn", self._actor_table(fn_id, args), *values, name="pid")

    def _actor_table(self: FnLowering, fn_id: str, args: tuple[Type, ...]) -> GlobalAddr:
        fn = self.ctx.program.functions[fn_id]
        body = self.ctx.instance(fn_id, args)
        subst = dict(zip(fn.type_params, args))

        def words() -> tuple:
            reps = [self.types.rep(self.types.subst(p.ty, subst)) for p in fn.params]
            message: object = 0
            if fn.message_ty is not None:
                ty = self.types.subst(fn.message_ty, subst)
                if not isinstance(resolve(fn.message_ty), TVar) or ty is not self.types.unit:
                    message = self.ctx.desc(ty, "")
            terminate: object = FnAddr(terminate_name(body)) if fn.terminate is not None else 0
            return (fn.name.encode(), FnAddr(body), terminate, len(reps), ptr_mask(reps), message)

        return self.ctx.table(f"actor {body}", words)

    def _supervisor_table(self: FnLowering, sup: tt.TypedSupervisor) -> GlobalAddr:
        def words() -> tuple:
            children: list[object] = []
            for child in sup.children:
                shutdown = -1 if child.shutdown is None else child.shutdown
                children += [child.name.encode(), FnAddr(self._child_start(sup, child)),
                             _RESTARTS.index(child.restart), shutdown]
            table = self.ctx.table(f"children {sup.fn_id}", lambda: tuple(children))
            return (sup.name.encode(), _STRATEGIES.index(sup.strategy), sup.max_restarts, sup.max_seconds,
                    len(sup.children), table)

        return self.ctx.table(f"supervisor {sup.fn_id}", words)

    def _child_start(self: FnLowering, sup: tt.TypedSupervisor, child: tt.TypedChild) -> str:
        name = self.ctx.fresh(f"{sup.fn_id}.{child.name}.start")

        def emit() -> None:
            place = self.ctx.place(sup.module, sup.path, sup.name)
            low = type(self)(self.ctx, place, {}, self.types.builtin("Pid"), name)
            start = child.start
            if isinstance(start, tt.TClosure) and not start.params:
                low.tail(start.body)
            else:
                low.return_value(low.let("pid", Rep.INT, ir.CallClosure(low.expr(start), ())))
            self.ctx.fns[name] = Fn(name, (), Rep.INT, low.entry, low.loc(start), f"{sup.name}.{child.name}")

        self.ctx.work.append(emit)
        return name

    # ---- messages

    def self_(self: FnLowering, e: tt.TSelf) -> Atom:
        return self.rt("mesh_self", name="self")

    def link(self: FnLowering, e: tt.TLink) -> Atom:
        self.rt("mesh_link", self.expr(e.pid))
        return ir.UNIT

    def send(self: FnLowering, e: tt.TSend) -> Atom:
        pid = self.expr(e.pid)
        message = self.expr(e.message)
        if self.reachable:
            self.rt("mesh_send", pid, self.ctx.desc(self.mono(e.message.ty), ""), message)
        return ir.UNIT

    def receive_expr(self: FnLowering, e: tt.TReceive) -> Atom:
        join, result = self.result_join(e, "receive")
        self._receive(e, join)
        self.enter(join.body)
        return result

    def receive_tail(self: FnLowering, e: tt.TReceive) -> None:
        self._receive(e, None)

    def _receive(self: FnLowering, e: tt.TReceive, join: Join | None) -> None:
        """The arms are tried on a view of each candidate; the chosen message is taken and matched again."""
        timeout: Atom = int_const(-1)
        if e.timeout is not None:
            ms = self.expr(e.timeout)
            if not self.reachable:
                return
            timeout = self.select(self.prim("lt", Rep.BOOL, ms, int_const(0)), int_const(0), ms)
        ty = self.mono(e.message_ty)
        # An actor that does not look at its messages takes those of every type, and sees them as ().
        anything = isinstance(resolve(e.message_ty), TVar) and ty is self.types.unit
        desc = int_const(0) if anything else self.ctx.desc(ty, "")
        rep = self.types.rep(ty)
        self.rt("mesh_receive_begin", timeout)
        loop = self.join("receive", recursive=True)
        self.jump(loop)
        self.enter(loop.body)
        view = Var("view", rep)
        found = self.let("found", Rep.BOOL, ir.CallExtern(RECEIVE_NEXT, (desc,), (False,), (False,), out=view))
        some, none = self.branch(found)
        self.enter(none)
        if e.after is None:
            if e.timeout is None:
                self.terminate(ir.Unreachable())
            else:
                self.return_value(ir.UNIT) if join is None else self.jump(join)
        else:
            self.into(e.after, join)
        self.enter(some)
        root = Occ("root", ty)

        def take(binds: bool) -> dict[Occ, Atom]:
            if binds and not anything:
                return {root: self.rt("mesh_receive_take", rep=rep, name="message")}
            self.rt("mesh_receive_drop")
            return {root: ir.UNIT}

        self.select_arm([(root, view)], e.arms, join, lambda: self.jump(loop), take)

    # ---- loops of actors

    def actor_loop(self: FnLowering, e: tt.TActorLoop) -> Atom:
        values = self.exprs(e.args)
        if not self.reachable:
            return ir.UNIT
        assert self.actor is not None
        if e.tail:
            self._restart(values)
            self.terminate(ir.TailCall(self.actor[0], tuple(values), self.loc(e)))
        else:
            self.let("r", Rep.INT, ir.Call(self.actor[0], tuple(values)), self.loc(e))
        return ir.UNIT

    def actor_loop_tail(self: FnLowering, e: tt.TActorLoop) -> None:
        values = self.exprs(e.args)
        if not self.reachable:
            return
        assert self.actor is not None
        if self.name == self.actor[0]:
            self._restart(values)
        self.terminate(ir.TailCall(self.actor[0], tuple(values), self.loc(e)))

    def _restart(self: FnLowering, values: list[Atom]) -> None:
        """The terminate block sees the parameters of the current iteration."""
        assert self.actor is not None
        if self.actor[1].terminate is not None:
            self.rt("mesh_actor_set_args", *values)

    # ---- services

    def service_start(self: FnLowering, e: tt.TServiceStart) -> Atom:
        values = self.exprs(e.args)
        if not self.reachable:
            return ir.UNIT
        return self.rt("mesh_service_start", self.service_table(e.service), *values, loc=self.loc(e), name="pid")

    def service_call(self: FnLowering, e: tt.TServiceCall) -> Atom:
        pid = self.expr(e.pid)
        values = self.exprs(e.args)
        if not self.reachable:
            return ir.UNIT
        service = self.ctx.program.services[e.service]
        table = self.service_table(e.service)
        index = int_const(e.handler)
        if service.handlers[e.handler].is_call:
            return self.rt("mesh_service_call", pid, table, index, *values, rep=self.rep_at(e), loc=self.loc(e))
        self.rt("mesh_service_cast", pid, table, index, *values)
        return ir.UNIT

    def service_table(self: FnLowering, service_id: TypeId) -> GlobalAddr:
        service = self.ctx.program.services[service_id]

        def reps(types: tuple[Type, ...]) -> list[Rep]:
            return [self.types.rep(self.types.subst(ty, {})) for ty in types]

        def words() -> tuple:
            handlers: list[object] = []
            for handler in service.handlers:
                args = reps(handler.params)
                reply = handler.reply is not None and reps((handler.reply,))[0] is Rep.PTR
                handlers += [handler.name.encode(), FnAddr(self.ctx.instance(handler.fn_id, ())), int(handler.is_call),
                             len(args), ptr_mask(args), int(reply)]
            table = self.ctx.table(f"handlers {service_id}", lambda: tuple(handlers))
            init: object = FnAddr(self.ctx.instance(service.init, ())) if service.init is not None else 0
            args = reps(service.init_params)
            state_ptr = int(reps((service.state_ty,))[0] is Rep.PTR)
            return (service.id.name.encode(), init, len(args), ptr_mask(args), state_ptr, len(service.handlers), table)

        return self.ctx.table(f"service {service_id}", words)

    # ---- assertions of tests

    def assertion(self: FnLowering, e: tt.TAssert) -> Atom:
        args = self.exprs(e.args)
        if not self.reachable:
            return ir.UNIT
        ty = self.mono(e.args[0].ty)
        loc = self.loc(e)
        place = f" ({self.ctx.paths[loc.path]}:{loc.line})" if loc is not None else ""
        if e.kind == "body":
            self.rt("mesh_test_body", args[0])
        elif e.kind == "test_fail_msg":
            self.rt("mesh_test_fail", args[0])
        elif e.kind == "timed_out":
            self.rt("mesh_test_fail", self._texts("", ty, (f"assert_receive {e.text} timed out after ", args[0]), after=f"ms{place}"))
        elif e.kind == "assert_raises":
            raised = self.rt("mesh_test_raises", args[0])
            self._expect(raised, lambda: ir.StrLit(f"assert_raises failed: expression did not raise{place}".encode()))
        elif e.kind == "assert":
            self._expect(args[0], lambda: ir.StrLit(f"assert failed: {e.text}{place}".encode()))
        else:
            same = self.eq(ty, args[0], args[1], loc)
            head = f"{e.kind} failed: {e.text}{place}"
            if e.kind == "assert_eq":
                self._expect(same, lambda: self._texts(head, ty, ("\n  left:  ", args[0]), ("\n  right: ", args[1])))
            else:
                self._expect(self.not_(same), lambda: self._texts(head, ty, ("\n  both sides equal: ", args[0])))
        return ir.UNIT

    def _expect(self: FnLowering, cond: Atom, message) -> None:
        if not self.reachable:
            return
        join = self.join("assert")
        fine, failed = self.branch(cond)
        self.enter(fine)
        self.jump(join)
        self.enter(failed)
        self.rt("mesh_test_fail", message())
        self.jump(join)
        self.enter(join.body)

    def _texts(self: FnLowering, head: str, ty: Type, *parts: tuple[str, Atom], after: str = "") -> Atom:
        text: Atom = ir.StrLit(head.encode())
        for lead, value in parts:
            text = self.append_text(ty, self.concat(text, ir.StrLit(lead.encode())), value)
        return self.concat(text, ir.StrLit(after.encode())) if after else text


def terminate_name(body: str) -> str:
    """The function of an actor's terminate block."""
    return f"{body}.terminate"


