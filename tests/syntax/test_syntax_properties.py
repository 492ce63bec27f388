"""What holds for every input: no exception, places inside the file, and work linear in its size."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syntax_cases import FOLDER, read_cases

from meshpy.syntax import parse
from meshpy.syntax.tokens import KEYWORD_TEXTS, OPERATORS

_WORDS = [
    *KEYWORD_TEXTS, *OPERATORS, "x", "Some", "Fun", "from", "as", "table", "deriving", "child", "test", "cluster",
    "extern", "clustered", "assert", "assert_receive", "setup", "describe", '"s"', '"a${', '"', '"""', "}", "1", "2.5",
    "0x", ":a", "~r/x/", "|2>", "\n", "\n", "\n", ";", "#=", "=#", "# c\n", "é", "^", "a:", "k:v", "`", "\\",
]  # fmt: skip
_SOURCES = [case.text for name in ("trees.txt", "errors.txt") for case in read_cases(name)]
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


def _check(source: str | bytes) -> None:
    size = len(source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source)
    for is_test in (False, True):
        result = parse(source, "fuzz.mpl", is_test=is_test, is_interface=is_test)
        for diagnostic in result.diagnostics:
            assert diagnostic.code == "P0001"
            for label in diagnostic.labels:
                assert 0 <= label.start <= label.end <= size


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=60), st.sampled_from([" ", ""]))
def test_token_soup(words: list[str], blank: str) -> None:
    _check(blank.join(words))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutations(data: st.DataObject) -> None:
    """A program with some of its pieces dropped, doubled or replaced by others."""
    pieces = _TOKENS.findall(data.draw(st.sampled_from(_SOURCES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pieces)))
        new = data.draw(st.lists(st.sampled_from(_WORDS), max_size=2))
        pieces[at : at + data.draw(st.integers(0, 3))] = new
    _check("".join(pieces))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80))
def test_arbitrary_input(source: bytes | str) -> None:
    _check(source)


def test_invalid_utf8_is_a_diagnostic() -> None:
    (diagnostic,) = parse(b"let a = \xff", "case.mpl").diagnostics
    assert diagnostic.labels[0].start == 8 and "UTF-8" in diagnostic.message


# Each is (unit that is repeated, what stands before, what stands behind); together they reach every scan and stack.
_GROWING = {
    "statements": ("let a = f(b)\n", "", ""),
    "arms": ("  A(x) when x > 1 -> f(x)\n", "case a do\n", "end"),
    "statements of one arm": ("  f(x)\n", "case a do\n  A ->\n", "end"),
    "arm scan over one line": ("x ", "case a do A -> y\n", "end"),
    "operators": ("+ a * b ", "let a = b ", ""),
    "comparisons that could close types": (">= a, b ", "let a = b ", ""),
    "guards": ("fn a when ", "", ""),
    "closures": ("fn x -> ", "", ""),
    "opening brackets": ("(", "", ""),
    "braces": ("%{", "", ""),
    "closing brackets": (")", "", ""),
    "calls": ("f(", "let a = ", ""),
    "blocks": ("if a do ", "", ""),
    "ends": ("end ", "", ""),
    "interpolations": ('"${', "", ""),
    "quotes": ('"a" ', "", ""),
    "block comments": ("#= ", "", ""),
    "prefix operators": ("- ", "let a = ", "b"),
    "types": ("Fun(A) -> ", "let a :: ", "B = c"),
    "type arguments": ("List<", "let a :: ", "B"),
    "cons patterns": ("a :: ", "case x do ", "b -> 1 end"),
    "members": (".a", "let b = c", ""),
    "else if": ("else if a do 1 ", "if a do 1 ", "end"),
    "errors": ("fn a( = 1\n", "", ""),
    "errors inside blocks": ("fn a() do\n  let = 1\n", "", ""),
    "unterminated regexes": ("~r/a\n", "", ""),
    "unclosed calls": ("fn a() = f(1\n", "", ""),
    "bars": ("|x ", "f(a) do ", ""),
    "decorators": ("@cluster(1)\n", "", ""),
    "key arguments": ("k:v, ", "f(", ")"),
    "wide characters": ("é = ü\n", "", ""),
}


def _steps(source: str) -> int:
    """Calls and executed lines of the parser for this source: a measure of work that no clock disturbs."""
    count = 0

    def trace(frame: object, event: str, arg: object) -> object:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        parse(source, "case.mpl")
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("name", _GROWING)
def test_work_is_linear(name: str) -> None:
    unit, before, behind = _GROWING[name]
    small, large = (_steps(before + unit * count + behind) for count in (60, 240))
    assert large < 6 * small


_DEEP = "closures calls blocks interpolations types members".split() + [
    "opening brackets", "prefix operators", "type arguments", "cons patterns", "else if", "operators",
]  # fmt: skip


@pytest.mark.parametrize("name", _DEEP)
def test_deep_nesting_is_no_overflow(name: str) -> None:
    unit, before, behind = _GROWING[name]
    parse(before + unit * 5000 + behind, "case.mpl")


def test_nesting_limit() -> None:
    accepted = parse("(" * 900 + "a" + ")" * 900, "case.mpl")
    assert accepted.diagnostics == []
    (diagnostic,) = parse("(" * 1100 + "a" + ")" * 1100, "case.mpl").diagnostics
    assert "too deeply nested" in diagnostic.message


def test_examples_of_the_reference_survive_truncation() -> None:
    """Every prefix of a program is handled, as an editor sends it."""
    text = (FOLDER / "examples.md").read_text(encoding="utf-8")
    for source in re.findall(r"^```mesh\n(.*?)^```", text, re.M | re.S):
        for end in range(0, len(source), 7):
            _check(source[:end])
