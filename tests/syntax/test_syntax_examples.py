"""The accept/reject examples of the syntax reference, section 8 (examples.md)."""

from __future__ import annotations

import re

import pytest
from syntax_cases import FOLDER

from meshpy.syntax import parse

_EXAMPLE = re.compile(r"^\*\*(E\d+)\*\* · MeshPy (accept|reject) · ref ([^—\n]*)[^\n]*\n```mesh\n(.*?)^```", re.M | re.S)
_EXAMPLES = _EXAMPLE.findall((FOLDER / "examples.md").read_text(encoding="utf-8"))

# The reference names tokens; we spell them. Where it only says `expected expression` we say more.
_SPELLED = {"DO_KW": "`do`", "END_KW": "`end`", "ARROW": "`->`", "R_PAREN": "`)`", "FAT_ARROW": "`=>`", "FOR_KW": "`for`"}
_BETTER = {
    "E08": "invalid slot pipe: position must be 2 or greater (use |> for the first argument)",
    "E44": "expected keyword argument name",
    "E49": "unterminated string literal",
}


def test_all_examples_are_read() -> None:
    assert [name for name, *_ in _EXAMPLES] == [f"E{number:02}" for number in range(1, 73)]


@pytest.mark.parametrize("name, verdict, reference, source", _EXAMPLES, ids=[example[0] for example in _EXAMPLES])
def test_example(name: str, verdict: str, reference: str, source: str) -> None:
    messages = [diagnostic.labels[0].text for diagnostic in parse(source, "example.mpl").diagnostics]
    if verdict == "accept":
        assert messages == []
        return
    expected = reference.strip().removeprefix("reject: ")
    kind = expected.removeprefix("expected ")
    expected = f"expected {_SPELLED[kind]}" if kind in _SPELLED else expected
    assert messages == [_BETTER.get(name, expected)]
