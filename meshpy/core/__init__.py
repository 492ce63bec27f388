"""Core: the monomorphic first-order program. ``lower`` makes it from a typed program and runs every pass over it."""

from __future__ import annotations

import os
import sys

from meshpy.core.borrow import infer_borrows
from meshpy.core.clone import relabel
from meshpy.core.dump import dump
from meshpy.core.hoist import hoist_fields
from meshpy.core.inline import inline
from meshpy.core.ir import Program
from meshpy.core.lend import lend_values
from meshpy.core.lower import lower_program
from meshpy.core.mono import EndlessTypes
from meshpy.core.ownership import insert_counts
from meshpy.core.reuse import reuse_memory
from meshpy.core.simplify import loop_self_calls, simplify
from meshpy.core.specialize import specialize
from meshpy.core.stackless import split_actors
from meshpy.core.verify import verify
from meshpy.types.typed import TypedProgram

__all__ = ["EndlessTypes", "dump", "lower"]


def lower(program: TypedProgram, *, optimise: bool = True) -> Program:
    """Lowers a checked program: monomorphisation, simplification, reference counts. Without ``optimise`` only what is
    needed. ``MESHPY_VERIFY=1`` checks the invariants after each stage."""
    checking = os.environ.get("MESHPY_VERIFY") == "1"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 100_000))  # blocks nest as deeply as the source and its sequences of branches
    try:
        core = lower_program(program)
        if checking:
            verify(core, counted=False)
        simplify(core)
        if checking:
            verify(core, counted=False)
        if optimise:
            specialize(core)
            inline(core)
        for fn in core.fns.values():
            relabel(fn)
        split_actors(core)
        loop_self_calls(core)
        if checking:
            verify(core, counted=False)
        hoist_fields(core)
        simplify(core)
        if optimise:
            infer_borrows(core)
        insert_counts(core)
        if optimise:
            reuse_memory(core)
        lend_values(core)
        if checking:
            verify(core, counted=True)
    finally:
        sys.setrecursionlimit(limit)
    return core
