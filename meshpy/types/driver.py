"""The order of work: signatures, components, the library functions that the program reaches, what is left over."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.annotations import TypeReader
from meshpy.types.constraints import Arithmetic, Associated, Constraint, DefaultValue, HasTrait, OneOf, Rendered, makes_values
from meshpy.types.entities import (
    BareMethod,
    CtorEntity,
    FnEntity,
    LetEntity,
    Lets,
    ModuleScope,
    Overloads,
    Scheme,
    ServiceInfo,
    ServiceMember,
    StaticFn,
    TraitStatic,
)
from meshpy.types.expansion import Expansion
from meshpy.types.functions import Infer
from meshpy.types.graph import References, ScopedReferences, components
from meshpy.types.infer import PolyLocal, Rigid
from meshpy.types.instances import Solver
from meshpy.types.matches import MatchChecker
from meshpy.types.ty import INT, TCon, TFun, TVar, Type, resolve
from meshpy.types.ty import UNIT as T_UNIT
from meshpy.types.unify import PID, equal, free_vars, lower, substitute
from meshpy.types.world import World


class Item:
    """A definition to be checked: ``fn`` (functions, actors, supervisors, methods), ``service``, ``let`` or ``expr``."""

    __slots__ = ("deps", "done", "entries", "fn", "kind", "node", "order", "refs", "running", "scope", "service", "ty", "typed")

    def __init__(self, kind: str, scope: ModuleScope, node: Any, order: int) -> None:
        self.kind = kind
        self.scope = scope
        self.node = node
        self.order = order
        self.fn: FnEntity | None = None
        self.service: ServiceInfo | None = None
        self.entries: list[LetEntity] = []
        self.deps: set[Item] = set()
        self.refs: set[Item] = set()
        self.done = False
        self.running = False
        self.typed: Any = None
        self.ty: Type | None = None

    @property
    def start(self) -> int:
        return self.node.start


class Driver:
    def __init__(self) -> None:
        self.world = World()
        self.solver = Solver(self.world)
        self.items: list[Item] = []
        self.patches: list[tuple[T.TGlobal, FnEntity]] = []
        self.leftover: list[tuple[Constraint, Infer]] = []
        self.clustered: dict[str, tuple[int, Any, str]] = {}
        self.reached: list[FnEntity] = []
        self.std_lets: list[Item] = []
        self.by_method: dict[str, list[Item]] = {}
        self.matches = MatchChecker(self.world)
        self.expansion = Expansion()
        self.functions: dict[str, T.TypedFn] = {}
        self.externs: dict[str, T.TypedExtern] = {}
        self.prelude_scope: ModuleScope | None = None

    # ---------------------------------------------------------------- collection

    def add_fn(self, fn: FnEntity) -> None:
        item = Item("fn", fn.scope, fn.clauses[0], 0)
        item.fn = fn
        fn.item = item
        self.items.append(item)
        if fn.kind == "method" or fn.kind == "default":
            self.by_method.setdefault(fn.name, []).append(item)

    def add_service(self, service: ServiceInfo) -> None:
        item = Item("service", service.scope, service.node, 0)
        item.service = service
        service.item = item
        self.items.append(item)

    def add_let(self, scope: ModuleScope, node: ast.Let, order: int, entries: list[LetEntity]) -> None:
        item = Item("let", scope, node, order)
        item.entries = entries
        for entry in entries:
            entry.item = item
        if not scope.std:
            self.items.append(item)

    def library_function(self, fn_id: str) -> T.TypedFn | T.TypedExtern | None:
        """A library function by id (``List.map/2``), checked now if nothing reached it before."""
        found = self.functions.get(fn_id) or self.externs.get(fn_id)
        if found is not None:
            return found
        path, _, arity = fn_id.rpartition("/")
        module, _, name = path.rpartition(".")
        scope = self.prelude_scope if module == "Prelude" else self.world.std.get(module)
        entity = scope.values.get(name) if scope is not None else None
        fn = entity.by_arity.get(int(arity)) if type(entity) is Overloads and arity.isdigit() else None
        if fn is None:
            return None
        self.scheme_of(fn)
        self.reach(fn)
        self.run_reached()
        self.finish()
        return self.functions.get(fn_id) or self.externs.get(fn_id)

    def add_expression(self, scope: ModuleScope, node: ast.ExprStmt, order: int) -> None:
        self.items.append(Item("expr", scope, node, order))

    # ---------------------------------------------------------------- signatures

    def sign(self, fn: FnEntity) -> None:
        """Read the annotations of a function: its parameter types, its result, whether they are complete."""
        if fn.signed:
            return
        fn.signed = True
        scope = fn.scope
        node = fn.clauses[0]
        kind = fn.kind
        if kind == "supervisor":
            fn.scheme = Scheme((), (), TFun((), TCon(PID, (T_UNIT,))))
            return
        impl = fn.impl
        names: dict[str, Type] = dict(impl.names) if impl is not None else dict(fn.type_names)
        opened = False
        own: list[TVar] = []
        if kind != "actor":
            for p in node.type_params:
                var = TVar(1, None, p.name, True)
                names[p.name] = var
                own.append(var)
            self.bounds(fn, node, names)
        fn.type_names = names
        reader = TypeReader(self.world, scope, names, lambda: TVar(1), lambda base, name: self.assoc(fn, base, name))
        params: list[Type] = []
        trait_method = fn.trait.methods.get(fn.name) if fn.trait is not None and kind == "method" else None
        position = 0
        for p in node.params:
            if p.is_self:
                params.append(fn.self_ty if fn.self_ty is not None else TVar(1))
                opened = opened or fn.self_ty is None
                continue
            if p.type is not None:
                params.append(reader.read(p.type))
            else:
                declared = None
                if trait_method is not None and position < len(trait_method.params):
                    declared = self.in_impl(fn, trait_method.params[position])
                elif kind == "default":
                    declared = None
                if declared is None:
                    opened = True
                    declared = TVar(1)
                params.append(declared)
            position += 1
        fn.params = params
        if kind == "actor":
            fn.message = TVar(1)
            fn.ret = TCon(PID, (fn.message,))
            opened = True
        elif node.ret is not None:
            fn.ret = reader.read(node.ret)
        else:
            declared = self.in_impl(fn, trait_method.ret) if trait_method is not None else None
            opened = opened or declared is None
            fn.ret = declared if declared is not None else TVar(1)
        impl_vars = impl.vars if impl is not None else ()
        trait_vars: tuple[TVar, ...] = ()
        if kind == "default":
            trait = fn.trait
            trait_vars = (trait.self_var, *trait.params, *trait.assoc.values())
        fn.tvars = (*impl_vars, *trait_vars, *own, *fn.assoc_vars.values())
        ty = TFun(tuple(params), fn.ret)
        if opened or reader.open:
            fn.mono = ty
            return
        fn.complete = True
        fn.scheme = Scheme(fn.tvars, self.declared_constraints(fn), ty)
        if fn.tvars and kind != "extern":
            fn.scheme.late = []

    def declared_constraints(self, fn: FnEntity) -> tuple[Constraint, ...]:
        constraints = list(fn.bounds)
        if fn.impl is not None:
            for trait, args, var in fn.impl.bounds:
                constraints.append(HasTrait(fn.scope, fn.clauses[0], var, trait, args))
        for (var, trait_id, name), assoc in fn.assoc_vars.items():
            constraints.append(Associated(fn.scope, fn.clauses[0], var, self.world.traits[trait_id], (), name, assoc))
        return tuple(constraints)

    def bounds(self, fn: FnEntity, node: Any, names: dict[str, Type]) -> None:
        """The ``where`` clause of a function or extern."""
        scope = fn.scope
        if fn.kind == "extern":
            for bound in node.bounds:
                var = names[bound.var.name]
                if bound.closed:
                    reader = TypeReader(self.world, scope, names, lambda: TVar(1))
                    choices = tuple([reader.read(ast.TyName(p.start, p.end, p, [])) for p in bound.paths])
                    fn.bounds.append(OneOf(scope, bound, var, choices))
                    continue
                for path in bound.paths:
                    fn.bounds.append(HasTrait(scope, bound, var, self.world.std_traits[path.text]))
            return
        for bound in node.where:
            trait = self.world.lookup_trait(scope, bound.trait.parts[-1].name)
            var = names.get(bound.var.name)
            if trait is None:
                scope.reporter.undefined_trait(bound.trait, bound.trait.text, self.world.trait_names(scope))
            elif type(var) is not TVar:
                scope.reporter.undefined_type(bound.var, bound.var.name, names)
            else:
                fn.bounds.append(HasTrait(scope, bound, var, trait, tuple([TVar(1) for _ in trait.params])))

    def assoc(self, fn: FnEntity, base: Type, name: str) -> Type | None:
        """``Self.Name`` and ``T.Name`` in a signature."""
        if fn.impl is not None and base is fn.type_names.get("Self"):
            return fn.impl.assoc.get(name)
        if fn.trait is not None and base is fn.trait.self_var:
            return fn.trait.assoc.get(name)
        for bound in fn.bounds:
            if type(bound) is HasTrait and bound.subject is base and name in bound.trait.assoc:
                key = (base, bound.trait.id, name)
                found = fn.assoc_vars.get(key)
                if found is None:
                    found = fn.assoc_vars[key] = TVar(1, None, f"{base.name}.{name}", True)
                return found
        return None

    def in_impl(self, fn: FnEntity, declared: Type | None) -> Type | None:
        """A type of the trait's declaration as it reads in an impl."""
        if declared is None or fn.impl is None:
            return None
        impl = fn.impl
        trait = impl.trait
        mapping: dict[TVar, Type] = {trait.self_var: impl.self_ty, **dict(zip(trait.params, impl.args))}
        for name, var in trait.assoc.items():
            if name in impl.assoc:
                mapping[var] = impl.assoc[name]
        return substitute(declared, mapping)

    def sign_service(self, service: ServiceInfo) -> None:
        """State, parameters and replies of a service; what is not annotated is found by its bodies."""
        if service.signed:
            return
        service.signed = True
        scope = service.scope
        node = service.node
        reader = TypeReader(self.world, scope, {}, lambda: TVar(0))

        def types(params: list[ast.Param]) -> list[Type]:
            return [reader.read(p.type) if p.type is not None else TVar(0) for p in params]

        if node.init is None:


            service.state = INT
        else:
            service.state = reader.read(node.init.ret) if node.init.ret is not None else TVar(0)
            service.init_params = types(node.init.params)
        for handler in [*node.calls, *node.casts]:
            service.handler_params.append(types(handler.params))
            if handler.kind == "call":
                service.replies.append(reader.read(handler.reply) if handler.reply is not None else TVar(0))
            else:
                service.replies.append(None)

    def ctor_scheme(self, ctor: CtorEntity) -> Scheme:
        scheme = ctor.scheme
        if scheme is None:
            info = ctor.info
            fields = info.definition.variants[ctor.tag].fields
            head = TCon(info.id, info.params)
            ty: Type = TFun(tuple([f.ty for f in fields]), head) if fields else head
            scheme = ctor.scheme = Scheme(info.params, (), ty)
        return scheme

    # ---------------------------------------------------------------- order

    def build_graph(self) -> None:
        """Edges of every item to the items that its body refers to."""
        caches: dict[int, dict[Any, tuple[Item, ...]]] = {}
        for item in self.items:
            references = References()
            if item.kind == "fn":
                for clause in item.fn.clauses:
                    references.walk(clause.guard if hasattr(clause, "guard") else None)
                    references.walk(clause.body if hasattr(clause, "body") else clause)
                    if hasattr(clause, "terminate"):
                        references.walk(clause.terminate)
            else:
                references.walk(item.node)
            self.link(item, references, caches.setdefault(id(item.scope), {}))

    def link(self, item: Item, references: References, cache: dict[Any, tuple[Item, ...]]) -> None:
        """Turn what a body mentions into edges."""
        scope = item.scope
        refs: set[Item] = set()
        for name in references.names:
            found = cache.get(name)
            if found is None:
                found = cache[name] = self.targets(self.world.lookup_value(scope, name))
            refs.update(found)
        for member in references.members:
            found = cache.get(member)
            if found is None:
                found = cache[member] = self.targets(self.world.lookup_member(scope, *member))
            refs.update(found)
        for name in references.methods:
            refs.update(self.by_method.get(name, ()))
        if item.kind == "let" or item.kind == "expr":
            refs = {r for r in refs if r.kind != "let" or r.scope is not scope or r.order < item.order
                    or not self.earlier(item, r)}
        item.refs = refs
        item.deps = {r for r in refs if r is not item and not _closed(r)}

    def ordered(self) -> list[list[Item]]:
        """The components in order of checking; one of several members is looked at again with scopes."""
        out: list[list[Item]] = []
        for component in components(self.items, lambda i: i.deps):
            if len(component) == 1:
                out.append(component)
                continue
            for item in component:
                references = ScopedReferences()
                references.walk(item.fn.clauses if item.kind == "fn" else item.node)
                self.link(item, references, {})
            out.extend(components(component, lambda i: i.deps))
        return out

    def earlier(self, item: Item, let: Item) -> bool:
        """Whether every name of ``let`` has an entry before ``item``: then that one is meant."""
        for entry in let.entries:
            lets = entry.scope.values.get(entry.name)
            if type(lets) is Lets and not any(x.order < item.order for x in lets.entries):
                return False
        return True

    def targets(self, entity: Any) -> tuple[Item, ...]:
        kind = type(entity)
        if kind is Overloads:
            return tuple([f.item for f in entity.by_arity.values() if f.item is not None])
        if kind is FnEntity:
            return (entity.item,) if entity.item is not None else ()
        if kind is Lets:
            return tuple([e.item for e in entity.entries if not e.scope.std])
        if kind is ServiceMember:
            return (entity.service.item,)
        if kind is BareMethod or kind is StaticFn:
            return tuple(self.by_method.get(entity.name, ()))
        if kind is TraitStatic:
            return tuple(self.by_method.get(entity.method, ()))
        return ()

    def check_let_order(self) -> None:
        """E0004 for a top-level let that needs one that is initialised later (types reference 2.6 rule 4)."""
        lets = [i for i in self.items if i.kind == "let"]
        position = {item: (item.scope.order, item.order) for item in lets}
        for item in lets:
            seen: set[Item] = {item}
            # A let that names a later one directly was told so where it does.
            pending = [r for f in item.refs if f.kind != "let" for r in (f, *f.refs)]
            while pending:
                ref = pending.pop()
                if ref in position and ref is not item and position[ref] > position[item]:
                    name = ref.entries[0].name if ref.entries else "_"
                    item.scope.reporter.early_let(item.node.value, name)
                    break
                if ref in position and ref is item:
                    item.scope.reporter.early_let(item.node.value, item.entries[0].name if item.entries else "_")
                    break
                if ref in seen:
                    continue
                seen.add(ref)
                if ref.kind != "let":
                    pending.extend(ref.refs)

    # ---------------------------------------------------------------- running

    def run(self) -> None:
        self.items.sort(key=lambda i: (i.scope.order, i.start))
        for item in self.items:
            if item.fn is not None:
                self.sign(item.fn)
        self.build_graph()
        for component in self.ordered():
            self.run_component(component)
        if any(i.kind == "let" for i in self.items):
            self.check_let_order()
        self.run_reached()
        self.check_defaults()
        self.run_reached()
        self.finish()

    def run_reached(self) -> None:
        while self.reached:
            fn = self.reached.pop()
            if not fn.checked and fn.kind != "extern":
                self.run_component([self.std_item(fn)])
            elif fn.kind == "extern" and fn.fn_id not in self.externs:
                self.externs[fn.fn_id] = extern(fn)
            fn.checked = True

    def std_item(self, fn: FnEntity) -> Item:
        if fn.item is None:
            item = Item("fn", fn.scope, fn.clauses[0], 0)
            item.fn = fn
            fn.item = item
        return fn.item

    def reach(self, fn: FnEntity) -> None:
        """Let a library function be part of the program."""
        if not fn.checked and fn not in self.reached:
            self.reached.append(fn)

    def reach_iterators(self) -> None:
        """The library functions that make the iterators of built-in collections."""
        module = self.world.std["Iter"]
        for name in ("from", "of_map", "of_set", "of_range"):
            self.reach(module.values[name].by_arity[1])

    def scheme_of(self, fn: FnEntity) -> Scheme | None:
        """The scheme of a function, checking it now if need be; None inside its own component (``mono`` holds)."""
        self.sign(fn)
        if fn.scheme is None:
            item = fn.item or self.std_item(fn)
            if not item.done and not item.running:
                self.run_component([item])
                fn.checked = True
        return fn.scheme

    def scheme_of_let(self, entry: LetEntity) -> None:
        if not entry.item.done and not entry.item.running:
            self.run_component([entry.item])
            if entry.scope.std:
                self.std_lets.append(entry.item)

    def run_component(self, members: list[Item]) -> None:
        """Check mutually dependent items, close their types, hand over what stays open."""
        for item in members:
            item.running = True
        infer = Infer(self, members[0].scope)
        infer.level = 1
        first_patch = len(self.patches)
        polys: dict[Item, list[PolyLocal]] = {}
        for item in members:
            infer.scope = item.scope
            infer.reporter = item.scope.reporter
            mark = len(infer.poly)
            self.run_item(infer, item)
            polys[item] = infer.poly[mark:]
        infer.level = 0
        self.close(infer, members)
        for item in members:
            item.done = True
            item.running = False
        for node, fn in self.patches[first_patch:]:
            if fn.scheme is not None:
                node.type_args = fn.scheme.vars
        self.patches = [p for p in self.patches if p[1].scheme is None]
        self.leftover.extend((c, infer) for c in infer.deferred)
        infer.deferred = []
        for item in members:
            self.emit(item, polys[item])
        self.matches.add(infer.matches)

    def run_item(self, infer: Infer, item: Item) -> None:
        if item.kind == "fn":
            fn = item.fn
            self.sign(fn)
            fn.checked = True
            if fn.kind == "actor":
                infer.infer_actor(fn)
            elif fn.kind == "supervisor":
                infer.infer_supervisor(fn)
            else:
                infer.infer_fn(fn)
        elif item.kind == "service":
            self.sign_service(item.service)
            infer.infer_service(item.service)
        elif item.kind == "let":
            infer.order = item.order
            item.typed = infer.infer_top_let(item.node, item.entries)
            item.ty = item.typed.pattern.ty
            infer.order = None
        else:
            infer.order = item.order
            item.typed = infer.infer(item.node.expr)
            item.ty = item.typed.ty
            infer.order = None

    def close(self, infer: Infer, members: list[Item]) -> None:
        """Generalise a component."""
        types: list[Type] = []
        extra: dict[TVar, None] = {}
        plain: list[Item] = []
        for item in members:
            if item.kind == "fn":
                fn = item.fn
                if fn.mono is not None and fn.scheme is None:
                    types.append(fn.mono)
                    extra.update(dict.fromkeys(fn.tvars))
            elif item.kind == "let":
                if len(item.entries) == 1 and type(item.node.pattern) is ast.IdentPat:
                    types.append(item.ty)
                    plain.append(item)
                    if type(item.typed.value) is not T.TClosure:
                        for constraint in infer.deferred:
                            if type(constraint) is DefaultValue:
                                lower(constraint.subject, 0)  # a value needs its type here
                else:
                    lower(item.ty, 0)
            elif item.kind == "service":
                pass
        variables, constraints = infer.generalize(types, 0, function=True, extra=tuple(extra))
        inferred: list[Constraint] = []
        assoc: dict[TVar, None] = {}
        for rigid in infer.rigids.values():
            inferred.extend(c for c in rigid.inferred if c not in inferred)
        for c in inferred:
            if type(c) is Associated and type(c.out) is TVar:
                assoc[c.out] = None
        for item in members:
            if item.kind != "fn" or item.fn.kind == "supervisor":
                continue
            fn = item.fn
            own = tuple([c for c in inferred if _concerns(c, fn.tvars) or _concerns(c, variables)])
            added = tuple([v for v in assoc if v not in fn.tvars])
            if fn.impl is not None:
                fn.impl.inferred.extend(needs_of(own, fn.impl.vars))
            if fn.scheme is None:
                declared = self.declared_constraints(fn)
                all_vars = tuple(dict.fromkeys((*fn.tvars, *variables, *added)))
                fn.scheme = Scheme(all_vars, declared + constraints + own, fn.mono)
            else:
                scheme = fn.scheme
                new = tuple([c for c in own if not (type(c) is Associated and c.out in fn.tvars)])
                if fn.kind == "default":
                    new = tuple([c for c in new if not _own_trait(c, fn)])
                scheme.constraints += new
                scheme.vars = tuple(dict.fromkeys((*scheme.vars, *added)))
                late, scheme.late = scheme.late, None
                if new and late:
                    self.check_late(new, late)
        for item in plain:
            entry = item.entries[0]
            if variables:
                self.poly_let(item, entry, variables, constraints)
            else:
                entry.mono = item.ty
        for item in members:
            if item.kind == "let" and item not in plain:
                for entry in item.entries:
                    if entry.local is not None:
                        entry.mono = entry.local.ty

    def poly_let(self, item: Item, entry: LetEntity, variables: tuple[TVar, ...], constraints: tuple[Constraint, ...]) -> None:
        """A generalised top-level let; a closure becomes a function."""
        entry.scheme = Scheme(variables, constraints, item.ty)
        item.typed.type_params = variables
        for local in item.typed.bound:
            local.bounded = any(map(makes_values, constraints))
        value = item.typed.value
        if type(value) is T.TClosure:
            scope = item.scope
            fn = FnEntity("fn", scope, entry.name, len(value.params), f"{entry.let_id}/{len(value.params)}", [item.node], False)
            fn.scheme = entry.scheme
            fn.params = [p.ty for p in value.params]
            fn.ret = resolve(value.ty).ret
            fn.typed = (value.params, value.body, None)
            fn.checked = True
            entry.fn = fn

    def check_late(self, constraints: tuple[Constraint, ...], late: list[tuple[dict[TVar, Type], Any]]) -> None:
        """Requirements found in a body, for the uses that came before it."""
        for mapping, (ctx, span) in late:
            for c in constraints:
                copy = c.copy(ctx, mapping, span)
                if not copy.solve(ctx):
                    self.leftover.append((copy, ctx))
            for found in ctx.deferred:
                if ctx.level == 0:
                    self.leftover.append((found, ctx))
            if ctx.level == 0:
                ctx.deferred = []

    def check_defaults(self) -> None:
        """Default methods that impls rely on: they are part of the program, and need what their bodies need."""
        in_force = {impl for impls in self.world.impls.values() for impl in impls}
        for impl in self.world.all_impls:
            if impl not in in_force:
                continue
            for name, method in impl.trait.methods.items():
                fn = method.default
                if fn is None or name in impl.methods:
                    continue
                self.scheme_of(fn)
                if not fn.checked:
                    self.run_component([self.std_item(fn)])
                mapping: dict[TVar, Type] = {impl.trait.self_var: impl.self_ty, **dict(zip(impl.trait.params, impl.args))}
                infer = Infer(self, impl.scope)
                for trait, args, var in impl.bounds:
                    if type(var) is TVar:
                        infer.rigids.setdefault(var, Rigid(False)).bounds.append((trait, args))
                from meshpy.types.declare import impl_head

                for c in fn.scheme.constraints:
                    if type(c) is HasTrait:
                        copy = c.copy(infer, mapping, impl_head(impl.node))
                        if not copy.solve(infer):
                            self.leftover.append((copy, infer))

    # ---------------------------------------------------------------- results

    def emit(self, item: Item, polys: list[PolyLocal]) -> None:
        """The typed definition of a closed item."""
        if item.kind == "fn":
            fn = item.fn
            if fn.kind == "supervisor":
                return
            self.functions[fn.fn_id] = self.typed_fn(fn, fn.scheme.vars, settle_polys(polys))
        elif item.kind == "service":
            table = settle_polys(polys)
            for fn in item.service.typed:
                self.functions[fn.fn_id] = self.typed_fn(fn, (), table)
        elif item.kind == "let":
            entry = item.entries[0] if item.entries else None
            table = settle_polys(polys)
            if entry is not None and entry.fn is not None:
                self.functions[entry.fn.fn_id] = self.typed_fn(entry.fn, entry.scheme.vars, table)
            elif table:
                item.typed.poly_lets = table

    def typed_fn(self, fn: FnEntity, variables: tuple[TVar, ...], polys: dict[T.Local, tuple[TVar, ...]]) -> T.TypedFn:
        params, body, terminate = fn.typed
        node = fn.clauses[0]
        name = fn.name
        if fn.impl is not None or fn.kind == "default":
            name = f"{fn.trait.name}.{fn.name}"
        end = fn.clauses[-1].end
        return T.TypedFn(fn.fn_id, fn.scope.name, fn.scope.path, name, "fn" if fn.kind == "default" else fn.kind, variables,
                         params, fn.ret if fn.kind != "actor" else T_UNIT, body, node.start, end, terminate, fn.message,
                         polys, fn.pub)

    def finish(self) -> None:
        """Solve what is left, then say what nobody determined; then the matches, whose types are final now."""
        progress = True
        while progress and self.leftover:
            progress = False
            batch, self.leftover = self.leftover, []
            for constraint, infer in batch:
                if self.step(constraint, infer, constraint.solve):
                    progress = True
                else:
                    self.leftover.append((constraint, infer))
            if not progress:
                batch, self.leftover = self.leftover, []
                for constraint, infer in batch:
                    if not progress and self.step(constraint, infer, constraint.settle):
                        progress = True
                    else:
                        self.leftover.append((constraint, infer))
        for constraint, infer in self.leftover:
            constraint.give_up(infer)
        self.leftover = []
        self.run_reached()
        self.matches.run()
        self.expansion.run()

    def step(self, constraint: Constraint, infer: Infer, method: Any) -> bool:
        done = method(infer)
        if infer.deferred:
            self.leftover.extend((c, infer) for c in infer.deferred)
            infer.deferred = []
            return True
        return done


def _closed(item: Item) -> bool:
    """An item whose type is known without its body, whatever its body may need."""
    fn = item.fn
    return fn is not None and fn.complete and (fn.scheme is None or fn.scheme.late is None)


def _concerns(c: Constraint, variables: tuple[TVar, ...]) -> bool:
    return any(v in variables for t in c.types() for v in free_vars(t))


def needs_of(constraints: tuple[Constraint, ...], variables: tuple[TVar, ...]) -> list[tuple[Any, Type]]:
    """The instances that ``constraints`` ask of impl parameters."""
    found: list[tuple[Any, Type]] = []
    for c in constraints:
        var = resolve(c.subject)
        if type(var) is TVar and var in variables:
            if type(c) is Rendered:
                found.append((None, var))
            elif type(c) is Arithmetic or (type(c) is HasTrait and not c.args):
                found.append((c.trait, var))
    return found


def _own_trait(c: Constraint, fn: FnEntity) -> bool:
    return type(c) is HasTrait and c.trait is fn.trait and resolve(c.subject) is fn.trait.self_var


def settle_polys(polys: list[PolyLocal]) -> dict[T.Local, tuple[TVar, ...]]:
    """The generalised lets of a definition that are really used at several types.

    One that is used at one type only (or not at all) is monomorphic after all: its variables are bound to that use.
    """
    table: dict[T.Local, tuple[TVar, ...]] = {}
    open_vars: set[TVar] = {v for p in polys for v in p.scheme.vars}
    for poly in polys:
        variables = poly.scheme.vars
        uses = poly.uses
        first = uses[0].type_args if uses else ()
        single = all(len(u.type_args) == len(first) and all(map(equal, u.type_args, first)) for u in uses[1:])
        if single:
            inner = set().union(*[set(free_vars(t)) for t in first]) if first else set()
            if not inner & (open_vars - set(variables)) and not inner & set(variables):
                for var, arg in zip(variables, first):
                    if var.ref is None and resolve(arg) is not var:
                        var.ref = resolve(arg)
                for use in uses:
                    use.type_args = ()
                open_vars -= set(variables)
                table[poly.local] = ()
                continue
        table[poly.local] = variables
    return table


def extern(fn: FnEntity) -> T.TypedExtern:
    node: ast.ExternFn = fn.extern
    params = tuple([T.Local(p.name.name if p.name is not None else f"x{i}", t)
                    for i, (p, t) in enumerate(zip(node.params, fn.params))])
    owns: set[str] = set()
    for directive in node.directives:
        words = directive.split()
        if words and words[0] == "owns":
            owns.update(words[1:])
    return T.TypedExtern(fn.fn_id, fn.scope.name, fn.name, node.symbol, fn.tvars, params, fn.ret, frozenset(owns),
                         any(d.split()[:1] == ["panics"] for d in node.directives), tuple(node.directives))


