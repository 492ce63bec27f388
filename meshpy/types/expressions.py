"""Literals, structures, operators, names and blocks."""

from __future__ import annotations

from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.constraints import Arithmetic, HasTrait, Pending, Rendered, makes_values
from meshpy.types.entities import (
    AliasInfo,
    Ambiguous,
    BareMethod,
    Broken,
    CtorEntity,
    FnEntity,
    LanguageMember,
    Lets,
    Overloads,
    Scheme,
    ServiceMember,
    StaticFn,
    TraitInfo,
    TraitStatic,
    TypeInfo,
)
from meshpy.types.infer import (
    LIST_ID,
    MAP_ID,
    RANGE,
    REGEX,
    InferBase,
    LocalFn,
    LocalFns,
    PolyLocal,
    blame,
    is_type,
)
from meshpy.types.regex import regex_problem
from meshpy.types.report import ANNOTATION, OPERATOR, Span
from meshpy.types.suggest import closest
from meshpy.types.ty import (
    ATOM,
    BOOL,
    FLOAT,
    INT,
    JSON,
    STRING,
    UNIT,
    TCon,
    TFun,
    TNever,
    TTuple,
    TVar,
    Type,
    resolve,
)
from meshpy.types.typed import Local
from meshpy.types.unify import ERROR, PID, Mismatch, free_vars, lower, substitute

ARITHMETIC_TRAITS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Mod"}

_PRINTABLE = frozenset({INT.id, FLOAT.id, BOOL.id, STRING.id})
_COMPARABLE = frozenset({INT.id, FLOAT.id, BOOL.id, STRING.id})
_ENCODABLE = frozenset({INT.id, FLOAT.id, BOOL.id, STRING.id, JSON.id})


class JsonValue(HasTrait):
    """A value of a ``json`` literal: E0038 names its key."""

    __slots__ = ("key",)

    def __init__(self, ctx: Any, span: Span, subject: Type, trait: TraitInfo, args: tuple[Type, ...], shown: Type | None,
                 key: str) -> None:
        super().__init__(ctx, span, subject, trait, args, shown)
        self.key = key

    def fail(self, ctx: Any) -> None:
        self.reporter.not_json(self.span, self.key, self.shown or self.subject)


class ExpressionRules(InferBase):
    """The rules for expressions without control flow and calls."""

    # ---------------------------------------------------------------- literals

    def infer_int(self, e: ast.IntLit, hint: Type | None) -> T.TExpr:
        return T.TLit(e.start, e.end, INT, e.value)

    def infer_float(self, e: ast.FloatLit, hint: Type | None) -> T.TExpr:
        return T.TLit(e.start, e.end, FLOAT, e.value)

    def infer_bool(self, e: ast.BoolLit, hint: Type | None) -> T.TExpr:
        return T.TLit(e.start, e.end, BOOL, e.value)

    def infer_unit(self, e: ast.UnitLit, hint: Type | None) -> T.TExpr:
        return T.TLit(e.start, e.end, UNIT, None)

    def infer_atom(self, e: ast.AtomLit, hint: Type | None) -> T.TExpr:
        return T.TLit(e.start, e.end, ATOM, e.name)

    def infer_regex(self, e: ast.RegexLit, hint: Type | None) -> T.TExpr:
        problem = regex_problem(e.pattern, e.flags)
        if problem is not None:
            self.reporter.bad_regex(e, problem)
        return T.TRegex(e.start, e.end, REGEX, e.pattern, e.flags)

    def infer_string(self, e: ast.StringLit, hint: Type | None) -> T.TExpr:
        parts = e.parts
        if not parts:
            return T.TLit(e.start, e.end, STRING, "")
        if len(parts) == 1 and type(parts[0]) is str:
            return T.TLit(e.start, e.end, STRING, parts[0])
        out: list[str | T.TExpr] = []
        for part in parts:
            if type(part) is str:
                out.append(part)
                continue
            node = self.infer(part)
            t = resolve(node.ty)
            if not (type(t) is TCon and t.id in _PRINTABLE):
                self.require(Rendered(self, part, node.ty))
            out.append(node)
        return T.TInterp(e.start, e.end, STRING, tuple(out))

    def infer_tuple(self, e: ast.TupleExpr, hint: Type | None) -> T.TExpr:
        elems = tuple([self.infer(x) for x in e.elems])
        return T.TTuple_(e.start, e.end, TTuple(tuple([x.ty for x in elems])), elems)

    def infer_list(self, e: ast.ListLit, hint: Type | None) -> T.TExpr:
        item: Type = TVar(self.level)
        elems = []
        for x in e.elems:
            elems.append(self.check(x, item, ANNOTATION))
        return T.TList(e.start, e.end, TCon(LIST_ID, (item,)), tuple(elems))

    def infer_map(self, e: ast.MapLit, hint: Type | None) -> T.TExpr:
        key: Type = STRING if e.kwargs else TVar(self.level)
        value: Type = TVar(self.level)
        entries = []
        for k, v in e.entries:
            key_node = self.check(k, key, ANNOTATION)
            entries.append((key_node, self.check(v, value, ANNOTATION)))
        if e.entries and not e.kwargs:
            self.require_key(key, e)
        return T.TMap(e.start, e.end, TCon(MAP_ID, (key, value)), tuple(entries))

    def require_key(self, key: Type, span: Span) -> None:
        """Keys of a map literal are compared and hashed."""
        t = resolve(key)
        if type(t) is TCon and t.id in _PRINTABLE:
            return
        self.require(HasTrait(self, span, key, self.world.trait("Eq")))
        self.require(HasTrait(self, span, key, self.world.trait("Hash")))

    # ---------------------------------------------------------------- structs

    def struct_info(self, path: ast.Path) -> TypeInfo | None:
        """The struct that a literal names; reports what is wrong with the name."""
        parts = path.parts
        if len(parts) == 1:
            found = self.world.lookup_type(self.scope, parts[0].name)
        else:
            found = self.world.lookup_qualified_type(self.scope, [p.name for p in parts], path)
            if found is ERROR:
                return None
        if type(found) is AliasInfo:
            head = resolve(self.world.alias_type(found))
            found = self.world.types.get(head.id) if type(head) is TCon else None
        if type(found) is Ambiguous:
            self.reporter.ambiguous_name(path, found.name, found.owners)
            return None
        if type(found) is not TypeInfo or found.definition is None or found.definition.fields is None \
                or not found.open_to(self.scope):
            if parts[0].name in self.scope.broken:
                return None
            names = [n for n in self.world.visible_types(self.scope)]
            self.reporter.unknown_struct(path, path.text, names)
            return None
        return found

    def infer_struct(self, e: ast.StructLit, hint: Type | None) -> T.TExpr:
        info = self.struct_info(e.name)
        if info is None:
            for f in e.fields:
                self.infer(f.value)
            return self.bad(e)
        mapping: dict[TVar, Type] = {p: TVar(self.level) for p in info.params}
        fields: list[tuple[int, T.TExpr]] = []
        seen: set[str] = set()
        misspelt: set[str] = set()
        definition = info.definition.fields
        for f in e.fields:
            name = f.name.name
            index = info.field_index.get(name)
            if index is None:
                self.infer(f.value)
                self.reporter.field_unknown(f.name, name, info.name, info.field_index)
                meant = closest(name, info.field_index)
                if meant is not None:
                    misspelt.add(meant)  # a misspelt field is one mistake: it is not missing too
                continue
            if name in seen:
                self.infer(f.value)
                self.reporter.field_twice(f.name, name)
                continue
            seen.add(name)
            ty = definition[index].ty
            fields.append((index, self.check(f.value, substitute(ty, mapping) if mapping else ty, ANNOTATION)))
        for f in definition:
            if f.name not in seen and f.name not in misspelt:
                self.reporter.field_missing(e, f.name, info.name)
        return T.TStruct(e.start, e.end, TCon(info.id, tuple(mapping.values())), info.id, tuple(fields))

    def infer_update(self, e: ast.StructUpdate, hint: Type | None) -> T.TExpr:
        base = self.infer(e.base)
        node = T.TUpdate(e.start, e.end, base.ty, base, ())
        values = [self.infer(f.value) for f in e.fields]

        def run(ctx: Any) -> None:
            t = resolve(base.ty)
            if t is ERROR:
                return
            info = ctx.world.types.get(t.id) if type(t) is TCon else None
            if info is None or info.definition.fields is None or not info.open_to(ctx.scope):
                ctx.reporter.not_struct(blame(base), t)
                return
            fields = []
            seen: set[str] = set()
            for f, value in zip(e.fields, values):
                name = f.name.name
                index = info.field_index.get(name)
                if index is None:
                    ctx.reporter.field_unknown(f.name, name, info.name, info.field_index)
                    continue
                if name in seen:
                    ctx.reporter.field_twice(f.name, name)
                    continue
                seen.add(name)
                ty = substitute(info.definition.fields[index].ty, dict(zip(info.params, t.args)))
                fields.append((index, ctx.fit(value, ty, ANNOTATION)))
            node.fields = tuple(fields)

        def last(ctx: Any) -> bool:
            infos = [set(i.id for i in ctx.structs_with_field(f.name.name)) for f in e.fields]
            common = set.intersection(*infos) if infos else set()
            if len(common) != 1:
                return False
            info = ctx.world.types[common.pop()]
            ctx.agree(base, base.ty, TCon(info.id, tuple([ctx.fresh() for _ in info.params])))
            run(ctx)
            return True

        self.require(Pending(self, e, base.ty, run, last, lambda ctx: ctx.reporter.not_struct(base, base.ty),
                             tuple([value.ty for value in values])))
        return node

    def infer_json(self, e: ast.JsonLit, hint: Type | None) -> T.TExpr:
        fields = []
        trait = self.world.trait("ToJson")
        for f in e.fields:
            value = self.infer(f.value)
            t = resolve(value.ty)
            if not (type(t) is TCon and t.id in _ENCODABLE):
                self.require(JsonValue(self, f.value, value.ty, trait, (), None, f.name.name))
            fields.append((f.name.name, value))
        return T.TJsonLit(e.start, e.end, JSON, tuple(fields))

    # ---------------------------------------------------------------- operators

    def infer_unary(self, e: ast.Unary, hint: Type | None) -> T.TExpr:
        if e.op == "not":
            return T.TUnary(e.start, e.end, BOOL, "not", self.check(e.operand, BOOL))
        operand = self.infer(e.operand)
        t = resolve(operand.ty)
        if type(t) is TCon and (t.id == INT.id or t.id == FLOAT.id):
            return T.TUnary(e.start, e.end, t, "-", operand)
        out = self.fresh()
        self.require(Arithmetic(self, e, operand.ty, self.world.trait("Neg"), out))
        return T.TUnary(e.start, e.end, out, "-", operand)

    def infer_binary(self, e: ast.Binary, hint: Type | None) -> T.TExpr:
        # A chain a <> b <> c leans left and can be long: walk it with a loop, not with recursion.
        spine = [e]
        lhs = e.lhs
        while type(lhs) is ast.Binary:
            spine.append(lhs)
            lhs = lhs.lhs
        node = self.infer(lhs)
        while spine:
            node = self.binary(spine.pop(), node)
        return node

    def binary(self, e: ast.Binary, lhs: T.TExpr) -> T.TExpr:
        op = e.op
        start, end = e.start, e.end
        if op == "and" or op == "or":
            lhs = self.fit(lhs, BOOL)
            return T.TBinary(start, end, BOOL, op, lhs, self.check(e.rhs, BOOL))
        if op == "<>" or op == "++":
            return self.concatenation(e, lhs)
        if op == "..":
            lhs = self.fit(lhs, INT)
            return T.TBinary(start, end, RANGE, op, lhs, self.check(e.rhs, INT))
        rhs = self.infer(e.rhs, lhs.ty)
        a = resolve(lhs.ty)
        b = resolve(rhs.ty)
        trait_name = ARITHMETIC_TRAITS.get(op)
        if type(a) is TCon and type(b) is TCon and a.id == b.id and not a.args:
            if trait_name is not None:
                if a.id == INT.id or a.id == FLOAT.id:
                    return T.TBinary(start, end, a, op, lhs, rhs)
            elif a.id in _COMPARABLE and (a.id != BOOL.id or op == "==" or op == "!="):
                return T.TBinary(start, end, BOOL, op, lhs, rhs)
        else:
            try:
                self.unify(a, b)
            except Mismatch as error:
                if is_type(a, JSON.id) and is_type(b, STRING.id):
                    lhs = T.TJsonToString(lhs.start, lhs.end, STRING, lhs)
                elif is_type(a, STRING.id) and is_type(b, JSON.id):
                    rhs = T.TJsonToString(rhs.start, rhs.end, STRING, rhs)
                else:
                    self.reporter.mismatch(error, e, OPERATOR, a, b)
                    return T.TBinary(start, end, BOOL if trait_name is None else ERROR, op, lhs, rhs)
        t = resolve(lhs.ty)
        if trait_name is not None:
            if type(t) is TNever:
                t = resolve(rhs.ty)
            out = self.fresh()
            self.require(Arithmetic(self, e, t, self.world.trait(trait_name), out))
            return T.TBinary(start, end, out, op, lhs, rhs)
        trait = self.world.trait("Eq" if op == "==" or op == "!=" else "Ord")
        self.require(HasTrait(self, e, t, trait))
        return T.TBinary(start, end, BOOL, op, lhs, rhs)

    def concatenation(self, e: ast.Binary, lhs: T.TExpr) -> T.TExpr:
        """``<>`` joins strings (and lists, when both sides are lists); ``++`` joins lists (and strings)."""
        rhs = self.infer(e.rhs)
        a = resolve(lhs.ty)
        b = resolve(rhs.ty)
        a_list = is_type(a, LIST_ID)
        b_list = is_type(b, LIST_ID)
        a_text = is_type(a, STRING.id) or is_type(a, JSON.id)
        b_text = is_type(b, STRING.id) or is_type(b, JSON.id)
        if e.op == "<>":
            as_list = (a_list and (b_list or type(b) is TVar)) or (b_list and type(a) is TVar)
        else:
            as_list = not ((a_text and not b_list) or (b_text and not a_list))
        if not as_list:
            # One message for the operation, not one for each side.
            count = len(self.reporter.diagnostics)
            lhs = self.fit(lhs, STRING)
            if len(self.reporter.diagnostics) == count:
                rhs = self.fit(rhs, STRING)
            return T.TBinary(e.start, e.end, STRING, e.op, lhs, rhs)
        expected = TCon(LIST_ID, (self.fresh(),))
        lhs = self.fit(lhs, expected, OPERATOR)
        rhs = self.fit(rhs, expected, OPERATOR)
        return T.TBinary(e.start, e.end, expected, e.op, lhs, rhs)

    # ---------------------------------------------------------------- names

    def infer_name(self, e: ast.Name, hint: Type | None) -> T.TExpr:
        found = self.locals.get(e.text)
        if found is not None:
            return self.use_local(found, e, hint)
        return self.use_entity(self.world.lookup_value(self.scope, e.text), e, e.text, hint)

    def use_local(self, found: Any, e: Span, hint: Type | None = None) -> T.TExpr:
        kind = type(found)
        if kind is Local:
            return T.TLocal(e.start, e.end, found.ty, found)
        if kind is PolyLocal:
            ty, args = self.instantiate(found.scheme, e)
            node = T.TLetPoly(e.start, e.end, ty, found.local, args)
            found.uses.append(node)
            return node
        assert kind is LocalFns
        choices = found.by_arity
        if len(choices) == 1:
            return self.use_local_fn(next(iter(choices.values())), e)
        wanted = resolve(hint) if hint is not None else None
        if type(wanted) is TFun and len(wanted.params) in choices:
            return self.use_local_fn(choices[len(wanted.params)], e)
        self.reporter.ambiguous_overload(e, found.name, choices)
        return self.bad(e)

    def use_local_fn(self, fn: LocalFn, e: Span) -> T.TExpr:
        if fn.scheme is None:
            node = T.TLocalFn(e.start, e.end, fn.mono, fn.typed, ())
            fn.patches.append(node)
            return node
        ty, args = self.instantiate(fn.scheme, e)
        return T.TLocalFn(e.start, e.end, ty, fn.typed, args)

    def use_entity(self, entity: Any, e: Span, name: str, hint: Type | None = None) -> T.TExpr:
        """An entity as a value."""
        kind = type(entity)
        if kind is Overloads:
            return self.use_overloads(entity, e, hint)
        if kind is FnEntity:
            return self.use_fn(entity, e)
        if kind is CtorEntity:
            ty, _ = self.instantiate(self.driver.ctor_scheme(entity), e)
            return T.TCtor(e.start, e.end, ty, entity.info.id, entity.tag)
        if kind is Lets:
            return self.use_let(entity, e)
        if kind is Ambiguous:
            self.reporter.ambiguous_name(e, name, entity.owners)
            return self.bad(e)
        if kind is BareMethod or kind is ServiceMember or kind is StaticFn or kind is TraitStatic:
            return self.use_as_closure(entity, e, name, hint)
        if kind is Broken:
            return self.bad(e)
        if kind is LanguageMember:
            self.reporter.unbound(e, entity.name)
            return self.bad(e)
        assert entity is None
        self.reporter.unbound(e, name, [*self.locals, *self.world.visible_values(self.scope)])
        return self.bad(e)

    def use_overloads(self, found: Overloads, e: Span, hint: Type | None) -> T.TExpr:
        choices = found.by_arity
        if len(choices) == 1:
            return self.use_fn(next(iter(choices.values())), e)
        wanted = resolve(hint) if hint is not None else None
        if type(wanted) is TFun and len(wanted.params) in choices:
            return self.use_fn(choices[len(wanted.params)], e)
        node = T.TGlobal(e.start, e.end, self.fresh(), "", ())

        def run(ctx: Any) -> None:
            t = resolve(node.ty)
            if type(t) is TFun and len(t.params) in choices:
                chosen = ctx.use_fn(choices[len(t.params)], e)
                node.fn_id = chosen.fn_id
                node.type_args = chosen.type_args
                if not chosen.type_args:
                    ctx.patch(chosen.fn_id, node)
                ctx.agree(e, t, chosen.ty)
            else:
                report(ctx)

        def report(ctx: Any) -> None:
            ctx.reporter.ambiguous_overload(e, found.name, choices)

        self.require(Pending(self, e, node.ty, run, None, report))
        return node

    def use_fn(self, fn: FnEntity, e: Span) -> T.TGlobal:
        """A function as callee or value."""
        scheme = fn.scheme
        if scheme is None:
            scheme = self.driver.scheme_of(fn)
        if scheme is None:
            node = T.TGlobal(e.start, e.end, fn.mono, fn.fn_id, ())
            self.driver.patches.append((node, fn))
            return node
        if fn.scope.std:
            self.driver.reach(fn)
        ty, args = self.instantiate(scheme, e)
        if args and not fn.scope.std:
            self.driver.expansion.add(scheme.vars, args, e, self.reporter)
        return T.TGlobal(e.start, e.end, ty, fn.fn_id, args)

    def patch(self, fn_id: str, node: T.TGlobal) -> None:
        for other, fn in self.driver.patches:
            if fn.fn_id == fn_id:
                self.driver.patches.append((node, fn))
                return

    def use_let(self, lets: Lets, e: Span) -> T.TExpr:
        entry = lets.entries[-1]
        if self.order is not None and entry.scope is self.scope:
            before = [x for x in lets.entries if x.order < self.order]
            if before:
                entry = before[-1]
            else:
                self.reporter.early_let(e, lets.name)
                return self.bad(e)
        if entry.scheme is None and entry.mono is None:
            self.driver.scheme_of_let(entry)
        if entry.fn is not None and entry.scheme is not None:
            ty, args = self.instantiate(entry.scheme, e)
            return T.TGlobal(e.start, e.end, ty, entry.fn.fn_id, args)
        if entry.scheme is not None:
            ty, args = self.instantiate(entry.scheme, e)
            return T.TGlobalLet(e.start, e.end, ty, entry.let_id, args)
        if entry.mono is None:
            return self.bad(e)
        return T.TGlobalLet(e.start, e.end, entry.mono, entry.let_id)

    # ---------------------------------------------------------------- blocks

    def infer_block(self, block: ast.Block, hint: Type | None = None) -> T.TExpr:
        statements = block.statements
        if len(statements) == 1 and type(statements[0]) is ast.ExprStmt:
            return self.infer(statements[0].expr, hint)
        mark = len(self.undo)
        node = self.statements(statements, block, hint)
        self.leave(mark)
        return node

    def statements(self, statements: list[ast.Stmt], span: Span, hint: Type | None = None) -> T.TExpr:
        """Statements in the current scope; the value of the last one if it is an expression."""
        out: list[Any] = []
        result: T.TExpr | None = None
        last = len(statements) - 1
        index = 0
        while index <= last:
            statement = statements[index]
            kind = type(statement)
            if kind is ast.ExprStmt:
                if index == last:
                    result = self.infer(statement.expr, hint)
                else:
                    out.append(self.discarded(statement.expr))
            elif kind is ast.Let:
                out.append(self.infer_let(statement))
            elif kind is ast.FnDef:
                stop = index
                while stop + 1 <= last and type(statements[stop + 1]) is ast.FnDef:
                    stop += 1
                out.append(self.local_functions(statements[index:stop + 1]))
                index = stop
            elif kind is ast.AssertReceive:
                out.append(self.infer_assert_receive(statement))
            else:
                self.local_item(statement)
            index += 1
        if result is None:
            return T.TBlock(span.start, span.end, UNIT, tuple(out), None)
        return T.TBlock(span.start, span.end, result.ty, tuple(out), result)

    def discarded(self, e: ast.Expr) -> T.TExpr:
        """An expression whose value nobody uses."""
        if type(e) is ast.For:
            return self.infer_for(e, None, collect=False)
        return self.infer(e)

    def infer_let(self, s: ast.Let) -> T.TLet:
        pattern = s.pattern
        plain = type(pattern) is ast.IdentPat and self.constructor(pattern.name) is None
        if not plain and type(pattern) is not ast.WildPat:
            value = self.infer(s.value)
            if s.type is not None:
                annotated = self.reader().read(s.type)
                value = self.fit(value, annotated, ANNOTATION)
                ty: Type = annotated
            else:
                ty = value.ty
            typed, names = self.let_pattern(pattern, ty)
            for local in names.values():
                self.bind(local.name, local)
            return T.TLet(s.start, s.end, typed, value)
        mark = len(self.deferred)
        self.level += 1
        if s.type is not None:
            annotated = self.reader().read(s.type)
            value = self.check(s.value, annotated, ANNOTATION)
            ty = annotated
        else:
            value = self.infer(s.value)
            ty = value.ty
        self.level -= 1
        t = resolve(ty)
        if type(t) is TCon and t.id == PID and t.args:
            # A process has one message type, except one that ignores its messages.
            message = resolve(t.args[0])
            if type(message) is not TVar or any(message in free_vars(u) for c in self.deferred[mark:] for u in c.types()):
                lower(t, self.level)
        if plain:
            local = Local(pattern.name, ty)
        if type(t) is TCon and not t.args and len(self.deferred) == mark:
            variables: tuple[TVar, ...] = ()
        else:
            variables, constraints = self.generalize((ty,), mark, function=False)
            variables = tuple([v for v in variables if not v.rigid])
        if not plain:
            return T.TLet(s.start, s.end, T.PWild(pattern.start, pattern.end, ty), value)
        if variables:
            local.bounded = any(map(makes_values, constraints))
            poly = PolyLocal(local, Scheme(variables, constraints, ty))
            self.poly.append(poly)
            self.bind(pattern.name, poly)
        else:
            self.bind(pattern.name, local)
        return T.TLet(s.start, s.end, T.PBind(pattern.start, pattern.end, ty, local), value)
