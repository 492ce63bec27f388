"""Trait resolution for later stages: which code a trait method means at concrete types (``typed.Impls``)."""

from __future__ import annotations

from typing import Any

from meshpy.types.constraints import Associated
from meshpy.types.entities import FnEntity, ImplInfo, Overloads, TraitInfo
from meshpy.types.instances import Solver
from meshpy.types.ty import TCon, TFun, TVar, Type, TypeId, resolve
from meshpy.types.typed import Resolution
from meshpy.types.unify import NO, YES, match, substitute
from meshpy.types.world import World, export


class ProgramImpls:
    """Implements ``typed.Impls``: all types given to it are fully substituted."""

    def __init__(self, world: World, solver: Solver) -> None:
        self.world = world
        self.solver = solver

    def find(self, trait: TypeId, method: str, self_ty: Type, trait_args: tuple[Type, ...] = ()) -> Resolution | None:
        """The code of ``method`` of ``trait<trait_args>`` for ``self_ty``; None when there is no instance."""
        info = self.world.traits[trait]
        t = resolve(self_ty)
        args = self.arguments(info, t, trait_args)
        status, impl, mapping = self.solver.resolve_impl(info, args, t)
        if status == YES and impl is not None:
            fn = impl.methods.get(method)
            if fn is not None:
                return Resolution("user", fn.fn_id, self.method_args(fn, impl, mapping, info, method, t, args))
            default = info.methods[method].default
            if default is None and impl.mirror:
                return None
            if default is None:
                return None
            return Resolution("default", default.fn_id, self.default_args(default, info, t, args))
        status, _ = self.solver.solve_builtin(info, args, t)
        if status == NO:
            return None
        if type(t) is TCon and t.id in self.world.types:
            name = "Json" if info.name == "ToJson" else info.name
            if name in self.world.types[t.id].definition.derived:
                return Resolution("derived")
        return Resolution("builtin")

    def arguments(self, trait: TraitInfo, t: Type, args: tuple[Type, ...]) -> tuple[Type, ...]:
        return args if len(args) == len(trait.params) else tuple([TVar(0) for _ in trait.params])

    def has(self, trait: TypeId, self_ty: Type, trait_args: tuple[Type, ...] = ()) -> bool:
        info = self.world.traits[trait]
        status, goals = self.solver.solve(info, self.arguments(info, self_ty, trait_args), self_ty)
        return status == YES and not goals

    def assoc(self, trait: TypeId, self_ty: Type, name: str, trait_args: tuple[Type, ...] = ()) -> Type | None:
        info = self.world.traits[trait]
        return self.solver.assoc(info, self.arguments(info, self_ty, trait_args), self_ty, name)

    def resolve_method(self, self_ty: Type, name: str) -> tuple[str, Any] | None:
        """What ``value.name(...)`` calls: ``("field", name)``, ``("trait", trait id)`` or ``("library", fn ids by arity)``."""
        t = resolve(self_ty)
        if type(t) is TCon:
            info = self.world.types.get(t.id)
            if info is not None and info.definition.fields is not None and name in info.field_index:
                return "field", name
        for trait in self.world.methods_named(name):
            if self.find(trait.id, name, t) is not None:
                return "trait", trait.id
        module = self.world.method_module(t)
        if module is not None:
            entity, _ = export(module, name)
            if type(entity) is Overloads:
                return "library", {n: fn.fn_id for n, fn in entity.by_arity.items()}
        return None

    # ---------------------------------------------------------------- type arguments

    def method_args(self, fn: FnEntity, impl: ImplInfo, mapping: dict[TVar, Type], trait: TraitInfo, method: str, t: Type,
                    args: tuple[Type, ...]) -> tuple[Type, ...]:
        """The arguments for the type parameters of an impl's method."""
        variables = fn.scheme.vars if fn.scheme is not None else ()
        known: dict[TVar, Type | None] = {v: mapping.get(v) for v in variables}
        if any(found is None for found in known.values()):
            self.from_signature(fn, trait, method, t, args, known)
        self.associated(fn.scheme.constraints if fn.scheme is not None else (), known)
        return tuple([found if found is not None else v for v, found in known.items()])

    def from_signature(self, fn: FnEntity, trait: TraitInfo, method: str, t: Type, args: tuple[Type, ...],
                       known: dict[TVar, Type | None]) -> None:
        """A method more general than its trait: its own parameters follow from the trait's signature."""
        declared = trait.methods.get(method)
        fun = resolve(fn.scheme.ty) if fn.scheme is not None else None
        if declared is None or type(fun) is not TFun:
            return
        full: dict[TVar, Type] = {trait.self_var: t, **dict(zip(trait.params, args))}
        for name, var in trait.assoc.items():
            found = self.solver.assoc(trait, args, t, name)
            if found is not None:
                full[var] = found
        own = fun.params[1:] if declared.has_self else fun.params
        for pattern, wanted in zip(own, declared.params):
            if wanted is not None:
                match(pattern, substitute(wanted, full), known)
        if declared.ret is not None:
            match(fun.ret, substitute(declared.ret, full), known)

    def associated(self, constraints: tuple[Any, ...], known: dict[TVar, Type | None]) -> None:
        """Parameters that stand for associated types of others."""
        for c in constraints:
            if type(c) is not Associated or type(resolve(c.out)) is not TVar or known.get(resolve(c.out), c) is not None:
                continue
            subject = substitute(c.subject, {v: k for v, k in known.items() if k is not None})
            found = self.solver.assoc(c.trait, c.args, subject, c.name)
            if found is not None:
                known[resolve(c.out)] = found

    def default_args(self, fn: FnEntity, trait: TraitInfo, t: Type, args: tuple[Type, ...]) -> tuple[Type, ...]:
        variables = fn.scheme.vars if fn.scheme is not None else ()
        known: dict[TVar, Type | None] = dict.fromkeys(variables)
        known[trait.self_var] = t
        known.update(zip(trait.params, args))
        for name, var in trait.assoc.items():
            if var in known:
                known[var] = self.solver.assoc(trait, args, t, name)
        self.associated(fn.scheme.constraints if fn.scheme is not None else (), known)
        return tuple([found if found is not None else v for v, found in known.items()])

