"""The typed tree: what the type checker hands to core lowering.

It is the AST after names, overloads, pipes, keyword arguments, method syntax and trait operators have been
resolved. It stays polymorphic: types may contain the quantified ``TVar``s of the enclosing definition, and
trait operations name the trait and the types they are used at; monomorphisation substitutes those variables
and then asks ``TypedProgram.impls`` which code a trait operation means.

Every expression has ``start``/``end`` (byte offsets in the file of its definition's module) and ``ty``. A
``ty`` is resolved (``ty.resolve`` at every node) except for quantified variables; a variable that is neither
quantified nor bound compiles as ``()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from meshpy.records import record
from meshpy.types.ty import TVar, Type, TypeId

# ---------------------------------------------------------------- variables, patterns

@record
class Local:
    """A local variable, parameter or pattern binding: identity is the object, ``name`` is for people. ``bounded``: its type
    is generalised and needs traits that make values (static methods), so that its value differs by instance."""

    name: str
    ty: Type
    bounded: bool = False


@record
class Pat:
    start: int
    end: int
    ty: Type


@record
class PWild(Pat):
    pass


@record
class PBind(Pat):
    local: Local


@record
class PLit(Pat):
    """An Int, Float (sign applied), Bool, String or Atom literal (an atom as its name; ``ty`` tells which)."""

    value: int | float | bool | str


@record
class PTuple(Pat):
    """A tuple pattern; no elements is the unit pattern."""

    elems: tuple[Pat, ...]


@record
class PCtor(Pat):
    """Variant ``tag`` of sum type ``type_id``; ``args`` has one pattern per payload field."""

    type_id: TypeId
    tag: int
    args: tuple[Pat, ...]


@record
class PCons(Pat):
    head: Pat
    tail: Pat


@record
class PList(Pat):
    """A list of exactly ``len(elems)`` elements."""

    elems: tuple[Pat, ...]


@record
class POr(Pat):
    """Alternatives bind the *same* ``Local`` objects."""

    alts: tuple[Pat, ...]


@record
class PAs(Pat):
    inner: Pat
    local: Local


# ---------------------------------------------------------------- expressions

@record
class TExpr:
    start: int
    end: int
    ty: Type


@record
class TLit(TExpr):
    """Int, Float, Bool, String, Atom (text without colon) or unit (value None); ``ty`` tells which."""

    value: int | float | bool | str | None


@record
class TRegex(TExpr):
    pattern: str
    flags: str


@record
class TInterp(TExpr):
    """String interpolation; an expression part is rendered by Display, else Debug, of its type."""

    parts: tuple[str | TExpr, ...]


@record
class TJsonToString(TExpr):
    """The implicit encoding of a ``Json`` expression where a String is required (rule U9)."""

    value: TExpr


@record
class TLocal(TExpr):
    local: Local


@record
class TGlobal(TExpr):
    """A function (user, standard library in Mesh, or extern), as callee or as value.

    ``fn_id`` is a key of ``TypedProgram.functions`` or ``.externs``; ``type_args`` match its ``type_params``.
    """

    fn_id: str
    type_args: tuple[Type, ...]


@record
class TGlobalLet(TExpr):
    """A top-level ``let`` name: key of ``TypedProgram.lets``. ``type_args`` match ``TypedTopLet.type_params`` when its
    type was generalised (``let none = []``)."""

    let_id: str
    type_args: tuple[Type, ...] = ()


@record
class TCtor(TExpr):
    """A sum-type constructor: nullary it is a value, otherwise a callee or a function value (``ty`` is a TFun)."""

    type_id: TypeId
    tag: int


@record
class TTraitMethod(TExpr):
    """A trait method as callee: resolved after substitution by ``impls.find(trait, self_ty, trait_args)``."""

    trait: TypeId
    trait_args: tuple[Type, ...]
    method: str
    self_ty: Type


@record
class TCall(TExpr):
    """A call; arguments are evaluated left to right after the callee."""

    callee: TExpr
    args: tuple[TExpr, ...]


@record
class TDerived(TExpr):
    """A static function of a derived impl: ``from_json``, ``from_row``, ``to_json``, ``__table__``, ... of
    ``type_arg`` (a function value; usually a callee)."""

    name: str
    type_arg: Type


@record
class TBinary(TExpr):
    """``+ - * / % == != < > <= >= and or <> ++ ..``. Arithmetic and comparison at a type other than the primitive
    ones means the trait's impl for ``lhs.ty`` (``a > b`` is ``b < a``, ``a <= b`` is ``not (b < a)``, ...)."""

    op: str
    lhs: TExpr
    rhs: TExpr


@record
class TUnary(TExpr):
    """``-`` (Neg) or ``not``."""

    op: str
    operand: TExpr


@record
class TTuple_(TExpr):
    elems: tuple[TExpr, ...]


@record
class TList(TExpr):
    elems: tuple[TExpr, ...]


@record
class TMap(TExpr):
    entries: tuple[tuple[TExpr, TExpr], ...]


@record
class TStruct(TExpr):
    """A struct literal: ``fields`` are (field index in declaration order, value) in written order."""

    type_id: TypeId
    fields: tuple[tuple[int, TExpr], ...]


@record
class TUpdate(TExpr):
    base: TExpr
    fields: tuple[tuple[int, TExpr], ...]


@record
class TField(TExpr):
    """Field ``name`` of a struct value. After substitution ``base.ty`` is a struct type; the index is looked up
    there (a constrained scheme may use one name at several structs)."""

    base: TExpr
    name: str


@record
class TMethodCall(TExpr):
    """``base.name(args)`` whose receiver type was a quantified variable: resolved after substitution in the order
    of types.md 9.4 by ``impls.resolve_method``."""

    base: TExpr
    name: str
    args: tuple[TExpr, ...]


@record
class TJsonLit(TExpr):
    """``json { key: value }``: every value is encoded by its type (ToJson)."""

    fields: tuple[tuple[str, TExpr], ...]


@record
class TBlock(TExpr):
    """Statements, then the value: ``TLet``, ``TLetFn`` or expressions; the value is the last one when ``ty`` is not
    unit by 5.6 (a block that ends in a let has ``result`` None and type unit)."""

    stmts: tuple[TExpr | TLet | TLetFn, ...]
    result: TExpr | None


@record
class TLet:
    """``let pattern = value``; a refutable pattern that does not match panics."""

    start: int
    end: int
    pattern: Pat
    value: TExpr


@record
class TLetFn:
    """Local functions of one group (consecutive ``fn`` items: mutually recursive). Each may be polymorphic."""

    start: int
    end: int
    functions: tuple[TypedLocalFn, ...]


@record
class TypedLocalFn:
    """``type_params`` as for a TypedFn; uses are ``TLocalFn`` with matching ``type_args``."""

    name: str
    type_params: tuple[TVar, ...]
    params: tuple[Local, ...]
    ret: Type
    body: TExpr
    start: int
    end: int


@record
class TLocalFn(TExpr):
    fn: TypedLocalFn
    type_args: tuple[Type, ...]


@record
class TLetPoly(TExpr):
    """Use of a let-bound local whose type was generalised (``let id = fn x -> x end``): ``local`` is bound by a
    ``TLet`` whose pattern is a PBind listed in ``TypedFn.poly_lets``; one instance per distinct ``type_args``."""

    local: Local
    type_args: tuple[Type, ...]


@record
class TIf(TExpr):
    """Without ``else_`` the value is unit and the branch's value is discarded."""

    cond: TExpr
    then: TExpr
    else_: TExpr | None


@record
class TArm:
    """One row of a match: a pattern per scrutinee."""

    start: int
    end: int
    patterns: tuple[Pat, ...]
    guard: TExpr | None
    body: TExpr


@record
class TMatch(TExpr):
    """``case`` (one scrutinee) and the clauses of functions and closures (the parameters as scrutinees). When no arm
    matches the process panics (``what``: ``case``, or the function's name for the message)."""

    scrutinees: tuple[TExpr, ...]
    arms: tuple[TArm, ...]
    what: str


@record
class TWhile(TExpr):
    cond: TExpr
    body: TExpr


@record
class TFor(TExpr):
    """``pattern`` matches each item (an irrefutable pattern; a map's ``{k, v}`` is a PTuple of two). The kind of
    iteration follows from ``iterable.ty`` after substitution (List, Map, Set, Range, Iter, else the Iterable or
    Iterator impl). ``collect`` is False in statement position, where the list of results is not built."""

    pattern: Pat
    iterable: TExpr
    filter: TExpr | None
    body: TExpr
    collect: bool


@record
class TBreak(TExpr):
    pass


@record
class TContinue(TExpr):
    pass


@record
class TReturn(TExpr):
    value: TExpr | None


@record
class TTry(TExpr):
    """``e?``. ``kind`` is ``"result"`` or ``"option"``, or ``"deferred"`` when only substitution tells. When the error
    types differ, ``From<E> for F`` converts (looked up after substitution). ``ret_ty`` is the type of the innermost
    function or closure, to build its ``Err``/``None``."""

    operand: TExpr
    kind: str
    ret_ty: Type


@record
class TClosure(TExpr):
    """Parameters are locals; pattern parameters and clauses are a TMatch in ``body``. Captures are by value."""

    params: tuple[Local, ...]
    body: TExpr


# ---------------------------------------------------------------- processes

@record
class TSpawn(TExpr):
    """``spawn(target, args)``; ``target`` is an actor's or supervisor's TGlobal, or any function value whose call
    returns a pid."""

    target: TExpr
    args: tuple[TExpr, ...]


@record
class TRemoteSpawn(TExpr):
    """``Node.spawn(node, target, args)``, with ``link`` for ``Node.spawn_link``."""

    node: TExpr
    target: TExpr
    args: tuple[TExpr, ...]
    link: bool


@record
class TSend(TExpr):
    """The message type is ``message.ty``."""

    pid: TExpr
    message: TExpr


@record
class TLink(TExpr):
    pid: TExpr


@record
class TSelf(TExpr):
    pass


@record
class TReceive(TExpr):
    """Selective receive: arms in order against each message in arrival order. ``message_ty`` is the actor's M."""

    message_ty: Type
    arms: tuple[TArm, ...]
    timeout: TExpr | None
    after: TExpr | None


@record
class TActorLoop(TExpr):
    """The self-call of an actor: in tail position it re-enters the body with new arguments (type Never)."""

    args: tuple[TExpr, ...]
    tail: bool


@record
class TServiceStart(TExpr):
    service: TypeId
    args: tuple[TExpr, ...]


@record
class TServiceCall(TExpr):
    """Call (synchronous) or cast of ``services[service].handlers[handler]``."""

    service: TypeId
    handler: int
    pid: TExpr
    args: tuple[TExpr, ...]


@record
class TAssert(TExpr):
    """Test files: ``kind`` is assert, assert_eq, assert_ne, assert_raises or test_fail_msg, with the source ``text`` of the
    arguments; timed_out: the failure of an assert_receive (``text`` its pattern, the argument its milliseconds); body: the
    argument is the body of the test, a closure that is called between setup and teardown."""

    kind: str
    args: tuple[TExpr, ...]
    text: str = ""


# ---------------------------------------------------------------- definitions

@record
class TypedFn:
    """A function, actor, impl method, service handler or service init.

    ``fn_id`` is unique in the program (``Main.area/1``); ``name`` is what a person reads in a backtrace.
    ``kind``: ``fn``, ``actor``, ``method``, ``handler``, ``test``.
    """

    fn_id: str
    module: str
    path: str
    name: str
    kind: str
    type_params: tuple[TVar, ...]
    params: tuple[Local, ...]
    ret: Type
    body: TExpr
    start: int
    end: int
    terminate: TExpr | None = None  # actors only; sees the parameters
    message_ty: Type | None = None  # actors only
    poly_lets: dict[Local, tuple[TVar, ...]] = field(default_factory=dict)
    pub: bool = False


@record
class TypedExtern:
    """A C function of the standard library (design.md section 5)."""

    fn_id: str
    module: str
    name: str
    symbol: str
    type_params: tuple[TVar, ...]
    params: tuple[Local, ...]
    ret: Type
    owns: frozenset[str]  # parameters whose reference the C function takes over; the others are borrowed
    panics: bool
    directives: tuple[str, ...]


@record
class FieldDef:
    name: str
    ty: Type


@record
class VariantDef:
    name: str
    fields: tuple[FieldDef, ...]  # unnamed payload fields have the names "0", "1", ...


@record
class TypeDef:
    """A struct (``fields``) or sum type (``variants``); exactly one of the two is not None."""

    id: TypeId
    type_params: tuple[TVar, ...]
    fields: tuple[FieldDef, ...] | None
    variants: tuple[VariantDef, ...] | None
    derived: frozenset[str]
    schema: dict[str, Any] = field(default_factory=dict)  # table, primary_key, timestamps, relations


@record
class TypedHandler:
    """``fn`` takes the state, then the arguments; a call's result is the tuple (new state, reply), a cast's the state."""

    name: str  # as in the source: GetCount
    is_call: bool
    fn_id: str
    params: tuple[Type, ...]
    reply: Type | None


@record
class TypedService:
    id: TypeId
    state_ty: Type
    init: str | None  # fn_id of init; None: the state is the Int 0
    init_params: tuple[Type, ...]
    handlers: tuple[TypedHandler, ...]


@record
class TypedChild:
    name: str
    start: TExpr  # a closure of no parameters returning a pid
    restart: str
    shutdown: int | None  # milliseconds; None is brutal_kill


@record
class TypedSupervisor:
    fn_id: str  # what TSpawn's TGlobal names
    module: str
    path: str
    name: str
    strategy: str
    max_restarts: int
    max_seconds: int
    children: tuple[TypedChild, ...]


@record
class TypedTopLet:
    """A top-level let: a pattern's locals become the lets ``let_ids[i]`` for ``locals[i]``, evaluated in source order."""

    module: str
    path: str
    pattern: Pat
    value: TExpr
    bound: dict[Local, str]  # local of the pattern -> let_id
    type_params: tuple[TVar, ...] = ()  # of a generalised value; a generalised closure becomes a TypedFn instead
    poly_lets: dict[Local, tuple[TVar, ...]] = field(default_factory=dict)


@record
class TypedTest:
    label: str
    fn_id: str


@dataclass(frozen=True, slots=True)
class TypedWork:
    """A function declared with ``@cluster``: the runtime starts it by itself."""

    name: str  # Module.function
    fn_id: str
    count: int  # copies, the owner included
    params: int  # 0, or 2: request key and attempt


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which code a trait method means at concrete types.

    ``kind`` ``user``: call ``fn_id`` with ``type_args``; ``derived``: the code generated from the definition of the
    type; ``builtin``: the primitive of a built-in type; ``default``: the trait's default body (``fn_id``,
    ``type_args`` begin with the Self type).
    """

    kind: str
    fn_id: str = ""
    type_args: tuple[Type, ...] = ()


class Impls(Protocol):
    """Trait resolution at concrete (fully substituted) types."""

    def find(self, trait: TypeId, method: str, self_ty: Type, trait_args: tuple[Type, ...] = ()) -> Resolution | None: ...

    def has(self, trait: TypeId, self_ty: Type, trait_args: tuple[Type, ...] = ()) -> bool: ...

    def assoc(self, trait: TypeId, self_ty: Type, name: str) -> Type | None: ...

    def resolve_method(self, self_ty: Type, name: str) -> tuple[str, Any] | None: ...


@dataclass(slots=True)
class TypedProgram:
    """The whole program, all modules and the standard library that they reach."""

    functions: dict[str, TypedFn]
    externs: dict[str, TypedExtern]
    types: dict[TypeId, TypeDef]
    services: dict[TypeId, TypedService]
    supervisors: dict[str, TypedSupervisor]
    lets: list[TypedTopLet]  # in evaluation order
    impls: Impls
    main: str | None  # fn_id
    tests: list[TypedTest] = field(default_factory=list)
    sources: dict[str, bytes] = field(default_factory=dict)  # path -> text, for line numbers
    work: list[TypedWork] = field(default_factory=list)
    # A library function by id that no source text names but lowering needs; checks it and enters it in the tables.
    library: Callable[[str], TypedFn | TypedExtern | None] | None = None
