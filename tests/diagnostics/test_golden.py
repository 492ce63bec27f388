"""Rendered diagnostics against their golden files."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden import FOLDER, Golden, actual, read

from meshpy.diagnostics.catalogue import codes, entry

CASES = [(path, case) for path in sorted(FOLDER.glob("*.txt")) for case in read(path)]


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{path.stem}: {case.name}" for path, case in CASES])
def test_golden(path: Path, case: Golden) -> None:
    now = actual(path, case)
    assert now.text == case.text
    assert now.json == case.json


def test_every_code_has_a_golden_file() -> None:
    wanted = {code for code in codes() if (found := entry(code)) is not None and found.wrong is not None}
    assert wanted <= {path.stem for path in FOLDER.glob("*.txt")}
