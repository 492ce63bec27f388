"""Impls against their traits, when the types of all methods are known (types reference 14.2 rule 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshpy.types.entities import FnEntity, ImplInfo, TraitMethod
from meshpy.types.report import count_text
from meshpy.types.ty import TFun, TVar, Type, resolve
from meshpy.types.unify import ERROR, NO, match, mentions_error, substitute

if TYPE_CHECKING:
    from meshpy.types.driver import Driver


def check_impls(driver: Driver) -> None:
    """E0008 for methods whose shape, parameters or result differ from the trait's declaration."""
    for impl in driver.world.all_impls:
        for name, fn in impl.methods.items():
            method = impl.trait.methods.get(name)
            if method is not None:
                check_method(impl, fn, method)


def check_method(impl: ImplInfo, fn: FnEntity, method: TraitMethod) -> None:
    head = fn.clauses[0]
    reporter = impl.scope.reporter
    trait = impl.trait.name
    has_self = bool(head.params) and head.params[0].is_self
    if has_self != method.has_self:
        wanted, found = ("a method with self", "no self") if method.has_self else ("a static function", "self")
        reporter.method_shape(head.name, fn.name, trait, wanted, found)
        return
    own = len(head.params) - (1 if has_self else 0)
    if own != len(method.params):
        reporter.method_shape(head.name, fn.name, trait, count_text(len(method.params), "parameter"), str(own))
        return
    fun = resolve(fn.scheme.ty) if fn.scheme is not None else None
    if type(fun) is not TFun:
        return
    params = fun.params[1:] if has_self else fun.params
    for param, declared, node in zip(params, method.params, head.params[1:] if has_self else head.params):
        expected = in_impl(impl, declared)
        if expected is not None and differs(param, expected, fn):
            t, f = reporter.show(expected), reporter.show(param)
            reporter.method_shape(node, fn.name, trait, t, f)
    if head.ret is not None and method.ret is not None and not method.mentions_self:
        expected = in_impl(impl, method.ret)
        if expected is not None and differs(fun.ret, expected, fn):
            reporter.method_return(head.name, fn.name, trait, expected, fun.ret)


def in_impl(impl: ImplInfo, declared: Type | None) -> Type | None:
    if declared is None:
        return None
    trait = impl.trait
    mapping: dict[TVar, Type] = {trait.self_var: impl.self_ty, **dict(zip(trait.params, impl.args))}
    mapping.update({var: impl.assoc.get(name, ERROR) for name, var in trait.assoc.items()})
    return substitute(declared, mapping)


def differs(found: Type, expected: Type, fn: FnEntity) -> bool:
    """Whether a method's type cannot serve where the trait's is expected (it may be more general)."""
    if mentions_error(found) or mentions_error(expected):
        return False
    own = [v for v in fn.scheme.vars if v not in fn.impl.vars] if fn.scheme is not None and fn.impl is not None else []
    return match(found, expected, dict.fromkeys(own)) == NO
