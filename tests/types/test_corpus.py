"""The regression corpus of the type checker, every case as it stands."""

from __future__ import annotations

import pytest
from type_corpus import Case, load_cases, run_case

CASES = load_cases()


def test_the_corpus_is_complete() -> None:
    idents = [c.ident for c in CASES if c.ident.startswith("T")]
    assert len(idents) == len(set(idents)) == 222


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.ident)
def test_case(case: Case) -> None:
    problem = run_case(case)
    assert problem is None, f"{case.ident}: expected {case.expect}, found {problem}"
