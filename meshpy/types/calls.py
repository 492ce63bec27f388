"""Calls: selection of what is called, arguments, pipes, constructors, special library functions."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.constraints import HasField
from meshpy.types.entities import (
    AliasInfo,
    Ambiguous,
    BareMethod,
    Broken,
    CtorEntity,
    FnEntity,
    LanguageMember,
    Lets,
    Overloads,
    ServiceMember,
    StaticFn,
    TraitStatic,
    TypeInfo,
)
from meshpy.types.expressions import ExpressionRules
from meshpy.types.infer import LocalFns
from meshpy.types.report import Origin, Span
from meshpy.types.ty import TCon, TFun, TNever, TVar, Type, resolve
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR
from meshpy.types.world import Missing

ARGUMENTS = tuple(Origin("arg", index) for index in range(64))


def argument_origin(index: int) -> Origin:
    return ARGUMENTS[index] if index < 64 else Origin("arg", index)


class CallRules(ExpressionRules):
    """``call`` is the entry: ``lead`` are arguments that are typed already (a piped value, a receiver)."""

    def infer_call(self, e: ast.Call, hint: Type | None) -> T.TExpr:
        return self.call(e.callee, e.args, e)

    def call(self, callee: ast.Expr, args: list[Any], node: Span) -> T.TExpr:
        kind = type(callee)
        if kind is ast.Name:
            found = self.locals.get(callee.text)
            if found is not None:
                if type(found) is LocalFns:
                    return self.call_local_fns(found, callee, args, node)
                return self.call_value(self.use_local(found, callee), args, node)
            return self.call_entity(self.world.lookup_value(self.scope, callee.text), callee, callee.text, args, node)
        if kind is ast.Member:
            found = self.member(callee)
            if type(found) is Missing:
                found.report(callee.name, callee.base)
                return self.call_bad(args, node)
            if found is not None:
                return self.call_entity(found, callee, callee.name.name, args, node)
            return self.method_call(self.infer(callee.base), callee.name, args, node)
        return self.call_value(self.infer(callee), args, node)

    def call_bad(self, args: list[Any], node: Span) -> T.TExpr:
        """A call of something that was reported: only the arguments are looked at."""
        self.spoil(args)
        return self.bad(node)

    def call_local_fns(self, found: LocalFns, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        fn = found.by_arity.get(len(args))
        if fn is None:
            if len(found.by_arity) > 1:
                return self.no_arity(found.name, found.by_arity, args, node)
            fn = next(iter(found.by_arity.values()))
        return self.apply(self.use_local_fn(fn, callee), args, node, 0)

    def no_arity(self, name: str, choices: dict[int, Any], args: list[Any], node: Span) -> T.TExpr:
        """E0003 naming the closest arity (types reference 6.7 rule 2)."""
        self.spoil(args)
        count = len(args)
        closest = min(choices, key=lambda n: (abs(n - count), n))
        self.reporter.arity(node, closest, count)
        return self.bad(node)

    def call_value(self, callee: T.TExpr, args: list[Any], node: Span) -> T.TExpr:
        t = resolve(callee.ty)
        kind = type(t)
        if kind is TFun:
            return self.apply(callee, args, node, 0)
        if kind is TVar and not t.rigid:
            typed = [self.infer(a) for a in args]
            # An argument may have told what the callee is.
            if type(resolve(t)) is TFun:
                return self.apply(callee, typed, node, 0)
            out = self.fresh()
            if not self.agree(node, t, TFun(tuple([a.ty for a in typed]), out)):
                return self.bad(node)
            return T.TCall(node.start, node.end, out, callee, tuple(typed))
        self.spoil(args)
        if kind is not TNever:
            self.reporter.not_callable(callee, t)
        return self.bad(node)

    def apply(self, callee: T.TExpr, args: list[Any], node: Span, skip: int) -> T.TExpr:
        """A call of ``callee``, whose type is a function; the first ``skip`` arguments do not count in messages."""
        fun = resolve(callee.ty)
        if type(fun) is not TFun:
            return self.call_value(callee, args, node)
        params = fun.params
        count = len(args)
        if len(params) != count:
            self.spoil(args)
            self.reporter.arity(node, len(params) - skip, count - skip)
            return self.bad(node)
        typed = []
        index = 1 - skip
        reported = len(self.reporter.diagnostics)
        for param, a in zip(params, args):
            typed.append(self.check(a, param, argument_origin(index)))
            index += 1
        if len(self.reporter.diagnostics) > reported and type(callee) is T.TGlobal and callee.type_args:
            # What the callee needs of its type arguments would be asked of types that do not fit.
            self.deferred[:] = [c for c in self.deferred if (c.span.start, c.span.end) != (callee.start, callee.end)]
        return T.TCall(node.start, node.end, fun.ret, callee, tuple(typed))

    # ---------------------------------------------------------------- entities

    def member(self, e: ast.Member) -> Any:
        """What ``e.base.name`` names when its base is a module, service, type or trait; None: a value is left of the dot."""
        base = e.base
        kind = type(base)
        if kind is ast.Name:
            text = base.text
            if text in self.locals:
                return None
            if not text[:1].isupper():
                if self.world.lookup_value(self.scope, text) is not None or text not in self.scope.namespaces:
                    return None
            elif text in self.names:
                return self.parameter_member(self.names[text], e.name.name)
            found = self.world.lookup_member(self.scope, text, e.name.name)
            if type(found) is Missing and found.module is None and found.service is None:
                value = self.world.lookup_value(self.scope, text)
                if type(value) is CtorEntity:
                    nullary = not value.info.definition.variants[value.tag].fields
                    return None if nullary else found
                if value is not None and found.info is None:
                    return None
            return found
        if kind is ast.Member:
            return self.deep_member(e)
        return None

    def parameter_member(self, head: Type, name: str) -> Any:
        """``T.name`` of a type parameter, and ``Self.name``: a static method of its traits."""
        traits = [t for t in self.world.traits_by_method.get(name, ()) if not t.methods[name].has_self]
        return StaticFn(name, None, head, traits) if traits else None

    def deep_member(self, e: ast.Member) -> Any:
        """``Mod.Type.name`` and ``Mod.Service.name``."""
        inner = e.base
        if type(inner.base) is not ast.Name or inner.base.text in self.locals or not inner.name.name[:1].isupper():
            return None
        module = self.scope.namespaces.get(inner.base.text)
        if module is None:
            return None
        name = inner.name.name
        info = module.types.get(name)
        if info is None and name not in module.services:
            return None
        if info is not None and not info.pub:
            self.reporter.private(inner.name, name, module.name)
            return Ambiguous("", [])
        return self.world.lookup_member(module, name, e.name.name)

    def call_entity(self, entity: Any, callee: Any, name: str, args: list[Any], node: Span, skip: int = 0) -> T.TExpr:
        kind = type(entity)
        if kind is Overloads:
            choices = entity.by_arity
            fn = choices.get(len(args))
            if fn is None:
                if len(choices) > 1:
                    return self.no_arity(name, choices, args, node)
                fn = next(iter(choices.values()))
            if fn.scope.std:
                special = SPECIAL.get(fn.fn_id)
                if special is not None:
                    return special(self, fn, callee, args, node)
            return self.apply(self.use_fn(fn, callee), args, node, skip)
        if kind is FnEntity:
            return self.call_process(entity, callee, args, node)
        if kind is CtorEntity:
            ty, _ = self.instantiate(self.driver.ctor_scheme(entity), callee)
            if type(ty) is not TFun:
                self.spoil(args)
                self.reporter.not_callable(callee, ty)
                return self.bad(node)
            return self.apply(T.TCtor(callee.start, callee.end, ty, entity.info.id, entity.tag), args, node, 0)
        if kind is Lets:
            return self.call_value(self.use_let(entity, callee), args, node)
        if kind is BareMethod:
            return self.call_bare(entity, callee, args, node)
        if kind is ServiceMember:
            return self.call_service(entity, callee, args, node)
        if kind is StaticFn:
            return self.call_static(entity, callee, args, node)
        if kind is TraitStatic:
            return self.call_trait_static(entity, callee, args, node)
        if kind is Ambiguous:
            if entity.name:
                self.reporter.ambiguous_name(callee, entity.name, entity.owners)
            return self.call_bad(args, node)
        if kind is Broken:
            return self.call_bad(args, node)
        if kind is LanguageMember:
            return SPECIAL[entity.name](self, None, callee, args, node)
        assert entity is None, entity
        special_name = _SPECIAL_NAMES.get(name)
        if special_name is not None:
            return special_name(self, callee, args, node)
        self.spoil(args)
        info = self.world.lookup_type(self.scope, name)
        if type(info) is AliasInfo:
            head = resolve(self.world.alias_type(info))
            info = self.world.types.get(head.id) if type(head) is TCon else None
        if type(info) is TypeInfo and info.definition.fields is not None:
            self.reporter.not_callable_text(callee, name, [f"use `{name} {{ \u2026 }}`"])
        else:
            self.reporter.unbound(callee, name, [*self.locals, *self.world.visible_values(self.scope)])
        return self.bad(node)

    def call_process(self, fn: FnEntity, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        """An actor called by name: the loop inside its own body, an error elsewhere."""
        state = self.fn
        if state is not None and state.actor is fn:
            return self.actor_loop(fn, args, node)
        self.spoil(args)
        self.reporter.direct_actor_call(node, fn.name)
        return self.bad(node)

    # ---------------------------------------------------------------- values of callable entities

    def use_as_closure(self, entity: Any, e: Span, name: str, hint: Type | None) -> T.TExpr:
        """Something that can only be called, used as a value: a closure that calls it."""
        count = self.entity_arity(entity, hint)
        if count is None:
            self.reporter.unbound(e, name)
            return self.bad(e)
        if type(entity) is StaticFn and entity.traits is None:
            return self.derived_function(entity, e)
        wanted = resolve(hint) if hint is not None else None
        if type(wanted) is TFun and len(wanted.params) == count:
            types: list[Type] = list(wanted.params)
        else:
            types = [self.fresh() for _ in range(count)]
        params = tuple([Local(f"x{i + 1}", t) for i, t in enumerate(types)])
        args: list[Any] = [T.TLocal(e.start, e.end, p.ty, p) for p in params]
        body = self.call_entity(entity, e, name, args, e)
        return T.TClosure(e.start, e.end, TFun(tuple(types), body.ty), params, body)

    def entity_arity(self, entity: Any, hint: Type | None) -> int | None:
        kind = type(entity)
        if kind is BareMethod:
            traits = [t for t in entity.traits if t.methods[entity.name].has_self]
            return len(traits[0].methods[entity.name].params) + 1 if traits else None
        if kind is ServiceMember:
            return self.service_arity(entity)
        if kind is StaticFn:
            return len(entity.traits[0].methods[entity.name].params) if entity.traits else 1
        method = entity.trait.methods[entity.method]
        return len(method.params) + (1 if method.has_self else 0)

    # ---------------------------------------------------------------- pipes

    def infer_pipe(self, e: ast.Pipe, hint: Type | None) -> T.TExpr:
        # A pipe leans left and can be long: walk it with a loop.
        spine = [e]
        lhs = e.lhs
        while type(lhs) is ast.Pipe and not lhs.parens:
            spine.append(lhs)
            lhs = lhs.lhs
        node = self.infer(lhs)
        while spine:
            step = spine.pop()
            node = self.pipe_into(step.rhs, node, step.slot, step)
        return node

    def pipe_into(self, rhs: ast.Expr, value: T.TExpr, slot: int, node: Span) -> T.TExpr:
        """``value |N> rhs``."""
        kind = type(rhs)
        if kind is ast.Call:
            if slot <= 1:
                return self.call(rhs.callee, [value, *rhs.args], node)
            return self.slot_call(rhs, value, slot, node)
        if kind is ast.Try:
            inner = self.pipe_into(rhs.operand, value, slot, rhs)
            return self.try_typed(inner, rhs)
        if kind is ast.Member and _ends_in_call(rhs.base):
            inner = self.pipe_into(rhs.base, value, slot, rhs.base)
            return self.field_of(inner, rhs.name, rhs)
        if kind is ast.Spawn:
            return self.spawn([rhs.args[0], value, *rhs.args[1:]], node)
        if kind is ast.Send:
            return self.send([value, *rhs.args], node)
        if kind is ast.Link:
            return self.link([value, *rhs.args], node)
        if kind is ast.Index:
            return self.infer(rhs)
        return self.call(rhs, [value], node)

    def slot_call(self, rhs: ast.Call, value: T.TExpr, slot: int, node: Span) -> T.TExpr:
        """The piped value becomes argument ``slot``; it is still evaluated first."""
        args: list[Any] = list(rhs.args)
        position = min(slot - 1, len(args))
        arity = self.callee_arity(rhs.callee, len(args) + 1)
        if arity is not None and slot > arity[1]:
            self.spoil(args)
            self.reporter.slot_range(node, slot, arity[0], arity[1])
            return self.bad(node)
        local = Local("piped", value.ty)
        args.insert(position, T.TLocal(value.start, value.end, value.ty, local))
        call = self.call(rhs.callee, args, node)
        let = T.TLet(value.start, value.end, T.PBind(value.start, value.end, value.ty, local), value)
        return T.TBlock(node.start, node.end, call.ty, (let,), call)

    def callee_arity(self, callee: ast.Expr, count: int) -> tuple[str, int] | None:
        """Name and parameter count of a known callee, for the range of slots."""
        entity: Any = None
        name = ""
        if type(callee) is ast.Name:
            name = callee.text
            found = self.locals.get(name)
            if type(found) is LocalFns:
                return name, count if count in found.by_arity else max(found.by_arity)
            if found is not None:
                t = resolve(found.ty if type(found) is Local else found.scheme.ty)
                return (name, len(t.params)) if type(t) is TFun else None
            entity = self.world.lookup_value(self.scope, name)
        elif type(callee) is ast.Member:
            name = callee.name.name
            entity = self.member(callee)
        if type(entity) is Overloads:
            return name, count if count in entity.by_arity else max(entity.by_arity)
        if type(entity) is CtorEntity:
            return name, entity.arity
        return None

    # ---------------------------------------------------------------- members

    def infer_member(self, e: ast.Member, hint: Type | None) -> T.TExpr:
        found = self.member(e)
        if type(found) is Missing:
            found.report(e.name, e.base)
            return self.bad(e)
        if found is not None:
            if type(found) is Ambiguous and not found.name:
                return self.bad(e)
            return self.use_entity(found, e, e.name.name, hint)
        return self.field_of(self.infer(e.base), e.name, e)

    def field_of(self, base: T.TExpr, name: ast.Ident, node: Span) -> T.TExpr:
        t = resolve(base.ty)
        if type(t) is TVar and not t.rigid:

            out: Type = self.fresh()
            self.deferred.append(HasField(self, name, t, name.name, out))
        elif t is ERROR or type(t) is TNever:
            out = ERROR
        else:
            out = self.field_type(t, name.name, name, self.reporter)
        return T.TField(node.start, node.end, out, base, name.name)

    def infer_index(self, e: ast.Index, hint: Type | None) -> T.TExpr:
        self.infer(e.base)
        self.infer(e.index)
        self.reporter.no_index(e)
        return self.bad(e)


def _ends_in_call(e: ast.Expr) -> bool:
    while type(e) is ast.Member or type(e) is ast.Try:
        e = e.base if type(e) is ast.Member else e.operand
    return type(e) is ast.Call


SPECIAL: dict[str, Any] = {}
"""Library functions with a typing rule of their own, by function id (filled by ``special``)."""

_SPECIAL_NAMES: dict[str, Any] = {}
"""Names with a meaning although nothing defines them (assertions of test files)."""


def special_name(name: str, rule: Any) -> None:
    _SPECIAL_NAMES[name] = rule

