"""Random programs do what the evaluator says, optimised and not.

MESHPY_RANDOM_PROGRAMS=first:count chooses the seeds (a run of some hundred finds more than the default one).
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "cases")]

from batch import FOLDER, Batch  # noqa: E402
from case_file import Case  # noqa: E402
from evaluator import Evaluator, Panic, TooLong  # noqa: E402
from generator import Generator  # noqa: E402

FIRST, COUNT = map(int, os.environ.get("MESHPY_RANDOM_PROGRAMS", "0:12").split(":"))
BATCH = 12  # programs that are compiled together


def expected(source: str) -> tuple[list[str], int, list[str]] | None:
    """Output, exit status and text of standard error; None when the program takes too long."""
    evaluator = Evaluator(source)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        evaluator.run()
    except Panic as panic:
        return evaluator.out, 134, [str(panic)]
    except (TooLong, RecursionError):
        return None
    finally:
        sys.setrecursionlimit(limit)
    return evaluator.out, 0, []


def cases(seeds: range) -> Iterator[Case]:
    for seed in seeds:
        source = Generator(seed).program()
        outcome = expected(source)
        if outcome is None:
            continue
        out, status, stderr = outcome
        lines = [line for text in out for line in text.split("\n")]
        yield Case(Path(__file__), 0, f"seed {seed}", {"main.mpl": source}, {"main.mpl": []}, lines, stderr, status)


def disagreement(case: Case, batch: Batch) -> str:
    """What the compiled program does otherwise, or an empty text."""
    outcome = batch.run(case)
    if outcome.problem is not None:
        return outcome.problem
    if outcome.stdout != case.output:
        return "\n".join(difflib.unified_diff(case.output.splitlines(), outcome.stdout.splitlines(), "evaluator", "program", lineterm=""))
    if outcome.status != case.status or not all(text in outcome.stderr for text in case.stderr):
        return f"expected status {case.status} {case.stderr}, found {outcome.status}\n{outcome.stderr}"
    return ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BATCH))
def test_programs(first: int, level: int) -> None:
    found = list(cases(range(first, min(first + BATCH, FIRST + COUNT))))
    batch = Batch(found, level, FOLDER / f"random-{first}-O{level}")
    wrong = [(case, text) for case in found if (text := disagreement(case, batch))]
    if wrong:
        sources = FOLDER / "disagreements"
        sources.mkdir(parents=True, exist_ok=True)
        for case, _ in wrong:
            (sources / f"{case.name.replace(' ', '-')}.mpl").write_text(case.files["main.mpl"])
        report = "\n\n".join(f"{case.name} (O{level}): {text[:4000]}" for case, text in wrong)
        pytest.fail(f"{report}\n\nthe sources are in {sources}", pytrace=False)
