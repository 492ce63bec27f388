"""Layout documents of the formatter and their rendering (toolchain reference, 5.1 and the algorithm behind 5.3).

A document is text, a hard break, a nested or concatenated document, or a bracketed list. Only lists choose between
forms, outermost first, by the column they start at: flat, hugging their last element, or one element per line. Widths
are computed when a document is made, so that rendering takes linear time.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

#: The flat width of what cannot stand on one line.
INF = 1 << 40


def display_width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


class Doc:
    """``flat`` is the width on one line, INF when there is a break in it; ``first`` that of its first line."""

    __slots__ = ("flat", "first")

    flat: int
    first: int


class Text(Doc):
    """Text without a newline, except in a multi-line string literal, which is copied as it is.

    A comment gets a blank in front; with ``ends_line`` (a line comment) nothing may follow on the line.
    """

    __slots__ = ("text", "is_comment", "ends_line")

    def __init__(self, text: str, is_comment: bool = False, ends_line: bool = False) -> None:
        self.text = text
        self.is_comment = is_comment
        self.ends_line = ends_line
        self.first = display_width(text.split("\n", 1)[0])
        self.flat = INF if ends_line else self.first


class _Hard(Doc):
    __slots__ = ()

    def __init__(self) -> None:
        self.flat = INF
        self.first = 0


#: A newline and the indentation; BLANK leaves an empty line as well.
HARD = _Hard()
BLANK = _Hard()


class Cat(Doc):
    """One after the other."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Doc]) -> None:
        self.parts = parts
        self.flat = min(INF, sum(part.flat for part in parts))
        self.first = 0
        for part in parts:
            self.first += part.first
            if part.flat >= INF:
                break


class Nest(Doc):
    """One level deeper: counts for the breaks inside."""

    __slots__ = ("doc",)

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.flat = doc.flat
        self.first = doc.first


@dataclass(slots=True)
class Element:
    """An element of a list, with the comments before it (own lines) and behind it (same line)."""

    doc: Doc
    before: list[Doc] = field(default_factory=list)
    behind: list[Doc] = field(default_factory=list)


class Listing(Doc):
    """``open`` elements ``close``. ``final_comma``: a broken list has a comma behind its last element too.

    ``lead`` and ``tail`` are the blanks inside the brackets of a flat list; ``dangling`` are comments before ``close``;
    ``broken`` forces one element per line.
    """

    __slots__ = ("open", "elements", "close", "final_comma", "lead", "tail", "dangling", "broken")

    def __init__(
        self, open: Doc, elements: list[Element], close: Doc, *, final_comma: bool = True, lead: str = "",
        tail: str = "", dangling: list[Doc] | None = None, broken: bool = False,
    ) -> None:  # fmt: skip
        self.open = open
        self.elements = elements
        self.close = close
        self.final_comma = final_comma
        self.lead = lead if elements else ""
        self.tail = tail if elements else ""
        self.dangling = dangling or []
        self.broken = broken or bool(self.dangling) or any(e.before or e.behind for e in elements)
        commas = 2 * max(0, len(elements) - 1) + len(self.lead) + len(self.tail)
        self.flat = min(INF, open.flat + sum(e.doc.flat for e in elements) + commas + close.flat)
        if self.broken:
            self.flat = INF
        self.first = open.first if self.broken else self.flat if self.flat < INF else self._hugged_first()

    def _hugged_first(self) -> int:
        if not self.hugs():
            return self.open.first
        return self.open.flat + len(self.lead) + sum(e.doc.flat + 2 for e in self.elements[:-1]) + self.elements[-1].doc.first

    def hugs(self) -> bool:
        """Whether the last element is the only one with a break in it."""
        return (
            not self.broken
            and bool(self.elements)
            and self.open.flat < INF
            and self.elements[-1].doc.flat >= INF
            and all(element.doc.flat < INF for element in self.elements[:-1])
        )


def has_break(doc: Doc) -> bool:
    """Whether the document takes several lines whatever the width."""
    return doc.flat >= INF


def render(doc: Doc, width: int, indent: int) -> str:
    """The text of a document, without a newline at its end. A loop over a stack, so that depth does not matter."""
    out: list[str] = []
    column = 0
    at_start = True
    line_ended = False  # a line comment has been written: the next text needs a new line
    commented = False  # a comment has been written: the next text needs a blank
    work: list[tuple[int, Doc]] = [(0, doc)]
    while work:
        level, doc = work.pop()
        kind = type(doc)
        if kind is Text:
            text = doc.text
            if line_ended or at_start:
                text = text.lstrip(" ")
            if not text:
                continue
            if line_ended:
                out.append("\n")
                at_start = True
            if at_start:
                out.append(" " * (level * indent))
                column = level * indent
                at_start = False
            elif (doc.is_comment or commented) and text[0] != " " and out[-1][-1] != " ":
                text = " " + text
            out.append(text)
            newline = text.rfind("\n")
            column = column + display_width(text) if newline < 0 else display_width(text[newline + 1 :])
            line_ended = doc.ends_line
            commented = doc.is_comment
        elif kind is _Hard:
            out.append("\n\n" if doc is BLANK else "\n")
            column = 0
            at_start = True
            line_ended = commented = False
        elif kind is Cat:
            work += [(level, part) for part in reversed(doc.parts)]
        elif kind is Nest:
            work.append((level + 1, doc.doc))
        else:
            here = level * indent if at_start or line_ended else column
            work += reversed(_spread(doc, level, width - here))
    return "".join(out)


def _spread(doc: Listing, level: int, room: int) -> list[tuple[int, Doc]]:
    """The parts of a list in the form that its place asks for."""
    elements = doc.elements
    if doc.flat <= room or (doc.hugs() and doc.first <= room):
        parts: list[tuple[int, Doc]] = [(level, doc.open)]
        for index, element in enumerate(elements):
            parts.append((level, Text(", " if index else doc.lead)))
            parts.append((level, element.doc))
        return [*parts, (level, Text(doc.tail)), (level, doc.close)]
    parts = [(level, doc.open)]
    for index, element in enumerate(elements):
        for comment in element.before:
            parts += [(level + 1, HARD), (level + 1, comment)]
        parts += [(level + 1, HARD), (level + 1, element.doc)]
        if index < len(elements) - 1 or doc.final_comma:
            parts.append((level + 1, Text(",")))
        parts += [(level + 1, comment) for comment in element.behind]
    for comment in doc.dangling:
        parts += [(level + 1, HARD), (level + 1, comment)]
    return [*parts, (level, HARD), (level, doc.close)]
