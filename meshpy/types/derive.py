"""What ``deriving`` needs of the fields (types reference 15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshpy.syntax import ast
from meshpy.types.entities import ModuleScope, TypeInfo
from meshpy.types.ty import TCon, Type, TypeId, resolve
from meshpy.types.unify import ERROR, NO

if TYPE_CHECKING:
    from meshpy.types.driver import Driver

_COMPARING = ("Eq", "Ord", "Hash", "Display", "Debug")
_ROW = frozenset({"Int", "Float", "Bool", "String"})


def check_derived(driver: Driver, scope: ModuleScope) -> None:
    """Conditions of explicit deriving lists: E0006, E0038 and E0039 at the field; the instance is dropped then."""
    for info in scope.types.values():
        if type(info) is not TypeInfo or not info.explicit:
            continue
        derived = info.definition.derived
        for name in _COMPARING:
            if name in derived and not _check_trait(driver, scope, info, name):
                drop(info, name)
        if "Json" in derived and not _check_json(driver, scope, info):
            drop(info, "Json")
        if "Row" in derived and not _check_row(scope, info):
            drop(info, "Row")


def drop(info: TypeInfo, name: str) -> None:
    """Take back an instance whose conditions fail, which was reported."""
    info.definition.derived = info.definition.derived - {name}
    info.spoilt = True


def _fields(info: TypeInfo) -> list[tuple[str, Type, Any]]:
    """Every field: its name in messages, its type, the place of its type."""
    out = []
    if type(info.node) is ast.StructDef:
        nodes = {f.name.name: f for f in reversed(info.node.fields)}
        for f in info.definition.fields or ():
            out.append((f.name, f.ty, nodes[f.name].type or nodes[f.name].name))
        return out
    variants = {v.name.name: v for v in reversed(info.node.variants)}
    for v in info.definition.variants or ():
        for f, node in zip(v.fields, variants[v.name].fields):
            out.append((f"{v.name}::{f.name}", f.ty, node.type))
    return out


def _check_trait(driver: Driver, scope: ModuleScope, info: TypeInfo, name: str) -> bool:
    trait = driver.world.trait(name)
    good = True
    for _, ty, node in _fields(info):
        status, _ = driver.solver.field_satisfies(trait, ty)
        if status == NO:
            scope.reporter.missing_impl(node, ty, name)
            good = False
    return good


def _check_json(driver: Driver, scope: ModuleScope, info: TypeInfo) -> bool:
    trait = driver.world.trait("ToJson")
    good = True
    for label, ty, node in _fields(info):
        status, _ = driver.solver.field_satisfies(trait, ty)
        if status == NO:
            scope.reporter.not_json(node, label, ty)
            good = False
    return good


def _check_row(scope: ModuleScope, info: TypeInfo) -> bool:
    good = True
    for label, ty, node in _fields(info):
        t = resolve(ty)
        if type(t) is TCon and t.id == TypeId("", "Option"):
            t = resolve(t.args[0])
        if t is ERROR or (type(t) is TCon and t.id.module == "" and t.id.name in _ROW):
            continue
        scope.reporter.not_row(node, label, ty)
        good = False
    return good

