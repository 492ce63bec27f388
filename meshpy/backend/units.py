"""Codegen units: which functions are compiled together, and the text of a unit.

A small program is one unit: LLVM sees everything. A larger one has a unit a source file, so that units compile at the same
time and an unchanged file keeps its object; small functions of other files come along as ``available_externally`` copies
that can be inlined and are never emitted.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshpy.backend import glue
from meshpy.backend.analysis import Facts
from meshpy.backend.convention import plan_of
from meshpy.backend.debug_info import DebugInfo
from meshpy.backend.emit_data import DataPool
from meshpy.backend.emit_fn import FnEmitter
from meshpy.backend.text import symbol
from meshpy.core import ir

ONE_UNIT_SIZE = 2_500  # core instructions up to which a program stays one unit
MERGE_SIZE = 500  # files smaller than this share a unit with their neighbours
HUGE_SIZE = 3_000  # a function beyond this is a unit of its own (see compile.py)
INLINE_SIZE = 24  # a function up to this size is copied into the units that call it


@dataclass(frozen=True, slots=True)
class Unit:
    """Functions compiled together. ``path``: index of the source file that names it."""

    name: str
    path: int
    fns: tuple[str, ...]
    has_entry: bool
    alone: bool  # the only unit of the program
    huge: bool = False  # one function beyond HUGE_SIZE


def partition(program: ir.Program, facts: Facts) -> list[Unit]:
    """Units of a program, the one with the entry first."""
    total = sum(f.size for f in facts.fns.values())
    entry_fn = program.fns[program.entry]
    entry_path = entry_fn.loc.path if entry_fn.loc else 0
    if total <= ONE_UNIT_SIZE:
        return [Unit("program", entry_path, tuple(program.fns), True, True)]
    by_path: dict[int, list[str]] = {}
    huge: list[tuple[int, str]] = []
    for name, fn in program.fns.items():
        if facts.fns[name].size > HUGE_SIZE and name != program.entry:
            huge.append((fn.loc.path if fn.loc else entry_path, name))
            continue
        path = entry_path if name == program.entry or fn.loc is None else fn.loc.path
        by_path.setdefault(path, []).append(name)
    groups: list[tuple[int, list[str]]] = []
    size = MERGE_SIZE
    for path in sorted(by_path, key=lambda p: (p != entry_path, program.paths[p])):
        names = by_path[path]
        if size >= MERGE_SIZE:
            groups.append((path, []))
            size = 0
        groups[-1][1].extend(names)
        size += sum(facts.fns[n].size for n in names)
    return [
        Unit(program.paths[path], path, tuple(names), program.entry in names, len(groups) == 1 and not huge)
        for path, names in groups
    ] + [Unit(program.paths[path], path, (name,), False, False, huge=True) for path, name in huge]


def _copies(program: ir.Program, facts: Facts, unit: Unit) -> list[str]:
    """Small functions of other units that this one calls, and what those call, two steps deep."""
    own = set(unit.fns)
    found: dict[str, None] = {}
    frontier = list(unit.fns)
    for _ in range(2):
        following = []
        for name in frontier:
            for callee in sorted(facts.fns[name].callees):
                if callee in own or callee in found or callee not in program.fns:
                    continue
                if facts.fns[callee].size <= INLINE_SIZE or program.fns[callee].inline:
                    found[callee] = None
                    following.append(callee)
        frontier = following
    return list(found)


def unit_text(program: ir.Program, facts: Facts, unit: Unit, opt_level: int, checking: bool) -> str:
    """Textual LLVM IR of ``unit``: deterministic, independent of the other units' bodies except the copied ones."""
    debug = DebugInfo(program.paths, program.paths[unit.path] if program.paths else "", opt_level > 0)
    linkage = "internal" if unit.alone else "hidden"
    pool = DataPool(program, debug, linkage, unit.has_entry)
    bodies = [glue.helpers(pool, checking)]
    defined = set(unit.fns)
    for name in unit.fns:
        levels = facts.fns[name].unfold if opt_level > 1 else 0
        for level in range(levels + 1):
            bodies.append(FnEmitter(pool, facts, program.fns[name], "internal" if level else linkage, level, levels).emit())
    if opt_level > 0 and not unit.alone:
        for name in _copies(program, facts, unit):
            bodies.append(FnEmitter(pool, facts, program.fns[name], "available_externally hidden").emit())
            defined.add(name)
    if unit.has_entry:
        pool.define_tables()
        bodies.append(glue.entry_points(pool))
    # Thunks and wrappers are asked for by tables and atoms; writing them asks for nothing more.
    for name in pool.thunks_wanted:
        bodies.append(glue.thunk(pool, program.fns[name]))
    for name in pool.again_wanted:
        bodies.append(glue.again(pool, program.fns[name]))
    for name, kind, rep in pool.desc_wrappers_wanted:
        bodies.append(glue.desc_wrapper(pool, program.fns[name], kind, rep))
    for name in sorted(pool.fns_used - defined):
        bodies.append(f"declare hidden tailcc i64 {symbol(name)}({plan_of(program.fns[name]).signature()}) #3\n")
    return "\n".join(
        [f'source_filename = "{unit.name}"', glue.ATTRIBUTES, *pool.declarations(), *pool.lines, *bodies, debug.text()]
    )
