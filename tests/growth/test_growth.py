"""The work of the compiler grows with the size of a program and not with its square.

Work is counted, not timed: the lines of Python that the stages execute. What LLVM does is bounded by what it is given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from shapes import SHAPES, case_of_numbers, tries

from meshpy.backend.analysis import analyse
from meshpy.backend.units import HUGE_SIZE, partition, unit_text
from meshpy.core import lower
from meshpy.core.ir import Program
from meshpy.modules import project_from_texts
from meshpy.syntax import parse
from meshpy.types import check

SMALL, LARGE = 60, 240
#: Four times the size may take five times the work: some of it is n log n.
FACTOR = 5.0


def lines(work: Callable[[], Any]) -> int:
    """How many lines of Python ``work`` executes; going round in a comprehension counts each time."""
    count = 0

    def inside(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal count
        count += 1
        return inside

    before = sys.gettrace()
    sys.settrace(inside)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def lowered(text: str) -> Program:
    result = check(project_from_texts({"main.mpl": text}))
    assert result.program is not None, result.diagnostics[0]
    return lower(result.program)


def emitted(program: Program) -> str:
    facts = analyse(program)
    return "".join(unit_text(program, facts, unit, 2, False) for unit in partition(program, facts))


def growth(work: Callable[[str], Any], shape: Callable[[int], str]) -> float:
    """The work of a program of LARGE parts over that of one of SMALL, both without what an empty one takes."""
    work(shape(2))  # what is loaded once
    empty = lines(lambda: work(shape(2)))
    return (lines(lambda: work(shape(LARGE))) - empty) / (lines(lambda: work(shape(SMALL))) - empty)


@pytest.mark.parametrize("name", SHAPES)
def test_growth(name: str) -> None:
    assert growth(lambda text: emitted(lowered(text)), SHAPES[name]) < FACTOR


def test_growth_of_parsing() -> None:
    text = "".join(SHAPES[name](20) for name in SHAPES)
    assert lines(lambda: parse(text * 8, "x.mpl")) < 4.2 * lines(lambda: parse(text * 2, "x.mpl"))


def test_a_long_switch_is_searched_by_halves() -> None:
    text = emitted(lowered(case_of_numbers(2_000)))
    switches = [line.count("label") for line in text.splitlines() if line.lstrip().startswith("switch i64")]
    assert max(switches) < 520 and sum(switches) > 2_000


def test_a_huge_function_is_a_unit_of_its_own() -> None:
    program = lowered(tries(400))
    facts = analyse(program)
    assert max(f.size for f in facts.fns.values()) > HUGE_SIZE
    units = partition(program, facts)
    assert [u.fns for u in units if u.huge] == [("Main.f/1",)]
    assert sorted(name for u in units for name in u.fns) == sorted(program.fns) and units[0].has_entry
