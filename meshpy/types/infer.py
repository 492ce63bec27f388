"""Inference: the state of checking one definition, constraints and generalisation, names, literals and operators.

``Infer`` is put together from mixins, one per topic: ``calls``, ``methods``, ``control``, ``patterns``, ``processes``
and ``functions``. Every ``infer_*`` method takes a syntax node and gives the typed node; types are shared and mutable
until the definition is closed. Levels follow Remy: a region one level up is generalised over what stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from meshpy.types import typed as T
from meshpy.types.annotations import TypeReader
from meshpy.types.constraints import Arithmetic, Associated, Constraint, DefaultValue, HasField, HasTrait
from meshpy.types.entities import (
    FnEntity,
    ModuleScope,
    Scheme,
    TraitInfo,
    TypeInfo,
)
from meshpy.types.report import PLAIN, At, Origin, Span
from meshpy.types.ty import JSON, STRING, TCon, TVar, Type, TypeId, resolve
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR, Mismatch, free_vars, substitute, unify

if TYPE_CHECKING:
    from meshpy.types.driver import Driver

RANGE = TCon(TypeId("", "Range"))
REGEX = TCon(TypeId("", "Regex"))
LIST_ID = TypeId("", "List")
MAP_ID = TypeId("", "Map")


class PolyLocal:
    """A let-bound local with a generalised type."""

    __slots__ = ("local", "scheme", "uses")

    def __init__(self, local: Local, scheme: Scheme) -> None:
        self.local = local
        self.scheme = scheme
        self.uses: list[T.TLetPoly] = []


class LocalFn:
    """A local function: ``mono`` while its group is being inferred, then ``scheme``."""

    __slots__ = ("mono", "patches", "scheme", "typed")

    def __init__(self, typed: T.TypedLocalFn) -> None:
        self.typed = typed
        self.mono: Type | None = None
        self.scheme: Scheme | None = None
        self.patches: list[T.TLocalFn] = []


class LocalFns:
    """The local functions of one name, by parameter count."""

    __slots__ = ("by_arity", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_arity: dict[int, LocalFn] = {}


class FnState:
    """The innermost function or closure being checked."""

    __slots__ = ("actor", "kind", "loops", "message", "name", "parent", "receives", "ret", "ret_node", "system",
                 "tail")

    def __init__(self, kind: str, name: str, ret: Type, ret_node: Span | None, parent: FnState | None = None) -> None:
        self.kind = kind
        self.name = name
        self.ret = ret
        self.ret_node = ret_node
        self.loops = 0
        self.message: Type | None = parent.message if parent else None
        self.receives: bool = parent.receives if parent else True  # false in a terminate block
        self.system: list[Callable[[], None]] = parent.system if parent else []  # settle what arms for system messages bind
        self.actor: FnEntity | None = None
        self.tail: set[int] = set()
        self.parent = parent


class Rigid:
    """A declared type parameter in scope of its definition: its bounds, and what its unbounded use adds to them."""

    __slots__ = ("assoc", "bounds", "inferred", "open")

    def __init__(self, open_: bool) -> None:
        self.bounds: list[tuple[TraitInfo, tuple[Type, ...]]] = []
        self.inferred: list[Constraint] = []
        self.open = open_  # no bound is declared: uses add requirements (types reference 2.4 rule 4)
        self.assoc: dict[tuple[TypeId, str], Type] = {}


class InferBase:
    """State and the machinery of constraints; the mixins add the rules."""

    DISPATCH: dict[type, Callable[..., T.TExpr]]

    def __init__(self, driver: Driver, scope: ModuleScope) -> None:
        self.driver = driver
        self.world = driver.world
        self.solver = driver.solver
        self.scope = scope
        self.reporter = scope.reporter
        self.level = 0
        self.deferred: list[Constraint] = []
        self.locals: dict[str, Any] = {}
        self.undo: list[tuple[str, Any]] = []
        self.fn: FnState | None = None
        self.rigids: dict[TVar, Rigid] = {}
        self.names: dict[str, Type] = {}
        self.self_assoc: Callable[[str], Type | None] | None = None
        self.matches: list[tuple[Any, ...]] = []
        self.poly: list[PolyLocal] = []
        self.order: int | None = None  # position of the top-level statement being checked
        self.component: Any = None

    # ---------------------------------------------------------------- small helpers

    def fresh(self) -> TVar:
        return TVar(self.level)

    def bad(self, span: Span) -> T.TExpr:
        """What stands for an expression that was reported."""
        return T.TLit(span.start, span.end, ERROR, None)

    def spoil(self, args: Iterable[Any]) -> None:
        """Look at the arguments of something that was reported; what they leave open is not reported again."""
        for a in args:
            unify(ERROR, self.infer(a).ty)

    def bind(self, name: str, what: Any) -> None:
        self.undo.append((name, self.locals.get(name)))
        self.locals[name] = what

    def leave(self, mark: int) -> None:
        undo = self.undo
        table = self.locals
        while len(undo) > mark:
            name, old = undo.pop()
            if old is None:
                del table[name]
            else:
                table[name] = old

    def reader(self) -> TypeReader:
        return TypeReader(self.world, self.scope, self.names, self.fresh, self.read_assoc)

    def read_assoc(self, base: Type, name: str) -> Type | None:
        """``Self.Name`` and ``T.Name`` in an annotation."""
        if base is self.names.get("Self") and self.self_assoc is not None:
            return self.self_assoc(name)
        base = resolve(base)
        if type(base) is TVar and base.rigid:
            info = self.rigids.get(base)
            for trait, args in info.bounds if info else ():
                if name in trait.assoc:
                    return self.rigid_assoc(base, trait, args, name)
        return None

    # ---------------------------------------------------------------- unification with messages

    def unify(self, expected: Type, found: Type) -> None:
        """``unify``; the pid of a system message may be compared with the process's own. Raises Mismatch."""
        try:
            unify(expected, found)
        except Mismatch as error:
            if error.kind != "occurs" or self.fn is None or not self.fn.system:
                raise
            for settle in self.fn.system:
                settle()
            unify(expected, found)

    def agree(self, span: Span, expected: Type, found: Type, origin: Origin = PLAIN) -> bool:
        try:
            self.unify(expected, found)
            return True
        except Mismatch as error:
            self.reporter.mismatch(error, span, origin, expected, found)
            return False

    def check(self, e: Any, expected: Type, origin: Origin = PLAIN) -> T.TExpr:
        """Infer ``e`` (or take it, if it is typed already) and fit it to ``expected``."""
        rule = self.DISPATCH.get(type(e))
        node = e if rule is None else rule(self, e, expected)
        return self.fit(node, expected, origin)

    def fit(self, node: T.TExpr, expected: Type, origin: Origin = PLAIN) -> T.TExpr:
        try:
            self.unify(expected, node.ty)
        except Mismatch as error:
            if resolve(node.ty) is JSON or is_type(node.ty, JSON.id):
                if is_type(expected, STRING.id):
                    return T.TJsonToString(node.start, node.end, STRING, node)
            self.reporter.mismatch(error, blame(node), origin, expected, node.ty)
        return node

    def infer(self, e: Any, hint: Type | None = None) -> T.TExpr:
        rule = self.DISPATCH.get(type(e))
        return e if rule is None else rule(self, e, hint)

    # ---------------------------------------------------------------- constraints

    def require(self, constraint: Constraint, reporter: Any = None) -> None:
        if reporter is not None:
            constraint.reporter = reporter
        if not constraint.solve(self):
            self.deferred.append(constraint)

    def solve_from(self, mark: int) -> None:
        """Solve the constraints added since ``mark`` to a fixpoint."""
        deferred = self.deferred
        progress = True
        while progress and len(deferred) > mark:
            progress = False
            batch = deferred[mark:]
            del deferred[mark:]
            for constraint in batch:
                if constraint.solve(self):
                    progress = True
                else:
                    deferred.append(constraint)

    def settle_from(self, mark: int, level: int) -> None:
        """Apply last resorts to constraints on variables above ``level``, one at a time, solving in between."""
        again = True
        while again:
            again = False
            for index in range(mark, len(self.deferred)):
                constraint = self.deferred[index]
                subject = resolve(constraint.subject)
                if type(subject) is TVar and subject.level <= level:
                    continue
                before = len(self.deferred)
                if constraint.settle(self):
                    self.deferred.remove(constraint)
                    again = True
                elif len(self.deferred) != before:
                    again = True
                if again:
                    self.solve_from(mark)
                    break
            else:
                # Settling may bind variables without removing its constraint (the result of an operator).
                count = len(self.deferred)
                self.solve_from(mark)
                again = len(self.deferred) != count

    def generalize(self, types: Iterable[Type], mark: int, *, function: bool, extra: tuple[TVar, ...] = ()
                   ) -> tuple[tuple[TVar, ...], tuple[Constraint, ...]]:
        """Close a region: the variables to quantify over in ``types``, and the constraints that go with them.

        ``self.level`` is already the level outside. ``extra`` are declared parameters, quantified in any case. What
        cannot be quantified moves outwards with its constraints.
        """
        level = self.level
        deferred = self.deferred
        if len(deferred) > mark:
            self.level = level + 1
            self.solve_from(mark)
            if function:
                self.settle_from(mark, level)
            else:
                self.hold(mark, level)
            self.level = level
            self.tie(mark, level)
        variables: dict[TVar, None] = dict.fromkeys(extra)
        for t in types:
            for var in free_vars(t):
                if var.level > level:
                    variables.setdefault(var)
        if len(deferred) == mark:
            return tuple(variables), ()
        kept: list[Constraint] = []
        rest = deferred[mark:]
        del deferred[mark:]
        progress = True
        while progress:
            progress = False
            waiting: list[Constraint] = []
            for constraint in rest:
                subject = resolve(constraint.subject)
                inner = free_vars(subject)
                if constraint.generalises and inner and any(v in variables for v in inner):
                    kept.append(constraint)
                    for t in constraint.types():
                        for var in free_vars(t):
                            if var.level > level and var not in variables:
                                variables[var] = None
                    progress = True
                else:
                    waiting.append(constraint)
            rest = waiting
        for constraint in rest:
            # Undecided and not part of the type: it may still be decided outside.
            for t in constraint.types():
                for var in free_vars(t):
                    if var.level > level and var not in variables and not var.rigid:
                        var.level = level
            deferred.append(constraint)
        return tuple(variables), tuple(kept)

    def tie(self, mark: int, level: int) -> None:
        """What a constraint on a variable of outside determines belongs outside too (the result of `k + n` where `n` is
        a variable of the enclosing function)."""
        progress = True
        while progress:
            progress = False
            for constraint in self.deferred[mark:]:
                if any(v.level > level for v in free_vars(resolve(constraint.subject))):
                    continue
                for t in constraint.types():
                    for var in free_vars(t):
                        if var.level > level and not var.rigid:
                            var.level = level
                            progress = True

    def hold(self, mark: int, level: int) -> None:
        """At the end of a let: constraints that need more than a type's head keep their variables monomorphic."""
        for constraint in self.deferred[mark:]:
            if isinstance(constraint, Arithmetic):
                subject = resolve(constraint.subject)
                if type(subject) is TVar and subject.level > level:
                    constraint.settle(self)
            elif not constraint.generalises or isinstance(constraint, _HELD):
                for t in constraint.types():
                    for var in free_vars(t):
                        if var.level > level and not var.rigid:
                            var.level = level

    def instantiate(self, scheme: Scheme, span: Span) -> tuple[Type, tuple[Type, ...]]:
        """A fresh instance of ``scheme`` and the types its variables became; its constraints are required at ``span``."""
        if not scheme.vars:
            return scheme.ty, ()
        level = self.level
        mapping: dict[TVar, Type] = {v: TVar(level) for v in scheme.vars}
        for constraint in scheme.constraints:
            self.deferred.append(constraint.copy(self, mapping, span))
        if scheme.late is not None:
            scheme.late.append((mapping, (self, span)))
        return substitute(scheme.ty, mapping), tuple(mapping.values())

    # ---------------------------------------------------------------- type parameters

    def rigid_bound(self, var: TVar, trait: TraitInfo) -> bool:
        info = self.rigids.get(var)
        return info is not None and any(t.id == trait.id or t.operator == trait.id for t, _ in info.bounds)

    def rigid_has(self, wanted: HasTrait, var: TVar, original: Constraint | None = None) -> bool:
        """``var: Trait`` for a declared parameter: by a bound, or, when it has none, as a new requirement."""
        info = self.rigids.get(var)
        if info is None:
            return True
        bound = self.rigid_bound(var, wanted.trait)
        if not bound and not info.open:
            wanted.fail(self)
            return True
        if not bound or type(original) is Arithmetic:
            new = original or wanted
            if not any(_same_requirement(new, old) for old in info.inferred):
                info.inferred.append(new)
        return True

    def rigid_one_of(self, var: TVar, constraint: Constraint) -> bool:
        info = self.rigids.get(var)
        if info is None:
            return True
        if not info.open:
            return any(type(old) is type(constraint) for old in info.inferred)
        if not any(_same_requirement(constraint, old) for old in info.inferred):
            info.inferred.append(constraint)
        return True

    def rigid_assoc(self, var: TVar, trait: TraitInfo, args: tuple[Type, ...], name: str) -> Type:
        """``T.Name`` of a declared parameter: a type parameter of its own, tied to T wherever the function is used."""
        info = self.rigids.get(var)
        if info is None:
            return ERROR
        key = (trait.id, name)
        found = info.assoc.get(key)
        if found is None:
            found = info.assoc[key] = TVar(var.level, None, f"{var.name}.{name}", True)
            self.rigids[found] = Rigid(True)
            info.inferred.append(Associated(self, At(0, 0), var, trait, args, name, found))
        return found

    def structs_with_field(self, name: str) -> list[TypeInfo]:
        """The structs visible here that have the field ``name``."""
        return self.world.structs_with_field(self.scope, name)

    def field_type(self, t: Type, name: str, span: Span, reporter: Any) -> Type:
        """The type of field ``name`` of a known type; reports E0009."""
        if t is ERROR:
            return ERROR
        if type(t) is TCon:
            info = self.world.types.get(t.id)
            if info is not None and info.definition is not None and info.definition.fields is not None \
                    and info.open_to(self.scope):
                index = info.field_index.get(name)
                if index is not None:
                    field = info.definition.fields[index].ty
                    return substitute(field, dict(zip(info.params, t.args))) if info.params else field
                reporter.no_field(span, t, name, info.field_index)
                return ERROR
        reporter.no_field(span, t, name)
        return ERROR


_HELD = (HasField, Associated, DefaultValue)
"""Constraints that keep a let monomorphic: they need more than an instance at each use."""


def is_type(t: Type, ident: TypeId) -> bool:
    t = resolve(t)
    return type(t) is TCon and t.id == ident


def _same_requirement(a: Constraint, b: Constraint) -> bool:
    if type(a) is not type(b) or resolve(a.subject) is not resolve(b.subject):
        return False
    return getattr(a, "trait", None) is getattr(b, "trait", None)


def blame(node: T.TExpr) -> Span:
    """The smallest part of an expression that carries its value: the last one of a block."""
    while type(node) is T.TBlock and node.result is not None:
        node = node.result
    return node
