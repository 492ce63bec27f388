"""The formatter: the layouts of format.txt, and what holds for every program."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syntax_cases import FOLDER, Case, read_cases

from meshpy.syntax import parse
from meshpy.syntax.cst import RecordedPass, attach_comments
from meshpy.syntax.formatter import format_source
from meshpy.syntax.lexer import lex
from meshpy.syntax.sexpr import sexpr


@pytest.mark.parametrize("case", read_cases("format.txt"), ids=str)
def test_layout(case: Case) -> None:
    source, formatted = case.text.split("\n---\n")
    kind = {"is_test": case.is_test, "is_interface": case.is_interface}
    assert format_source(source, "case.mpl", **kind).text == formatted + "\n"


def _programs() -> list[tuple[str, bool, bool]]:
    """(source, is_test, is_interface) of many small programs that parse."""
    sources = [
        (case.text.split("\n---\n")[0], case.is_test, case.is_interface)
        for name in ("trees.txt", "format.txt")
        for case in read_cases(name)
    ]
    examples = re.findall(r"^```mesh\n(.*?)^```", (FOLDER / "examples.md").read_text(encoding="utf-8"), re.M | re.S)
    sources += [(source, False, False) for source in examples if not parse(source, "x").diagnostics]
    return sources


_PROGRAMS = _programs()


def _comments(source: str, **kind: bool) -> Counter[str]:
    token_pass = RecordedPass(lex(source), **kind)
    for _ in token_pass.terminals():
        pass
    trivia = attach_comments(source.encode(), token_pass.seen)
    return Counter(comment.text for one in trivia.values() for comment in one.before + one.behind)


def _check(source: str, is_test: bool, is_interface: bool, width: int) -> None:
    """Formatting keeps the tree and the comments, and a formatted text stays as it is."""
    kind = {"is_test": is_test, "is_interface": is_interface}
    before = parse(source, "case.mpl", **kind)
    if before.diagnostics:
        return
    text = format_source(source, "case.mpl", width=width, **kind).text
    assert text is not None
    after = parse(text, "case.mpl", **kind)
    assert after.diagnostics == []
    assert sexpr(after.file.body) == sexpr(before.file.body)
    assert _comments(text, **kind) == _comments(source, **kind)
    assert format_source(text, "case.mpl", width=width, **kind).text == text


@pytest.mark.parametrize("program", _PROGRAMS, ids=lambda program: program[0][:30].replace("\n", " "))
def test_programs_keep_their_meaning(program: tuple[str, bool, bool]) -> None:
    for width in (100, 30):
        _check(*program, width)


_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_comments_and_breaks_anywhere(data: st.DataObject) -> None:
    source, is_test, is_interface = data.draw(st.sampled_from(_PROGRAMS))
    pieces = _TOKENS.findall(source)
    for number in range(data.draw(st.integers(1, 3))):
        new = data.draw(st.sampled_from([f" # c{number}\n", f"#= b{number} =#", f"\n# d{number}\n", "\n\n", "\n", ";"]))
        pieces.insert(data.draw(st.integers(0, len(pieces))), new)
    _check("".join(pieces), is_test, is_interface, data.draw(st.sampled_from([100, 40, 10])))


def test_a_file_with_an_error_is_left_alone() -> None:
    result = format_source("let a = 1\nlet = 2\n", "case.mpl")
    assert result.text is None and len(result.diagnostics) == 1


def test_empty_files_stay_empty() -> None:
    assert format_source("", "case.mpl").text == ""
    assert format_source("\n\n", "case.mpl").text == ""
    assert format_source("# only this\n\n", "case.mpl").text == "# only this\n"


def test_line_ends_become_newlines() -> None:
    assert format_source(b"let a = 1\r\nlet b = 2\r\n", "case.mpl").text == "let a = 1\nlet b = 2\n"


def test_width_counts_columns() -> None:
    line = f'f("{"é" * 40}", bbbb)'
    assert format_source(line, "case.mpl", width=51).text == line + "\n"
    assert format_source(line.replace("é", "語"), "case.mpl", width=51).text.count("\n") == 4


@pytest.mark.parametrize("deep", ["a" + ".b" * 4000, "(" * 900 + "a" + ")" * 900, "-" * 3000 + "a", "f(" * 900 + ")" * 900])
def test_depth_is_no_problem(deep: str) -> None:
    assert format_source(deep, "case.mpl", width=100_000).text == deep + "\n"
