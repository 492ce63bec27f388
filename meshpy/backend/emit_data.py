"""Constant data of a codegen unit: strings, closures, constructors, sites, descriptors, tables, declarations.

Everything here is made on first use and shared inside the unit. What has an identity for the runtime (descriptors,
tables, globals) is defined in the unit of the entry function and only declared in the others.
"""

from __future__ import annotations

from meshpy.backend import abi
from meshpy.backend.debug_info import DebugInfo
from meshpy.backend.text import constant_word, escape, signed, symbol
from meshpy.core import ir

# Types whose descriptor belongs to the runtime (mesh.h).
RUNTIME_TYPES = {
    "Int": "@mesh_type_int",
    "Float": "@mesh_type_float",
    "Bool": "@mesh_type_bool",
    "()": "@mesh_type_unit",
    "String": "@mesh_type_string",
}
_TYPE_STRUCT = "{ ptr, i64, ptr, ptr, ptr, ptr, ptr, ptr, i64 }"
_REP_NUMBER = {ir.Rep.INT: 0, ir.Rep.FLOAT: 1, ir.Rep.BOOL: 2, ir.Rep.PTR: 3}
_RUNTIME_NULLARY = 256  # length of mesh_nullary


class DataPool:
    """Named constants of one unit. Methods return the LLVM name of an address."""

    def __init__(self, program: ir.Program, debug: DebugInfo, linkage: str, defines_tables: bool) -> None:
        self.program = program
        self.debug = debug
        self.linkage = linkage  # of what other units may name: "internal" or "hidden"
        self._defines_tables = defines_tables
        self.lines: list[str] = []
        self._made: dict[tuple, str] = {}
        self._declared: dict[str, str] = {}
        self.thunks_wanted: list[str] = []  # functions whose C thunk is to be written
        self.again_wanted: list[str] = []  # structural functions whose way onto another stack is to be written
        self.desc_wrappers_wanted: list[tuple[str, str, ir.Rep]] = []  # (function, kind, representation)
        self.fns_used: set[str] = set()  # functions named in this unit

    def _new(self, key: tuple, prefix: str, rest: str) -> str:
        name = f"@{prefix}.{len(self._made)}"
        self._made[key] = name
        self.lines.append(f"{name} = private {rest}")
        return name

    def declare(self, name: str, declaration: str) -> None:
        """Declares an outside symbol once."""
        self._declared.setdefault(name, declaration)

    def declarations(self) -> list[str]:
        return list(self._declared.values())

    # ---- bytes and strings

    def cstring(self, data: bytes) -> str:
        """Address of these bytes with a NUL behind them."""
        key = ("c", data)
        if key not in self._made:
            self._new(key, "c", f'unnamed_addr constant [{len(data) + 1} x i8] c"{escape(data)}\\00", align 1')
        return self._made[key]

    def string(self, data: bytes) -> str:
        """An immortal string object."""
        key = ("s", data)
        if key not in self._made:
            header = signed(abi.header_word(abi.KIND["STRING"] | 1 << 5, rc=0))
            bytes_at = self.cstring(data)
            self._new(
                key, "s", "unnamed_addr constant { i64, i64, ptr, i64 } "
                f"{{ i64 {header}, i64 {len(data)}, ptr {bytes_at}, i64 0 }}, align 8"
            )
        return self._made[key]

    # ---- objects

    def nullary(self, tag: int) -> str:
        if tag < _RUNTIME_NULLARY:
            self.declare("mesh_nullary", f"@mesh_nullary = external constant [{_RUNTIME_NULLARY} x i64], align 8")
            return f"getelementptr (i8, ptr @mesh_nullary, i64 {abi.HEADER_SIZE * tag})" if tag else "@mesh_nullary"
        return self.static_data(tag, ir.Layout(0, 0), ())

    def static_data(self, tag: int, layout: ir.Layout, fields: tuple[ir.Atom, ...]) -> str:
        """An immortal data object of constants; ``fields`` hold no variables."""
        words = [f"{self._word_type(a)} {self.word(a)}" for a in fields]
        key = ("d", tag, layout, tuple(words))
        if key not in self._made:
            slots = layout.ptrs + layout.raws
            big = slots > abi.MAX_HEADER_SLOTS
            info = abi.KIND["BIGDATA"] if big else abi.data_info(layout.ptrs, slots)
            head = [f"i64 {signed(abi.header_word(info, tag, rc=0))}"]
            if big:
                head.append(f"i64 {slots << 32 | layout.ptrs}")
            types = ", ".join(w.split(" ", 1)[0] for w in head + words)
            self._new(key, "d", f"unnamed_addr constant {{ {types} }} {{ {', '.join(head + words)} }}, align 8")
        return self._made[key]

    def closure(self, fn: str) -> str:
        """An immortal closure without captures."""
        key = ("f", fn)
        if key not in self._made:
            header = signed(abi.header_word(abi.closure_info(0, 0), rc=0))
            self.fns_used.add(fn)
            self._new(key, "f", f"unnamed_addr constant {{ i64, ptr }} {{ i64 {header}, ptr {symbol(fn)} }}, align 8")
        return self._made[key]

    def empty_list(self, ptr: bool) -> str:
        key = ("l", ptr)
        if key not in self._made:
            header = signed(abi.header_word(abi.KIND["LIST"] | int(ptr) << 4, rc=0))
            self._new(key, "l", f"unnamed_addr constant {{ i64, i64, ptr, i64 }} {{ i64 {header}, i64 0, ptr null, i64 0 }}, align 8")
        return self._made[key]

    # ---- places, descriptors, tables

    def site(self, fn: ir.Fn, loc: ir.Loc) -> str:
        key = ("site", loc, fn.source_name)
        if key not in self._made:
            file = self.cstring(self.program.paths[loc.path].encode())
            name = self.cstring(fn.source_name.encode())
            self._new(key, "site", f"unnamed_addr constant {{ ptr, i64, ptr }} {{ ptr {file}, i64 {loc.line}, ptr {name} }}, align 8")
        return self._made[key]

    def thunk(self, fn: str) -> str:
        """The C-convention thunk around ``fn`` (see ir.FnAddr)."""
        name = f'@"thunk.{escape(fn.encode())}"'
        if ("thunk", fn) not in self._made:
            self._made["thunk", fn] = name
            self.fns_used.add(fn)
            self.thunks_wanted.append(fn)
        return name

    def again(self, fn: str) -> str:
        """Calls the structural function ``fn`` with arguments as words (mesh_deeper)."""
        name = f'@"again.{escape(fn.encode())}"'
        if ("again", fn) not in self._made:
            self._made["again", fn] = name
            self.again_wanted.append(fn)
        return name

    def desc_wrapper(self, fn: str, kind: str, rep: ir.Rep) -> str:
        name = f'@"{kind}.{escape(fn.encode())}"'
        if (kind, fn) not in self._made:
            self._made[kind, fn] = name
            self.fns_used.add(fn)
            self.desc_wrappers_wanted.append((fn, kind, rep))
        return name

    def desc(self, name: str) -> str:
        """The address of a type descriptor."""
        if name in RUNTIME_TYPES:
            address = RUNTIME_TYPES[name]
            self.declare(address, f"{address} = external constant {_TYPE_STRUCT}, align 8")
            return address
        address = f'@"type.{escape(name.encode())}"'
        if not self._defines_tables:
            self.declare(address, f"{address} = external hidden constant {_TYPE_STRUCT}, align 8")
        return address

    def rodata(self, name: str) -> str:
        address = f'@"table.{escape(name.encode())}"'
        if not self._defines_tables:
            self.declare(address, f"{address} = external hidden constant i64, align 8")
        return address

    def global_word(self, name: str) -> str:
        address = f'@"global.{escape(name.encode())}"'
        if not self._defines_tables:
            self.declare(address, f"{address} = external hidden global i64, align 8")
        return address

    def define_tables(self) -> None:
        """Writes descriptors, constant tables and globals (in the unit of the entry)."""
        for desc in self.program.descs.values():
            if desc.name not in RUNTIME_TYPES:
                self._define_desc(desc)
        for name, words in self.program.rodata.items():
            parts = [self._table_word(w) for w in words]
            types = ", ".join(p.split(" ", 1)[0] for p in parts)
            self.lines.append(f"{self.rodata(name)} = {self.linkage} constant {{ {types} }} {{ {', '.join(parts)} }}, align 8")
        for name in self.program.globals:
            self.lines.append(f"{self.global_word(name)} = {self.linkage} global i64 0, align 8")

    def _define_desc(self, desc: ir.Desc) -> None:
        wrappers = []
        for kind, fn in (("eq", desc.eq), ("compare", desc.compare), ("hash", desc.hash), ("show", desc.show), ("to_json", desc.to_json)):
            wrappers.append(f"ptr {self.desc_wrapper(fn, kind, desc.rep)}" if fn else "ptr null")
        args = "ptr null"
        if desc.args:
            inner = ", ".join(f"ptr {self.desc(a)}" for a in desc.args)
            args = "ptr " + self._new(("args", desc.name), "args", f"unnamed_addr constant [{len(desc.args)} x ptr] [{inner}], align 8")
        parts = [f"ptr {self.cstring(desc.name.encode())}", f"i64 {_REP_NUMBER[desc.rep]}", *wrappers, args, f"i64 {len(desc.args)}"]
        self.lines.append(f"{self.desc(desc.name)} = {self.linkage} constant {_TYPE_STRUCT} {{ {', '.join(parts)} }}, align 8")

    def _table_word(self, word: object) -> str:
        if isinstance(word, bool | int):
            return f"i64 {signed(int(word))}"
        if isinstance(word, bytes):
            return f"ptr {self.cstring(word)}"
        if isinstance(word, ir.FnAddr):
            return f"ptr {self.thunk(word.fn)}"
        if isinstance(word, ir.DescRef):
            return f"ptr {self.desc(word.name)}"
        if isinstance(word, ir.GlobalAddr):
            return f"ptr {self.rodata(word.name)}"
        raise TypeError(f"not a word of a constant table: {word!r}")

    # ---- atoms without variables

    def address(self, atom: ir.Atom) -> str:
        """The address that a static atom stands for."""
        match atom:
            case ir.StrLit(value):
                return self.string(value)
            case ir.Nullary(tag):
                return self.nullary(tag)
            case ir.FnRef(fn):
                return self.closure(fn)
            case ir.DescRef(name):
                return self.desc(name)
            case ir.FnAddr(fn):
                return self.thunk(fn)
            case ir.GlobalAddr(name):
                return self.rodata(name)
        raise TypeError(f"not a static atom: {atom!r}")

    def _word_type(self, atom: ir.Atom) -> str:
        return "i64" if isinstance(atom, ir.Const) else "ptr"

    def word(self, atom: ir.Atom) -> str:
        """A static atom as an initialiser of a slot (in ``_word_type``)."""
        return constant_word(atom) if isinstance(atom, ir.Const) else self.address(atom)


def is_static(atom: ir.Atom) -> bool:
    return not isinstance(atom, ir.Var)


