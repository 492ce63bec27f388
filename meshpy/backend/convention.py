"""How Mesh functions pass arguments and results at machine level.

Every function is ``tailcc i64 f(ptr ctx, args...)``: results of every representation travel as one word, so that any
function can tail-call any other. The first arguments of each class go in registers. Further ones go through the words
``spill`` of the process context: stored right before the call, loaded first thing by the callee; between the two nothing
runs. What that area cannot hold stands on the stack. LLVM 22 forgets to grow the argument area at a ``musttail`` call of
a function with more stack arguments than the caller has, so ``musttail`` is used only where neither side has any; the
others are ``tail`` calls, which `tailcc` honours wherever the call is followed by its return.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshpy.backend import abi
from meshpy.backend.text import LLVM_TYPE
from meshpy.core import ir

WORD_REGISTERS = 5  # besides the context; x86-64 has six, AArch64 eight
FLOAT_REGISTERS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """``kinds``: LLVM types of the arguments in order; ``spill[i]``: word of the context's spill area that argument i
    goes through, or -1. ``on_stack``: some argument has no other place."""

    kinds: tuple[str, ...]
    spill: tuple[int, ...]
    on_stack: bool

    def signature(self, names: Sequence[str] | None = None) -> str:
        """The machine parameters: the context and what is not spilled."""
        parts = ["ptr"] + [k for k, s in zip(self.kinds, self.spill, strict=True) if s < 0]
        if names is None:
            return ", ".join(parts)
        kept = ["%ctx"] + [n for n, s in zip(names, self.spill, strict=True) if s < 0]
        return ", ".join(f"{t} {n}" for t, n in zip(parts, kept, strict=True))


def plan(kinds: Sequence[str]) -> Plan:
    words = floats = spilled = 0
    on_stack = False
    spill = []
    for kind in kinds:
        if kind == "double" and floats < FLOAT_REGISTERS:
            floats += 1
            spill.append(-1)
        elif kind != "double" and words < WORD_REGISTERS:
            words += 1
            spill.append(-1)
        elif spilled < abi.SPILL_COUNT:
            spill.append(spilled)
            spilled += 1
        else:
            spill.append(-1)
            on_stack = True
    return Plan(tuple(kinds), tuple(spill), on_stack)


def plan_of(fn: ir.Fn) -> Plan:
    """Plan of a function's parameters; those of a closure entry behind the closure itself travel as words."""
    return plan(["i64" if fn.closure and i > 0 else LLVM_TYPE[p.rep] for i, p in enumerate(fn.params)])


def closure_plan(count: int) -> Plan:
    """Plan of a call through a closure with ``count`` arguments."""
    return plan(["ptr"] + ["i64"] * count)
