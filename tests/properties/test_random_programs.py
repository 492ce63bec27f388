"""Random well-typed programs compile, and print what the terms themselves evaluate to."""

from __future__ import annotations

import os
import random

import pytest
from fuzzing import FACTOR
from programs import draw, outputs, problem, reduce, source

COUNT = 30  # cases of one program
# Each seed is one program. A failure names its seed: put it here, or into `cases/run` once it is reduced.
SEEDS = [random.randrange(2**32) for _ in range(4 * FACTOR)] if FACTOR else [1]

pytestmark = pytest.mark.programs


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", [0, 2])
def test_programs_agree_with_their_evaluator(seed: int, level: int) -> None:
    agree(seed, level)


@pytest.mark.parametrize("seed", [s + 1 for s in SEEDS])
def test_programs_leave_no_objects(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the checking runtime: every access is of a live object, and none is left at the end."""
    monkeypatch.setenv("MESHPY_RUNTIME", os.environ.get("MESHPY_RUNTIME") or "check")
    agree(seed, 2)


def agree(seed: int, level: int) -> None:
    cases = draw(seed, COUNT)
    found = outputs(cases, level)
    if isinstance(found, str):
        for case in cases:
            if problem(case, level):
                pytest.fail(f"seed {seed}\n{reduce(case, level)}")
        pytest.fail(f"seed {seed}, only together: {found[found.index('!! '):]}\n{source(cases)}")
    for case in cases:
        if found.get(case.number) != case.expected():
            pytest.fail(f"seed {seed}\n{reduce(case, level)}")
