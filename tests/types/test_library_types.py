"""The types of the library's functions are the ones that programs rely on.

`library.types` lists them as the language's reference gives them: a line that no longer agrees means that programs may stop
compiling.
"""

from __future__ import annotations

from pathlib import Path

from meshpy.modules import project_from_texts
from meshpy.types.check import check_project
from meshpy.types.constraints import Constraint, HasTrait, OneOf
from meshpy.types.entities import Overloads, Scheme
from meshpy.types.show import show
from meshpy.types.ty import TCon, TFun, TTuple, TVar, Type, resolve


def library_types() -> dict[str, str]:
    """``Module.name/arity`` (the prelude and aliases: ``name/arity``) to its type and the constraints of its variables."""
    driver = check_project(project_from_texts({"main.mpl": "fn main() do\n  0\nend\n"})).driver
    world = driver.world
    assert driver.prelude_scope is not None
    scopes = {f"{name}.": scope.values for name, scope in world.std.items() if name not in world.internal}
    types = {}
    for prefix, values in ({"": driver.prelude_scope.values | world.aliases} | scopes).items():
        for name, entity in values.items():
            for arity, fn in entity.by_arity.items() if type(entity) is Overloads else ():
                scheme = driver.scheme_of(fn)
                if fn.pub and scheme is not None:
                    types[f"{prefix}{name}/{arity}"] = text(scheme)
    return types


def text(scheme: Scheme) -> str:
    """``scheme`` with its variables named a, b, … in the order of their first occurrence."""
    names: dict[TVar, str] = {}
    name_variables(scheme.ty, names)
    for variable, name in names.items():
        variable.name, variable.rigid = name, True
    wheres = sorted(filter(None, (constraint(c) for c in scheme.constraints)))
    return show(scheme.ty) + (" where " + ", ".join(wheres) if wheres else "")


def name_variables(t: Type, names: dict[TVar, str]) -> None:
    t = resolve(t)
    if isinstance(t, TVar):
        names.setdefault(t, chr(ord("a") + len(names)))
    for part in (*t.params, t.ret) if isinstance(t, TFun) else t.elems if isinstance(t, TTuple) else t.args if isinstance(t, TCon) else ():
        name_variables(part, names)


def constraint(c: Constraint) -> str:
    if isinstance(c, OneOf):
        return f"{show(c.subject)}: {' | '.join(show(t) for t in c.choices)}"
    return f"{show(c.subject)}: {c.trait.name}" if isinstance(c, HasTrait) else f"{show(c.subject)}: {type(c).__name__}"


def test_the_library_has_the_types_of_the_reference() -> None:
    listed = dict(line.split(" :: ", 1) for line in Path(__file__).with_name("library.types").read_text().splitlines())
    found = library_types()
    assert {name: found.get(name) for name in listed} == listed
