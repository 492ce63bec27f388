"""The whole program as the checker sees it: module scopes, the library, tables of types, traits and impls.

Name lookup follows types reference 3.1 to 3.5 and 4.3. All answers are memoised by module; none depends on the order
of files or definitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshpy.types.annotations import BUILTIN_TYPES, INTERNAL_TYPES, TypeReader
from meshpy.types.entities import (
    AliasInfo,
    Ambiguous,
    BareMethod,
    Broken,
    BuiltinType,
    CtorEntity,
    FnEntity,
    ImplInfo,
    LanguageMember,
    Lets,
    ModuleScope,
    Overloads,
    ServiceInfo,
    StaticFn,
    TraitInfo,
    TraitStatic,
    TypeInfo,
)
from meshpy.types.ty import TCon, TFun, TTuple, TVar, Type, TypeId, builtin, resolve
from meshpy.types.unify import ERROR

SCHEMA_FUNCTIONS = {"__table__": False, "__primary_key__": False, "__fields__": True, "__relationships__": True,
                    "__field_types__": True, "__relationship_meta__": True}
"""The static functions of deriving(Schema), and whether each gives a list."""

LANGUAGE_MEMBERS = frozenset({("Node", "spawn"), ("Node", "spawn_link"), ("HTTP", "clustered"), ("Continuity", "promote")})

_DERIVED_STATIC = {"from_json": "Json", "from_row": "Row"}


class World:
    """Everything declared. Filled by ``declare``, read by inference."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleScope] = {}
        self.std: dict[str, ModuleScope] = {}
        self.prelude: dict[str, Any] = {}
        self.aliases: dict[str, Any] = {}  # bare names of library functions: string_length
        self.std_types: dict[str, TypeInfo | AliasInfo] = {}
        self.types: dict[TypeId, TypeInfo] = {}
        self.traits: dict[TypeId, TraitInfo] = {}
        self.std_traits: dict[str, TraitInfo] = {}
        self.impls: dict[TypeId, list[ImplInfo]] = {}
        self.impl_heads: dict[TypeId, dict[object, list[ImplInfo]]] = {}  # those of a trait by ``head_key``
        self.traits_by_method: dict[str, list[TraitInfo]] = {}
        self.extra_methods: dict[str, list[ImplInfo]] = {}
        self.services: dict[TypeId, ServiceInfo] = {}
        self.all_impls: list[ImplInfo] = []
        self.internal: set[str] = set()  # library modules that programs cannot name
        self.internal_types: dict[str, TypeInfo | AliasInfo] = {}
        self.expanding: list[AliasInfo] = []  # aliases that are being read

    def add_impl(self, impl: ImplInfo) -> None:
        trait = impl.trait.id
        self.impls.setdefault(trait, []).append(impl)
        self.impl_heads.setdefault(trait, {}).setdefault(head_key(impl.self_ty), []).append(impl)

    def impls_near(self, trait: TypeId, t: Type) -> list[ImplInfo]:
        """The impls of a trait whose head may overlap with ``t``, by type constructor."""
        heads = self.impl_heads.get(trait, {})
        key = head_key(t)
        if key == "*" or key == "never":
            return self.impls.get(trait, [])
        return [*heads.get(key, ()), *heads.get("*", ()), *heads.get("never", ())]

    def structs_with_field(self, scope: ModuleScope, name: str) -> list[TypeInfo]:
        """The structs visible in ``scope`` that have the field ``name``."""
        key = ("structs by", "field")
        table = scope.member_cache.get(key)
        if table is None:
            table = scope.member_cache[key] = {}
            for types in (scope.types, scope.from_types, *(m.types for m in scope.imported)):
                for info in types.values():
                    if type(info) is TypeInfo:
                        for field in info.field_index:
                            table.setdefault(field, {})[info.id] = info
        return list(table.get(name, {}).values())

    # ---------------------------------------------------------------- types

    def lookup_type(self, scope: ModuleScope, name: str) -> TypeInfo | AliasInfo | BuiltinType | Ambiguous | None:
        """What the unqualified type ``name`` means in ``scope``."""
        key = ("type", name)
        cached = scope.member_cache.get(key, _MISSING)
        if cached is _MISSING:
            cached = scope.member_cache[key] = self._find_type(scope, name)
        return cached

    def _find_type(self, scope: ModuleScope, name: str) -> Any:
        found = scope.types.get(name) or scope.from_types.get(name)
        if found is not None:
            return found
        owners = [m for m in scope.imported if name in m.types and m.types[name].pub]
        if len(owners) > 1:
            return Ambiguous(name, sorted(m.name for m in owners))
        if owners:
            return owners[0].types[name]
        if scope.std and (name in INTERNAL_TYPES or name in self.internal_types):
            return INTERNAL_TYPES.get(name) or self.internal_types[name]
        return self.std_types.get(name) or BUILTIN_TYPES.get(name)

    def is_broken(self, scope: ModuleScope, name: str) -> bool:
        """Whether ``name`` should have come from an import that failed."""
        return name in scope.broken

    def lookup_qualified_type(self, scope: ModuleScope, parts: list[str], node: Any) -> Any:
        """``Mod.Name`` or ``A.B.Name``; reports what is private or absent and gives ``ERROR`` then."""
        name = parts[-1]
        base = ".".join(parts[:-1])
        module = scope.namespaces.get(parts[-2]) if len(parts) == 2 else None
        if module is None:
            module = next((m for m in scope.imported if m.name == base), None)
        if module is None and self.std.get(base) is not None:
            found = self.std[base].types.get(name) or self.std_types.get(name) or BUILTIN_TYPES.get(name)
            if found is not None:
                return found
        if module is None:
            return ERROR if parts[0] in scope.broken else None
        found = module.types.get(name)
        if found is None:
            scope.reporter.not_exported(node, name, module.name, self.exports(module))
            return ERROR
        if not found.pub:
            scope.reporter.private(node, name, module.name)
            return ERROR
        return found

    def visible_types(self, scope: ModuleScope) -> Iterable[str]:
        yield from scope.types
        yield from scope.from_types
        for module in scope.imported:
            yield from (n for n, t in module.types.items() if t.pub)
        yield from self.std_types
        yield from BUILTIN_TYPES

    def alias_type(self, alias: AliasInfo) -> Type:
        """The expansion of an alias, read on first use; a cycle is reported once and expands to nothing."""
        if alias.ty is None:
            node = alias.node
            if alias.busy:
                # Said of the first by name, so that it does not depend on which is read first.
                cycle = self.expanding[self.expanding.index(alias):]
                first = min(cycle, key=lambda a: (a.scope.name, a.node.name.name))
                first.scope.reporter.alias_cycle(first.node.name, first.node.name.name)
                return ERROR
            alias.busy = True
            self.expanding.append(alias)
            names: dict[str, Type] = {p.name: TVar(0, None, p.name, True) for p in node.type_params}
            alias.params = tuple(names.values())  # type: ignore[arg-type]
            reader = TypeReader(self, alias.scope, names, lambda: TVar(0), alias=node.name.name)
            ty = reader.read(node.type)
            if alias.ty is None:
                alias.ty = ty
            alias.busy = False
            self.expanding.pop()
        return alias.ty

    # ---------------------------------------------------------------- values

    def lookup_value(self, scope: ModuleScope, name: str) -> Any:
        """The entity of an unqualified value name, or None (types reference 3.1)."""
        found = scope.bare_cache.get(name, _MISSING)
        if found is _MISSING:
            found = scope.bare_cache[name] = self._find_value(scope, name)
        return found

    def _find_value(self, scope: ModuleScope, name: str) -> Any:
        found = scope.values.get(name)
        if found is None:
            found = scope.from_values.get(name)
        if found is not None:
            return found
        if name in scope.broken:
            return Broken()
        owners: dict[TypeId, CtorEntity] = {}
        for module in scope.imported:
            for info in module.types.values():
                if info.pub and type(info) is TypeInfo and name in info.ctors:
                    owners[info.id] = info.ctors[name]
        if len(owners) > 1:
            return Ambiguous(name, sorted({i.module if len({o.module for o in owners}) > 1 else i.name for i in owners}))
        if owners:
            return next(iter(owners.values()))
        found = self.prelude.get(name)
        if found is None and not scope.std:
            found = self.aliases.get(name)
        if found is None:
            traits = self.traits_by_method.get(name)
            if traits:
                found = BareMethod(name, traits)
        return found

    def visible_values(self, scope: ModuleScope) -> Iterable[str]:
        yield from scope.values
        yield from scope.from_values
        for module in scope.imported:
            for info in module.types.values():
                if info.pub and type(info) is TypeInfo:
                    yield from info.ctors
        yield from self.prelude
        yield from self.namespaces(scope)

    def namespaces(self, scope: ModuleScope) -> Iterable[str]:
        """Names that may stand left of a dot."""
        yield from scope.namespaces
        yield from scope.services
        yield from scope.from_services
        yield from scope.types
        yield from scope.from_types
        yield from (n for n in self.std if n not in self.internal)

    def constructors(self, scope: ModuleScope) -> Iterable[str]:
        """Names of the constructors that patterns of ``scope`` may use unqualified."""
        for table in (scope.values, scope.from_values, self.prelude):
            for name, entity in table.items():
                if type(entity) is CtorEntity:
                    yield name
        for module in scope.imported:
            for info in module.types.values():
                if info.pub and type(info) is TypeInfo:
                    yield from info.ctors

    def lookup_service(self, scope: ModuleScope, name: str) -> ServiceInfo | None:
        found = scope.services.get(name) or scope.from_services.get(name)
        if found is None:
            for module in scope.imported:
                found = module.services.get(name)
                if found is not None:
                    break
        return found

    def lookup_trait(self, scope: ModuleScope, name: str) -> TraitInfo | None:
        found = scope.traits.get(name) or scope.from_traits.get(name)
        if found is None:
            for module in scope.imported:
                found = module.traits.get(name)
                if found is not None and found.pub:
                    return found
            found = self.std_traits.get(name)
        if found is None:
            # Traits are visible in the whole program (types reference 4.3 rule 3) when their name is not ambiguous.
            owners = [m.traits[name] for m in self.modules.values() if name in m.traits and m.traits[name].pub]
            if len(owners) == 1:
                found = owners[0]
        return found

    def trait_names(self, scope: ModuleScope) -> Iterable[str]:
        yield from scope.traits
        yield from scope.from_traits
        yield from self.std_traits

    # ---------------------------------------------------------------- members

    def lookup_member(self, scope: ModuleScope, base: str, name: str) -> Any:
        """``base.name`` for a ``base`` that is no local variable: an entity, or a ``Missing`` that can report itself."""
        key = (base, name)
        found = scope.member_cache.get(key, _MISSING)
        if found is _MISSING:
            found = scope.member_cache[key] = self._find_member(scope, base, name)
        return found

    def _find_member(self, scope: ModuleScope, base: str, name: str) -> Any:
        module = scope.namespaces.get(base)
        if module is None and (base, name) in LANGUAGE_MEMBERS:
            return LanguageMember(f"{base}.{name}")
        if base in scope.broken and module is None:
            return Broken()
        private = False
        if module is not None:
            entity, private = export(module, name)
            if entity is not None:
                return entity
        std = self.std_module(scope, base) if module is None else None
        if std is not None:
            entity, _ = export(std, name)
            if entity is not None:
                return entity
        service = self.lookup_service(scope, base)
        if service is not None and name in service.members:
            return service.members[name]
        info = self.lookup_type(scope, base)
        if type(info) is AliasInfo:
            head = resolve(self.alias_type(info))
            info = self.types.get(head.id) or BUILTIN_TYPES.get(head.id.name) if type(head) is TCon else None
        if type(info) is TypeInfo and name in info.ctors:
            return info.ctors[name]
        if type(info) is TypeInfo or type(info) is BuiltinType:
            static = self.static_function(info, name)
            if static is not None:
                return static
        trait = self.lookup_trait(scope, base)
        if trait is not None and name in trait.methods:
            return TraitStatic(trait, name)
        return Missing(self, scope, base, name, module, private, std, service, info, trait)

    def std_module(self, scope: ModuleScope, name: str) -> ModuleScope | None:
        """The library module ``name`` if ``scope`` may name it."""
        return None if name in self.internal and not scope.std else self.std.get(name)

    def static_function(self, info: TypeInfo | BuiltinType, name: str) -> StaticFn | Broken | None:
        """A static function of a type: derived, or a trait method without self that some impl provides."""
        if type(info) is TypeInfo:
            derived = info.definition.derived if info.definition is not None else frozenset()
            needs = _DERIVED_STATIC.get(name)
            if needs is None and "Schema" in derived and is_schema_function(info, name):
                needs = "Schema"
            if needs is not None and needs in derived:
                return StaticFn(name, info, info, None)
            if info.spoilt and (needs is not None or name.startswith("__")):
                return Broken()
        traits = [t for t in self.traits_by_method.get(name, ()) if not t.methods[name].has_self]
        if traits:
            head: Any = info
            if type(info) is BuiltinType and info.arity == 0:
                head = builtin(info.name)
            return StaticFn(name, info if type(info) is TypeInfo else None, head, traits)
        return None

    def exports(self, module: ModuleScope) -> list[str]:
        names = [n for n in (*module.values, *module.services) if export(module, n)[0] is not None]
        names += [n for n, t in module.types.items() if t.pub]
        names += [n for n, t in module.traits.items() if t.pub]
        return sorted(set(names))

    # ---------------------------------------------------------------- traits

    def trait(self, name: str) -> TraitInfo:
        return self.std_traits[name]

    def methods_named(self, name: str) -> list[TraitInfo]:
        """The traits with a method ``name`` that takes a receiver."""
        return [t for t in self.traits_by_method.get(name, ()) if t.methods[name].has_self]

    def method_module(self, t: Type) -> ModuleScope | None:
        """The library module whose functions serve as methods of ``t`` (types reference 9.4 step 4)."""
        if type(t) is TCon and t.id.module == "" and t.id.name in METHOD_MODULES:
            return self.std.get(t.id.name)
        return None


METHOD_MODULES = frozenset({"String", "List", "Map", "Set", "Range", "Queue", "Int", "Float"})
"""Types whose methods fall back to the library module of the same name (stdlib.toml, method_fallback)."""

_MISSING = object()


def export(module: ModuleScope, name: str) -> tuple[Any, bool]:
    """The value ``name`` as seen from outside ``module``, and whether a private one is there."""
    entity = module.values.get(name)
    kind = type(entity)
    if kind is Overloads:
        if entity.pub:
            if all(f.pub for f in entity.by_arity.values()):
                return entity, False
            public = Overloads(module, name)
            public.by_arity = {n: f for n, f in entity.by_arity.items() if f.pub}
            return public, False
        return None, True
    if kind is FnEntity:
        return entity, False
    if kind is CtorEntity:
        return (entity, False) if entity.info.pub else (None, True)
    if kind is Lets:
        return (entity, False) if module.std else (None, True)
    if kind is Ambiguous:
        return entity, False
    return None, False


def is_schema_function(info: TypeInfo, name: str) -> bool:
    if name in SCHEMA_FUNCTIONS:
        return True
    return name.startswith("__") and name.endswith("_col__") and name[2:-6] in info.field_index


class Missing:
    """A member that does not exist, with what is needed to say so well."""

    __slots__ = ("base", "info", "module", "name", "private", "scope", "service", "std", "trait", "world")

    def __init__(self, world: World, scope: ModuleScope, base: str, name: str, module: ModuleScope | None, private: bool,
                 std: ModuleScope | None, service: ServiceInfo | None, info: Any, trait: TraitInfo | None) -> None:
        self.world = world
        self.scope = scope
        self.base = base
        self.name = name
        self.module = module
        self.private = private
        self.std = std
        self.service = service
        self.info = info
        self.trait = trait

    def report(self, node: Any, base_node: Any) -> None:
        """E0035, E0034, E0030, E0010 or E0004, whichever the base makes right."""
        reporter = self.scope.reporter
        name = self.name
        if self.private and self.module is not None:
            kind = "let" if type(self.module.values.get(name)) is Lets else "fn"
            reporter.private(node, name, self.module.name, kind)
        elif self.module is not None:
            if name in self.module.types and not self.module.types[name].pub:
                reporter.private(node, name, self.module.name)
            else:
                reporter.not_exported(node, name, self.module.name, self.world.exports(self.module))
        elif self.service is not None:
            reporter.not_exported(node, name, self.base, self.service.members)
        elif self.std is not None and (type(self.info) is not TypeInfo or self.info.scope is None or self.info.scope.std):
            reporter.not_exported(node, name, self.base, self.world.exports(self.std))
        elif type(self.info) is TypeInfo:
            if self.info.ctors and name[:1].isupper():
                reporter.unknown_variant(node, f"{self.base}.{name}", self.info.ctors)
            else:
                reporter.no_method(node, name, TCon(self.info.id, self.info.params))
        elif type(self.info) is BuiltinType:
            reporter.no_method(node, name, builtin(self.base))
        elif self.trait is not None:
            reporter.not_exported(node, name, self.base, self.trait.methods)
        else:
            helps: list[str] = []
            owner = self.world.modules.get(self.base) or next(
                (m for m in self.world.modules.values() if m.name.rsplit(".", 1)[-1] == self.base), None)
            if owner is not None:
                helps.append(f"add `import {owner.name}`")
            reporter.unbound(base_node, self.base, self.world.visible_values(self.scope), helps)


def ground(t: Type) -> bool:
    """No unbound variable in ``t``."""
    pending = [t]
    while pending:
        u = resolve(pending.pop())
        kind = type(u)
        if kind is TVar:
            return False
        if kind is TCon:
            pending.extend(u.args)
        elif kind is TFun:
            pending.extend(u.params)
            pending.append(u.ret)
        elif kind is TTuple:
            pending.extend(u.elems)
    return True


def head_key(t: Type) -> object:
    """What two types must have in common to be equal: the type constructor; ``*`` for a variable."""
    t = resolve(t)
    kind = type(t)
    if kind is TCon:
        return t.id
    if kind is TFun:
        return "fun"
    if kind is TTuple:
        return "tuple" if t.elems else "()"
    if kind is TVar:
        return "*"
    return "never"
