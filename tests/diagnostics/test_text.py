"""The drawing of labels, apart from what the checker says."""

from __future__ import annotations

import pytest

from meshpy.diagnostics import Diagnostic, Label, Severity, driver_error, render_text
from meshpy.diagnostics.sources import Source

SOURCE = """case x do
\tSome(1) -> "日本 x"
  foo
  bar
end
"""


def label(part: str, text: str, path: str = "a.mpl") -> Label:
    data = SOURCE.encode()
    start = data.index(part.encode())
    return Label(path, start, start + len(part.encode()), text)


def draw(*labels: Label, color: bool = False, severity: Severity = Severity.ERROR) -> str:
    text = render_text([Diagnostic("E0001", severity, "title", labels)], {"a.mpl": SOURCE}, color)
    return "\n".join(line.rstrip() for line in text.split("\n"))


DRAWINGS = [
    (
        "spans inside spans",
        [label(SOURCE, "outer"), label('"日本 x"\n  foo', "inner"), label("Some(1)", "flat")],
        """\
[E0001] Error: title
   ╭─[ a.mpl:1:1 ]
   │
 1 │ ╭───▶ case x do
 2 │ │ ╭─▶     Some(1) -> "日本 x"
   │ │ │       ───┬───
   │ │ │          ╰───── flat
 3 │ │ ├─▶   foo
   │ │ │
   │ │ ╰───────── inner
   ┆ ┆
 5 │ ├───▶ end
   │ │
   │ ╰───────── outer
───╯
""",
    ),
    (
        "labels that overlap, wide characters",
        [label('"日本 x"', "text"), label("本", "part"), label("x\"", "end")],
        """\
[E0001] Error: title
   ╭─[ a.mpl:2:13 ]
   │
 2 │     Some(1) -> "日本 x"
   │                ────┬───
   │                    ╰───── text
   │                   ─┬ ─┬
   │                    ╰───── part
   │                       │
   │                       ╰── end
───╯
""",
    ),
    (
        "two files, one of them gone",
        [label("foo", "here"), Label("gone.mpl", 3, 4, "there")],
        """\
[E0001] Error: title
   ╭─[ a.mpl:3:3 ]
   │
 3 │   foo
   │   ─┬─
   │    ╰─── here
   ├─[ gone.mpl ]
   │
   │ there
───╯
""",
    ),
    ("no place", [], "[E0001] Error: title\n"),
]


@pytest.mark.parametrize(("labels", "expected"), [d[1:] for d in DRAWINGS], ids=[d[0] for d in DRAWINGS])
def test_drawing(labels: list[Label], expected: str) -> None:
    assert draw(*labels) == expected


def test_colours_change_nothing_else() -> None:
    import re

    labels = [label("foo", "here"), label("Some(1)", "there")]
    painted = draw(*labels, color=True, severity=Severity.WARNING)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == draw(*labels, severity=Severity.WARNING)
    assert "\x1b[33m[E0001] Warning:\x1b[0m title" in painted  # a warning is yellow,
    assert "\x1b[33mfoo\x1b[0m" in painted and "\x1b[34mSome(1)\x1b[0m" in painted  # its related places blue


def test_messages_cannot_start_rows_or_drive_the_terminal() -> None:
    text = render_text([Diagnostic("E0001", Severity.ERROR, "a\nb\x1b[2J", (label("foo", "x\ry"),), ("n\n───╯",))], {"a.mpl": SOURCE})
    assert "\x1b" not in text and "\r" not in text
    assert len(text.splitlines()) == 9


def test_of_a_very_long_line_the_part_with_the_label_is_shown() -> None:
    source = "x" * 5000 + "HERE" + "y" * 5000
    text = render_text([Diagnostic("E0001", Severity.ERROR, "t", (Label("a.mpl", 5000, 5004, "here"),))], {"a.mpl": source})
    rows = text.splitlines()
    assert rows[1] == "   ╭─[ a.mpl:1:5001 ]"
    shown, underline = rows[3], rows[4]
    assert len(shown) < 260 and shown.startswith(" 1 │ …x") and shown.endswith("y…")
    assert shown.index("HERE") == underline.index("──┬─")
    wide = render_text([Diagnostic("E0001", Severity.ERROR, "t", (Label("a.mpl", 10, 9000, "here"),))], {"a.mpl": source})
    assert max(map(len, wide.splitlines())) < 260


def test_driver_errors() -> None:
    assert render_text([driver_error("Compilation failed due to errors above.")]) == "error: Compilation failed due to errors above.\n"


@pytest.mark.parametrize(
    ("data", "offset", "place"),
    [
        (b"", 0, (1, 1)),
        (b"ab\n", 3, (1, 3)),  # the end of the file belongs to its last line
        (b"ab\r\ncd\re", 4, (2, 1)),
        (b"ab\r\ncd\re", 7, (3, 1)),
        ("é√x".encode(), 5, (1, 3)),  # columns count code points
        (b"\xff\xfex", 2, (1, 3)),
    ],
)
def test_positions(data: bytes, offset: int, place: tuple[int, int]) -> None:
    assert Source(data).position(offset) == place
