"""Source texts by path, and where a byte offset lies in them."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TAB = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One source line, without its line end. ``start`` is the byte offset of its first byte."""

    number: int
    start: int
    text: str


class Source:
    """The text of one file. Bytes that are not UTF-8 show as U+FFFD."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = _line_starts(data)

    def line_number(self, offset: int) -> int:
        """The line (1-based) of the byte ``offset``; the end of the file belongs to the last line with text."""
        if offset >= len(self.data) and len(self.starts) > 1 and self.starts[-1] == len(self.data):
            return len(self.starts) - 1
        return bisect_right(self.starts, max(offset, 0))

    def line(self, number: int) -> Line:
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.data)
        return Line(number, start, self.data[start:end].rstrip(b"\r\n").decode("utf-8", "replace"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the byte ``offset``, both from 1; columns count code points."""
        number = self.line_number(offset)
        return number, self.column(self.line(number), offset) + 1

    def column(self, line: Line, offset: int) -> int:
        """Code points of ``line`` that lie before the byte ``offset`` (0-based column)."""
        before = self.data[line.start : max(offset, line.start)].decode("utf-8", "replace")
        return min(len(before), len(line.text))

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """The range without blanks and line ends at its end, never shorter than one byte where there is one."""
        end = min(max(end, start), len(self.data))
        while end > start + 1 and self.data[end - 1] in b" \t\r\n":
            end -= 1
        return start, end


class Sources:
    """Texts by path: what the caller has in memory first, the file itself otherwise."""

    def __init__(self, texts: Mapping[str, bytes | str] | None = None) -> None:
        self._texts = texts or {}
        self._sources: dict[str, Source | None] = {}

    def get(self, path: str) -> Source | None:
        """The source called ``path``, or None when there is none to show."""
        if path not in self._sources:
            self._sources[path] = self._load(path)
        return self._sources[path]

    def _load(self, path: str) -> Source | None:
        text = self._texts.get(path)
        if text is None:
            try:
                text = Path(path).read_bytes()
            except (OSError, ValueError):
                return None
        return Source(text.encode() if isinstance(text, str) else text)


def display(text: str, start_column: int = 0) -> tuple[str, list[int]]:
    """``text`` as a terminal shows it, and the display column of each of its code points (one more for the end).

    Tabs go to the next multiple of four; control characters show as U+FFFD, so that no source can drive a terminal.
    """
    out: list[str] = []
    columns: list[int] = []
    column = start_column
    for char in text:
        columns.append(column)
        if char == "\t":
            width = TAB - column % TAB
            out.append(" " * width)
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char != "\u200d":
            out.append("\ufffd")
            width = 1
        else:
            out.append(char)
            width = _width(char)
        column += width
    columns.append(column)
    return "".join(out), columns


def _width(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.combining(char) or char in "\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _line_starts(data: bytes) -> list[int]:
    """Offsets of the first byte of each line; lines end at LF, CR LF or a lone CR."""
    starts = [0]
    i = 0
    while True:
        lf = data.find(b"\n", i)
        cr = data.find(b"\r", i, lf if lf >= 0 else len(data))
        if cr >= 0:
            i = cr + 2 if data[cr + 1 : cr + 2] == b"\n" else cr + 1
        elif lf >= 0:
            i = lf + 1
        else:
            return starts
        starts.append(i)
