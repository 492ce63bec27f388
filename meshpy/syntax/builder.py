"""The tree builder: one method for each production of grammar/mesh.lark, named there.

A method gets the values of the symbols of its production (tokens, nodes, lists; None for an absent optional) and
returns the value of the whole. What the grammar leaves open (the order of keyword arguments, which settings a
supervisor takes, one ``terminate`` for each actor) is checked here; a mistake is noted in ``errors`` and the tree is
built regardless.
"""

from __future__ import annotations

from meshpy.syntax import ast
from meshpy.syntax.lexer import Comments, number_value
from meshpy.syntax.operators import climb
from meshpy.syntax.strings import dedent, unescape
from meshpy.syntax.tokens import Token

MAX_INT = 2**63 - 1

_STRATEGY = "expected strategy name (one_for_one, one_for_all, rest_for_one, simple_one_for_one)"
_RESTART = "expected restart strategy (permanent, transient, temporary)"
_SHUTDOWN = "expected shutdown timeout (integer or brutal_kill)"


class Builder:
    """Builds one file. ``body`` collects the statements of the top level, ``errors`` (start, end, message)."""

    def __init__(self) -> None:
        self.begin(b"", {})

    def begin(self, source: bytes, comments: dict[int, Comments]) -> None:
        """Starts on another file."""
        self.source = source
        self.comments = comments
        self.body: list[ast.Stmt] = []
        self.errors: list[tuple[int, int, str]] = []

    def error(self, node: ast.Node | Token, message: str) -> None:
        self.errors.append((node.start, node.end, message))

    def doc(self, start: int) -> str | None:
        """The doc comment right before the token at ``start``."""
        comments = self.comments.get(start)
        return "\n".join(comments.doc) if comments and comments.doc else None

    # ---- Files and blocks ----

    def source_file(self, _: object) -> None:
        return None

    def toplevel(self, _: list[object]) -> None:
        return None

    def top(self, statement: ast.Stmt) -> None:
        self.body.append(statement)

    def statements(self, statements: list[ast.Stmt]) -> list[ast.Stmt]:
        return statements

    def expr_stmt(self, expr: ast.Expr) -> ast.Stmt:
        return ast.ExprStmt(expr.start, expr.end, expr)

    def block(self, opener: Token, statements: list[ast.Stmt] | None) -> ast.Block:
        if statements:
            return ast.Block(statements[0].start, statements[-1].end, statements)
        return ast.Block(opener.end, opener.end, [])

    def do_block(self, do: Token, statements: list[ast.Stmt] | None, end: Token) -> tuple[ast.Block, int]:
        """A block and where its ``end`` ends."""
        return self.block(do, statements), end.end

    # ---- Functions ----

    def fn_def(self, cluster: ast.ClusterDeco | None, pub: Token | None, fn: ast.FnDef) -> ast.FnDef:
        first = cluster or pub
        if first:
            fn.cluster = cluster
            fn.pub = pub is not None
            fn.start = first.start
            fn.doc = self.doc(first.start)
        return fn

    def impl_fn(self, pub: Token | None, fn: ast.FnDef) -> ast.FnDef:
        return self.fn_def(None, pub, fn)

    def expr_fn(self, head: tuple, tail: tuple, body: ast.Expr) -> ast.FnDef:
        start, name, type_params, params = head
        ret, where, guard = tail
        block = ast.Block(body.start, body.end, [ast.ExprStmt(body.start, body.end, body)])
        return ast.FnDef(
            start, body.end, None, False, name, type_params, params, ret, where, guard, block, True, doc=self.doc(start)
        )  # fmt: skip

    def block_fn(self, head: tuple, tail: tuple, body: tuple[ast.Block, int]) -> ast.FnDef:
        start, name, type_params, params = head
        ret, where, guard = tail
        block, end = body
        return ast.FnDef(
            start, end, None, False, name, type_params, params, ret, where, guard, block, False, doc=self.doc(start)
        )  # fmt: skip

    def fn_head(self, fn: Token, name: Token, type_params: list | None, params: list | None) -> tuple:
        return fn.start, self.ident(name), type_params or [], params or []

    def fn_tail(self, ret: ast.TypeExpr | None, where: list | None, guard: ast.Expr | None) -> tuple:
        return ret, where or [], guard

    def cluster_deco(
        self, at: Token, word: Token, _left: Token | None, count: Token | None, right: Token | None
    ) -> ast.ClusterDeco:
        value = None
        if count:
            value = number_value(count.text)
            if value > 2**32 - 1:
                self.error(count, f"invalid number literal: {count.text}")
        return ast.ClusterDeco(at.start, (right or word).end, value)

    def gen_params(self, _left: Token, names: list[ast.Ident] | None, _right: Token) -> list[ast.Ident]:
        return names or []

    def names(self, names: list[Token]) -> list[ast.Ident]:
        return [ast.Ident(name.start, name.end, name.text) for name in names]

    def ident(self, token: Token) -> ast.Ident:
        return ast.Ident(token.start, token.end, token.text)

    def fn_params(self, _left: Token, params: list[ast.Param] | None, _right: Token) -> list[ast.Param]:
        return params or []

    def params(self, params: list[ast.Param]) -> list[ast.Param]:
        return params

    def name_param(self, name: Token, type: ast.TypeExpr | None) -> ast.Param:
        return ast.Param(name.start, (type or name).end, self.ident(name), None, False, type)

    def self_param(self, word: Token, type: ast.TypeExpr | None) -> ast.Param:
        return ast.Param(word.start, (type or word).end, None, None, True, type)

    def pattern_param(self, pattern: ast.Pattern) -> ast.Param:
        return ast.Param(pattern.start, pattern.end, None, pattern, False, None)

    def plain_params(self, params: list[ast.Param] | None) -> list[ast.Param]:
        """Parameters where patterns are not allowed: actors, handlers, interface methods, trailing closures."""
        for param in params or ():
            if param.pattern is not None:
                self.error(param, "expected parameter name")
        return params or []

    def where(self, bounds: list[ast.Bound]) -> list[ast.Bound]:
        return bounds

    def bound(self, var: Token, trait: ast.Path) -> ast.Bound:
        return ast.Bound(var.start, trait.end, self.ident(var), trait)

    # ---- let, imports, modules ----

    def let_stmt(self, let: Token, target: ast.Pattern, type: ast.TypeExpr | None, value: ast.Expr) -> ast.Let:
        return ast.Let(let.start, value.end, target, type, value)

    def module_def(
        self, pub: Token | None, word: Token, name: Token, _do: Token, body: list[ast.Stmt] | None, end: Token
    ) -> ast.ModuleDef:
        start = (pub or word).start
        return ast.ModuleDef(start, end.end, pub is not None, self.ident(name), body or [], doc=self.doc(start))

    def import_decl(self, word: Token, path: ast.Path) -> ast.ImportDecl:
        return ast.ImportDecl(word.start, path.end, path, doc=self.doc(word.start))

    def from_import(self, word: Token, path: ast.Path, _import: Token, names: list[ast.Ident]) -> ast.FromImport:
        return ast.FromImport(word.start, names[-1].end, path, names, doc=self.doc(word.start))

    def from_import_group(
        self, word: Token, path: ast.Path, _import: Token, _left: Token, names: list[ast.Ident], right: Token
    ) -> ast.FromImport:
        return ast.FromImport(word.start, right.end, path, names, doc=self.doc(word.start))

    def path(self, names: list[Token]) -> ast.Path:
        return ast.Path(names[0].start, names[-1].end, self.names(names))

    qualified = path

    # ---- Structs and sum types ----

    def struct_def(
        self, pub: Token | None, word: Token, name: Token, type_params: list | None, _do: Token, members: list | None,
        end: Token, deriving: tuple[list[ast.Ident], int] | None,
    ) -> ast.StructDef:  # fmt: skip
        fields: list[ast.Field] = []
        relations: list[ast.Relation] = []
        options: list[ast.SchemaOption] = []
        for member in members or ():
            if isinstance(member, ast.Field):
                fields.append(member)
            elif isinstance(member, ast.Relation):
                relations.append(member)
            else:
                options.append(member)
        start = (pub or word).start
        derived, last = deriving or (None, end.end)
        return ast.StructDef(
            start, last, pub is not None, self.ident(name), type_params or [], fields, relations, options, derived,
            doc=self.doc(start),
        )  # fmt: skip

    def struct_members(self, members: list) -> list:
        return members

    def field(self, name: Token, type: ast.TypeExpr | None) -> ast.Field:
        return ast.Field(name.start, (type or name).end, self.ident(name), type, self.doc(name.start))

    def schema_option(self, word: Token, value: Token) -> ast.SchemaOption:
        if value.kind == "STRING":
            setting: str | bool = self.string_value(value)
        else:
            setting = value.text[1:] if value.kind == "ATOM" else value.kind == "TRUE"
        return ast.SchemaOption(word.start, value.end, word.text, setting)

    def relation(self, word: Token, atom: Token, target: Token) -> ast.Relation:
        name = ast.Ident(atom.start, atom.end, atom.text[1:])
        return ast.Relation(word.start, target.end, word.text, name, self.ident(target))

    def deriving(self, _left: Token, names: list[ast.Ident] | None, right: Token) -> tuple[list[ast.Ident], int]:
        return names or [], right.end

    def sum_type(
        self, pub: Token | None, word: Token, name: Token, type_params: list | None, _do: Token,
        variants: list[ast.Variant] | None, end: Token, deriving: tuple[list[ast.Ident], int] | None,
    ) -> ast.SumTypeDef:  # fmt: skip
        start = (pub or word).start
        derived, last = deriving or (None, end.end)
        return ast.SumTypeDef(
            start, last, pub is not None, self.ident(name), type_params or [], variants or [], derived,
            doc=self.doc(start),
        )  # fmt: skip

    def variants(self, variants: list[ast.Variant]) -> list[ast.Variant]:
        return variants

    def variant(self, name: Token, fields: tuple[list[ast.VariantField], int] | None) -> ast.Variant:
        parts, end = fields or ([], name.end)
        return ast.Variant(name.start, end, self.ident(name), parts, self.doc(name.start))

    def variant_fields(self, _left: Token, fields: list | None, right: Token) -> tuple[list[ast.VariantField], int]:
        return fields or [], right.end

    def variant_field_list(self, fields: list[ast.VariantField]) -> list[ast.VariantField]:
        return fields

    def plain_variant_field(self, type: ast.TypeExpr) -> ast.VariantField:
        return ast.VariantField(type.start, type.end, None, type)

    def named_variant_field(self, name: Token, type: ast.TypeExpr) -> ast.VariantField:
        return ast.VariantField(name.start, type.end, self.ident(name), type)

    def type_alias(
        self, pub: Token | None, word: Token, name: Token, type_params: list | None, type: ast.TypeExpr
    ) -> ast.TypeAlias:
        start = (pub or word).start
        ident = self.ident(name)
        return ast.TypeAlias(start, type.end, pub is not None, ident, type_params or [], type, doc=self.doc(start))

    # ---- Interfaces and impls ----

    def interface_def(
        self, pub: Token | None, word: Token, name: Token, type_params: list | None, _do: Token, members: list | None,
        end: Token,
    ) -> ast.InterfaceDef:  # fmt: skip
        assoc = [member for member in members or () if isinstance(member, ast.Ident)]
        methods = [member for member in members or () if isinstance(member, ast.MethodSig)]
        start = (pub or word).start
        return ast.InterfaceDef(
            start, end.end, pub is not None, self.ident(name), type_params or [], assoc, methods, doc=self.doc(start)
        )  # fmt: skip

    def interface_members(self, members: list) -> list:
        return members

    def assoc_name(self, _word: Token, name: Token) -> ast.Ident:
        return self.ident(name)

    def method_sig(
        self, fn: Token, name: Token, params: list | None, ret: ast.TypeExpr | None, body: tuple[ast.Block, int] | None
    ) -> ast.MethodSig:
        block, end = body or (None, 0)
        end = end or (ret.end if ret else params[-1].end + 1 if params else name.end)
        return ast.MethodSig(
            fn.start, end, self.ident(name), self.plain_params(params), ret, block, self.doc(fn.start)
        )  # fmt: skip

    def impl_def(
        self, word: Token, trait: ast.Path, trait_args: tuple | None, _for: Token, target: ast.TypeExpr,
        where: list | None, _do: Token, members: list | None, end: Token,
    ) -> ast.ImplDef:  # fmt: skip
        assoc = [member for member in members or () if isinstance(member, ast.AssocType)]
        methods = [member for member in members or () if isinstance(member, ast.FnDef)]
        return ast.ImplDef(
            word.start, end.end, trait, trait_args[0] if trait_args else [], target, where or [], assoc, methods,
            doc=self.doc(word.start),
        )  # fmt: skip

    def impl_members(self, members: list) -> list:
        return members

    def assoc_type(self, word: Token, name: Token, type: ast.TypeExpr) -> ast.AssocType:
        return ast.AssocType(word.start, type.end, self.ident(name), type)

    # ---- Actors, services, supervisors ----

    def actor_def(
        self, pub: Token | None, word: Token, name: Token, params: list | None, do: Token, members: list | None,
        end: Token,
    ) -> ast.ActorDef:  # fmt: skip
        terminate: ast.Block | None = None
        statements: list[ast.Stmt] = []
        for member in members or ():
            if not isinstance(member, tuple):
                statements.append(member)
            elif terminate is None:
                terminate = member[1]
            else:
                self.error(member[0], "only one `terminate` clause is allowed per actor block")
        start = (pub or word).start
        body = self.block(do, statements)
        return ast.ActorDef(
            start, end.end, self.ident(name), self.plain_params(params), body, terminate, doc=self.doc(start)
        )  # fmt: skip

    def actor_body(self, members: list) -> list:
        return members

    def terminate(self, word: Token, body: tuple[ast.Block, int]) -> tuple[Token, ast.Block]:
        return word, body[0]

    def service_def(
        self, pub: Token | None, word: Token, name: Token, _do: Token, members: list | None, end: Token
    ) -> ast.ServiceDef:
        functions = [member for member in members or () if isinstance(member, ast.FnDef)]
        handlers = [member for member in members or () if isinstance(member, ast.Handler)]
        start = (pub or word).start
        return ast.ServiceDef(
            start, end.end, self.ident(name), functions[0] if functions else None,
            [handler for handler in handlers if handler.kind == "call"],
            [handler for handler in handlers if handler.kind == "cast"],
            functions[1:], doc=self.doc(start),
        )  # fmt: skip

    def service_members(self, members: list) -> list:
        return members

    def call_handler(
        self, word: Token, name: Token, params: list | None, reply: ast.TypeExpr | None, do: Token,
        state: tuple[ast.Ident, Token] | None, statements: list | None, end: Token,
    ) -> ast.Handler:  # fmt: skip
        return ast.Handler(
            word.start, end.end, word.text, self.ident(name), self.plain_params(params), reply, state,
            self.block(do, statements), self.doc(word.start),
        )  # fmt: skip

    def cast_handler(
        self, word: Token, name: Token, params: list | None, do: Token, state: ast.Ident | None,
        statements: list | None, end: Token,
    ) -> ast.Handler:  # fmt: skip
        return self.call_handler(word, name, params, None, do, state, statements, end)

    def state(self, name: Token) -> ast.Ident:
        return self.ident(name)

    def setting(self, key: Token, value: ast.Expr) -> tuple[Token, ast.Expr]:
        return key, value

    def supervisor_def(
        self, pub: Token | None, word: Token, name: Token, _do: Token, members: list | None, end: Token
    ) -> ast.SupervisorDef:
        start = (pub or word).start
        node = ast.SupervisorDef(
            start, end.end, pub is not None, self.ident(name), None, None, None, [], doc=self.doc(start)
        )  # fmt: skip
        for member in members or ():
            if isinstance(member, ast.ChildSpec):
                node.children.append(member)
                continue
            key, value = member
            if key.text == "strategy":
                node.strategy = self.word(value, _STRATEGY)
            elif isinstance(value, ast.IntLit):
                setattr(node, key.text, value)
            else:
                self.error(value, f"expected integer for {key.text}")
        return node

    def supervisor_members(self, members: list) -> list:
        return members

    def child(self, word: Token, name: Token, _do: Token, members: list | None, end: Token) -> ast.ChildSpec:
        node = ast.ChildSpec(word.start, end.end, self.ident(name), None, None, None)
        for key, value in members or ():
            if key.text == "start":
                node.child_start = value
            elif key.text == "restart":
                node.restart = self.word(value, _RESTART)
            else:
                node.shutdown = value if isinstance(value, ast.IntLit) else self.word(value, _SHUTDOWN)
        return node

    def child_members(self, members: list) -> list:
        return members

    def word(self, value: ast.Expr, message: str) -> ast.Ident | None:
        """The name that a setting consists of."""
        if isinstance(value, ast.Name):
            return ast.Ident(value.start, value.end, value.text)
        self.error(value, message)
        return None

    # ---- Types ----

    def fun_type(
        self, fun: Token, _left: Token, params: list | None, _right: Token, ret: ast.TypeExpr
    ) -> ast.TyFun:
        if fun.text != "Fun":
            self.error(fun, "expected type name -- only `Fun(...)` takes parentheses; type arguments stand in `<...>`")
        return ast.TyFun(fun.start, ret.end, params or [], ret)

    def sugared_type(
        self, base: ast.TypeExpr, question: Token | None, bang: Token | None, error: ast.TypeExpr | None
    ) -> ast.TypeExpr:
        if question:
            base = ast.TyOption(base.start, question.end, base)
        if bang:
            base = ast.TyResult(base.start, error.end, base, error)
        return base

    def named_type(self, path: ast.Path, args: tuple[list[ast.TypeExpr], int] | None) -> ast.TyName:
        types, end = args or ([], path.end)
        return ast.TyName(path.start, end, path, types)

    def unit_type(self, left: Token, right: Token) -> ast.TyTuple:
        return ast.TyTuple(left.start, right.end, [])

    def group_type(self, _left: Token, type: ast.TypeExpr, _right: Token) -> ast.TypeExpr:
        return type

    def tuple_type(self, left: Token, first: ast.TypeExpr, more: list | None, right: Token) -> ast.TypeExpr:
        return ast.TyTuple(left.start, right.end, [first, *more]) if more else first

    def types(self, types: list[ast.TypeExpr]) -> list[ast.TypeExpr]:
        return types

    def type_args(self, _left: Token, types: list[ast.TypeExpr], right: Token) -> tuple[list[ast.TypeExpr], int]:
        return types, right.end

    # ---- Patterns ----

    def as_pat(self, inner: ast.Pattern, name: Token) -> ast.AsPat:
        return ast.AsPat(inner.start, name.end, inner, self.ident(name))

    def cons_pat(self, head: ast.Pattern, tail: ast.Pattern) -> ast.ConsPat:
        return ast.ConsPat(head.start, tail.end, head, tail)

    def or_pat(self, alts: list[ast.Pattern]) -> ast.OrPat:
        return ast.OrPat(alts[0].start, alts[-1].end, alts)

    def name_pat(self, name: Token) -> ast.Pattern:
        if name.text == "_":
            return ast.WildPat(name.start, name.end)
        return ast.IdentPat(name.start, name.end, name.text)

    def int_pat(self, number: Token) -> ast.LitPat:
        return ast.LitPat(number.start, number.end, self.int_value(number, MAX_INT))

    def float_pat(self, number: Token) -> ast.LitPat:
        return ast.LitPat(number.start, number.end, number_value(number.text))

    def negative_pat(self, minus: Token, number: Token) -> ast.LitPat:
        value = self.int_value(number, MAX_INT + 1) if number.kind == "INT" else number_value(number.text)
        return ast.LitPat(minus.start, number.end, -value)

    def bool_pat(self, word: Token) -> ast.LitPat:
        return ast.LitPat(word.start, word.end, word.kind == "TRUE")

    def nil_pat(self, word: Token) -> ast.UnitPat:
        return ast.UnitPat(word.start, word.end)

    def string_pat(self, string: ast.StringLit) -> ast.LitPat:
        return ast.LitPat(string.start, string.end, string.parts[0] if string.parts else "")

    def atom_pat(self, atom: Token) -> ast.AtomPat:
        return ast.AtomPat(atom.start, atom.end, atom.text[1:])

    def list_pat(self, left: Token, elems: list | None, right: Token) -> ast.ListPat:
        return ast.ListPat(left.start, right.end, elems or [])

    def group_pat(self, left: Token, elems: list | None, right: Token) -> ast.Pattern:
        if not elems:
            return ast.UnitPat(left.start, right.end)
        return ast.TuplePat(left.start, right.end, elems) if len(elems) > 1 else elems[0]

    def ctor_pat(self, name: Token, args: tuple[list[ast.Pattern], Token]) -> ast.CtorPat:
        elems, right = args
        if not name.text[0].isupper():
            left = ast.Ident(name.end, name.end + 1, "(")
            self.error(left, "expected `->` -- only a constructor, which starts with an uppercase letter, takes arguments")
        path = ast.Path(name.start, name.end, [self.ident(name)])
        return ast.CtorPat(name.start, right.end, path, elems, True)

    def qualified_pat(self, path: ast.Path, args: tuple[list[ast.Pattern], Token] | None) -> ast.CtorPat:
        if args is None:
            return ast.CtorPat(path.start, path.end, path, [], False)
        return ast.CtorPat(path.start, args[1].end, path, args[0], True)

    def ctor_args(self, _left: Token, elems: list | None, right: Token) -> tuple[list[ast.Pattern], Token]:
        return elems or [], right

    def patterns(self, patterns: list[ast.Pattern]) -> list[ast.Pattern]:
        return patterns

    # ---- Operators and postfix forms ----

    def return_expr(self, word: Token, value: ast.Expr | None) -> ast.Return:
        return ast.Return(word.start, (value or word).end, value)

    def binary(self, parts: list) -> ast.Expr:
        return climb(parts)

    def unary(self, operator: Token, operand: ast.Expr) -> ast.Expr:
        if operator.kind == "MINUS":
            if type(operand) is ast.IntLit and not operand.parens and operand.value == MAX_INT + 1:
                self.errors.pop()  # noted by int_lit: only this sign makes the literal valid
                return ast.IntLit(operator.start, operand.end, -operand.value)
            return ast.Unary(operator.start, operand.end, "-", operand)
        return ast.Unary(operator.start, operand.end, "not", operand)

    def bare_spawn(self, word: Token, operand: ast.Expr) -> ast.Spawn:
        if isinstance(operand, ast.Call) and not operand.parens:
            return ast.Spawn(word.start, operand.end, [operand.callee, *operand.args])
        return ast.Spawn(word.start, operand.end, [operand])

    def call(
        self, callee: ast.Expr, _left: Token, args: list | None, right: Token, trailing: ast.Closure | None
    ) -> ast.Call:
        if args is None:
            args = []
        if trailing is None:
            return ast.Call(callee.start, right.end, callee, args)
        args.append(trailing)
        return ast.Call(callee.start, trailing.end, callee, args)

    def struct_lit(self, base: ast.Expr, _left: Token, fields: list | None, right: Token) -> ast.Expr:
        parts: list[ast.Ident] = []
        node = base
        while isinstance(node, ast.Member) and not node.parens:
            parts.append(node.name)
            node = node.base
        if not isinstance(node, ast.Name) or node.parens:
            self.error(base, "expected a struct name before `{`")
        else:
            parts.append(ast.Ident(node.start, node.end, node.text))
        path = ast.Path(base.start, base.end, parts[::-1])
        return ast.StructLit(base.start, right.end, path, fields or [])

    def member(self, base: ast.Expr, name: Token) -> ast.Member:
        return ast.Member(base.start, name.end, base, ast.Ident(name.start, name.end, name.text))

    def index(self, base: ast.Expr, _left: Token, index: ast.Expr, right: Token) -> ast.Index:
        return ast.Index(base.start, right.end, base, index)

    def try_expr(self, operand: ast.Expr, question: Token) -> ast.Try:
        return ast.Try(operand.start, question.end, operand)

    def args(self, args: list) -> list[ast.Expr]:
        """Positional arguments; keyword arguments follow as one map with string keys."""
        for index, arg in enumerate(args):
            if type(arg) is ast.FieldInit:
                break
        else:
            return args
        entries: list[tuple[ast.Expr, ast.Expr]] = []
        for arg in args[index:]:
            if type(arg) is ast.FieldInit:
                key = arg.name
                entries.append((ast.StringLit(key.start, key.end, [key.name], False), arg.value))
            elif type(arg) is ast.Name:
                self.error(ast.Ident(arg.end, arg.end, ""), "expected `:` -- arguments behind a keyword argument need a name")
            else:
                self.error(arg, "expected keyword argument name")
        return [*args[:index], ast.MapLit(args[index].start, args[-1].end, entries, kwargs=True)]

    def trailing_closure(
        self, do: Token, params: list | None, statements: list | None, end: Token
    ) -> ast.Closure:
        body = self.block(do, statements)
        clause = ast.ClosureClause(do.start, end.end, self.plain_params(params), None, body)
        return ast.Closure(do.start, end.end, [clause], trailing=True)

    def fields(self, fields: list[ast.FieldInit]) -> list[ast.FieldInit]:
        return fields

    def field_init(self, key: Token, value: ast.Expr) -> ast.FieldInit:
        return ast.FieldInit(key.start, value.end, ast.Ident(key.start, key.end, key.text), value)

    # ---- Primary expressions ----

    def name(self, token: Token) -> ast.Name:
        return ast.Name(token.start, token.end, token.text)

    def self_pid(self, word: Token, _left: Token, right: Token) -> ast.SelfPid:
        return ast.SelfPid(word.start, right.end)

    def int_value(self, number: Token, limit: int) -> int:
        value = number_value(number.text)
        if value > limit:
            self.error(number, f"invalid number literal: {number.text}")
        return value

    def int_lit(self, number: Token) -> ast.IntLit:
        return ast.IntLit(number.start, number.end, self.int_value(number, MAX_INT))

    def float_lit(self, number: Token) -> ast.FloatLit:
        return ast.FloatLit(number.start, number.end, number_value(number.text))

    def bool_lit(self, word: Token) -> ast.BoolLit:
        return ast.BoolLit(word.start, word.end, word.kind == "TRUE")

    def nil_lit(self, word: Token) -> ast.UnitLit:
        return ast.UnitLit(word.start, word.end)

    def unit_lit(self, left: Token, right: Token) -> ast.UnitLit:
        return ast.UnitLit(left.start, right.end)

    def atom_lit(self, atom: Token) -> ast.AtomLit:
        return ast.AtomLit(atom.start, atom.end, atom.text[1:])

    def regex_lit(self, regex: Token) -> ast.RegexLit:
        close = regex.text.rindex("/")
        return ast.RegexLit(regex.start, regex.end, regex.text[3:close], regex.text[close + 1 :])

    def group_expr(self, left: Token, expr: ast.Expr, right: Token) -> ast.Expr:
        expr.parens = True
        expr.start = left.start
        expr.end = right.end
        return expr

    def tuple_expr(self, left: Token, first: ast.Expr, more: list | None, right: Token) -> ast.Expr:
        if more is None:
            return self.group_expr(left, first, right)
        return ast.TupleExpr(left.start, right.end, [first, *more])

    def list_lit(self, left: Token, elems: list | None, right: Token) -> ast.ListLit:
        return ast.ListLit(left.start, right.end, elems or [])

    def map_lit(self, left: Token, entries: list | None, right: Token) -> ast.MapLit:
        return ast.MapLit(left.start, right.end, entries or [])

    def struct_update(self, left: Token, base: ast.Expr, fields: list | None, right: Token) -> ast.StructUpdate:
        return ast.StructUpdate(left.start, right.end, base, fields or [])

    def json_lit(self, left: Token, fields: list | None, right: Token) -> ast.JsonLit:
        return ast.JsonLit(left.start, right.end, fields or [])

    def spawn(self, word: Token, _left: Token, args: list | None, right: Token) -> ast.Spawn:
        return ast.Spawn(word.start, right.end, args or [])

    def send(self, word: Token, _left: Token, args: list | None, right: Token) -> ast.Send:
        return ast.Send(word.start, right.end, args or [])

    def link(self, word: Token, _left: Token, args: list | None, right: Token) -> ast.Link:
        return ast.Link(word.start, right.end, args or [])

    def break_expr(self, word: Token) -> ast.Break:
        return ast.Break(word.start, word.end)

    def continue_expr(self, word: Token) -> ast.Continue:
        return ast.Continue(word.start, word.end)

    def exprs(self, exprs: list[ast.Expr]) -> list[ast.Expr]:
        return exprs

    def entries(self, entries: list[tuple[ast.Expr, ast.Expr]]) -> list[tuple[ast.Expr, ast.Expr]]:
        return entries

    def entry(self, key: ast.Expr, value: ast.Expr) -> tuple[ast.Expr, ast.Expr]:
        return key, value

    # ---- Strings ----

    def string_value(self, string: Token) -> str:
        text = string.text
        if text.startswith('"""'):
            return unescape(dedent([text[3:-3]])[0])
        return unescape(text[1:-1])

    def string_lit(self, string: Token) -> ast.StringLit:
        value = self.string_value(string)
        heredoc = string.text.startswith('"""')
        return ast.StringLit(string.start, string.end, [value] if value else [], heredoc)

    def string_text(self, content: Token) -> str:
        return content.text

    def string_parts(self, parts: list[str | ast.Expr]) -> list[str | ast.Expr]:
        return parts

    def interpolated(self, opening: Token, parts: list[str | ast.Expr] | None, closing: Token) -> ast.StringLit:
        parts = parts or []
        heredoc = opening.text == '"""'
        if heredoc and parts:
            texts = dedent([part if isinstance(part, str) else None for part in parts])
            parts = [part if text is None else text for part, text in zip(parts, texts)]
        values = [unescape(part) if isinstance(part, str) else part for part in parts]
        return ast.StringLit(opening.start, closing.end, [value for value in values if value != ""], heredoc)

    # ---- Control flow ----

    def if_expr(
        self, word: Token, cond: ast.Expr, do: Token, statements: list | None, else_ifs: list | None,
        else_part: ast.Block | None, end: Token,
    ) -> ast.If:  # fmt: skip
        orelse: ast.Block | ast.If | None = else_part
        for part in reversed(else_ifs or ()):
            part.end = end.end
            part.orelse = orelse
            orelse = part
        return ast.If(word.start, end.end, cond, self.block(do, statements), orelse)

    def else_ifs(self, parts: list[ast.If]) -> list[ast.If]:
        return parts

    def else_if(self, word: Token, cond: ast.Expr, do: Token, statements: list | None) -> ast.If:
        return ast.If(word.end, do.end, cond, self.block(do, statements), None)

    def else_part(self, word: Token, statements: list | None) -> ast.Block:
        return self.block(word, statements)

    def case_expr(
        self, word: Token, scrutinee: ast.Expr, _do: Token, arms: list[ast.Arm] | None, end: Token
    ) -> ast.Case:
        return ast.Case(word.start, end.end, scrutinee, arms or [])

    def arms(self, arms: list[ast.Arm]) -> list[ast.Arm]:
        return arms

    def arm(
        self, _arm: Token, pattern: ast.Pattern, guard: ast.Expr | None, _arrow: Token, body: list[ast.Stmt] | ast.Block
    ) -> ast.Arm:
        block = self.arm_block(body)
        return ast.Arm(pattern.start, block.end, pattern, guard, block)

    def arm_block(self, body: list[ast.Stmt] | ast.Block) -> ast.Block:
        if isinstance(body, ast.Block):
            return body
        return ast.Block(body[0].start, body[-1].end, body)

    def do_arm_body(
        self, do: Token, statements: list | None, end: Token, more: list | None = None
    ) -> ast.Block:
        """``do ... end`` as an arm's body, then perhaps more statements of the same block."""
        body = [*(statements or ()), *(more or ())]
        return ast.Block(do.start, more[-1].end if more else end.end, body)

    def while_expr(self, word: Token, cond: ast.Expr, body: tuple[ast.Block, int]) -> ast.While:
        return ast.While(word.start, body[1], cond, body[0])

    def for_expr(
        self, word: Token, binding: ast.Ident | ast.ForNames | ast.Pattern, _in: Token, iterable: ast.Expr,
        filter: ast.Expr | None, body: tuple[ast.Block, int],
    ) -> ast.For:  # fmt: skip
        return ast.For(word.start, body[1], binding, iterable, filter, body[0])

    def for_names(self, left: Token, names: list[ast.Ident], right: Token) -> ast.ForNames:
        return ast.ForNames(left.start, right.end, names)

    def receive_expr(
        self, word: Token, _do: Token, arms: list[ast.Arm] | None, after: ast.After | None, end: Token
    ) -> ast.Receive:
        return ast.Receive(word.start, end.end, arms or [], after)

    def after(
        self, word: Token, timeout: ast.Expr, _arrow: Token, body: list[ast.Stmt] | ast.Block
    ) -> ast.After:
        block = self.arm_block(body)
        return ast.After(word.start, block.end, timeout, block)

    # ---- Closures ----

    def arrow_closure(
        self, fn: Token, head: tuple, arrow: Token, statements: list | None, clauses: list | None, end: Token
    ) -> ast.Closure:
        body = self.block(arrow, statements)
        first = ast.ClosureClause(fn.start, body.end, *head, body)
        return ast.Closure(fn.start, end.end, [first, *(clauses or ())])

    def do_closure(self, fn: Token, head: tuple, body: tuple[ast.Block, int]) -> ast.Closure:
        return ast.Closure(fn.start, body[1], [ast.ClosureClause(fn.start, body[1], *head, body[0])])

    def clause_head(self, params: list[ast.Param] | None, guard: ast.Expr | None) -> tuple:
        return params or [], guard

    def group_params(self, _left: Token, params: list[ast.Param] | None, _right: Token) -> list[ast.Param]:
        return params or []

    def clauses(self, clauses: list[ast.ClosureClause]) -> list[ast.ClosureClause]:
        return clauses

    def arrow_clause(self, head: tuple, arrow: Token, statements: list | None) -> ast.ClosureClause:
        body = self.block(arrow, statements)
        params = head[0]
        return ast.ClosureClause(params[0].start if params else arrow.start, body.end, *head, body)

    def do_clause(self, head: tuple, body: tuple[ast.Block, int]) -> ast.ClosureClause:
        params = head[0]
        return ast.ClosureClause(params[0].start if params else body[0].start, body[1], *head, body[0])

    # ---- Test files ----

    def test_block(
        self, word: Token, _left: Token, label: Token, _right: Token, body: tuple[ast.Block, int]
    ) -> ast.TestBlock:
        return ast.TestBlock(word.start, body[1], self.string_value(label), body[0], doc=self.doc(word.start))

    def describe(
        self, word: Token, _left: Token, label: Token, _right: Token, _do: Token, members: list | None, end: Token
    ) -> ast.Describe:
        return ast.Describe(word.start, end.end, self.string_value(label), members or [], doc=self.doc(word.start))

    def describe_members(self, members: list[ast.Item]) -> list[ast.Item]:
        return members

    def setup(
        self, word: Token, _left: Token | None, _right: Token | None, body: tuple[ast.Block, int]
    ) -> ast.Setup:
        return ast.Setup(word.start, body[1], body[0])

    def teardown(
        self, word: Token, _left: Token | None, _right: Token | None, body: tuple[ast.Block, int]
    ) -> ast.Teardown:
        return ast.Teardown(word.start, body[1], body[0])

    def assert_stmt(self, word: Token, args: list[ast.Expr]) -> ast.ExprStmt:
        end = args[-1].end
        return ast.ExprStmt(word.start, end, ast.Call(word.start, end, self.name(word), args))

    def assert_receive(self, word: Token, pattern: ast.Pattern, timeout: ast.Expr | None) -> ast.AssertReceive:
        text = self.source[pattern.start : pattern.end].decode("utf-8", "replace")
        return ast.AssertReceive(word.start, (timeout or pattern).end, pattern, timeout, text)

    # ---- Interface files ----

    def extern_fn(
        self, word: Token, symbol: Token, _pub: Token, _fn: Token, name: Token, type_params: list | None, params: list,
        ret: ast.TypeExpr, bounds: list | None,
    ) -> ast.ExternFn:  # fmt: skip
        comments = self.comments.get(word.start)
        end = bounds[-1].end if bounds else ret.end
        return ast.ExternFn(
            word.start, end, self.string_value(symbol), self.ident(name), type_params or [], params, ret, bounds or [],
            tuple(comments.directives) if comments else (), doc=self.doc(word.start),
        )  # fmt: skip

    def extern_where(self, bounds: list[ast.ExternBound]) -> list[ast.ExternBound]:
        return bounds

    def extern_bound(self, var: Token, first: ast.Path, more: list[ast.Path] | None) -> ast.ExternBound:
        paths = [first, *(more or ())]
        return ast.ExternBound(var.start, paths[-1].end, self.ident(var), paths, False)

    def closed_bound(self, var: Token, first: ast.Path, more: list[ast.Path]) -> ast.ExternBound:
        return ast.ExternBound(var.start, more[-1].end, self.ident(var), [first, *more], True)

    def more_traits(self, parts: list) -> list[ast.Path]:
        return [part for part in parts if isinstance(part, ast.Path)]

    def more_types(self, paths: list[ast.Path]) -> list[ast.Path]:
        return paths
