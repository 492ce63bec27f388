"""Declaration of everything before any body is looked at: names, imports, types, traits, impls (types reference 2.6).

The order is fixed: all names of all modules, then imports, then the types, then traits, then impl heads and derived
instances. Nothing here depends on the order of files or definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshpy.modules import SourceModule
from meshpy.syntax import ast
from meshpy.types.annotations import TypeReader
from meshpy.types.entities import (
    AliasInfo,
    Ambiguous,
    CtorEntity,
    FnEntity,
    ImplInfo,
    LetEntity,
    Lets,
    ModuleScope,
    Overloads,
    ServiceInfo,
    ServiceMember,
    TraitInfo,
    TraitMethod,
    TypeInfo,
)
from meshpy.types.functions import group_clauses, head_span
from meshpy.types.graph import let_names
from meshpy.types.instances import OPERATORS
from meshpy.types.library import Interface
from meshpy.types.report import At, Reporter
from meshpy.types.ty import TCon, TVar, Type, TypeId, resolve
from meshpy.types.typed import FieldDef, TypeDef, VariantDef
from meshpy.types.unify import ERROR, YES, free_vars, match, overlaps
from meshpy.types.world import World, export

if TYPE_CHECKING:
    from meshpy.types.driver import Driver

DERIVABLE = frozenset({"Eq", "Ord", "Display", "Debug", "Hash", "Json", "Row", "Schema"})
STRUCT_DEFAULT = frozenset({"Debug", "Eq", "Ord", "Hash"})
SUM_DEFAULT = frozenset({"Debug", "Eq", "Ord"})


def snake_case(name: str) -> str:
    """``GetCount`` -> ``get_count``: ``_`` before every capital but the first letter, then lower case."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Declarer:
    """Fills a ``World`` from parsed modules."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.world: World = driver.world

    # ---------------------------------------------------------------- names

    def library(self, interfaces: list[Interface]) -> list[ModuleScope]:
        """Scopes of the interface files; the prelude's names become visible everywhere."""
        world = self.world
        scopes = []
        for order, interface in enumerate(interfaces):
            name = interface.names[0] if interface.names else "Prelude"
            scope = ModuleScope(name, interface.path, interface.source, interface.file.body, True, order - 1000)
            scope.reporter = Reporter(interface.path, "")
            self.collect(scope)
            scopes.append(scope)
            for module_name in interface.names:
                world.std[module_name] = scope
                if interface.internal:
                    world.internal.add(module_name)
            for info in scope.types.values():
                (world.internal_types if interface.internal else world.std_types).setdefault(info.node.name.name, info)
            if not interface.names:
                world.prelude.update(scope.values)
                if interface.path.endswith("prelude.mpl"):
                    self.driver.prelude_scope = scope
            for alias, target in interface.aliases.items():
                if target in scope.values:
                    world.aliases[alias] = scope.values[target]
            for trait in scope.traits.values():
                world.std_traits[trait.name] = trait
        return scopes

    def module(self, unit: SourceModule, order: int) -> ModuleScope:
        scope = ModuleScope(unit.name, unit.path, unit.source, [*unit.file.body, *unit.nested], False, order)
        scope.reporter = Reporter(unit.path, unit.name)
        scope.unit = unit
        self.world.modules[unit.name] = scope
        return scope

    def collect(self, scope: ModuleScope) -> None:
        """Enter every definition of a file under its name."""
        where: dict[str, Any] = {}
        run: list[ast.FnDef] = []
        groups: dict[tuple[str, int], list[ast.FnDef]] = {}
        body = scope.body
        for order, item in enumerate(body):
            kind = type(item)
            if kind is ast.FnDef:
                run.append(item)
                continue
            if run:
                self.functions(scope, run, groups, where)
                run = []
            if kind is ast.StructDef or kind is ast.SumTypeDef:
                self.type_definition(scope, item)
            elif kind is ast.TypeAlias:
                if self.new_name(scope, scope.types, item.name):
                    scope.types[item.name.name] = AliasInfo(item, scope)
            elif kind is ast.InterfaceDef:
                if self.new_name(scope, scope.traits, item.name):
                    scope.traits[item.name.name] = TraitInfo(TypeId(scope.type_module, item.name.name), scope, item, item.pub)
            elif kind is ast.ExternFn:
                self.extern(scope, item)
            elif kind is ast.ActorDef or kind is ast.SupervisorDef:
                name = item.name.name
                if name in where:
                    scope.reporter.duplicate(item.name, name, where[name])
                    continue
                where[name] = item.name
                actor = kind is ast.ActorDef
                arity = len(item.params) if actor else 0
                fn = FnEntity("actor" if actor else "supervisor", scope, name, arity, f"{scope.name}.{name}", [item], True)
                scope.values[name] = fn
                if not scope.std:
                    self.driver.add_fn(fn)
            elif kind is ast.ServiceDef:
                self.service(scope, item, where, groups)
            elif kind is ast.Let:
                self.top_let(scope, item, order, where)
            elif kind is ast.ExprStmt:
                self.driver.add_expression(scope, item, order)
            elif kind is ast.ModuleDef:
                scope.reporter.nested_module(At(item.start, item.name.end))
        if run:
            self.functions(scope, run, groups, where)

    def new_name(self, scope: ModuleScope, table: dict[str, Any], name: ast.Ident) -> bool:
        old = table.get(name.name)
        if old is None:
            return True
        scope.reporter.duplicate(name, name.name, old.node.name)
        return False

    def functions(self, scope: ModuleScope, run: list[ast.FnDef], groups: dict[tuple[str, int], list[ast.FnDef]],
                  where: dict[str, Any]) -> None:
        for clauses in group_clauses(run):
            head = clauses[0]
            name = head.name.name
            key = (name, len(head.params))
            if key in groups:
                first = groups[key][0]
                scope.reporter.scattered_clauses(head_span(head), f"{name}/{key[1]}", head_span(first))
                continue
            groups[key] = clauses
            old = scope.values.get(name)
            if old is not None and type(old) is not Overloads:
                if name in where:
                    scope.reporter.duplicate(head.name, name, where[name])
                    continue
                if type(old) is CtorEntity or type(old) is Ambiguous:
                    scope.reporter.duplicate(head.name, name, head.name)
                    continue
            where.setdefault(name, head.name)
            self.add_function(scope, name, clauses, head.pub)

    def add_function(self, scope: ModuleScope, name: str, clauses: list[ast.FnDef], pub: bool) -> FnEntity:
        arity = len(clauses[0].params)
        fn = FnEntity("fn", scope, name, arity, f"{scope.name}.{name}/{arity}", clauses, pub)
        overloads = scope.values.get(name)
        if type(overloads) is not Overloads:
            overloads = scope.values[name] = Overloads(scope, name)
        overloads.by_arity[arity] = fn
        if not scope.std:
            self.driver.add_fn(fn)
        return fn

    def extern(self, scope: ModuleScope, item: ast.ExternFn) -> None:
        name = item.name.name
        fn = FnEntity("extern", scope, name, len(item.params), f"{scope.name}.{name}/{len(item.params)}", [item], True)
        fn.extern = item
        overloads = scope.values.get(name)
        if type(overloads) is not Overloads:
            overloads = scope.values[name] = Overloads(scope, name)
        overloads.by_arity[fn.arity] = fn

    def type_definition(self, scope: ModuleScope, item: ast.StructDef | ast.SumTypeDef) -> None:
        name = item.name.name
        if scope.std and name in self.world.std_types:
            return
        if not self.new_name(scope, scope.types, item.name):
            return
        params = tuple([TVar(0, None, p.name, True) for p in item.type_params])
        info = TypeInfo(TypeId(scope.type_module, name), params, scope, item, item.pub)
        scope.types[name] = info
        self.world.types[info.id] = info
        if type(item) is not ast.SumTypeDef:
            return
        for variant in item.variants:
            text = variant.name.name
            if text in info.ctors:
                scope.reporter.duplicate(variant.name, text, item.variants[info.ctors[text].tag].name)
                continue
            ctor = CtorEntity(info, text, len(info.ctors))
            info.ctors[text] = ctor
            old = scope.values.get(text)
            if type(old) is CtorEntity:
                scope.values[text] = Ambiguous(text, sorted([old.info.name, name]))
            elif type(old) is Ambiguous:
                old.owners = sorted([*old.owners, name])
            else:
                scope.values[text] = ctor

    def service(self, scope: ModuleScope, item: ast.ServiceDef, where: dict[str, Any],
                groups: dict[tuple[str, int], list[ast.FnDef]]) -> None:
        if not self.new_name(scope, scope.services, item.name):
            return
        info = ServiceInfo(TypeId(scope.name, item.name.name), scope, item)
        scope.services[item.name.name] = info
        self.world.services[info.id] = info
        info.members["start"] = ServiceMember(info, "start", None, -1)
        spans: dict[str, Any] = {}
        for index, handler in enumerate([*item.calls, *item.casts]):
            name = snake_case(handler.name.name)
            if name in spans or name == "start":
                scope.reporter.handler_twice(handler.name, name, spans.get(name, item.name))
                continue
            spans[name] = handler.name
            info.members[name] = ServiceMember(info, name, handler, index)
        self.driver.add_service(info)
        if item.helpers:
            self.functions(scope, item.helpers, groups, where)

    def top_let(self, scope: ModuleScope, item: ast.Let, order: int, where: dict[str, Any]) -> None:
        entries = []
        for name in let_names(item.pattern):
            entry = LetEntity(scope, name, "", order)
            entry.let_id = f"{scope.name}.{entry.name}@{order}"
            entries.append(entry)
            lets = scope.values.get(entry.name)
            if lets is None:
                lets = scope.values[entry.name] = Lets(entry.name)
                where[entry.name] = item.pattern
            elif type(lets) is not Lets:
                scope.reporter.duplicate(item.pattern, entry.name, where.get(entry.name, item.pattern))
                continue
            lets.entries.append(entry)
        self.driver.add_let(scope, item, order, entries)

    # ---------------------------------------------------------------- imports

    def imports(self, scope: ModuleScope) -> None:
        world = self.world
        unit: SourceModule = scope.unit
        bound: dict[str, Any] = {}
        reporter = scope.reporter
        for imported in unit.imports:
            decl = imported.decl
            path = decl.path
            module = world.modules.get(imported.target) if imported.target is not None else None
            if module is not None and module not in scope.imported:
                scope.imported.append(module)
            if type(decl) is ast.ImportDecl:
                space = path.parts[-1].name
                if module is None:
                    if space not in world.std or space in world.internal:
                        scope.broken.add(space)
                        reporter.unknown_module(path, path.text, [*world.modules, *world.std])
                    continue
                old = bound.get(space)
                if old is not None and old[0] is not module:
                    reporter.namespace_taken(path, space, old[0].name, old[1])
                    continue
                bound[space] = (module, path)
                scope.namespaces[space] = module
                continue
            if module is None:
                first = path.parts[0].name
                std = world.std.get(first)
                if std is None or first in world.internal:
                    scope.broken.update(n.name for n in decl.names)
                    reporter.unknown_module(path, path.text, [*world.modules, *world.std])
                    continue
                for name in decl.names:
                    entity, _ = export(std, name.name)
                    if entity is None:
                        if name.name not in std.types:
                            scope.broken.add(name.name)
                            reporter.not_exported(name, name.name, first, world.exports(std))
                        continue
                    scope.from_values[name.name] = entity
                    scope.from_values.setdefault(f"{first.lower()}_{name.name}", entity)
                continue
            for name in decl.names:
                self.import_name(scope, module, name)

    def import_name(self, scope: ModuleScope, module: ModuleScope, name: ast.Ident) -> None:
        text = name.name
        found = False
        private = False
        entity, hidden = export(module, text)
        if entity is not None:
            scope.from_values[text] = entity
            found = True
        private = private or hidden
        info = module.types.get(text)
        if info is not None:
            if info.pub:
                scope.from_types[text] = info
                if type(info) is TypeInfo:
                    for ctor_name, ctor in info.ctors.items():
                        scope.from_values.setdefault(ctor_name, ctor)
                found = True
            else:
                private = True
        trait = module.traits.get(text)
        if trait is not None:
            if trait.pub:
                scope.from_traits[text] = trait
                found = True
            else:
                private = True
        service = module.services.get(text)
        if service is not None:
            scope.from_services[text] = service
            found = True
        if found:
            return
        scope.broken.add(text)
        if private:
            kind = "let" if type(module.values.get(text)) is Lets else "fn"
            scope.reporter.private(name, text, module.name, kind)
        else:
            scope.reporter.not_exported(name, text, module.name, self.world.exports(module))

    # ---------------------------------------------------------------- types

    def types(self, scope: ModuleScope) -> None:
        for info in scope.types.values():
            if type(info) is AliasInfo:
                self.world.alias_type(info)
            else:
                self.fields(scope, info)

    def fields(self, scope: ModuleScope, info: TypeInfo) -> None:
        node = info.node
        names: dict[str, Type] = {p.name: p for p in info.params}  # type: ignore[misc]
        reader = TypeReader(self.world, scope, names, lambda: TVar(0))
        fields: list[FieldDef] | None = None
        variants: list[VariantDef] | None = None
        if type(node) is ast.StructDef:
            fields = []
            for f in node.fields:
                name = f.name.name
                if name in info.field_index:
                    scope.reporter.field_twice(f.name, name, info.name)
                    continue
                if f.type is None:
                    scope.reporter.missing_field_type(f.name, name)
                    ty: Type = ERROR
                else:
                    ty = reader.read(f.type)
                info.field_index[name] = len(fields)
                fields.append(FieldDef(name, ty))
        else:
            variants = []
            seen: set[str] = set()
            for v in node.variants:
                if v.name.name in seen:
                    continue
                seen.add(v.name.name)
                payload = tuple([FieldDef(f.name.name if f.name is not None else str(i), reader.read(f.type))
                                 for i, f in enumerate(v.fields)])
                variants.append(VariantDef(v.name.name, payload))
        derived = self.derived(scope, info)
        schema: dict[str, Any] = {}
        if type(node) is ast.StructDef and (node.options or node.relations):
            schema = {o.name: o.value for o in node.options}
            schema["relations"] = [(r.kind, r.name.name, r.target.name) for r in node.relations]
        info.definition = TypeDef(info.id, info.params, tuple(fields) if fields is not None else None,
                                  tuple(variants) if variants is not None else None, derived, schema)

    def derived(self, scope: ModuleScope, info: TypeInfo) -> frozenset[str]:
        """The traits that a type derives; reports E0028 and E0029."""
        node = info.node
        struct = type(node) is ast.StructDef
        if node.deriving is None:
            return STRUCT_DEFAULT if struct else SUM_DEFAULT
        info.explicit = True
        names: set[str] = set()
        for ident in node.deriving:
            name = ident.name
            if name not in DERIVABLE or (not struct and name in ("Row", "Schema")):
                scope.reporter.not_derivable(ident, name, info.name)
                info.spoilt = True
                continue
            names.add(name)
            info.derive_names.setdefault(name, ident)
        if "Ord" in names and "Eq" not in names:
            scope.reporter.derive_needs(info.derive_names["Ord"], info.name)
            info.spoilt = True
            return frozenset()
        return frozenset(names)

    # ---------------------------------------------------------------- traits

    def traits(self, scope: ModuleScope) -> None:
        world = self.world
        for trait in scope.traits.values():
            node = trait.node
            trait.params = tuple([TVar(1, None, p.name, True) for p in node.type_params])
            for assoc in node.assoc_types:
                trait.assoc[assoc.name] = TVar(1, None, f"Self.{assoc.name}", True)
            names: dict[str, Type] = {p.name: v for p, v in zip(node.type_params, trait.params)}
            names["Self"] = trait.self_var

            def assoc_of(base: Type, name: str, trait: TraitInfo = trait) -> Type | None:
                return trait.assoc.get(name) if base is trait.self_var else None

            for sig in node.methods:
                name = sig.name.name
                if name in trait.methods:
                    scope.reporter.duplicate(sig.name, name, trait.methods[name].node.name)
                    continue
                reader = TypeReader(world, scope, names, lambda: TVar(1), assoc_of)
                has_self = bool(sig.params) and sig.params[0].is_self
                own = sig.params[1:] if has_self else sig.params
                params = [reader.read(p.type) if p.type is not None else None for p in own]
                ret = reader.read(sig.ret) if sig.ret is not None else None
                method = TraitMethod(name, has_self, params, ret, sig)
                method.mentions_self = ret is not None and trait.self_var in free_vars(ret)
                trait.methods[name] = method
                world.traits_by_method.setdefault(name, []).append(trait)
                if sig.body is not None:
                    self.default_method(scope, trait, method, names)
            world.traits[trait.id] = trait
            if not scope.std and trait.name in OPERATORS:
                self.operator_trait(trait)

    def default_method(self, scope: ModuleScope, trait: TraitInfo, method: TraitMethod, names: dict[str, Type]) -> None:
        sig = method.node
        fn = FnEntity("default", scope, method.name, len(sig.params), f"{scope.name}.{trait.name}.{method.name}", [sig], True)
        fn.trait = trait
        fn.self_ty = trait.self_var
        fn.type_names = names
        fn.clauses = [_DefaultClause(sig)]
        method.default = fn
        if scope.std:
            fn.item = None
        else:
            self.driver.add_fn(fn)

    def operator_trait(self, trait: TraitInfo) -> None:
        """A user trait named and shaped like an operator's trait: its impls serve the operator (types reference 14.5.5)."""
        built_in = self.world.std_traits[trait.name]
        for name, method in built_in.methods.items():
            if method.default is not None:
                continue
            own = trait.methods.get(name)
            if own is None or not own.has_self or len(own.params) != len(method.params):
                return
        trait.operator = built_in.id

    # ---------------------------------------------------------------- impls

    def impls(self, scope: ModuleScope) -> None:
        for item in scope.body:
            if type(item) is ast.ImplDef:
                self.impl(scope, item)

    def impl(self, scope: ModuleScope, node: ast.ImplDef) -> None:
        world = self.world
        reporter = scope.reporter
        trait = world.lookup_trait(scope, node.trait.parts[-1].name)
        if trait is None:
            reporter.undefined_trait(node.trait, node.trait.text, world.trait_names(scope))
            return
        implicit: dict[str, TVar] = {}
        names: dict[str, Type] = {}
        reader = TypeReader(world, scope, names, lambda: TVar(0), None, implicit)
        target = node.target
        if type(target) is ast.TyName and not target.args and len(target.path.parts) == 1 \
                and len(target.path.parts[0].name) > 1 and world.lookup_type(scope, target.path.parts[0].name) is None:
            reporter.undefined_type(target, target.path.text, world.visible_types(scope))
            return
        self_ty = reader.read(target)
        args = tuple([reader.read(a) for a in node.trait_args])
        if self_ty is ERROR or resolve(self_ty) is ERROR:
            return
        if len(args) != len(trait.params):
            reporter.type_args(node.trait, len(trait.params), len(args))
            return
        impl = ImplInfo(trait, args, self_ty, tuple(implicit.values()), scope, node)
        names["Self"] = self_ty
        if type(target) is ast.TyName and not target.args and type(self_ty) is TCon:
            # `impl Tr for Box`: the parameters have the names of the definition.
            for param, arg in zip(world.types[self_ty.id].params if self_ty.id in world.types else (), self_ty.args):
                if param.name is not None and world.lookup_type(scope, param.name) is None:
                    names.setdefault(param.name, arg)
        impl.names = names
        for bound in node.where:
            wanted = world.lookup_trait(scope, bound.trait.parts[-1].name)
            var = names.get(bound.var.name)
            if wanted is None:
                reporter.undefined_trait(bound.trait, bound.trait.text, world.trait_names(scope))
            elif var is None:
                reporter.undefined_type(bound.var, bound.var.name, names)
            else:
                impl.bounds.append((wanted, tuple([TVar(0) for _ in wanted.params]), var))
        impl.order = len(world.all_impls)
        world.all_impls.append(impl)
        if not self.coherent(impl):
            return
        world.add_impl(impl)
        self.assoc_types(impl, reader)
        self.impl_methods(impl)
        if trait.operator is not None:
            self.mirror(impl)

    def coherent(self, impl: ImplInfo) -> bool:
        """E0026 when another impl of the trait is in force for the type (types reference 14.4)."""
        span = impl_head(impl.node)
        for other in self.world.impls_near(impl.trait.id, impl.self_ty):
            variables = {*impl.vars, *other.vars}
            if overlaps(impl.self_ty, other.self_ty, variables) and all(
                    overlaps(a, b, variables) for a, b in zip(impl.args, other.args)):
                impl.scope.reporter.duplicate_impl(span, impl.trait.name, impl.self_ty)
                return False
        head = resolve(impl.self_ty)
        if type(head) is TCon and impl.trait.id.module == "":
            info = self.world.types.get(head.id)
            name = impl.trait.name
            if info is not None and info.definition is not None and name in info.definition.derived:
                if info.explicit:
                    impl.scope.reporter.duplicate_impl(span, name, impl.self_ty)
                    return False
                # The implicit defaults of a type yield to an explicit impl.
                info.definition.derived = info.definition.derived - {name}
                return True
            if info is None and impl.trait.id.name not in ("From", "TryFrom"):
                status, _ = self.driver.solver.solve_builtin(impl.trait, impl.args, head)
                if status == YES:
                    impl.scope.reporter.duplicate_impl(span, name, impl.self_ty)
                    return False
            if impl.trait.id.name == "From" and not impl.vars:
                status, _ = self.driver.solver.solve_builtin(impl.trait, impl.args, head)
                if status == YES:
                    impl.scope.reporter.duplicate_impl(span, name, impl.self_ty)
                    return False
        return True

    def assoc_types(self, impl: ImplInfo, reader: TypeReader) -> None:
        trait = impl.trait
        reporter = impl.scope.reporter
        reader.assoc = lambda base, name: impl.assoc.get(name)
        reader.implicit = None
        for a in impl.node.assoc:
            name = a.name.name
            if name not in trait.assoc:
                reporter.extra_assoc(a.name, trait.name, impl.self_ty, name)
            impl.assoc[name] = reader.read(a.type)
        for name in trait.assoc:
            if name not in impl.assoc:
                reporter.missing_assoc(impl_head(impl.node), trait.name, impl.self_ty, name)
                impl.assoc[name] = ERROR

    def impl_methods(self, impl: ImplInfo) -> None:
        scope = impl.scope
        trait = impl.trait
        reporter = scope.reporter
        seen: dict[str, Any] = {}
        for clauses in group_clauses(impl.node.methods):
            head = clauses[0]
            name = head.name.name
            key = (name, len(head.params))
            if name in impl.methods:
                reporter.scattered_clauses(head_span(head), f"{name}/{key[1]}", head_span(seen[name]))
                continue
            seen[name] = head
            fn_id = f"{scope.name}.{trait.name}.{name}${impl.order}"
            fn = FnEntity("method", scope, name, len(head.params), fn_id, clauses, True)
            fn.impl = impl
            fn.trait = trait
            fn.self_ty = impl.self_ty
            impl.methods[name] = fn
            self.driver.add_fn(fn)
            if name not in trait.methods:
                impl.extra.add(name)
                reporter.extra_method(head.name, name, trait.name)
                if head.params and head.params[0].is_self:
                    self.world.extra_methods.setdefault(name, []).append(impl)
        for name, method in trait.methods.items():
            if name not in impl.methods and method.default is None:
                reporter.missing_method(impl_head(impl.node), trait.name, impl.self_ty, name)

    def mirror(self, impl: ImplInfo) -> None:
        """Let the impl of a user's operator trait serve the operator."""
        built_in = self.world.traits[impl.trait.operator]
        for other in self.world.impls_near(built_in.id, impl.self_ty):
            if match(other.self_ty, impl.self_ty, dict.fromkeys(other.vars)) == YES:
                return
        copy = ImplInfo(built_in, (), impl.self_ty, impl.vars, impl.scope, impl.node)
        copy.names = impl.names
        copy.bounds = impl.bounds
        copy.methods = impl.methods
        copy.assoc = dict(impl.assoc)
        copy.mirror = True
        if "Output" in built_in.assoc and "Output" not in copy.assoc:
            method = impl.trait.methods[next(iter(built_in.methods))]
            ret = method.ret
            copy.assoc["Output"] = impl.self_ty if ret is None or resolve(ret) is impl.trait.self_var else ret
        self.world.add_impl(copy)


class _DefaultClause:
    """A default method as the one clause of a function."""

    __slots__ = ("body", "end", "guard", "name", "params", "pub", "ret", "start", "type_params", "where")

    def __init__(self, sig: ast.MethodSig) -> None:
        self.start = sig.start
        self.end = sig.end
        self.name = sig.name
        self.params = sig.params
        self.ret = sig.ret
        self.body = sig.body
        self.guard = None
        self.pub = True
        self.type_params: list[Any] = []
        self.where: list[Any] = []


def impl_head(node: ast.ImplDef) -> At:
    return At(node.start, node.target.end)
