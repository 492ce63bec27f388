"""Random programs print the same with and without the optimising passes, and leave no object behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from interp import Machine, Panic
from random_programs import Generator

from meshpy.core import lower
from meshpy.modules import project_from_texts
from meshpy.types import check

SEEDS = range(40)


def outcome(source: str, optimise: bool) -> list[str]:
    result = check(project_from_texts({"main.mpl": source}))
    assert result.program is not None, ([d.message for d in result.diagnostics], source)
    machine = Machine(lower(result.program, optimise=optimise))
    try:
        machine.run()
    except Panic as panic:
        return [*machine.out, f"panic {panic}"]
    assert machine.live == 0, source
    return machine.out


@pytest.mark.parametrize("seed", SEEDS)
def test_passes_keep_meaning_and_counts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHPY_VERIFY", "1")
    source = Generator(seed).program()
    assert outcome(source, True) == outcome(source, False)
