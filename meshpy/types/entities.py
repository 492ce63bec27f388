"""What names stand for: functions, constructors, types, traits, impls, services, and the scopes of modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from meshpy.syntax import ast
from meshpy.types.ty import TCon, TVar, Type, TypeId
from meshpy.types.typed import FieldDef, TypeDef

if TYPE_CHECKING:
    from meshpy.types.constraints import Constraint
    from meshpy.types.report import Reporter


class Scheme:
    """``forall vars [constraints]. ty``.

    ``late`` is a list while more constraints may still be found (the body of an annotated generic function has not
    been checked yet): the instantiations made meanwhile, to be checked when the scheme is closed.
    """

    __slots__ = ("constraints", "late", "ty", "vars")

    def __init__(self, vars: tuple[TVar, ...], constraints: tuple[Constraint, ...], ty: Type) -> None:
        self.vars = vars
        self.constraints = constraints
        self.ty = ty
        self.late: list[tuple[dict[TVar, Type], Any]] | None = None


# ---------------------------------------------------------------- value-level entities


class FnEntity:
    """One function: all clauses of one name and arity, an extern, an actor, a method, a service handler.

    ``scheme`` is set once the type is closed; ``mono`` is the type used inside its own component before that.
    ``kind``: ``fn``, ``extern``, ``actor``, ``supervisor``, ``method``, ``handler``, ``test``.
    """

    __slots__ = ("arity", "assoc_vars", "bounds", "checked", "clauses", "complete", "extern", "fn_id", "impl", "item",
                 "kind", "message", "mono", "name", "params", "pub", "ret", "scheme", "scope", "self_ty", "signed",
                 "trait", "tvars", "typed", "type_names")

    def __init__(self, kind: str, scope: ModuleScope, name: str, arity: int, fn_id: str, clauses: list[Any],
                 pub: bool) -> None:
        self.kind = kind
        self.scope = scope
        self.name = name
        self.arity = arity
        self.fn_id = fn_id
        self.clauses = clauses
        self.pub = pub
        self.scheme: Scheme | None = None
        self.mono: Type | None = None
        self.item: Any = None
        self.extern: ast.ExternFn | None = None
        self.checked = False
        self.signed = False
        self.complete = False
        self.params: list[Type] = []
        self.ret: Type | None = None
        self.tvars: tuple[TVar, ...] = ()
        self.type_names: dict[str, Type] = {}
        self.bounds: list[Constraint] = []
        self.assoc_vars: dict[tuple[TVar, TypeId, str], TVar] = {}
        self.message: Type | None = None
        self.impl: ImplInfo | None = None
        self.trait: TraitInfo | None = None
        self.self_ty: Type | None = None
        self.typed: Any = None


class Overloads:
    """The functions of one name, by parameter count."""

    __slots__ = ("by_arity", "name", "scope")

    def __init__(self, scope: ModuleScope, name: str) -> None:
        self.scope = scope
        self.name = name
        self.by_arity: dict[int, FnEntity] = {}

    @property
    def pub(self) -> bool:
        return any(f.pub for f in self.by_arity.values())


class CtorEntity:
    """Variant ``tag`` of a sum type."""

    __slots__ = ("info", "name", "tag", "scheme")

    def __init__(self, info: TypeInfo, name: str, tag: int) -> None:
        self.info = info
        self.name = name
        self.tag = tag
        self.scheme: Scheme | None = None

    @property
    def arity(self) -> int:
        return len(self.info.definition.variants[self.tag].fields)


class LetEntity:
    """A name bound by a top-level ``let``; ``order`` is the position of the statement in its file."""

    __slots__ = ("fn", "let_id", "local", "item", "mono", "name", "order", "scheme", "scope")

    def __init__(self, scope: ModuleScope, name: str, let_id: str, order: int) -> None:
        self.scope = scope
        self.name = name
        self.let_id = let_id
        self.order = order
        self.item: Any = None
        self.scheme: Scheme | None = None
        self.mono: Type | None = None
        self.local: Any = None
        self.fn: FnEntity | None = None  # a polymorphic closure is compiled as a function


class Lets:
    """All top-level lets of one name in one module: a later one shadows an earlier one from there on."""

    __slots__ = ("entries", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[LetEntity] = []


class BareMethod:
    """A trait method called without receiver syntax: ``traits`` declare it."""

    __slots__ = ("name", "traits")

    def __init__(self, name: str, traits: list[TraitInfo]) -> None:
        self.name = name
        self.traits = traits


class ServiceMember:
    """``Service.start`` (``handler`` None) or a handler's helper function."""

    __slots__ = ("handler", "index", "name", "service")

    def __init__(self, service: ServiceInfo, name: str, handler: ast.Handler | None, index: int) -> None:
        self.service = service
        self.name = name
        self.handler = handler
        self.index = index


class StaticFn:
    """A static function of a type: generated by ``deriving`` (``trait`` None) or a trait method without self."""

    __slots__ = ("info", "name", "traits", "self_head")

    def __init__(self, name: str, info: TypeInfo | None, self_head: Type | TypeInfo, traits: list[TraitInfo] | None) -> None:
        self.name = name
        self.info = info
        self.self_head = self_head
        self.traits = traits


class TraitStatic:
    """``Trait.method``: the qualified form of a method call."""

    __slots__ = ("method", "trait")

    def __init__(self, trait: TraitInfo, method: str) -> None:
        self.trait = trait
        self.method = method


class Broken:
    """What a failed import would have brought: the failure was reported, uses are silent."""

    __slots__ = ()


class LanguageMember:
    """A member of a library module that is syntax rather than a function (``Node.spawn``, ``HTTP.clustered``)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Ambiguous:
    """A name that several imported modules (or sum types of one module) provide with equal right."""

    __slots__ = ("name", "owners")

    def __init__(self, name: str, owners: list[str]) -> None:
        self.name = name
        self.owners = owners


# ---------------------------------------------------------------- types, traits


class TypeInfo:
    """A struct or sum type. ``node`` is None for built-in types without a declaration."""

    __slots__ = ("conditions", "ctors", "definition", "derive_names", "explicit", "field_index", "id", "node", "params",
                 "pub", "scope", "spoilt")

    def __init__(self, ident: TypeId, params: tuple[TVar, ...], scope: ModuleScope | None, node: Any, pub: bool) -> None:
        self.id = ident
        self.params = params
        self.scope = scope
        self.node = node
        self.pub = pub
        self.definition: TypeDef = None  # type: ignore[assignment]  # set when the fields are resolved
        self.field_index: dict[str, int] = {}
        self.ctors: dict[str, CtorEntity] = {}
        self.explicit = False
        self.derive_names: dict[str, ast.Ident] = {}
        self.spoilt = False  # its deriving clause was reported: what it should have given is not asked for again
        self.conditions: dict[TypeId, list[tuple[TypeId, TVar]] | None] = {}

    @property
    def name(self) -> str:
        return self.id.name

    @property
    def is_struct(self) -> bool:
        return type(self.node) is ast.StructDef

    def head(self) -> TCon:
        return TCon(self.id, self.params)

    def open_to(self, scope: ModuleScope) -> bool:
        """Whether ``scope`` sees the fields: a library type named like its module (Range, Queue) is opaque to programs."""
        return scope.std or self.id.module != "" or self.scope is None or self.scope.name != self.id.name


class AliasInfo:
    __slots__ = ("busy", "node", "params", "pub", "scope", "ty")

    def __init__(self, node: ast.TypeAlias, scope: ModuleScope) -> None:
        self.node = node
        self.scope = scope
        self.pub = node.pub
        self.params: tuple[TVar, ...] = ()
        self.ty: Type | None = None
        self.busy = False


class BuiltinType:
    """A built-in nominal type with a fixed number of parameters and no visible structure."""

    __slots__ = ("arity", "name")

    def __init__(self, name: str, arity: int) -> None:
        self.name = name
        self.arity = arity


@dataclass(slots=True, eq=False)
class TraitMethod:
    """A method as its trait declares it; the types mention the trait's ``self_var``, parameters and ``assoc``.

    ``params`` leaves the receiver out; an entry None (or ``ret`` None) is not declared.
    """

    name: str
    has_self: bool
    params: list[Type | None]
    ret: Type | None
    node: ast.MethodSig
    default: FnEntity | None = None
    mentions_self: bool = False


class TraitInfo:
    __slots__ = ("assoc", "id", "methods", "node", "operator", "params", "pub", "scope", "self_var")

    def __init__(self, ident: TypeId, scope: ModuleScope, node: ast.InterfaceDef, pub: bool) -> None:
        self.id = ident
        self.scope = scope
        self.node = node
        self.pub = pub
        self.params: tuple[TVar, ...] = ()
        self.self_var = TVar(0, None, "Self", True)
        self.assoc: dict[str, TVar] = {}
        self.methods: dict[str, TraitMethod] = {}
        self.operator: TypeId | None = None  # the built-in operator trait that its impls serve too

    @property
    def name(self) -> str:
        return self.id.name


class ImplInfo:
    """``impl trait<args> for self_ty``; ``vars`` are its type parameters, ``bounds`` their constraints."""

    __slots__ = ("args", "assoc", "bounds", "extra", "inferred", "methods", "mirror", "node", "order", "scope", "self_ty", "trait", "vars",
                 "names")

    def __init__(self, trait: TraitInfo, args: tuple[Type, ...], self_ty: Type, vars: tuple[TVar, ...],
                 scope: ModuleScope, node: ast.ImplDef) -> None:
        self.trait = trait
        self.args = args
        self.self_ty = self_ty
        self.vars = vars
        self.scope = scope
        self.node = node
        self.names: dict[str, Type] = {}
        self.bounds: list[tuple[TraitInfo, tuple[Type, ...], Type]] = []
        # What the bodies of its methods need of parameters without declared bound (None: to be rendered as text).
        self.inferred: list[tuple[TraitInfo | None, Type]] = []
        self.assoc: dict[str, Type] = {}
        self.methods: dict[str, FnEntity] = {}
        self.extra: set[str] = set()  # methods the trait does not declare
        self.mirror = False  # registered under a built-in operator trait on behalf of a user trait
        self.order = 0


@dataclass(slots=True, eq=False)
class ServiceInfo:
    id: TypeId
    scope: ModuleScope
    node: ast.ServiceDef
    members: dict[str, ServiceMember] = field(default_factory=dict)
    state: Type | None = None
    init_params: list[Type] = field(default_factory=list)
    handler_params: list[list[Type]] = field(default_factory=list)
    replies: list[Type | None] = field(default_factory=list)
    item: Any = None
    signed: bool = False
    typed: Any = None


# ---------------------------------------------------------------- module scopes


class ModuleScope:
    """Everything one module defines and sees. ``std`` marks modules of the standard library."""

    __slots__ = ("aliases", "bare_cache", "body", "from_services", "from_traits", "from_types", "from_values", "imported",
                 "broken", "member_cache", "name", "namespaces", "order", "path", "reporter", "services", "source", "std",
                 "traits", "types", "unit", "values")

    def __init__(self, name: str, path: str, source: bytes, body: list[ast.Stmt], std: bool, order: int) -> None:
        self.name = name
        self.path = path
        self.source = source
        self.body = body
        self.std = std
        self.order = order
        self.reporter: Reporter = None  # type: ignore[assignment]  # set by the owner
        self.values: dict[str, Any] = {}
        self.types: dict[str, TypeInfo | AliasInfo] = {}
        self.traits: dict[str, TraitInfo] = {}
        self.services: dict[str, ServiceInfo] = {}
        self.from_values: dict[str, Any] = {}
        self.from_types: dict[str, TypeInfo | AliasInfo] = {}
        self.from_traits: dict[str, TraitInfo] = {}
        self.from_services: dict[str, ServiceInfo] = {}
        self.namespaces: dict[str, ModuleScope] = {}
        self.imported: list[ModuleScope] = []
        self.member_cache: dict[tuple[str, str], Any] = {}
        self.bare_cache: dict[str, Any] = {}
        self.unit: Any = None
        self.broken: set[str] = set()  # names of failed imports

    @property
    def type_module(self) -> str:
        """The module part of the identities of its types: library types are built-in and print without prefix."""
        return "" if self.std else self.name


def struct_field(definition: TypeDef, name: str) -> FieldDef | None:
    for f in definition.fields or ():
        if f.name == name:
            return f
    return None
