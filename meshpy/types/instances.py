"""Which types implement which traits: impls, derived instances, and those of built-in types.

``solve`` decides ``T: Trait<args>`` as far as the type is known; ``resolve_impl`` finds the impl. Conditional
instances (``List<T>`` is Eq when T is) are solved by recursion into the arguments; recursive types are solved
coinductively: what is being asked holds while it is asked (types reference 10.2, 14.4, 15.1).
"""

from __future__ import annotations

from meshpy.types.entities import ImplInfo, TraitInfo, TypeInfo
from meshpy.types.ty import STRING, TCon, TFun, TNever, TTuple, TVar, Type, TypeId, resolve
from meshpy.types.unify import ERROR, MAYBE, NO, YES, match, substitute
from meshpy.types.world import World, head_key

Goal = tuple[TraitInfo, tuple[Type, ...], Type]

_ALL = "all"  # the instance holds when it does for every type argument
ARITHMETIC = frozenset({"Add", "Sub", "Mul", "Div", "Mod", "Neg"})
OPERATORS = ARITHMETIC | {"Eq", "Ord"}

_NUM = ("Int", "Float")
_PRIMITIVE = ("Int", "Float", "Bool", "String")
_BUILTIN: dict[str, dict[str, str | None]] = {
    **{trait: dict.fromkeys(_NUM) for trait in ARITHMETIC},
    "Not": {"Bool": None},
    "Eq": {**dict.fromkeys((*_PRIMITIVE, "Atom", "Ordering", "DateTime", "Pid", "Json", "()")),
           **dict.fromkeys(("List", "Option", "Result", "Map", "Set", "tuple"), _ALL), "Pid": None},
    "Ord": {**dict.fromkeys(("Int", "Float", "String", "Atom", "Ordering", "DateTime")),
            **dict.fromkeys(("List", "Option", "Result", "tuple"), _ALL)},
    "Hash": {**dict.fromkeys((*_PRIMITIVE, "Atom", "()", "Pid", "Ordering", "DateTime")),
             **dict.fromkeys(("List", "Option", "Result", "tuple"), _ALL)},
    "Display": {**dict.fromkeys((*_PRIMITIVE, "Atom", "Ordering", "Json", "()", "Pid")),
                **dict.fromkeys(("List", "Map", "Set", "Option", "Result", "tuple"), _ALL)},
    "Debug": {**dict.fromkeys((*_PRIMITIVE, "Atom", "Ordering", "Json", "()", "Pid")),
              **dict.fromkeys(("List", "Map", "Set", "Option", "Result", "tuple"), _ALL)},
    "Default": dict.fromkeys(_PRIMITIVE),
    "ToJson": {**dict.fromkeys((*_PRIMITIVE, "Json", "()")), **dict.fromkeys(("List", "Option"), _ALL), "Map": "json"},
}
"""Built-in instances by trait and head of the type; the value says which arguments must satisfy the trait too."""

_FROM = {"Float": ("Int",), "String": ("Int", "Float", "Bool", "String")}
_RENDER = ("Display", "Debug")


def head_name(t: Type) -> str:
    """The key of ``_BUILTIN`` for a resolved type."""
    if type(t) is TCon:
        return t.id.name if t.id.module == "" else ""
    if type(t) is TTuple:
        return "tuple" if t.elems else "()"
    return ""


class Solver:
    """Trait resolution over the impls of a ``World``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.busy: set[tuple[TypeId, int]] = set()

    # ---- impls

    def candidates(self, trait: TraitInfo, t: Type) -> list[ImplInfo]:
        """The impls of ``trait`` whose head may match ``t`` (by type constructor)."""
        heads = self.world.impl_heads.get(trait.id)
        if heads is None:
            return []
        own = heads.get(head_key(t), [])
        general = heads.get("*")
        return own + general if general else own

    def resolve_impl(self, trait: TraitInfo, args: tuple[Type, ...], t: Type) -> tuple[int, ImplInfo | None, dict[TVar, Type]]:
        """YES with the impl and its variables, NO, or MAYBE when unbound variables decide among candidates."""
        maybe: tuple[ImplInfo, dict[TVar, Type]] | None = None
        several = False
        for impl in self.candidates(trait, t):
            mapping: dict[TVar, Type | None] = dict.fromkeys(impl.vars)
            answer = match(impl.self_ty, t, mapping)
            if answer != NO:
                for pattern, arg in zip(impl.args, args):
                    found = match(pattern, arg, mapping)
                    if found == NO:
                        answer = NO
                        break
                    if found == MAYBE:
                        answer = MAYBE
            if answer == YES:
                return YES, impl, mapping  # type: ignore[return-value]
            if answer == MAYBE:
                several = maybe is not None
                maybe = (impl, mapping)  # type: ignore[assignment]
        if maybe is not None:
            return (MAYBE, None, {}) if several else (MAYBE, maybe[0], maybe[1])
        return NO, None, {}

    # ---- instances

    def solve(self, trait: TraitInfo, args: tuple[Type, ...], t: Type) -> tuple[int, list[Goal]]:
        """Whether ``t`` implements ``trait``: YES with the goals left on unbound variables, NO, or MAYBE (stuck).

        Goals on rigid variables are left to the caller like those on unbound ones.
        """
        t = resolve(t)
        kind = type(t)
        if t is ERROR or kind is TNever:
            return YES, []
        if kind is TVar:
            return YES, [(trait, args, t)]
        answer, impl, mapping = self.resolve_impl(trait, args, t)
        if answer == YES:
            assert impl is not None
            if not impl.bounds and not impl.inferred:
                return YES, []
            marks = (trait.id, hash((id(impl), _fingerprint(t))))
            if marks in self.busy:
                return YES, []
            self.busy.add(marks)
            try:
                goals: list[Goal] = []
                full = {v: (m if m is not None else v) for v, m in mapping.items()}
                for bound, bound_args, var in impl.bounds:
                    status, rest = self.solve(bound, tuple([substitute(a, full) for a in bound_args]),
                                              substitute(var, full))
                    if status != YES:
                        return status, []
                    goals.extend(rest)
                for needed, var in impl.inferred:
                    target = substitute(var, full)
                    status, rest = self.renderable(target) if needed is None else self.solve(needed, (), target)
                    if status != YES:
                        return status, []
                    goals.extend(rest)
                return YES, goals
            finally:
                self.busy.discard(marks)
        if answer == MAYBE:
            return MAYBE, []
        return self.solve_builtin(trait, args, t)

    def solve_builtin(self, trait: TraitInfo, args: tuple[Type, ...], t: Type) -> tuple[int, list[Goal]]:
        """Instances without an impl: of built-in types, and derived ones."""
        name = trait.id.name
        if trait.id.module != "":
            return NO, []
        head = head_name(t)
        if name == "From":
            return self._solve_from(args, head)
        if name == "Iterable" and head in ("List", "Map", "Set", "Range"):
            return YES, []
        if name == "Iterator" and head == "Iter":
            return YES, []
        table = _BUILTIN.get(name)
        if table is None or head not in table:
            return self.solve_derived(trait, t) if type(t) is TCon and t.id in self.world.types else (NO, [])
        rule = table[head]
        if rule is None:
            return YES, []
        parts = t.elems if type(t) is TTuple else t.args
        if rule == "json":
            status = match(STRING, parts[0], {})
            if status != YES:
                return status, []
            parts = parts[1:]
        if name in _RENDER:
            return self.solve_render(parts)
        return self.solve_all(trait, parts)

    def _solve_from(self, args: tuple[Type, ...], head: str) -> tuple[int, list[Goal]]:
        sources = _FROM.get(head)
        if not sources or not args:
            return NO, []
        source = resolve(args[0])
        if type(source) is TVar:
            return (NO, []) if source.rigid else (MAYBE, [])
        return (YES, []) if source is ERROR or head_name(source) in sources else (NO, [])

    def solve_all(self, trait: TraitInfo, types: tuple[Type, ...]) -> tuple[int, list[Goal]]:
        goals: list[Goal] = []
        for part in types:
            status, rest = self.solve(trait, (), part)
            if status != YES:
                return status, []
            goals.extend(rest)
        return YES, goals

    def solve_render(self, types: tuple[Type, ...]) -> tuple[int, list[Goal]]:
        """Elements and fields are rendered by Display, else Debug."""
        goals: list[Goal] = []
        for part in types:
            status, rest = self.renderable(part)
            if status != YES:
                return status, []
            goals.extend(rest)
        return YES, goals

    def renderable(self, t: Type) -> tuple[int, list[Goal]]:
        display = self.world.trait("Display")
        status, rest = self.solve(display, (), t)
        if status == NO:
            status, rest = self.solve(self.world.trait("Debug"), (), t)
        return status, rest

    def solve_derived(self, trait: TraitInfo, t: TCon) -> tuple[int, list[Goal]]:
        info = self.world.types[t.id]
        name = "Json" if trait.id.name == "ToJson" else trait.id.name
        if info.definition is None or name not in info.definition.derived:
            return (YES, []) if info.spoilt else (NO, [])
        conditions = self.derive_conditions(info, trait)
        if conditions is None:
            return NO, []
        goals: list[Goal] = []
        mapping = dict(zip(info.params, t.args))
        for wanted, var in conditions:
            target = mapping[var]
            if wanted.id.name in _RENDER:
                status, rest = self.renderable(target)
            else:
                status, rest = self.solve(wanted, (), target)
            if status != YES:
                return status, []
            goals.extend(rest)
        return YES, goals

    def derive_conditions(self, info: TypeInfo, trait: TraitInfo) -> list[tuple[TraitInfo, TVar]] | None:
        """What the parameters of ``info`` must satisfy for the derived instance of ``trait``; None: it cannot hold."""
        cached = info.conditions.get(trait.id, False)
        if cached is not False:
            return cached  # type: ignore[return-value]
        mark = (trait.id, id(info))
        if mark in self.busy:
            return []
        outermost = not self.busy
        self.busy.add(mark)
        found: dict[tuple[TypeId, TVar], tuple[TraitInfo, TVar]] = {}
        result: list[tuple[TraitInfo, TVar]] | None
        for field_type in field_types(info):
            status, goals = self.field_satisfies(trait, field_type)
            if status == NO:
                result = None
                break
            for wanted, _, var in goals:
                var = resolve(var)
                if type(var) is TVar and var in info.params:
                    found[(wanted.id, var)] = (wanted, var)
        else:
            result = list(found.values())
        self.busy.discard(mark)
        if outermost or result is None:
            info.conditions[trait.id] = result  # type: ignore[assignment]
        return result

    def field_satisfies(self, trait: TraitInfo, t: Type) -> tuple[int, list[Goal]]:
        """The condition that a field of type ``t`` puts on a derived instance of ``trait``."""
        if trait.id.name in _RENDER:
            return self.renderable(t)
        if trait.id.name == "ToJson":
            u = resolve(t)
            # Unit is encodable in a json literal, but no field type (types reference 15.6).
            if type(u) is TTuple:
                return NO, []
        return self.solve(trait, (), t)

    # ---- associated types

    def assoc(self, trait: TraitInfo, args: tuple[Type, ...], t: Type, name: str) -> Type | None:
        """The associated type ``name`` of the instance for the known type ``t``; None without instance or stuck."""
        t = resolve(t)
        answer, impl, mapping = self.resolve_impl(trait, args, t)
        if answer == YES and impl is not None:
            found = impl.assoc.get(name)
            if found is None:
                return None
            return substitute(found, {v: m for v, m in mapping.items() if m is not None})
        if answer == MAYBE:
            return None
        builtin_name = trait.id.name if trait.id.module == "" else ""
        if builtin_name in ARITHMETIC:
            return t if head_name(t) in _NUM else None
        if type(t) is not TCon or t.id.module != "":
            return None
        head = t.id.name
        if builtin_name == "Iterable":
            item = _item(t)
            if item is None or head == "Iter":
                return None
            return item if name == "Item" else TCon(TypeId("", "Iter"), (item,))
        if builtin_name == "Iterator" and head == "Iter":
            return t.args[0]
        return None


def _item(t: TCon) -> Type | None:
    name = t.id.name
    if name in ("List", "Set", "Iter"):
        return t.args[0]
    if name == "Map":
        return TTuple(t.args)
    if name == "Range":
        return TCon(TypeId("", "Int"))
    return None


def field_types(info: TypeInfo) -> list[Type]:
    definition = info.definition
    if definition.fields is not None:
        return [f.ty for f in definition.fields]
    return [f.ty for v in definition.variants or () for f in v.fields]


def _fingerprint(t: Type) -> int:
    t = resolve(t)
    kind = type(t)
    if kind is TCon:
        return hash((t.id, *[_fingerprint(a) for a in t.args]))
    if kind is TFun:
        return hash(("fun", *[_fingerprint(p) for p in t.params], _fingerprint(t.ret)))
    if kind is TTuple:
        return hash(("tuple", *[_fingerprint(e) for e in t.elems]))
    return id(t)
