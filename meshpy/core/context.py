"""What one program's lowering shares: instances, descriptors, constant tables, source places."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from os import sep

from meshpy.core import ir
from meshpy.core.ir import Desc, DescRef, Fn, GlobalAddr, Loc, Rep
from meshpy.core.mono import MonoTypes
from meshpy.types import typed as tt
from meshpy.types.library import STDLIB
from meshpy.types.ty import TCon, TTuple, Type, TypeId

# What a descriptor may carry, and the trait that says whether a type has it.
DESC_OPS = {"eq": ("Eq", "eq"), "compare": ("Ord", "compare"), "hash": ("Hash", "hash"),
            "show": ("Display", "to_string"), "to_json": ("ToJson", "to_json")}


@dataclass(slots=True)
class Place:
    """Where code comes from: file index, newline offsets, name in backtraces, and whether its panics are its
    caller's (a library function)."""

    path: int
    newlines: list[int]
    source_name: str
    library: bool

    def loc(self, offset: int) -> Loc | None:
        return None if self.library else Loc(self.path, bisect_right(self.newlines, offset - 1) + 1)

_LIBRARY = f"{STDLIB}{sep}"


def _unset(*_: object) -> str:
    raise RuntimeError("the context is not connected")


@dataclass(slots=True)
class Context:
    """The state of ``lower``. Work items are thunks that emit one function each."""

    program: tt.TypedProgram
    types: MonoTypes
    # Set by ``lower``: the instance of a function at type arguments, and the function behind a descriptor's operation.
    instance: Callable[[str, tuple[Type, ...]], str] = _unset
    desc_function: Callable[[Type, str], str | None] = _unset
    # Set by ``lower``: the name of the global that a top-level let is at type arguments.
    let_instance: Callable[[str, tuple[Type, ...]], str] = _unset
    fns: dict[str, Fn] = field(default_factory=dict)
    rodata: dict[str, tuple] = field(default_factory=dict)
    globals: dict[str, Rep] = field(default_factory=dict)
    lets: dict[str, tt.TypedTopLet] = field(default_factory=dict)  # by id, the generalised ones
    paths: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    closed_types: dict[int, tuple[Type, Type]] = field(default_factory=dict)  # see FnLowering.with_subst
    work: deque[Callable[[], None]] = field(default_factory=deque)
    _names: dict[tuple, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _path_index: dict[str, int] = field(default_factory=dict)
    _newlines: dict[str, list[int]] = field(default_factory=dict)
    _descs: dict[Type, set[str]] = field(default_factory=dict)

    # ---- generated functions

    def once(self, key: tuple, name: str, emit: Callable[[str], None]) -> str:
        """The name of the function that ``key`` identifies; its body is emitted later by ``emit(name)``."""
        found = self._names.get(key)
        if found is None:
            found = self.fresh(name)
            self._names[key] = found
            self.work.append(lambda: emit(found))
        return found

    def fresh(self, name: str) -> str:
        """A function name that is not in use yet."""
        candidate, n = name, 1
        while candidate in self._taken:
            n += 1
            candidate = f"{name}~{n}"
        self._taken.add(candidate)
        return candidate

    def run(self) -> None:
        """Emits everything that is reachable."""
        while self.work:
            self.work.popleft()()

    # ---- places

    def place(self, module: str, path: str, name: str) -> Place:
        library = path.startswith(_LIBRARY)
        index = self._path_index.get(path)
        if index is None:
            index = self._path_index[path] = len(self.paths)
            self.paths.append(path)
            text = self.program.sources.get(path, b"")
            self._newlines[path] = [i for i, byte in enumerate(text) if byte == 10]
        if library:
            self.links.add(module)
        return Place(index, self._newlines[path], name, library)

    # ---- descriptors

    def desc(self, ty: Type, ops: str | None = None) -> ir.Atom:
        """The descriptor of a type, with the operations named in ``ops`` (None: all that the type has)."""
        wanted = self._descs.get(ty)
        if wanted is None:
            wanted = self._descs[ty] = set()
        missing = [op for op in (DESC_OPS if ops is None else ops.split()) if op not in wanted]
        if missing:
            wanted.update(missing)
            self.work.append(lambda: self._demand(ty, missing))
        return DescRef(self.types.show(ty))

    def _demand(self, ty: Type, ops: list[str]) -> None:
        for op in ops:
            self.desc_function(ty, op)
        for arg in self._element_types(ty):
            self.desc(arg, "")

    def _element_types(self, ty: Type) -> tuple[Type, ...]:
        if isinstance(ty, TTuple):
            return ty.elems
        return ty.args if isinstance(ty, TCon) else ()

    def descs(self) -> dict[str, Desc]:
        """All descriptors, once everything is emitted."""
        result: dict[str, Desc] = {}
        pending = list(self._descs)
        while pending:
            ty = pending.pop()
            name = self.types.show(ty)
            if name in result:
                continue
            args = self._element_types(ty)
            ops = {op: self.desc_function(ty, op) for op in self._descs.get(ty, ())}
            result[name] = Desc(name, self.types.rep(ty), **ops, args=tuple(map(self.types.show, args)))
            pending.extend(args)
        return result

    # ---- traits

    def find(self, trait: str, method: str, ty: Type, args: tuple[Type, ...] = ()) -> tt.Resolution | None:
        """Resolution of a built-in trait's method."""
        return self.program.impls.find(TypeId("", trait), method, ty, args)

    def has(self, trait: str, ty: Type) -> bool:
        return self.program.impls.has(TypeId("", trait), ty)

    # ---- constant tables

    def table(self, name: str, words: Callable[[], tuple]) -> GlobalAddr:
        if name not in self.rodata:
            self.rodata[name] = ()  # recursion: an actor that spawns itself
            self.rodata[name] = words()
        return GlobalAddr(name)


def elem_type(ty: Type) -> Type:
    """The element type of a List, Set or Iter."""
    assert isinstance(ty, TCon) and ty.args, ty
    return ty.args[0]

