"""Concrete types: substitution, interning, representations and layouts.

Monomorphisation substitutes the quantified variables of a definition by concrete types. Concrete types are interned: two
equal ones are the same object, so dictionaries keyed by them are keyed by identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshpy.core import ir
from meshpy.core.ir import Layout, Rep
from meshpy.types import ty as t
from meshpy.types.ty import TCon, TFun, TNever, TTuple, TVar, Type, TypeId
from meshpy.types.typed import FieldDef, TypeDef, TypedProgram, VariantDef
from meshpy.types.unify import PID

# Built-in types that are machine words (types.md 1.2).
WORD_TYPES = frozenset({"Int", "Pid", "PgConn", "PoolHandle", "SqliteConn", "DateTime", "WsConn"})

Subst = dict[TVar, Type]

OPTION = TypeId("", "Option")
RESULT = TypeId("", "Result")
ORDERING = TypeId("", "Ordering")


@dataclass(slots=True)
class Shape:
    """One constructor of a data type at concrete types: ``index[i]`` is the slot of field i."""

    tag: int
    name: str
    names: tuple[str, ...]
    types: tuple[Type, ...]
    reps: tuple[Rep, ...]
    index: tuple[int, ...]
    layout: Layout


MAX_DEPTH, MAX_WEIGHT = 256, 1 << 14
"""Levels and constructors of one concrete type: far beyond what anybody writes, and soon reached by endless growth."""


class EndlessTypes(Exception):
    """A program that needs operations of ever larger types: a data type that contains itself at a larger type."""


class MonoTypes:
    """Concrete types of one program. Raises EndlessTypes for one larger than ``MAX_DEPTH`` or ``MAX_WEIGHT``."""

    def __init__(self, program: TypedProgram) -> None:
        self.defs = dict(program.types)
        for definition in _builtin_defs():
            self.defs.setdefault(definition.id, definition)
        self._interned: dict[tuple, Type] = {}
        self._shapes: dict[Type, tuple[Shape, ...]] = {}
        self._names: dict[Type, str] = {}
        self._sizes: dict[Type, tuple[int, int]] = {}
        self.int = self.con(t.INT.id)
        self.float = self.con(t.FLOAT.id)
        self.bool = self.con(t.BOOL.id)
        self.string = self.con(t.STRING.id)
        self.atom = self.con(t.ATOM.id)
        self.json = self.con(t.JSON.id)
        self.unit = self._intern(("t",), lambda: TTuple(()))
        self.never = self._intern(("n",), TNever)

    # ---- construction

    def _intern(self, key: tuple, make) -> Type:
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = make()
            parts = found.args if type(found) is TCon else found.elems if type(found) is TTuple else ()
            if type(found) is TFun:
                parts = (*found.params, found.ret)
            sizes = [self._sizes[p] for p in parts]
            depth = 1 + max([d for d, _ in sizes], default=0)
            weight = 1 + sum([w for _, w in sizes])
            if depth > MAX_DEPTH or weight > MAX_WEIGHT:
                head = f"`{found.id.name}`" if type(found) is TCon else "a tuple or function"
                raise EndlessTypes(f"the program needs ever larger types, among them {head} with {weight} parts")
            self._sizes[found] = depth, weight
        return found

    def con(self, type_id: TypeId, *args: Type) -> Type:
        return self._intern(("c", type_id, args), lambda: TCon(type_id, args))

    def builtin(self, name: str, *args: Type) -> Type:
        return self.con(TypeId("", name), *args)

    def tuple(self, *elems: Type) -> Type:
        return self._intern(("t", *elems), lambda: TTuple(elems))

    def fun(self, params: tuple[Type, ...], ret: Type) -> Type:
        return self._intern(("f", params, ret), lambda: TFun(params, ret))

    def subst(self, ty: Type, env: Subst) -> Type:
        """The interned concrete type of ``ty``; a variable that nothing binds is ``()``.

        Every pid is a bare ``Pid``: typed and untyped ones agree, also inside the messages that descriptors tell apart.
        """
        kind = type(ty)
        if kind is TVar:
            ty = t.resolve(ty)
            if type(ty) is TVar:
                bound = env.get(ty)
                return self.unit if bound is None else bound
            kind = type(ty)
        if kind is TCon:
            if not ty.args or ty.id == PID:
                return self.con(ty.id)
            return self.con(ty.id, *[self.subst(a, env) for a in ty.args])
        if kind is TTuple:
            return self.tuple(*[self.subst(a, env) for a in ty.elems]) if ty.elems else self.unit
        if kind is TFun:
            return self.fun(tuple([self.subst(a, env) for a in ty.params]), self.subst(ty.ret, env))
        return self.never

    # ---- names

    def show(self, ty: Type) -> str:
        """The printed type with modules, its identity in descriptors and generated names."""
        name = self._names.get(ty)
        if name is None:
            name = self._names[ty] = self._show(ty)
        return name

    def _show(self, ty: Type) -> str:
        if isinstance(ty, TCon):
            args = f"<{', '.join(map(self.show, ty.args))}>" if ty.args else ""
            return f"{ty.id}{args}"
        if isinstance(ty, TTuple):
            return f"({', '.join(map(self.show, ty.elems))})"
        if isinstance(ty, TFun):
            return f"({', '.join(map(self.show, ty.params))}) -> {self.show(ty.ret)}"
        return "Never"

    # ---- representation

    def rep(self, ty: Type) -> Rep:
        if type(ty) is TCon:
            if ty.id.module == "":
                name = ty.id.name
                if name in WORD_TYPES:
                    return Rep.INT
                if name == "Float":
                    return Rep.FLOAT
                if name == "Bool":
                    return Rep.BOOL
                if name == "Unit":
                    return Rep.INT
            return Rep.PTR
        if type(ty) is TTuple:
            return Rep.PTR if ty.elems else Rep.INT
        return Rep.PTR if type(ty) is TFun else Rep.INT

    def definition(self, ty: Type) -> TypeDef | None:
        return self.defs.get(ty.id) if type(ty) is TCon else None

    def shapes(self, ty: Type) -> tuple[Shape, ...]:
        """The constructors of a struct (one), a sum type or a tuple (one); empty for every other type."""
        found = self._shapes.get(ty)
        if found is None:
            found = self._shapes[ty] = self._make_shapes(ty)
        return found

    def _make_shapes(self, ty: Type) -> tuple[Shape, ...]:
        if type(ty) is TTuple:
            return (self.shape(0, "", tuple(map(str, range(len(ty.elems)))), ty.elems),) if ty.elems else ()
        definition = self.definition(ty)
        if definition is None:
            return ()
        env = dict(zip(definition.type_params, ty.args))

        def of(tag: int, name: str, fields: tuple[FieldDef, ...]) -> Shape:
            return self.shape(tag, name, tuple(f.name for f in fields), tuple(self.subst(f.ty, env) for f in fields))

        if definition.fields is not None:
            return (of(0, definition.id.name, definition.fields),)
        return tuple(of(tag, v.name, v.fields) for tag, v in enumerate(definition.variants or ()))

    def shape(self, tag: int, name: str, names: tuple[str, ...], types: tuple[Type, ...]) -> Shape:
        """Lays out fields: counted slots first, in order, then scalars in order."""
        reps = tuple(map(self.rep, types))
        ptrs = sum(r is Rep.PTR for r in reps)
        index, next_ptr, next_raw = [], 0, ptrs
        for r in reps:
            if r is Rep.PTR:
                index.append(next_ptr)
                next_ptr += 1
            else:
                index.append(next_raw)
                next_raw += 1
        return Shape(tag, name, names, types, reps, tuple(index), Layout(ptrs, len(reps) - ptrs))


def slot_order(shape: Shape, values: list[ir.Atom]) -> tuple[ir.Atom, ...]:
    """Field values in declaration order, rearranged to slot order."""
    slots: list[ir.Atom] = [ir.UNIT] * len(values)
    for i, value in enumerate(values):
        slots[shape.index[i]] = value
    return tuple(slots)


def is_con(ty: Type, name: str) -> bool:
    """Whether ``ty`` is the built-in type constructor ``name``."""
    return type(ty) is TCon and ty.id.name == name and ty.id.module == ""


def _builtin_defs() -> list[TypeDef]:
    a, e = TVar(name="T"), TVar(name="E")

    def variant(name: str, *tys: Type) -> VariantDef:
        return VariantDef(name, tuple(FieldDef(str(i), ty) for i, ty in enumerate(tys)))

    none: frozenset[str] = frozenset()
    return [
        TypeDef(OPTION, (a,), None, (variant("Some", a), variant("None")), none),
        TypeDef(RESULT, (a, e), None, (variant("Ok", a), variant("Err", e)), none),
        TypeDef(ORDERING, (), None, (variant("Less"), variant("Equal"), variant("Greater")), none),
    ]
