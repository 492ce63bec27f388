"""One value for several instances of a let-polymorphic local, so that its initialiser runs once.

A value of type ``for all a. T<a>`` holds nothing of type ``a`` (Wadler, "Theorems for free!", FPCA 1989): where ``a``
stands in a payload there is another variant, and a ``List<a>`` is empty (unless it needs a trait that makes values of
``a``). Objects are uniform (backend/abi.py), so data of this kind is the same at every instance; collections and closures
are not, since they say what their elements are.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshpy.core.mono import MonoTypes, is_con
from meshpy.types.ty import TCon, TTuple, TVar, Type, TypeId, resolve
from meshpy.types.typed import TypedTopLet
from meshpy.types.unify import free_vars


def same_at_every_type(types: MonoTypes, let: TypedTopLet) -> bool:
    """Whether the object of a generalised top-level let serves every instance."""
    return not any(local.bounded for local in let.bound) and uniform(types, let.value.ty, let.type_params)


def is_empty(let: TypedTopLet) -> bool:
    """Whether a generalised top-level let is a collection that can have no elements."""
    return not any(local.bounded for local in let.bound) and empty_collection(let.value.ty, let.type_params)


def uniform(types: MonoTypes, ty: Type, params: Sequence[TVar]) -> bool:
    """Whether the object of a value of the polymorphic type ``ty`` serves every instance of ``params``."""
    ty = resolve(ty)
    return type(ty) is not TVar and _uniform(types, ty, set(params), set())


def _uniform(types: MonoTypes, ty: Type, params: set[TVar], seen: set[TypeId]) -> bool:
    ty = resolve(ty)
    if type(ty) is TVar or params.isdisjoint(free_vars(ty)):
        return True
    if type(ty) is TTuple:
        return all(_uniform(types, e, params, seen) for e in ty.elems)
    definition = types.definition(ty)
    if type(ty) is not TCon or definition is None:
        return False
    if ty.id in seen:
        return True
    seen.add(ty.id)
    inner = {v for v, arg in zip(definition.type_params, ty.args) if not params.isdisjoint(free_vars(arg))}
    if not all(_uniform(types, a, params, seen) for a in ty.args):
        return False
    fields = definition.fields if definition.fields is not None else [f for v in definition.variants or () for f in v.fields]
    return all(_uniform(types, f.ty, inner, seen) for f in fields)


def empty_collection(ty: Type, params: Sequence[TVar]) -> bool:
    """Whether a value of the polymorphic type ``ty`` is a collection that can have no elements."""
    ty = resolve(ty)
    if type(ty) is not TCon or not any(is_con(ty, name) for name in ("List", "Map")):
        return False
    return any(resolve(a) in params for a in ty.args)
