"""Patterns: typing, binders, constructors (types reference 11.1)."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.entities import AliasInfo, Ambiguous, CtorEntity, TypeInfo
from meshpy.types.expressions import ExpressionRules
from meshpy.types.infer import LIST_ID
from meshpy.types.report import PATTERN, Span
from meshpy.types.ty import ATOM, BOOL, FLOAT, INT, STRING, UNIT, TCon, TTuple, TVar, Type, resolve
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR, substitute


class PatternRules(ExpressionRules):
    """Typing of patterns. Binders are collected in a dict by name; alternatives of an or-pattern share them."""

    def is_constructor(self, name: str) -> bool:
        """Whether a bare name in pattern position is a constructor (or must be one, being capitalised)."""
        return type(self.constructor(name)) is not type(None) or name[:1].isupper()

    def constructor(self, name: str) -> Any:
        """The constructor that a bare pattern name means: an entity, ``Ambiguous`` or None."""
        entity = self.world.lookup_value(self.scope, name)
        return entity if type(entity) is CtorEntity or type(entity) is Ambiguous else None

    def let_pattern(self, pattern: ast.Pattern, ty: Type) -> tuple[T.Pat, dict[str, Local]]:
        names: dict[str, Local] = {}
        return self.pattern(pattern, ty, names), names

    def bind_pattern(self, pattern: ast.Pattern, ty: Type) -> T.Pat:
        """Type a pattern and bring its names into scope."""
        names: dict[str, Local] = {}
        typed = self.pattern(pattern, ty, names)
        for local in names.values():
            self.bind(local.name, local)
        return typed

    def pattern(self, p: ast.Pattern, ty: Type, names: dict[str, Local]) -> T.Pat:
        """Type ``p`` against the scrutinee type ``ty``, adding its binders to ``names``."""
        kind = type(p)
        start, end = p.start, p.end
        if kind is ast.WildPat:
            return T.PWild(start, end, ty)
        if kind is ast.IdentPat:
            name = p.name
            ctor = self.constructor(name)
            if ctor is not None:
                return self.ctor_pattern(p, ctor, name, [], False, ty, names)
            if name in self.scope.broken:
                return T.PWild(start, end, ERROR)
            if name[:1].isupper():
                self.reporter.unknown_variant(p, name, self.world.constructors(self.scope))
                return T.PWild(start, end, ERROR)
            return self.binder(p, name, ty, names)
        if kind is ast.LitPat:
            literal = _literal_type(p.value)
            if not self.agree(p, ty, literal, PATTERN):
                return T.PWild(start, end, ERROR)
            return T.PLit(start, end, literal, p.value)
        if kind is ast.CtorPat:
            ctor = self.pattern_constructor(p)
            if ctor is None:
                for a in p.args:
                    self.pattern(a, ERROR, names)
                return T.PWild(start, end, ERROR)
            return self.ctor_pattern(p, ctor, p.path.text, p.args, p.has_parens, ty, names)
        if kind is ast.TuplePat:
            types = self.tuple_types(p, ty, len(p.elems))
            elems = tuple([self.pattern(e, t, names) for e, t in zip(p.elems, types)])
            if types and types[0] is ERROR:
                return T.PWild(start, end, ERROR)
            return T.PTuple(start, end, TTuple(tuple(types)), elems)
        if kind is ast.UnitPat:
            if not self.agree(p, ty, UNIT, PATTERN):
                return T.PWild(start, end, ERROR)
            return T.PTuple(start, end, UNIT, ())
        if kind is ast.ConsPat:
            item = self.item_type(p, ty)
            head = self.pattern(p.head, item, names)
            return T.PCons(start, end, ty, head, self.pattern(p.tail, ty, names))
        if kind is ast.ListPat:
            item = self.item_type(p, ty)
            return T.PList(start, end, ty, tuple([self.pattern(e, item, names) for e in p.elems]))
        if kind is ast.AtomPat:
            if not self.agree(p, ty, ATOM, PATTERN):
                return T.PWild(start, end, ERROR)
            return T.PLit(start, end, ATOM, p.name)
        if kind is ast.AsPat:
            inner = self.pattern(p.inner, ty, names)
            bound = self.binder(p.name, p.name.name, ty, names)
            local = bound.local if type(bound) is T.PBind else Local(p.name.name, ty)
            return T.PAs(start, end, ty, inner, local)
        assert kind is ast.OrPat
        return self.or_pattern(p, ty, names)

    def binder(self, p: Span, name: str, ty: Type, names: dict[str, Local]) -> T.Pat:
        if name == "_":
            return T.PWild(p.start, p.end, ty)
        if name in names:
            self.reporter.bound_twice(p, name)
            return T.PWild(p.start, p.end, ty)
        local = names[name] = Local(name, ty)
        return T.PBind(p.start, p.end, ty, local)

    def tuple_types(self, p: Span, ty: Type, count: int) -> list[Type]:
        """The component types of a tuple scrutinee; fresh ones when it does not fit (reported)."""
        t = resolve(ty)
        if type(t) is TTuple and len(t.elems) == count:
            return list(t.elems)
        if t is ERROR:
            return [ERROR] * count
        types: list[Type] = [self.fresh() for _ in range(count)]
        if not self.agree(p, ty, TTuple(tuple(types)), PATTERN):
            return [ERROR] * count
        return types

    def item_type(self, p: Span, ty: Type) -> Type:
        t = resolve(ty)
        if type(t) is TCon and t.id == LIST_ID:
            return t.args[0]
        item: Type = self.fresh()
        return item if self.agree(p, ty, TCon(LIST_ID, (item,)), PATTERN) else ERROR

    def pattern_constructor(self, p: ast.CtorPat) -> Any:
        """The constructor named by ``C(...)`` or ``T.C``; reports E0010, E0034 or E0035."""
        parts = p.path.parts
        name = parts[-1].name
        if len(parts) == 1:
            found = self.constructor(name)
            if found is None and name not in self.scope.broken:
                self.reporter.unknown_variant(p.path, name, self.world.constructors(self.scope))
            return found
        if len(parts) == 2:
            base = parts[0].name
            info: Any = self.world.lookup_type(self.scope, base)
            if type(info) is AliasInfo:
                head = resolve(self.world.alias_type(info))
                info = self.world.types.get(head.id) if type(head) is TCon else None
            if type(info) is TypeInfo and name in info.ctors:
                return info.ctors[name]
            module = self.scope.namespaces.get(base)
            if module is not None and type(module.values.get(name)) is CtorEntity:
                entity = module.values[name]
                if entity.info.pub:
                    return entity
                self.reporter.private(p.path, name, module.name)
                return None
        else:
            info = self.world.lookup_qualified_type(self.scope, [x.name for x in parts[:-1]], p.path)
            if info is ERROR:
                return None
            if type(info) is TypeInfo and name in info.ctors:
                return info.ctors[name]
        if parts[0].name in self.scope.broken:
            return None
        known = info.ctors if type(info) is TypeInfo else self.world.constructors(self.scope)
        self.reporter.unknown_variant(p.path, p.path.text, known)
        return None

    def ctor_pattern(self, p: Span, ctor: Any, name: str, args: list[ast.Pattern], parens: bool, ty: Type,
                     names: dict[str, Local]) -> T.Pat:
        if type(ctor) is Ambiguous:
            self.reporter.ambiguous_name(p, ctor.name, ctor.owners)
            for a in args:
                self.pattern(a, ERROR, names)
            return T.PWild(p.start, p.end, ERROR)
        info = ctor.info
        t = resolve(ty)
        if type(t) is TCon and t.id == info.id:
            head = t
        else:
            head = TCon(info.id, tuple([TVar(self.level) for _ in info.params]))
            if not self.agree(p, ty, head, PATTERN):
                for a in args:
                    self.pattern(a, ERROR, names)
                return T.PWild(p.start, p.end, ERROR)
        fields = info.definition.variants[ctor.tag].fields
        if not parens and not args:
            return T.PCtor(p.start, p.end, head, info.id, ctor.tag,
                           tuple([T.PWild(p.start, p.end, self.payload(info, head, f.ty)) for f in fields]))
        if len(args) != len(fields):
            self.reporter.arity(p, len(fields), len(args))
            for a in args:
                self.pattern(a, ERROR, names)
            return T.PWild(p.start, p.end, ERROR)
        inner = tuple([self.pattern(a, self.payload(info, head, f.ty), names) for a, f in zip(args, fields)])
        return T.PCtor(p.start, p.end, head, info.id, ctor.tag, inner)

    def payload(self, info: TypeInfo, head: TCon, ty: Type) -> Type:
        return substitute(ty, dict(zip(info.params, head.args))) if info.params else ty

    def or_pattern(self, p: ast.OrPat, ty: Type, names: dict[str, Local]) -> T.Pat:
        first: dict[str, Local] = {}
        alts = [self.pattern(p.alts[0], ty, first)]
        for alternative in p.alts[1:]:
            own: dict[str, Local] = {}
            typed = self.pattern(alternative, ty, own)
            if own.keys() != first.keys():
                self.reporter.or_binders(p, first, own)
            shared = {}
            for name, local in own.items():
                common = first.get(name)
                if common is not None:
                    self.agree(alternative, common.ty, local.ty, PATTERN)
                    shared[local] = common
            alts.append(_share(typed, shared) if shared else typed)
        for name, local in first.items():
            if name in names:
                self.reporter.bound_twice(p, name)
            else:
                names[name] = local
        return T.POr(p.start, p.end, ty, tuple(alts))


def _literal_type(value: int | float | bool | str) -> TCon:
    kind = type(value)
    if kind is bool:
        return BOOL
    if kind is int:
        return INT
    return FLOAT if kind is float else STRING


def _share(p: T.Pat, shared: dict[Local, Local]) -> T.Pat:
    """``p`` with its locals replaced, so that all alternatives bind the same ones."""
    kind = type(p)
    if kind is T.PBind:
        p.local = shared.get(p.local, p.local)
    elif kind is T.PAs:
        p.local = shared.get(p.local, p.local)
        _share(p.inner, shared)
    elif kind is T.PTuple or kind is T.PList:
        for e in p.elems:
            _share(e, shared)
    elif kind is T.PCtor:
        for e in p.args:
            _share(e, shared)
    elif kind is T.PCons:
        _share(p.head, shared)
        _share(p.tail, shared)
    elif kind is T.POr:
        for e in p.alts:
            _share(e, shared)
    return p
