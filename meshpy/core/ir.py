"""Core IR: monomorphic, first order, in A-normal form with explicit joins. The contract between lowering, the
ownership pass and the backend.

A function body is a ``Block``: instructions, then one terminator. Control flow is a tree of blocks plus joins: a
``Join`` instruction declares a block with parameters; it is in scope for the rest of the block that declares it (at any
depth) and, when ``recursive``, in its own body (a loop). ``Jump`` passes values to the parameters of a join.

Values have one of four representations (``Rep``), each one machine word or less; nothing is ever wider:

- ``INT``: 64-bit word: Int, Pid, handles, unit (always 0), and scalars of the runtime;
- ``FLOAT``: double;
- ``BOOL``: one bit in registers, a 0/1 word in memory;
- ``PTR``: a pointer to a heap object with the header of ``backend/abi.py``, reference counted; never null.

Objects are uniform: every field of a data object, list element, map key and value is one 8-byte slot (floats bit-cast,
bools widened). In a data object the PTR slots come first (``Layout``), so a header alone tells what to drop or copy.

Ownership (after Perceus: Reinking, Xie, de Moura, Leijen, PLDI 2021). Before the ownership pass there is no
``Dup``/``Drop``. After it every PTR variable is consumed exactly once on each path. Consuming uses: ``Ret``, arguments
of ``Jump``, ``Call``, ``TailCall``, ``CallClosure``, ``TailCallClosure``, fields of ``Con``, captures of ``MakeClosure``,
``Drop``, and the arguments of a ``CallExtern`` marked in ``owned``. Borrowing uses: ``Field``, ``Tag``, ``Prim``
operands, unmarked ``CallExtern`` arguments, the closure operand of ``CallClosure`` (the callee borrows it), ``ListGet``.
``Field`` and ``ListGet`` give a borrowed reference: the pass puts a ``Dup`` behind them where the result outlives its
owner. A callee owns its parameters, except those in ``Fn.borrowed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from meshpy.records import record


class Rep(Enum):
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    PTR = "ptr"


@record
class Var:
    """An immutable variable of one function. Identity is the object; ``name`` is for people."""

    name: str
    rep: Rep


@dataclass(frozen=True, slots=True)
class Const:
    """A literal: int (INT; taken modulo 2^64), float or bool, by ``rep``."""

    rep: Rep
    value: int | float | bool


@dataclass(frozen=True, slots=True)
class StrLit:
    """An immortal string object (PTR) with these bytes."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Nullary:
    """The immortal object (PTR) of a constructor without payload: only its tag matters."""

    tag: int


@dataclass(frozen=True, slots=True)
class FnRef:
    """An immortal closure object (PTR) without captures around the closure entry ``fn`` (see ``MakeClosure``)."""

    fn: str


@dataclass(frozen=True, slots=True)
class DescRef:
    """The address of the type descriptor (``mesh_type``) of ``Program.descs[name]``; INT-like, never counted."""

    name: str


@dataclass(frozen=True, slots=True)
class FnAddr:
    """The address of a C-convention thunk around ``fn`` (INT-like), for tables that the runtime reads:
    ``mesh_value thunk(mesh_ctx *, const mesh_value *args)`` loads the parameters by rep from ``args`` (ownership as
    for a call), calls ``fn`` and gives its result as a word."""

    fn: str


@dataclass(frozen=True, slots=True)
class GlobalAddr:
    """The address of the constant table ``Program.rodata[name]`` (INT-like), such as an actor's or a service's."""

    name: str


Atom = Var | Const | StrLit | Nullary | FnRef | DescRef | FnAddr | GlobalAddr

UNIT = Const(Rep.INT, 0)


@dataclass(frozen=True, slots=True)
class Loc:
    """A source place for panics and line tables: ``path`` index into ``Program.paths`` and 1-based line."""

    path: int
    line: int


# ---------------------------------------------------------------- operations (right-hand sides of Let)

@record
class Op:
    pass


@record
class Copy(Op):
    """The atom itself (removed by simplification)."""

    value: Atom


@record
class Prim(Op):
    """A primitive on scalars, operands by representation:

    INT: ``add sub mul`` (wrap), ``div mod`` (operand 2 known non-zero; the checks are separate), ``neg``,
    ``eq ne lt le gt ge`` -> BOOL, ``and or xor shl shr``; FLOAT: ``fadd fsub fmul fdiv frem fneg``,
    ``feq fne flt fle fgt fge`` -> BOOL; BOOL: ``not``, ``beq``, ``band``, ``bor``; conversions ``itof`` ``ftoi``
    (saturating, NaN 0), ``bits_of_float`` ``float_of_bits`` ``btoi`` ``itob``; ``ptr_eq`` (identity, BOOL);
    ``rc_unique`` (PTR -> BOOL); ``fsqrt fabs ffloor fceil fround ftrunc`` (LLVM intrinsics).
    """

    name: str
    args: tuple[Atom, ...]


@record
class Call(Op):
    """A direct call of ``Program.fns[fn]``; consumes its PTR arguments except the callee's ``borrowed`` ones."""

    fn: str
    args: tuple[Atom, ...]


@record
class CallExtern(Op):
    """A C function of the runtime: ``T symbol(mesh_ctx *, args...)``. INT is int64_t, FLOAT double, BOOL bool, PTR
    ``mesh_obj *``. ``slots[i]`` True: argument i is passed as a raw ``mesh_value`` word whatever its rep (a type
    variable in the signature). ``ret_slot``: the result comes as a word and is converted to the variable's rep.
    ``ret_void``: the C function returns void and the result is unit. ``owned[i]``: the C function takes the reference.
    ``panics``: the call may panic, so the site is stored first. ``blocks``: it may switch stacks.

    ``array``: when not None, ``args[array:]`` are stored as words in an array in the caller's frame and its address
    (``const mesh_value *``; null when there are none) is passed as the one last argument, with their number (int64_t)
    behind it when ``counted``. ``out``: a second result: the
    last C argument is then the address of a word in the frame (zero before the call), which is converted to the rep of
    ``out`` after it. ``out`` is a borrowed reference that nobody counts (the view of ``mesh_receive_next``)."""

    symbol: str
    args: tuple[Atom, ...]
    owned: tuple[bool, ...]
    slots: tuple[bool, ...]
    ret_slot: bool = False
    ret_void: bool = False
    panics: bool = False
    array: int | None = None
    out: Var | None = None
    counted: bool = False


@record
class CallClosure(Op):
    """Call a closure value: all arguments and the result travel as words. Borrows the closure, consumes the
    arguments."""

    closure: Atom
    args: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Shape of a data object: ``ptrs`` counted slots, then ``raws`` scalar slots. At most 62 slots in all are stored
    in the header; larger ones are "big" data (the backend handles both)."""

    ptrs: int
    raws: int


@record
class Con(Op):
    """Allocate a data object: ``fields`` in slot order (PTR fields first). ``reuse`` is the token of a ``DropReuse`` of
    the same ``Layout`` size, or None."""

    tag: int
    layout: Layout
    fields: tuple[Atom, ...]
    reuse: Var | None = None


@record
class Field(Op):
    """Slot ``index`` of a data object, converted to the variable's rep. Borrowed. ``layout`` is that of the object where
    lowering knows it (it does, except in code written by hand): it tells data from big data without a look."""

    obj: Atom
    index: int
    layout: Layout | None = None


@record
class SetField(Op):
    """In-place store into slot ``index`` of a data object known unique (made by the reuse pass). Result unit."""

    obj: Atom
    index: int
    value: Atom
    layout: Layout | None = None


@record
class Tag(Op):
    """The tag of a data object, as INT."""

    obj: Atom


@record
class MakeClosure(Op):
    """A closure of the closure entry ``fn`` with ``captures`` (PTR captures first). ``Program.fns[fn]`` has
    ``closure=True``: its first parameter is the closure itself (PTR, borrowed); all other parameters and the result
    travel as words (the backend converts by rep). It reads captures by ``Capture``."""

    fn: str
    captures: tuple[Atom, ...]
    ptrs: int


@record
class Capture(Op):
    """Capture ``index`` of the closure, converted to the variable's rep. Borrowed."""

    closure: Atom
    index: int


@record
class MakeList(Op):
    """A list of these elements (consumed)."""

    elems: tuple[Atom, ...]
    ptr: bool


@record
class ListLen(Op):
    list: Atom


@record
class ListGet(Op):
    """Element at an index known in range, converted to the variable's rep. Borrowed. Inline load."""

    list: Atom
    index: Atom


@record
class StrLen(Op):
    """Length in bytes. Inline load."""

    string: Atom


@record
class GlobalGet(Op):
    """The value of ``Program.globals[name]``. PTR values are immortal: never counted, borrowed from nobody."""

    name: str


@record
class GlobalSet(Op):
    """Sets a global, once, while the entry runs. A PTR value is a result of ``mesh_immortal_copy``. Result unit."""

    name: str
    value: Atom


@record
class SelfRef(Op):
    """The process context pointer as INT (for the runtime's intrinsics)."""


# ---------------------------------------------------------------- instructions

@record
class Instr:
    pass


@record
class Let(Instr):
    var: Var
    op: Op
    loc: Loc | None = None


@record
class Dup(Instr):
    var: Var


@record
class Drop(Instr):
    var: Var


@record
class DropReuse(Instr):
    """Drop ``var``; ``token`` (INT-like, not counted) is its memory when it was unique, else null. The token must be
    used by exactly one ``Con`` or ``FreeToken`` on each path."""

    var: Var
    token: Var


@record
class FreeToken(Instr):
    token: Var


@record
class Join(Instr):
    label: str  # unique in the function
    params: tuple[Var, ...]
    body: Block
    recursive: bool = False


# ---------------------------------------------------------------- terminators

@record
class Term:
    pass


@record
class Ret(Term):
    value: Atom


@record
class Jump(Term):
    label: str
    args: tuple[Atom, ...]


@record
class If(Term):
    cond: Atom
    then: Block
    else_: Block


@record
class Switch(Term):
    """On an INT (a tag or an Int literal match)."""

    value: Atom
    cases: tuple[tuple[int, Block], ...]
    default: Block | None  # None: the cases are exhaustive


@record
class TailCall(Term):
    """Guaranteed tail call of a function of any prototype."""

    fn: str
    args: tuple[Atom, ...]
    loc: Loc | None = None


@record
class TailCallClosure(Term):
    """Consumes the arguments *and* the closure: the callee of a closure entry borrows it, so this is emitted only
    where the closure is immortal or kept by someone else; otherwise a CallClosure, Drop and Ret."""

    closure: Atom
    args: tuple[Atom, ...]
    loc: Loc | None = None


@record
class Panic(Term):
    """The process panics with this message (a string atom: PTR) at ``loc`` (None: the caller's site)."""

    message: Atom
    loc: Loc | None = None


@record
class Unreachable(Term):
    pass


@record
class Block:
    instrs: list[Instr]
    term: Term


# ---------------------------------------------------------------- definitions

@record
class Fn:
    """A function. ``params`` exclude the context, which every function gets as its first machine argument.
    ``closure``: a closure entry (see ``MakeClosure``): ``params[0]`` is the closure."""

    name: str
    params: tuple[Var, ...]
    ret: Rep
    body: Block
    loc: Loc | None
    source_name: str  # what a backtrace shows: ``Main.area``
    closure: bool = False
    borrowed: frozenset[int] = frozenset()  # indexes of PTR parameters that the caller keeps
    site_from_caller: bool = False  # a library function: its panics report the caller's line
    inline: bool = False
    structural: bool = False  # follows the structure of a value, however deep: where its stack ends it goes on on another one


@dataclass(frozen=True, slots=True)
class Desc:
    """A type descriptor. ``name`` is the printed type and its identity. The functions, where demanded, are ordinary
    tailcc functions ``eq, lt(a, b) -> BOOL``, ``compare(a, b) -> INT`` (-1, 0, 1), ``hash(a) -> INT``, ``show(a) -> PTR``
    named in ``Program.fns``; the backend wraps them for C. Arguments are borrowed. ``args`` are descriptors of type
    arguments where the runtime needs them (elements of a list). The descriptors named ``Int``, ``Float``, ``Bool``, ``()``
    and ``String`` are the runtime's own (``mesh_type_int``, ...): the backend refers to those and emits none."""

    name: str
    rep: Rep
    eq: str | None = None
    compare: str | None = None
    hash: str | None = None
    show: str | None = None
    to_json: str | None = None
    args: tuple[str, ...] = ()


@dataclass(slots=True)
class Program:
    fns: dict[str, Fn]
    descs: dict[str, Desc]
    paths: list[str]
    entry: str  # Fn of no parameters that evaluates top-level lets and then runs main
    links: frozenset[str] = frozenset()  # stdlib modules reached, for `# link:` lines
    # Constant tables for the runtime: a tuple of 8-byte words, each an int, bytes (the address of a NUL-terminated
    # constant), FnAddr, DescRef or GlobalAddr; their C structs are declared in mesh.h (mesh_actor_table, ...).
    rodata: dict[str, tuple] = field(default_factory=dict)
    # Words of the program that the entry sets once (top-level lets), by name, with their rep.
    globals: dict[str, Rep] = field(default_factory=dict)
