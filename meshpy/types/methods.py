"""Trait methods: method syntax, bare and qualified calls, static functions (types reference 9.4, 14.5)."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.calls import CallRules, argument_origin
from meshpy.types.constraints import Associated, Conversion, DefaultValue, HasTrait, Pending
from meshpy.types.entities import BareMethod, BuiltinType, ImplInfo, StaticFn, TraitInfo, TraitStatic, TypeInfo
from meshpy.types.infer import blame
from meshpy.types.report import Span
from meshpy.types.ty import STRING, TCon, TFun, TNever, TVar, Type, TypeId, builtin, resolve
from meshpy.types.unify import ERROR, MAYBE, NO, YES, substitute
from meshpy.types.world import SCHEMA_FUNCTIONS, export

ITERABLE = TypeId("", "Iterable")
MAP_OF_STRING = builtin("Map", STRING, STRING)


class MethodRules(CallRules):
    """Everything that selects code by the type of a value."""

    # ---------------------------------------------------------------- method syntax

    def method_call(self, receiver: T.TExpr, name: ast.Ident, args: list[Any], node: Span) -> T.TExpr:
        t = resolve(receiver.ty)
        if type(t) is TVar and not t.rigid:
            return self.method_later(receiver, name, args, node)
        return self.method_on(t, receiver, name, args, node)

    def method_later(self, receiver: T.TExpr, name: ast.Ident, args: list[Any], node: Span) -> T.TExpr:
        """The receiver's type is open: the call is completed when it is known."""
        typed = [self.infer(a) for a in args]
        if type(resolve(receiver.ty)) is not TVar:
            return self.method_on(resolve(receiver.ty), receiver, name, typed, node)
        call = T.TCall(node.start, node.end, self.fresh(), receiver, ())

        def complete(found: T.TExpr, ctx: Any) -> None:
            if type(found) is T.TCall:
                call.callee = found.callee
                call.args = found.args
            ctx.agree(node, call.ty, found.ty)

        def run(ctx: Any) -> None:
            complete(ctx.method_on(resolve(receiver.ty), receiver, name, typed, node), ctx)

        def last(ctx: Any) -> bool:
            traits = ctx.world.methods_named(name.name)
            if len(traits) != 1:
                return False
            complete(ctx.trait_call(traits[0], ctx.trait_args(traits[0]), name.name, receiver.ty, receiver, typed, name,
                                    node), ctx)
            return True

        def report(ctx: Any) -> None:
            ctx.reporter.no_method(name, name.name, receiver.ty, unknown=True)
            ctx.agree(node, call.ty, ERROR)

        self.deferred.append(Pending(self, node, receiver.ty, run, last, report, (call.ty, *[a.ty for a in typed])))
        return call

    def method_on(self, t: Type, receiver: T.TExpr, name: ast.Ident, args: list[Any], node: Span) -> T.TExpr:
        """A method call on a value of known type, in the order of types reference 9.4."""
        method = name.name
        if t is ERROR or type(t) is TNever:
            return self.call_bad(args, node)
        if type(t) is TCon:
            info = self.world.types.get(t.id)
            if info is not None and info.definition.fields is not None and method in info.field_index \
                    and info.open_to(self.scope):
                field = T.TField(receiver.start, name.end, self.field_type(t, method, name, self.reporter), receiver,
                                 method)
                return self.call_value(field, args, node)
        traits = self.traits_of(t, method)
        if len(traits) > 1:
            self.reporter.ambiguous_method(name, method, t, [x.name for x in traits])
            return self.call_bad(args, node)
        if traits:
            trait = traits[0]
            return self.trait_call(trait, self.trait_args(trait), method, t, receiver, args, name, node)
        extra = self.extra_method(t, method)
        if extra is not None:
            return self.apply(self.use_fn(extra, name), [receiver, *args], node, 1)
        if method in ("into", "try_into") and not args:
            return self.conversion(receiver, method == "try_into", node)
        module = self.world.method_module(t)
        if module is not None:
            entity, _ = export(module, method)
            if entity is not None:
                return self.call_entity(entity, name, method, [receiver, *args], node, 1)
        self.spoil(args)
        self.reporter.no_method(name, method, t)
        return self.bad(node)

    def traits_of(self, t: Type, method: str) -> list[TraitInfo]:
        """The traits that provide ``method`` for the known type ``t``."""
        found = []
        candidates = self.world.methods_named(method)
        if not candidates:
            return found
        if type(t) is TVar:  # a declared parameter
            info = self.rigids.get(t)
            if info is None:
                return []
            if info.bounds or not info.open:
                ids = {b.id for b, _ in info.bounds}
                return [x for x in candidates if x.id in ids]
            return candidates if len(candidates) == 1 else []
        for trait in candidates:
            status, _, _ = self.solver.resolve_impl(trait, self.trait_args(trait), t)
            if status == NO:
                status, _ = self.solver.solve_builtin(trait, (), t)
                if trait.params:
                    status = NO
            if status != NO:
                found.append(trait)
        if len(found) > 1:
            # An operator trait of the user stands in for the built-in one that it mirrors.
            mirrored = {x.operator for x in found if x.operator is not None}
            found = [x for x in found if x.id not in mirrored]
        return found

    def extra_method(self, t: Type, method: str) -> Any:
        """A method that some impl for ``t`` adds to those of its trait."""
        for impl in self.world.extra_methods.get(method, ()):
            if self.solver.resolve_impl(impl.trait, impl.args, t)[1] is impl:
                return impl.methods[method]
        return None

    def trait_args(self, trait: TraitInfo) -> tuple[Type, ...]:
        return tuple([self.fresh() for _ in trait.params]) if trait.params else ()

    # ---------------------------------------------------------------- calling a method of a trait

    def trait_call(self, trait: TraitInfo, targs: tuple[Type, ...], method: str, self_ty: Type,
                   receiver: T.TExpr | None, args: list[Any], name: Span, node: Span) -> T.TExpr:
        """Call ``trait<targs>::method`` for ``self_ty``; ``receiver`` is None for a static method."""
        t = resolve(self_ty)
        given = [receiver, *args] if receiver is not None else args
        skip = 1 if receiver is not None else 0
        if type(t) is not TVar:
            status, impl, mapping = self.solver.resolve_impl(trait, targs, t)
            if status == MAYBE and impl is not None:
                # The only impl that fits: it decides the arguments of the trait.
                fresh = {v: self.fresh() for v in impl.vars}
                for pattern, arg in zip((impl.self_ty, *impl.args), (t, *targs)):
                    self.agree(node, substitute(pattern, fresh), arg)
                status, impl, mapping = self.solver.resolve_impl(trait, targs, t)
            if status == YES and impl is not None:
                for pattern, arg in zip(impl.args, targs):
                    self.agree(node, substitute(pattern, {v: m for v, m in mapping.items() if m is not None}), arg)
                fn = impl.methods.get(method)
                if fn is not None:
                    callee = self.use_fn(fn, name)
                    self.pin_self(callee, impl, t, mapping)
                    return self.apply(callee, given, node, skip)
            self.require(HasTrait(self, node, t, trait, targs))
        elif not t.rigid or not self.rigid_bound(t, trait):
            self.require(HasTrait(self, node, t, trait, targs))
        if trait.id == ITERABLE:
            self.driver.reach_iterators()
        params, ret = self.trait_signature(trait, targs, method, t, node)
        full = (t, *params) if receiver is not None else params
        callee_node = T.TTraitMethod(name.start, name.end, TFun(tuple(full), ret), trait.id, targs, method, t)
        return self.apply(callee_node, given, node, skip)

    def pin_self(self, callee: T.TGlobal, impl: ImplInfo, t: Type, mapping: dict[TVar, Any]) -> None:
        """Tie the impl's type parameters of an instantiated method to the receiver's type."""
        for index, var in enumerate(impl.vars):
            bound = mapping.get(var)
            if bound is not None and index < len(callee.type_args):
                self.agree(callee, callee.type_args[index], bound)

    def trait_signature(self, trait: TraitInfo, targs: tuple[Type, ...], method: str, self_ty: Type, span: Span
                        ) -> tuple[list[Type], Type]:
        """Parameter types (without the receiver) and result of a method at ``self_ty``."""
        m = trait.methods[method]
        mapping: dict[TVar, Type] = {trait.self_var: self_ty}
        mapping.update(zip(trait.params, targs))
        for assoc_name, var in trait.assoc.items():
            out = self.fresh()
            mapping[var] = out
            self.require(Associated(self, span, self_ty, trait, targs, assoc_name, out))
        params = [substitute(p, mapping) if p is not None else self.fresh() for p in m.params]
        ret = substitute(m.ret, mapping) if m.ret is not None else self.fresh()
        return params, ret

    # ---------------------------------------------------------------- bare and qualified calls

    def call_bare(self, entity: BareMethod, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        """``describe(p)``: a method called like a function, dispatched on the first argument."""
        method = entity.name
        traits = [t for t in entity.traits if t.methods[method].has_self]
        if not traits:
            self.spoil(args)
            self.reporter.unbound(callee, method)
            return self.bad(node)
        if not args:
            self.reporter.arity(node, len(traits[0].methods[method].params) + 1, 0)
            return self.bad(node)
        receiver = self.infer(args[0])
        rest = list(args[1:])
        t = resolve(receiver.ty)
        if len(traits) == 1:
            trait = traits[0]
            if type(t) is not TVar and t is not ERROR and type(t) is not TNever and not self.traits_of(t, method):
                self.spoil(rest)
                status, _ = self.solver.solve(trait, (), t)
                if status == NO:
                    self.reporter.missing_impl(node, t, trait.name)
                return self.bad(node)
            if t is ERROR or type(t) is TNever:
                return self.call_bad(rest, node)
            return self.bare_apply(trait, method, receiver, rest, callee, node)
        if type(t) is TVar and not t.rigid:
            return self.method_later(receiver, _ident(callee, method), rest, node)
        found = self.traits_of(t, method)
        if len(found) == 1:
            return self.bare_apply(found[0], method, receiver, rest, callee, node)
        self.spoil(rest)
        if len(found) > 1:
            self.reporter.ambiguous_method(callee, method, t, [x.name for x in found])
        else:
            self.reporter.no_method(callee, method, t)
        return self.bad(node)

    def bare_apply(self, trait: TraitInfo, method: str, receiver: T.TExpr, rest: list[Any], callee: Span, node: Span
                   ) -> T.TExpr:
        return self.trait_call(trait, self.trait_args(trait), method, receiver.ty, receiver, rest, callee, node)

    def call_trait_static(self, entity: TraitStatic, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        """``Trait.method(value, ...)``."""
        trait = entity.trait
        m = trait.methods[entity.method]
        targs = self.trait_args(trait)
        if m.has_self:
            if not args:
                self.reporter.arity(node, len(m.params) + 1, 0)
                return self.bad(node)
            receiver = self.infer(args[0])
            return self.trait_call(trait, targs, entity.method, receiver.ty, receiver, list(args[1:]), callee, node)
        return self.trait_call(trait, targs, entity.method, self.fresh(), None, args, callee, node)

    # ---------------------------------------------------------------- static functions

    def head_type(self, head: Any) -> Type:
        if isinstance(head, TypeInfo):
            return TCon(head.id, tuple([self.fresh() for _ in head.params]))
        if isinstance(head, BuiltinType):
            return TCon(TypeId("", head.name), tuple([self.fresh() for _ in range(head.arity)]))
        return head

    def derived_function(self, entity: StaticFn, e: Span) -> T.TExpr:
        """``T.from_json`` and its like as a function value."""
        head = self.head_type(entity.self_head)
        name = entity.name
        if name == "from_json":
            ty = TFun((STRING,), builtin("Result", head, STRING))
        elif name == "from_row":
            ty = TFun((MAP_OF_STRING,), builtin("Result", head, STRING))
        elif SCHEMA_FUNCTIONS.get(name, False):
            ty = TFun((), builtin("List", STRING))
        else:
            ty = TFun((), STRING)
        if name == "from_json" and head.args:  # type: ignore[union-attr]
            self.require(HasTrait(self, e, head, self.world.trait("ToJson")))
        return T.TDerived(e.start, e.end, ty, name, head)

    def call_static(self, entity: StaticFn, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        if entity.traits is None:
            return self.apply(self.derived_function(entity, callee), args, node, 0)
        head = self.head_type(entity.self_head)
        method = entity.name
        found = [t for t in entity.traits if self.may_implement(t, head)]
        if len(found) != 1:
            self.spoil(args)
            if found:
                self.reporter.ambiguous_method(callee, method, head, [t.name for t in found])
            else:
                self.reporter.no_method(callee, method, head)
            return self.bad(node)
        return self.static_call(found[0], method, head, args, callee, node)

    def may_implement(self, trait: TraitInfo, t: Type) -> bool:
        t = resolve(t)
        if type(t) is TVar:
            info = self.rigids.get(t)
            return info is not None and (self.rigid_bound(t, trait) or (info.open and not info.bounds))
        if self.solver.candidates(trait, resolve(t)):
            return True
        return self.solver.solve_builtin(trait, self.trait_args(trait), resolve(t))[0] != NO

    def static_call(self, trait: TraitInfo, method: str, head: Type, args: list[Any], callee: Span, node: Span) -> T.TExpr:
        """A static method: arguments first, since they decide the arguments of the trait (``From<A>``)."""
        typed = [self.infer(a) for a in args]
        targs = self.trait_args(trait)
        m = trait.methods[method]
        if trait.params and len(typed) == len(m.params):
            by_param = dict(zip(trait.params, targs))
            for declared, a in zip(m.params, typed):
                if declared is not None and type(resolve(declared)) is TVar and resolve(declared) in by_param:
                    self.agree(blame(a), by_param[resolve(declared)], a.ty)
            status, impl, _ = self.solver.resolve_impl(trait, targs, resolve(head))
            if status == NO and self.solver.candidates(trait, resolve(head)) and \
                    self.solver.solve_builtin(trait, targs, resolve(head))[0] == NO:
                choices = self.solver.candidates(trait, resolve(head))
                if len(choices) == 1 and not choices[0].vars:
                    expected = choices[0].args[0]
                    if typed:
                        self.reporter.type_mismatch(blame(typed[0]), expected, typed[0].ty, argument_origin(1))
                        return self.bad(node)
        return self.trait_call(trait, targs, method, head, None, typed, callee, node)

    def call_default(self, fn: Any, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        """``default()``: the type that the context requires decides."""
        out = self.fresh()
        trait = self.world.trait("Default")
        self.require(DefaultValue(self, node, out, trait))
        method = T.TTraitMethod(callee.start, callee.end, TFun((), out), trait.id, (), "default", out)
        return self.apply(method, args, node, 0)

    def call_compare(self, fn: Any, callee: Span, args: list[Any], node: Span) -> T.TExpr:
        subject = self.fresh()
        trait = self.world.trait("Ord")
        ty = TFun((subject, subject), builtin("Ordering"))
        call = self.apply(T.TTraitMethod(callee.start, callee.end, ty, trait.id, (), "compare", subject), args, node, 0)
        self.require(HasTrait(self, node, subject, trait))
        return call

    # ---------------------------------------------------------------- conversions

    def conversion(self, value: T.TExpr, fallible: bool, node: Span) -> T.TExpr:
        """``value.into()``: generated from ``From`` of the target, which the expected type names."""
        out = self.fresh()
        trait = self.world.trait("TryFrom" if fallible else "From")
        method = "try_from" if fallible else "from"
        call = T.TCall(node.start, node.end, out, value, ())

        def build(target: Type) -> None:
            found = self.trait_call(trait, (value.ty,), method, target, None, [value], node, node)
            if type(found) is T.TCall:
                call.callee = found.callee
                call.args = found.args
            self.agree(node, out, found.ty)

        self.require(Conversion(self, node, out, value.ty, fallible, build))
        return call


def _ident(span: Span, name: str) -> ast.Ident:
    return ast.Ident(span.start, span.end, name)

