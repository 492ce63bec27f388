"""Messages and places of syntax errors: the cases of errors.txt."""

from __future__ import annotations

import re

import pytest
from syntax_cases import Case, read_cases

from meshpy.diagnostics import Severity

_MARK = re.compile(r" #([!~]) (.*?)(?= #[!~] |$)")


def _marks(source: str) -> list[tuple[int, str, str]]:
    return sorted(
        (number, mark[1], mark[2])
        for number, line in enumerate(source.splitlines(), 1)
        for mark in _MARK.finditer(line)
    )  # fmt: skip


@pytest.mark.parametrize("case", read_cases("errors.txt"), ids=str)
def test_message(case: Case) -> None:
    found = []
    for diagnostic in case.parse(case.text).diagnostics:
        primary, *related = diagnostic.labels
        assert diagnostic.code == "P0001" and diagnostic.severity is Severity.ERROR
        assert diagnostic.message == f"Parse error: {primary.text}"
        for kind, label in [("!", primary), *(("~", label) for label in related)]:
            assert 0 <= label.start <= label.end <= len(case.text.encode())
            found.append((case.text.encode()[: label.start].count(b"\n") + 1, kind, label.text))
    assert sorted(found) == _marks(case.text)
