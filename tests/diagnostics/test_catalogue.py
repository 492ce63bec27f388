"""The examples of the catalogue do what they say, and its texts are those of the diagnostics."""

from __future__ import annotations

import pytest
from golden import diagnose

from meshpy.diagnostics import catalogue
from meshpy.diagnostics.catalogue import Entry, codes, entry

ENTRIES = [found for code in codes() if (found := entry(code)) is not None]


def test_every_code_of_the_reference_has_an_entry() -> None:
    wanted = {f"E{n:04}" for n in range(1, 59)} | {f"W{n:04}" for n in range(1, 5)} | {"P0001", "C0001", "CFG0001"}
    assert set(codes()) == wanted


@pytest.mark.parametrize("known", [e for e in ENTRIES if e.wrong is not None], ids=lambda e: e.code)
def test_the_wrong_example_gives_exactly_its_code(known: Entry) -> None:
    assert known.wrong is not None
    diagnostics, _ = diagnose(known.wrong)
    assert [d.code or "C0001" for d in diagnostics] == [known.code]
    assert catalogue.unknown_forms(d for d in diagnostics if d.code) == []


@pytest.mark.parametrize("known", [e for e in ENTRIES if e.right is not None], ids=lambda e: e.code)
def test_the_right_example_is_right(known: Entry) -> None:
    assert known.right is not None
    assert diagnose(known.right)[0] == []


@pytest.mark.parametrize("known", ENTRIES, ids=lambda e: e.code)
def test_entries_explain_themselves(known: Entry) -> None:
    assert known.name and known.explanation and known.forms
    assert known.raised == (known.wrong is not None)
    assert known.name[0].islower() or known.name.startswith(("Self", "HTTP", "Continuity", "JSON")) or known.name[0] == "?"
