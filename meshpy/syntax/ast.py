"""The abstract syntax tree: one class for each construct of the language.

Every node starts with ``start`` and ``end``, half-open byte offsets into the UTF-8 source. Lists are Python lists.
Nodes are treated as immutable after parsing. They are not ``frozen``: a frozen dataclass assigns its fields through
``object.__setattr__``, which makes construction several times slower. They compare and hash by identity
(``eq=False``), so later stages may key side tables (types, resolutions) by node.

What the parser normalises: keyword arguments become one trailing ``MapLit`` with string keys (``kwargs=True``), a
trailing closure becomes the last argument (``Closure`` with ``trailing=True``), ``T?`` and ``T!E`` become ``TyOption``
and ``TyResult``, ``&&``/``||``/``!`` become ``and``/``or``/``not``, parentheses around an expression leave only
``parens=True`` (its span includes them), parentheses around one pattern or type leave nothing. ``spawn f(a)`` is
``Spawn([f, a])``, the parenless assertions of test files are plain calls, ``-9223372036854775808`` is one ``IntLit``.
"""

from __future__ import annotations

from dataclasses import field

from meshpy.records import record


@record
class Node:
    """Anything with a place in the source: bytes ``start`` to ``end`` (half-open)."""

    start: int
    end: int


@record
class Ident(Node):
    """A name with its own span: what a definition, a member or an import is called."""

    name: str


@record
class Path(Node):
    """``A.B.c``: one or more names."""

    parts: list[Ident]

    @property
    def text(self) -> str:
        """The names joined by dots."""
        return ".".join(part.name for part in self.parts)


@record
class Stmt(Node):
    """What may stand in a block: an item, ``let``, an expression."""


@record
class Item(Stmt):
    """A definition or import; allowed wherever a statement is. ``doc`` is the text of the ``##`` lines above it."""

    doc: str | None = field(default=None, kw_only=True)


@record
class Expr(Node):
    """An expression; ``parens`` tells that it stood in parentheses of its own, which its span includes."""

    parens: bool = field(default=False, kw_only=True)


@record
class Pattern(Node):
    """What a value is matched against."""


@record
class TypeExpr(Node):
    """A type as written."""


# ---- Files, blocks, statements -------------------------------------------------------------------------------


@record
class SourceFile(Node):
    """One file: items and statements in source order. ``doc`` is the text of its ``##!`` lines."""

    body: list[Stmt]
    doc: str | None = None


@record
class Block(Node):
    """Statements in order; the value is that of a last ``ExprStmt``, else ``()``.

    The span covers the statements; an empty block has the empty span behind its opener.
    """

    statements: list[Stmt]


@record
class Let(Stmt):
    """``let pattern :: type = value``; a plain name is an ``IdentPat``, ``_`` a ``WildPat``."""

    pattern: Pattern
    type: TypeExpr | None
    value: Expr


@record
class ExprStmt(Stmt):
    expr: Expr


# ---- Items ---------------------------------------------------------------------------------------------------


@record
class ClusterDeco(Node):
    """``@cluster`` (``count`` None) or ``@cluster(N)``."""

    count: int | None


@record
class Param(Node):
    """A parameter: exactly one of ``name``, ``pattern`` and ``is_self``. ``_`` is the name ``_``.

    A bare uppercase name may stand for a nullary constructor; name resolution decides (syntax reference 2.2 rule 3).
    """

    name: Ident | None
    pattern: Pattern | None
    is_self: bool
    type: TypeExpr | None


@record
class Bound(Node):
    """``T: Trait`` in a ``where`` clause."""

    var: Ident
    trait: Path


@record
class FnDef(Item):
    """One clause of a function; later stages group consecutive clauses of equal name and arity.

    ``body`` is always a ``Block``; ``expr_body`` tells that it was written ``= expr`` (then it holds one ``ExprStmt``).
    """

    cluster: ClusterDeco | None
    pub: bool
    name: Ident
    type_params: list[Ident]
    params: list[Param]
    ret: TypeExpr | None
    where: list[Bound]
    guard: Expr | None
    body: Block
    expr_body: bool


@record
class ExternBound(Node):
    """``T: Eq + Hash`` (all the traits) or, with ``closed``, ``T: Int | Float`` (one of these types)."""

    var: Ident
    paths: list[Path]
    closed: bool


@record
class ExternFn(Item):
    """A function of the library implemented in C (interface files only).

    ``symbol`` is the C name. ``directives`` are the lines ``#@ text`` right above it, without the marker.
    """

    symbol: str
    name: Ident
    type_params: list[Ident]
    params: list[Param]
    ret: TypeExpr
    bounds: list[ExternBound]
    directives: tuple[str, ...]


@record
class ModuleDef(Item):
    pub: bool
    name: Ident
    body: list[Stmt]


@record
class ImportDecl(Item):
    """``import A.B``."""

    path: Path


@record
class FromImport(Item):
    """``from A.B import x, Y``."""

    path: Path
    names: list[Ident]


@record
class Field(Node):
    """A struct field; the checker reports a missing ``type``."""

    name: Ident
    type: TypeExpr | None
    doc: str | None = None


@record
class Relation(Node):
    """``belongs_to :name, Target`` and its like; ``kind`` is the word, ``name`` the text of the atom."""

    kind: str
    name: Ident
    target: Ident


@record
class SchemaOption(Node):
    """``table "t"`` (str), ``primary_key :id`` (str, the text of the atom), ``timestamps true`` (bool)."""

    name: str
    value: str | bool


@record
class StructDef(Item):
    """``deriving`` None: no clause (the default set); an empty list: ``deriving()``, nothing."""

    pub: bool
    name: Ident
    type_params: list[Ident]
    fields: list[Field]
    relations: list[Relation]
    options: list[SchemaOption]
    deriving: list[Ident] | None


@record
class VariantField(Node):
    name: Ident | None
    type: TypeExpr


@record
class Variant(Node):
    """A constructor of a sum type; nullary when ``fields`` is empty."""

    name: Ident
    fields: list[VariantField]
    doc: str | None = None


@record
class SumTypeDef(Item):
    """``deriving`` as in ``StructDef``."""

    pub: bool
    name: Ident
    type_params: list[Ident]
    variants: list[Variant]
    deriving: list[Ident] | None


@record
class TypeAlias(Item):
    pub: bool
    name: Ident
    type_params: list[Ident]
    type: TypeExpr


@record
class MethodSig(Node):
    """A method of an interface; ``body`` is its default, if it has one."""

    name: Ident
    params: list[Param]
    ret: TypeExpr | None
    body: Block | None
    doc: str | None = None


@record
class InterfaceDef(Item):
    pub: bool
    name: Ident
    type_params: list[Ident]
    assoc_types: list[Ident]
    methods: list[MethodSig]


@record
class AssocType(Node):
    """``type Name = type`` in an impl."""

    name: Ident
    type: TypeExpr


@record
class ImplDef(Item):
    """``impl Trait<args> for target where ... do ... end``; ``target`` is a ``TyName``."""

    trait: Path
    trait_args: list[TypeExpr]
    target: TypeExpr
    where: list[Bound]
    assoc: list[AssocType]
    methods: list[FnDef]


@record
class ActorDef(Item):
    name: Ident
    params: list[Param]
    body: Block
    terminate: Block | None


@record
class Handler(Node):
    """``call`` or ``cast`` (``kind``) of a service; ``state`` is the name between the bars, ``reply`` only of a call."""

    kind: str
    name: Ident
    params: list[Param]
    reply: TypeExpr | None
    state: Ident | None
    body: Block
    doc: str | None = None


@record
class ServiceDef(Item):
    """``init`` is the first function of the body (None: it has none), ``helpers`` are the others."""

    name: Ident
    init: FnDef | None
    calls: list[Handler]
    casts: list[Handler]
    helpers: list[FnDef]


@record
class ChildSpec(Node):
    """``shutdown`` is an ``IntLit`` (milliseconds) or the name written there (normally ``brutal_kill``)."""

    name: Ident
    child_start: Expr | None
    restart: Ident | None
    shutdown: IntLit | Ident | None


@record
class SupervisorDef(Item):
    pub: bool
    name: Ident
    strategy: Ident | None
    max_restarts: IntLit | None
    max_seconds: IntLit | None
    children: list[ChildSpec]


# ---- Test files ----------------------------------------------------------------------------------------------


@record
class TestBlock(Item):
    __test__ = False  # pytest would collect it by its name

    label: str
    body: Block


@record
class Setup(Item):
    body: Block


@record
class Teardown(Item):
    body: Block


@record
class Describe(Item):
    """``body`` holds ``Setup``, ``Teardown``, ``TestBlock`` and ``Describe`` in source order."""

    label: str
    body: list[Item]


@record
class AssertReceive(Stmt):
    """``assert_receive pattern, timeout``; ``pattern_text`` is the pattern as written, for the failure report."""

    pattern: Pattern
    timeout: Expr | None
    pattern_text: str


# ---- Expressions ---------------------------------------------------------------------------------------------


@record
class IntLit(Expr):
    """A signed 64-bit value."""

    value: int


@record
class FloatLit(Expr):
    value: float


@record
class BoolLit(Expr):
    value: bool


@record
class UnitLit(Expr):
    """``nil`` or ``()``."""


@record
class StringLit(Expr):
    """Text (escapes and heredoc indentation already resolved) and interpolated expressions in order.

    Empty text parts are left out: ``""`` has no parts, a plain string has one.
    """

    parts: list[str | Expr]
    heredoc: bool


@record
class AtomLit(Expr):
    name: str


@record
class RegexLit(Expr):
    """``~r/pattern/flags``; backslashes stay in ``pattern``."""

    pattern: str
    flags: str


@record
class Name(Expr):
    """A variable, function, module, constructor, or the receiver ``self``."""

    text: str


@record
class Binary(Expr):
    """``op``: ``+ - * / % == != < > <= >= and or .. <> ++``; ``op_start``/``op_end`` is the span of the operator."""

    op: str
    lhs: Expr
    rhs: Expr
    op_start: int
    op_end: int


@record
class Unary(Expr):
    """``op``: ``-`` or ``not``."""

    op: str
    operand: Expr


@record
class Call(Expr):
    """``callee(args)``; keyword arguments and a trailing closure are the last elements of ``args``."""

    callee: Expr
    args: list[Expr]


@record
class Pipe(Expr):
    """``lhs |> rhs`` (``slot`` 1) or ``lhs |N> rhs``; not desugared."""

    lhs: Expr
    rhs: Expr
    slot: int


@record
class Member(Expr):
    """``base.name``: a field, module member, method or variant."""

    base: Expr
    name: Ident


@record
class Index(Expr):
    base: Expr
    index: Expr


@record
class Try(Expr):
    """``operand?``."""

    operand: Expr


@record
class If(Expr):
    """``orelse`` is an ``If`` for ``else if``."""

    cond: Expr
    then: Block
    orelse: Block | If | None


@record
class Arm(Node):
    pattern: Pattern
    guard: Expr | None
    body: Block


@record
class Case(Expr):
    scrutinee: Expr
    arms: list[Arm]


@record
class While(Expr):
    cond: Expr
    body: Block


@record
class ForNames(Node):
    """``{k, v}``: the destructuring binding of a ``for``."""

    names: list[Ident]


@record
class For(Expr):
    """``for binding in iterable when filter do body end``; ``binding`` is a name (``_`` too), ``{k, v}`` or a tuple pattern."""

    binding: Ident | ForNames | Pattern
    iterable: Expr
    filter: Expr | None
    body: Block


@record
class Break(Expr):
    pass


@record
class Continue(Expr):
    pass


@record
class Return(Expr):
    value: Expr | None


@record
class ClosureClause(Node):
    params: list[Param]
    guard: Expr | None
    body: Block


@record
class Closure(Expr):
    """At least one clause. ``trailing``: written ``f(a) do |x| ... end`` (then it has exactly one, without guard)."""

    clauses: list[ClosureClause]
    trailing: bool = field(default=False, kw_only=True)


@record
class TupleExpr(Expr):
    """Two or more elements."""

    elems: list[Expr]


@record
class ListLit(Expr):
    elems: list[Expr]


@record
class MapLit(Expr):
    """``%{k => v}``; with ``kwargs`` the keyword arguments of a call, the keys being ``StringLit``."""

    entries: list[tuple[Expr, Expr]]
    kwargs: bool = field(default=False, kw_only=True)


@record
class FieldInit(Node):
    """``name: value`` in a struct literal, struct update or json literal."""

    name: Ident
    value: Expr


@record
class StructLit(Expr):
    name: Path
    fields: list[FieldInit]


@record
class StructUpdate(Expr):
    """``%{base | name: value}``."""

    base: Expr
    fields: list[FieldInit]


@record
class JsonLit(Expr):
    fields: list[FieldInit]


@record
class Spawn(Expr):
    """``args``: the function, then its arguments."""

    args: list[Expr]


@record
class Send(Expr):
    args: list[Expr]


@record
class Link(Expr):
    args: list[Expr]


@record
class SelfPid(Expr):
    """``self()``."""


@record
class After(Node):
    """The ``after timeout -> body`` of a ``receive``."""

    timeout: Expr
    body: Block


@record
class Receive(Expr):
    arms: list[Arm]
    after: After | None


# ---- Patterns ------------------------------------------------------------------------------------------------


@record
class WildPat(Pattern):
    pass


@record
class IdentPat(Pattern):
    """A bare name: a variable, or a constructor if name resolution finds one."""

    name: str


@record
class LitPat(Pattern):
    """A number (sign applied), Bool or String. Note that in Python ``True == 1``: look at the type too."""

    value: int | float | bool | str


@record
class UnitPat(Pattern):
    """``nil`` or ``()``."""


@record
class TuplePat(Pattern):
    """Two or more elements."""

    elems: list[Pattern]


@record
class CtorPat(Pattern):
    """A constructor, qualified or with parentheses; without parentheses ``args`` is empty and any payload matches."""

    path: Path
    args: list[Pattern]
    has_parens: bool


@record
class OrPat(Pattern):
    alts: list[Pattern]


@record
class AsPat(Pattern):
    inner: Pattern
    name: Ident


@record
class ConsPat(Pattern):
    head: Pattern
    tail: Pattern


@record
class ListPat(Pattern):
    """A list of exactly these elements."""

    elems: list[Pattern]


@record
class AtomPat(Pattern):
    name: str


# ---- Types ---------------------------------------------------------------------------------------------------


@record
class TyName(TypeExpr):
    path: Path
    args: list[TypeExpr]


@record
class TyTuple(TypeExpr):
    """No elements: the unit type; otherwise two or more."""

    elems: list[TypeExpr]


@record
class TyFun(TypeExpr):
    params: list[TypeExpr]
    ret: TypeExpr


@record
class TyOption(TypeExpr):
    inner: TypeExpr


@record
class TyResult(TypeExpr):
    ok: TypeExpr
    err: TypeExpr
