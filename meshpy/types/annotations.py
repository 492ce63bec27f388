"""Types as written, read into types (types reference 1.3 and 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshpy.syntax import ast
from meshpy.types.entities import AliasInfo, Ambiguous, BuiltinType, ModuleScope, TypeInfo
from meshpy.types.ty import NEVER, UNIT, TCon, TFun, TTuple, TVar, Type, TypeId, builtin
from meshpy.types.unify import ERROR, substitute

if TYPE_CHECKING:
    from meshpy.types.world import World

ITERATOR_NAMES = frozenset(
    f"{kind}Iterator" for kind in ("List", "Map", "Set", "Range", "MapAdapter", "FilterAdapter", "TakeAdapter",
                                   "SkipAdapter", "EnumerateAdapter", "ZipAdapter"))

BUILTIN_ARITY = {
    "Int": 0, "Float": 0, "Bool": 0, "String": 0, "Atom": 0, "List": 1, "Map": 2, "Set": 1, "Range": 0, "Queue": 1,
    "Tuple": 0, "Pid": 1, "Json": 0, "Request": 0, "Response": 0, "Router": 0, "SqliteConn": 0, "PgConn": 0,
    "PoolHandle": 0, "DateTime": 0, "Regex": 0, "Ptr": 0, "Iter": 1, "Unit": 0, "Never": 0,
    **{name: 0 for name in ITERATOR_NAMES},
}
"""The built-in types without declaration and the number of their parameters."""

INTERNAL_TYPES = {"Cell": BuiltinType("Cell", 1)}
"""Types that only the files of the library may name."""

BUILTIN_TYPES = {name: BuiltinType(name, arity) for name, arity in BUILTIN_ARITY.items()}

_BARE_OK = frozenset({"List", "Map", "Set", "Queue", "Iter"})
_GROUND = {name: builtin(name) for name, arity in BUILTIN_ARITY.items() if arity == 0}
_OPTION = TypeId("", "Option")
_RESULT = TypeId("", "Result")
_FUN = "Fun"


class TypeReader:
    """Reads annotations of one place of the program.

    ``names`` are the type parameters in scope (and ``Self``); ``assoc`` gives the meaning of ``Self.Name`` and
    ``T.Name`` (None: there is none); ``fresh`` makes the variable of a missing argument, which sets ``open``: such a
    signature is not complete. With ``implicit``, an undefined capitalised name becomes a type parameter, collected
    there (impl heads). ``alias`` names the alias being read, for its messages.
    """

    __slots__ = ("alias", "assoc", "fresh", "implicit", "names", "open", "scope", "world")

    def __init__(self, world: World, scope: ModuleScope, names: dict[str, Type], fresh: Callable[[], Type],
                 assoc: Callable[[Type, str], Type | None] | None = None,
                 implicit: dict[str, TVar] | None = None, alias: str | None = None) -> None:
        self.world = world
        self.scope = scope
        self.names = names
        self.fresh = fresh
        self.assoc = assoc
        self.implicit = implicit
        self.alias = alias
        self.open = False

    def read(self, node: ast.TypeExpr) -> Type:
        kind = type(node)
        if kind is ast.TyName:
            return self.name(node)
        if kind is ast.TyTuple:
            return TTuple(tuple([self.read(e) for e in node.elems])) if node.elems else UNIT
        if kind is ast.TyFun:
            return TFun(tuple([self.read(p) for p in node.params]), self.read(node.ret))
        if kind is ast.TyOption:
            return TCon(_OPTION, (self.read(node.inner),))
        assert kind is ast.TyResult
        return TCon(_RESULT, (self.read(node.ok), self.read(node.err)))

    def name(self, node: ast.TyName) -> Type:
        parts = node.path.parts
        args = node.args
        if len(parts) == 1:
            name = parts[0].name
            found = self.names.get(name)
            if found is not None:
                if args:
                    self.scope.reporter.type_args(node, 0, len(args))
                return found
            if not args:
                ground = _GROUND.get(name)
                if ground is not None and name not in self.scope.types and name not in self.scope.from_types:
                    entity = self.world.lookup_type(self.scope, name)
                    if type(entity) is BuiltinType:
                        return self.builtin(entity, node)
            entity = self.world.lookup_type(self.scope, name)
        else:
            if len(parts) == 2:
                base = self.names.get(parts[0].name)
                if base is not None or parts[0].name == "Self":
                    member = self.assoc(base, parts[1].name) if self.assoc is not None and base is not None else None
                    if member is None:
                        self.scope.reporter.unresolved_assoc(node, parts[1].name)
                        return ERROR
                    return member
            entity = self.world.lookup_qualified_type(self.scope, [p.name for p in parts], node)
            if entity is ERROR:
                return ERROR
        if entity is None:
            if parts[0].name in self.scope.broken:
                return ERROR
            return self.undefined(node)
        if type(entity) is Ambiguous:
            self.scope.reporter.ambiguous_name(node, entity.name, entity.owners)
            return ERROR
        if type(entity) is BuiltinType:
            return self.builtin(entity, node)
        if type(entity) is AliasInfo:
            return self.expand(entity, node)
        return self.nominal(entity, node)

    def arguments(self, node: ast.TyName, expected: int, name: str, bare_ok: bool) -> tuple[Type, ...]:
        args = node.args
        if len(args) == expected:
            return tuple([self.read(a) for a in args])
        if not args and (bare_ok or self.implicit is not None):
            self.open = True
            if self.implicit is not None:
                made = []
                for i in range(expected):
                    var = TVar(0, None, f"{name}{i + 1}", True)
                    self.implicit[f"{name}${len(self.implicit)}"] = var
                    made.append(var)
                return tuple(made)
            return tuple([self.fresh() for _ in range(expected)])
        self.scope.reporter.type_args(node, expected, len(args))
        given = [self.read(a) for a in args][:expected]
        return tuple(given + [ERROR] * (expected - len(given)))

    def builtin(self, entity: BuiltinType, node: ast.TyName) -> Type:
        name = entity.name
        if name in ITERATOR_NAMES:
            if node.args:
                self.scope.reporter.type_args(node, 0, len(node.args))
            self.open = True
            return TCon(TypeId("", "Iter"), (self.fresh(),))
        if name == "Unit":
            return UNIT
        if name == "Never":
            return NEVER
        if name == "Pid" and not node.args:
            return TCon(TypeId("", "Pid"))
        if entity.arity == 0 and not node.args:
            return _GROUND[name]
        return TCon(TypeId("", name), self.arguments(node, entity.arity, name, name in _BARE_OK))

    def expand(self, alias: AliasInfo, node: ast.TyName) -> Type:
        ty = self.world.alias_type(alias)
        args = self.arguments(node, len(alias.params), alias.node.name.name, False)
        return substitute(ty, dict(zip(alias.params, args))) if args else ty

    def nominal(self, info: TypeInfo, node: ast.TyName) -> Type:
        bare_ok = info.id.module == "" and info.name in _BARE_OK
        return TCon(info.id, self.arguments(node, len(info.params), info.name, bare_ok))

    def undefined(self, node: ast.TyName) -> Type:
        name = node.path.text
        if self.implicit is not None and len(node.path.parts) == 1 and name[:1].isupper() and not node.args \
                and name != "Self":
            var = self.implicit.get(name)
            if var is None:
                var = self.implicit[name] = TVar(0, None, name, True)
                self.names[name] = var
            return var
        for a in node.args:
            self.read(a)
        if name == "Self":
            self.scope.reporter.undefined_type(node, name, ())
        else:
            self.scope.reporter.undefined_type(node, name, [*self.names, *self.world.visible_types(self.scope)], self.alias)
        return ERROR
