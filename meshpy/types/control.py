"""Control flow: branches, matches, loops, ``return``, ``?``, closures and clauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.constraints import HasTrait, Pending
from meshpy.types.infer import FnState, blame, is_type
from meshpy.types.methods import MethodRules
from meshpy.types.patterns import PatternRules
from meshpy.types.report import PLAIN, At, Origin, Span
from meshpy.types.ty import BOOL, INT, JSON, NEVER, STRING, UNIT, TCon, TFun, TNever, TTuple, TVar, Type, TypeId, resolve
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR, NO, Mismatch, match, unify

LIST = TypeId("", "List")
MAP = TypeId("", "Map")
OPTION = TypeId("", "Option")
RESULT = TypeId("", "Result")


class ControlRules(MethodRules, PatternRules):
    # ---------------------------------------------------------------- branches

    def infer_if(self, e: ast.If, hint: Type | None) -> T.TExpr:
        cond = self.check(e.cond, BOOL)
        then = self.infer_block(e.then, hint)
        orelse = e.orelse
        if orelse is None:
            return T.TIf(e.start, e.end, UNIT, cond, then, None)
        other = self.infer_block(orelse, hint) if type(orelse) is ast.Block else self.infer_if(orelse, hint)
        ty, (then, other) = self.join([then, other], lambda first: Origin("if", 0, blame(first)))
        return T.TIf(e.start, e.end, ty, cond, then, other)

    def join(self, branches: Sequence[T.TExpr], origin: Any = None) -> tuple[Type, list[T.TExpr]]:
        """The common type of branches and these, fitted to it; a branch that never ends fits any other. Of Json and String
        it is String (io.md 8.7)."""
        if any(is_type(b.ty, JSON.id) for b in branches) and any(is_type(b.ty, STRING.id) for b in branches):
            branches = [T.TJsonToString(b.start, b.end, STRING, b) if is_type(b.ty, JSON.id) else b for b in branches]
        leader = branches[0]
        ty = resolve(leader.ty)
        out = [leader]
        for node in branches[1:]:
            if type(ty) is TNever:
                ty = resolve(node.ty)
                leader = node
            elif resolve(node.ty) is not ty:
                node = self.fit(node, ty, origin(leader) if origin is not None else PLAIN)
            out.append(node)
        return ty, out

    def infer_case(self, e: ast.Case, hint: Type | None) -> T.TExpr:
        scrutinee = self.infer(e.scrutinee)
        arms = self.arms(e.arms, scrutinee.ty, hint)
        node = T.TMatch(e.start, e.end, UNIT, (scrutinee,), (), "case")
        node.ty, _ = self.join_arms(arms)
        node.arms = tuple(arms)
        self.matches.append((node, [scrutinee.ty], "case", At(e.start, e.scrutinee.end), self.reporter))
        return node

    def arms(self, arms: list[ast.Arm], ty: Type, hint: Type | None) -> list[T.TArm]:
        """The arms of a match on ``ty``. When the first pattern is of another type, so are the others, silently."""
        out = []
        for a in arms:
            typed = self.arm(a, ty, hint, restricted=True)
            out.append(typed)
            if len(out) == 1 and type(typed.patterns[0]) is T.PWild and resolve(typed.patterns[0].ty) is ERROR:
                ty = ERROR
        return out

    def join_arms(self, arms: list[T.TArm], after: T.TExpr | None = None) -> tuple[Type, T.TExpr | None]:
        """The common type of the arms, which are fitted to it, and of what runs when none of them did."""
        bodies = [a.body for a in arms]
        if after is not None:
            bodies.append(after)
        if not bodies:
            return UNIT, None
        ty, bodies = self.join(bodies)
        for a, body in zip(arms, bodies):
            a.body = body
        return ty, bodies[-1] if after is not None else None

    def arm(self, a: ast.Arm, ty: Type, hint: Type | None, restricted: bool) -> T.TArm:
        mark = len(self.undo)
        pattern = self.bind_pattern(a.pattern, ty)
        guard = self.guard(a.guard, restricted) if a.guard is not None else None
        body = self.infer_block(a.body, hint)
        self.leave(mark)
        return T.TArm(a.start, a.end, (pattern,), guard, body)

    def guard(self, g: ast.Expr, restricted: bool) -> T.TExpr:
        if restricted:
            reason = guard_problem(g)
            if reason is not None:
                node, text = reason
                self.reporter.bad_guard(node, text)
                return T.TLit(g.start, g.end, BOOL, True)
        node = self.infer(g)
        try:
            unify(BOOL, node.ty)
        except Mismatch:
            self.reporter.guard_type(g, node.ty)
        return node

    # ---------------------------------------------------------------- loops

    def infer_while(self, e: ast.While, hint: Type | None) -> T.TExpr:
        cond = self.check(e.cond, BOOL)
        body = self.loop_body(e.body)
        return T.TWhile(e.start, e.end, UNIT, cond, body)

    def loop_body(self, block: ast.Block) -> T.TExpr:
        state = self.fn
        if state is None:
            self.fn = state = FnState("top", "", UNIT, None)
            state.loops = 1
            body = self.infer_block(block)
            self.fn = None
            return body
        state.loops += 1
        body = self.infer_block(block)
        state.loops -= 1
        return body

    def infer_for(self, e: ast.For, hint: Type | None, collect: bool = True) -> T.TExpr:
        iterable = self.infer(e.iterable)
        mark = len(self.undo)
        pattern = self.for_pattern(e, iterable)
        filter_ = self.check(e.filter, BOOL) if e.filter is not None else None
        body = self.loop_body(e.body)
        self.leave(mark)
        item = resolve(body.ty)
        if type(item) is TNever:
            item = UNIT
        return T.TFor(e.start, e.end, TCon(LIST, (item,)), pattern, iterable, filter_, body, collect)

    def for_pattern(self, e: ast.For, iterable: T.TExpr) -> T.Pat:
        binding = e.binding
        t = resolve(iterable.ty)
        span = blame(iterable)
        if type(binding) is ast.ForNames:
            names = binding.names
            if len(names) != 2:
                self.reporter.arity(binding, 2, len(names))
                for n in names:
                    self.bind(n.name, Local(n.name, ERROR))
                return T.PWild(binding.start, binding.end, ERROR)
            key: Type = self.fresh()
            value: Type = self.fresh()
            if not self.agree(span, TCon(MAP, (key, value)), t):
                key = value = ERROR
            parts = []
            seen: dict[str, Local] = {}
            for n, ty in zip(names, (key, value)):
                parts.append(self.binder(n, n.name, ty, seen))
            for local in seen.values():
                self.bind(local.name, local)
            return T.PTuple(binding.start, binding.end, TTuple((key, value)), tuple(parts))
        if type(binding) is ast.Ident:
            item = self.item_of(t, iterable, pairs=False)
            if binding.name == "_":
                return T.PWild(binding.start, binding.end, item)
            local = Local(binding.name, item)
            self.bind(binding.name, local)
            return T.PBind(binding.start, binding.end, item, local)
        item = self.item_of(t, iterable, pairs=type(binding) is ast.TuplePat)
        return self.bind_pattern(binding, item)

    def item_of(self, t: Type, iterable: T.TExpr, pairs: bool) -> Type:
        """The type of the items of a loop over ``t`` (types reference 5.5)."""
        if type(t) is TVar and not t.rigid:
            out: Type = self.fresh()

            def run(ctx: Any) -> None:
                ctx.agree(blame(iterable), out, ctx.item_of(resolve(t), iterable, pairs))

            def last(ctx: Any) -> bool:
                ctx.agree(blame(iterable), t, TCon(LIST, (out,)))
                return True

            self.deferred.append(Pending(self, iterable, t, run, last, others=(out,)))
            return out
        if t is ERROR or type(t) is TNever:
            return ERROR
        if type(t) is TCon and t.id.module == "":
            name = t.id.name
            if name == "List" or name == "Set" or name == "Iter":
                return t.args[0]
            if name == "Range":
                return INT
            if name == "Map":
                return TTuple(t.args) if pairs else t.args[0]
        for trait_name in ("Iterable", "Iterator"):
            trait = self.world.trait(trait_name)
            if type(t) is TVar:
                if self.rigid_bound(t, trait):
                    return self.rigid_assoc(t, trait, (), "Item")
                continue
            status, goals = self.solver.solve(trait, (), t)
            if status != NO:
                for wanted, args, var in goals:
                    self.require(HasTrait(self, iterable, var, wanted, args, t))
                found = self.solver.assoc(trait, (), t, "Item")
                return found if found is not None else ERROR
            user = self.user_trait(trait_name, t)
            if user is not None:
                return user
        self.reporter.missing_impl(blame(iterable), t, "Iterable")
        return ERROR

    def user_trait(self, name: str, t: Type) -> Type | None:
        """The Item of an impl of a user trait that shadows the built-in one of that name."""
        trait = self.world.lookup_trait(self.scope, name)
        if trait is None or trait.id.module == "":
            return None
        return self.solver.assoc(trait, (), t, "Item")

    def infer_break(self, e: ast.Break, hint: Type | None) -> T.TExpr:
        if self.fn is None or not self.fn.loops:
            self.reporter.loop_only(e, "break", "E0032")
        return T.TBreak(e.start, e.end, NEVER)

    def infer_continue(self, e: ast.Continue, hint: Type | None) -> T.TExpr:
        if self.fn is None or not self.fn.loops:
            self.reporter.loop_only(e, "continue", "E0033")
        return T.TContinue(e.start, e.end, NEVER)

    # ---------------------------------------------------------------- leaving

    def infer_return(self, e: ast.Return, hint: Type | None) -> T.TExpr:
        state = self.fn
        ret = state.ret if state is not None else UNIT
        origin = Origin("return", 0, state.ret_node if state is not None else None)
        if e.value is None:
            self.agree(e, ret, UNIT, origin)
            return T.TReturn(e.start, e.end, NEVER, None)
        if state is not None and state.actor is not None:
            mark_tail(e.value, state)
            return T.TReturn(e.start, e.end, NEVER, self.infer(e.value))
        return T.TReturn(e.start, e.end, NEVER, self.check(e.value, ret, origin))

    def infer_try(self, e: ast.Try, hint: Type | None) -> T.TExpr:
        return self.try_typed(self.infer(e.operand), e)

    def try_typed(self, operand: T.TExpr, e: Span) -> T.TExpr:
        state = self.fn
        ret = state.ret if state is not None and state.kind != "top" else UNIT
        node = T.TTry(e.start, e.end, self.fresh(), operand, "deferred", ret)
        t = resolve(operand.ty)
        if type(t) is TVar and not t.rigid:
            known = resolve(ret)
            if type(known) is TCon and known.id in (RESULT, OPTION):
                # The function's result decides what the operand is.
                self.agree(e, t, TCon(known.id, tuple([self.fresh() for _ in known.args])))
                self.try_known(node, resolve(t), e)
                return node

            def run(ctx: Any) -> None:
                ctx.try_known(node, resolve(operand.ty), e)

            def last(ctx: Any) -> bool:
                known = resolve(ret)
                kind = OPTION if type(known) is TCon and known.id == OPTION else RESULT
                args = tuple([ctx.fresh() for _ in range(1 if kind == OPTION else 2)])
                ctx.agree(e, t, TCon(kind, args))
                run(ctx)
                return True

            self.deferred.append(Pending(self, e, t, run, last, others=(node.ty, ret)))
            return node
        self.try_known(node, t, e)
        return node

    def try_known(self, node: T.TTry, t: Type, e: Span) -> None:
        """``?`` on an operand of known type (types reference 16)."""
        ret = resolve(node.ret_ty)
        if t is ERROR or type(t) is TNever:
            self.agree(e, node.ty, ERROR)
            return
        if type(t) is not TCon or t.id not in (RESULT, OPTION):
            self.reporter.try_operand(blame(node.operand), t)
            self.agree(e, node.ty, ERROR)
            return
        self.agree(e, node.ty, t.args[0])
        if t.id == OPTION:
            node.kind = "option"
            if type(ret) is TVar and not ret.rigid:
                self.agree(e, ret, TCon(OPTION, (self.fresh(),)))
            elif ret is not ERROR and (type(ret) is not TCon or ret.id != OPTION):
                self.reporter.try_return(e, ret)
            return
        node.kind = "result"
        error = t.args[1]
        if type(ret) is TVar and not ret.rigid:
            self.agree(e, ret, TCon(RESULT, (self.fresh(), error)))
            return
        if ret is ERROR:
            return
        if type(ret) is not TCon or ret.id != RESULT:
            self.reporter.try_return(e, ret)
            return
        self.try_errors(node, error, ret.args[1], e)

    def try_errors(self, node: T.TTry, error: Type, wanted: Type, e: Span) -> None:
        a = resolve(error)
        b = resolve(wanted)
        if match(b, a, {}) != NO:
            try:
                unify(b, a)
                return
            except Mismatch:
                pass
        trait = self.world.trait("From")
        status, _ = self.solver.solve(trait, (a,), b)
        if status == NO:
            text = f"no `impl From<{self.reporter.show(a)}> for {self.reporter.show(b)}`"
            self.reporter.try_return(e, node.ret_ty, [text])

    # ---------------------------------------------------------------- closures and clauses

    def infer_closure(self, e: ast.Closure, hint: Type | None) -> T.TExpr:
        wanted = resolve(hint) if hint is not None else None
        clauses = e.clauses
        arity = len(clauses[0].params)
        for clause in clauses[1:]:
            if len(clause.params) != arity:
                self.reporter.clause_arity(clause, "closure", arity, len(clause.params))
        complete = len(clauses)
        clauses = [c for c in clauses if len(c.params) == arity]
        if type(wanted) is TFun and len(wanted.params) == arity:
            types: list[Type] = list(wanted.params)
        else:
            types = [TVar(self.level) for _ in range(arity)]
        ret: Type = TVar(self.level)
        outer = self.fn
        self.fn = FnState("closure", "closure", ret, None, outer)
        if outer is not None and outer.kind == "top":
            self.fn.parent = None
        params, body = self.clauses(clauses, types, ret, "closure", e)
        if len(clauses) < complete and self.matches and self.matches[-1][0] is body:
            self.matches.pop()  # what is not covered may be what the reported clauses say
        self.fn = outer
        return T.TClosure(e.start, e.end, TFun(tuple(types), ret), params, body)

    def clauses(self, clauses: Sequence[Any], types: list[Type], ret: Type, name: str, node: Span, signed: bool = False
                ) -> tuple[tuple[Local, ...], T.TExpr]:
        """The parameters and the body of a function or closure given by clauses of one arity.

        ``signed``: ``types`` have the annotations of the first clause already.
        """
        first = clauses[0]
        if len(clauses) == 1 and first.guard is None and all(self.is_plain(p) for p in first.params):
            mark = len(self.undo)
            params = []
            for p, ty in zip(first.params, types):
                if not signed:
                    self.parameter_type(p, ty)
                text = "self" if p.is_self else p.name.name
                local = Local(text, ty)
                params.append(local)
                if text != "_":
                    self.bind(text, local)
            self.no_duplicates(first.params)
            body = self.body(first.body, ret)
            self.leave(mark)
            return tuple(params), body
        locals_ = tuple([Local(f"arg{i + 1}", ty) for i, ty in enumerate(types)])
        arms = []
        bodies: list[T.TExpr] = []
        for clause in clauses:
            mark = len(self.undo)
            patterns = []
            names: dict[str, Local] = {}
            for p, ty in zip(clause.params, types):
                if not signed or clause is not first:
                    self.parameter_type(p, ty)
                patterns.append(self.parameter_pattern(p, ty, names))
            for local in names.values():
                self.bind(local.name, local)
            guard = self.guard(clause.guard, restricted=False) if clause.guard is not None else None
            body = self.body(clause.body, ret)
            bodies.append(body)
            self.leave(mark)
            arms.append(T.TArm(clause.start, clause.end, tuple(patterns), guard, body))
        scrutinees = tuple([T.TLocal(node.start, node.start, p.ty, p) for p in locals_])
        ty = ret if any(type(resolve(b.ty)) is not TNever for b in bodies) else NEVER
        found = T.TMatch(node.start, node.end, ty, scrutinees, tuple(arms), name)
        head = At(first.start, first.params[-1].end) if first.params else At(node.start, node.end)
        self.matches.append((found, list(types), "clauses", head, self.reporter))
        return locals_, found

    def body(self, block: ast.Block, ret: Type) -> T.TExpr:
        """A function body, fitted to the result type."""
        state = self.fn
        node = self.infer_block(block, ret)
        if state is not None and state.actor is not None:
            return node
        return self.fit(node, ret, Origin("return", 0, state.ret_node if state is not None else None))

    def is_plain(self, p: ast.Param) -> bool:
        """A parameter that only names its value."""
        if p.is_self:
            return True
        if p.name is None:
            return False
        return p.type is not None or self.constructor_param(p) is None

    def constructor_param(self, p: ast.Param) -> Any:
        """The constructor that a bare capitalised parameter means."""
        if p.name is None or p.type is not None or not p.name.name[:1].isupper():
            return None
        return self.constructor(p.name.name)

    def parameter_type(self, p: ast.Param, ty: Type) -> None:
        if p.type is not None:
            self.agree(p.type, self.reader().read(p.type), ty)

    def parameter_pattern(self, p: ast.Param, ty: Type, names: dict[str, Local]) -> T.Pat:
        if p.pattern is not None:
            return self.pattern(p.pattern, ty, names)
        if p.is_self:
            return self.binder(p, "self", ty, names)
        ctor = self.constructor_param(p)
        if ctor is not None:
            return self.ctor_pattern(p, ctor, p.name.name, [], False, ty, names)
        return self.binder(p.name, p.name.name, ty, names)

    def no_duplicates(self, params: Sequence[ast.Param]) -> None:
        seen: dict[str, ast.Param] = {}
        for p in params:
            if p.name is None or p.name.name == "_":
                continue
            name = p.name.name
            if name in seen:
                self.reporter.duplicate(p, name, seen[name])
            seen[name] = p


def mark_tail(e: Any, state: FnState) -> None:
    """Record the calls in tail position of ``e`` (by identity): there an actor's self-call is its loop."""
    pending = [e]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.Block:
            if node.statements and type(node.statements[-1]) is ast.ExprStmt:
                pending.append(node.statements[-1].expr)
        elif kind is ast.If:
            pending.append(node.then)
            if node.orelse is not None:
                pending.append(node.orelse)
        elif kind is ast.Case:
            pending.extend([a.body for a in node.arms])
        elif kind is ast.Receive:
            pending.extend([a.body for a in node.arms])
            if node.after is not None:
                pending.append(node.after.body)
        elif kind is ast.Call or kind is ast.Pipe:
            state.tail.add(id(node))


_GUARD_OPERATORS = frozenset({"==", "!=", "<", ">", "<=", ">=", "and", "or"})
_GUARD_LEAVES = frozenset({ast.IntLit, ast.FloatLit, ast.BoolLit, ast.AtomLit, ast.RegexLit, ast.Name, ast.UnitLit})


def guard_problem(g: ast.Expr) -> tuple[ast.Expr, str] | None:
    """Why ``g`` is no guard of a ``case`` arm (types reference 11.2 rule 3), with the offending part."""
    pending = [g]
    while pending:
        e = pending.pop()
        kind = type(e)
        if kind in _GUARD_LEAVES or (e.parens and e is not g):
            continue
        if e.parens:
            continue
        if kind is ast.StringLit and all(type(p) is str for p in e.parts):
            continue
        if kind is ast.Binary:
            if e.op not in _GUARD_OPERATORS:
                return e, f"operator `{e.op}` not allowed in guard"
            pending.extend((e.rhs, e.lhs))
        elif kind is ast.Unary:
            if e.op == "-" and type(e.operand) not in (ast.IntLit, ast.FloatLit):
                return e, "operator `-` not allowed in guard"
            pending.append(e.operand)
        elif kind is ast.Call:
            if type(e.callee) is not ast.Name:
                return e, "only named function calls allowed in guard"
        else:
            return e, "expression not allowed in guard"
    return None
