"""Spelling of LLVM IR: types, symbols, constants."""

from __future__ import annotations

import struct

from meshpy.core import ir

LLVM_TYPE = {ir.Rep.INT: "i64", ir.Rep.FLOAT: "double", ir.Rep.BOOL: "i1", ir.Rep.PTR: "ptr"}

# How a value travels to and from C: `bool` is a zero-extended byte in every C convention we target.
C_TYPE = {ir.Rep.INT: "i64", ir.Rep.FLOAT: "double", ir.Rep.BOOL: "i1 zeroext", ir.Rep.PTR: "ptr"}
C_RESULT = {ir.Rep.INT: "i64", ir.Rep.FLOAT: "double", ir.Rep.BOOL: "zeroext i1", ir.Rep.PTR: "ptr"}

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$-<>,()|&*+/:;?!~^#@=' {}[]")


def escape(data: bytes) -> str:
    """The inside of an LLVM string: everything that is not plain becomes ``\\XX``."""
    return "".join(chr(b) if b in _PLAIN else f"\\{b:02X}" for b in data)


def symbol(name: str) -> str:
    """The symbol of a Mesh function. The prefix keeps it apart from every C name."""
    return f'@"mesh.{escape(name.encode())}"'


def section(name: str) -> str:
    """A text section of its own, so that the linker can leave the function out."""
    return f'section "{escape((".text.mesh." + name).encode())}"'


def local(name: str) -> str:
    """A readable part of a local name."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)[:24]


def signed(value: int) -> int:
    """The 64-bit word of an integer as the signed number that LLVM prints."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    return value - (1 << 64) if value >> 63 else value


def float_bits(value: float) -> int:
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def constant(const: ir.Const) -> str:
    """A literal in the type of its representation."""
    if const.rep is ir.Rep.FLOAT:
        return f"0x{float_bits(float(const.value)):016X}"
    if const.rep is ir.Rep.BOOL:
        return "true" if const.value else "false"
    return str(signed(int(const.value)))


def constant_word(const: ir.Const) -> str:
    """A literal as the word that stands in a slot."""
    if const.rep is ir.Rep.FLOAT:
        return str(signed(float_bits(float(const.value))))
    return str(signed(int(const.value)))


def rep_of(atom: ir.Atom) -> ir.Rep:
    """The representation of an atom (addresses of tables are words)."""
    if isinstance(atom, (ir.Var, ir.Const)):
        return atom.rep
    if isinstance(atom, (ir.StrLit, ir.Nullary, ir.FnRef)):
        return ir.Rep.PTR
    return ir.Rep.INT
