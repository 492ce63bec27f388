"""Primitives of core IR that are one LLVM instruction or intrinsic."""

from __future__ import annotations

BINARY = {
    "add": "add i64",
    "sub": "sub i64",
    "mul": "mul i64",
    "and": "and i64",
    "or": "or i64",
    "xor": "xor i64",
    "fadd": "fadd double",
    "fsub": "fsub double",
    "fmul": "fmul double",
    "fdiv": "fdiv double",
    "frem": "frem double",
    "band": "and i1",
    "bor": "or i1",
}

# Comparisons of floats are ordered (false on NaN), except `fne`.
COMPARISONS = {
    "eq": "icmp eq i64",
    "ne": "icmp ne i64",
    "lt": "icmp slt i64",
    "le": "icmp sle i64",
    "gt": "icmp sgt i64",
    "ge": "icmp sge i64",
    "feq": "fcmp oeq double",
    "fne": "fcmp une double",
    "flt": "fcmp olt double",
    "fle": "fcmp ole double",
    "fgt": "fcmp ogt double",
    "fge": "fcmp oge double",
    "beq": "icmp eq i1",
}

FLOAT_INTRINSICS = {
    "fsqrt": "llvm.sqrt.f64",
    "fabs": "llvm.fabs.f64",
    "ffloor": "llvm.floor.f64",
    "fceil": "llvm.ceil.f64",
    "fround": "llvm.round.f64",
    "ftrunc": "llvm.trunc.f64",
}
