"""Human form of diagnostics: source lines with underlined labels (toolchain reference 4.2)."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from meshpy.diagnostics.diagnostic import Diagnostic, Label, Severity

SourceReader = Callable[[str], bytes | None]

TAB = 4
_RED, _YELLOW, _BLUE = "31", "33", "34"
_MARGIN, _SKIPPED, _PLAIN_TEXT, _TAIL = "38;5;246", "38;5;240", "38;5;249", "38;5;115"


class Source:
    """One file: lines, and the way from byte offsets to lines and columns."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0]
        at = data.find(b"\n")
        while at >= 0:
            self.starts.append(at + 1)
            at = data.find(b"\n", at + 1)

    def line_of(self, offset: int) -> int:
        """0-based line of a byte offset; the end of the text belongs to its last line that has any."""
        offset = max(0, min(offset, len(self.data)))
        line = bisect_right(self.starts, offset) - 1
        if offset == len(self.data) and line > 0 and self.starts[line] == offset:
            line -= 1
        return line

    def line_bytes(self, line: int) -> bytes:
        end = self.starts[line + 1] - 1 if line + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[line] : end].rstrip(b"\r")

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column, the column in code points."""
        line = self.line_of(offset)
        before = self.data[self.starts[line] : min(offset, len(self.data))]
        return line + 1, len(before.rstrip(b"\n").decode("utf-8", "replace")) + 1

    def shown(self, line: int) -> str:
        """The text of a line with tabs expanded."""
        return _expand(self.line_bytes(line).decode("utf-8", "replace"))

    def column(self, line: int, offset: int) -> int:
        """0-based display column of a byte offset in ``line``."""
        before = self.line_bytes(line)[: max(0, offset - self.starts[line])]
        return display_width(_expand(before.decode("utf-8", "replace")))


def display_width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    width = 0
    for char in text:
        if not unicodedata.combining(char):
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


def _expand(text: str) -> str:
    if "\t" not in text:
        return "".join(c if c >= " " else " " for c in text)
    out, width = [], 0
    for char in text:
        piece = " " * (TAB - width % TAB) if char == "\t" else char if char >= " " else " "
        out.append(piece)
        width += display_width(piece)
    return "".join(out)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label inside one line: display columns [start, end)."""

    start: int
    end: int
    text: str
    colour: str

    @property
    def middle(self) -> int:
        return self.start + (self.end - self.start) // 2


@dataclass(frozen=True, slots=True)
class _Range:
    """A label over several lines (0-based, inclusive)."""

    first: int
    last: int
    text: str
    colour: str


class Renderer:
    """Renders diagnostics as text. ``read`` gives the bytes of a file by its path in labels."""

    def __init__(self, read: SourceReader, colour: bool = False) -> None:
        self._read = read
        self._colour = colour
        self._sources: dict[str, Source | None] = {}

    def render(self, diagnostic: Diagnostic) -> str:
        """The report of one diagnostic, with a newline at its end."""
        warning = diagnostic.severity is Severity.WARNING
        main = _YELLOW if warning else _RED
        kind = "Warning" if warning else "Error"
        out = [f"{self._paint(f'[{diagnostic.code}] {kind}:', main)} {diagnostic.message}"]
        groups = self._group(diagnostic, main)
        width = max((len(str(line + 1)) for _, marks, ranges in groups for line in _lines(marks, ranges)), default=1)
        self._indent = " " * (width + 2)
        self._width = width
        for index, (label, marks, ranges) in enumerate(groups):
            source = self._source(label.path)
            line, column = source.position(label.start) if source else (1, 1)
            corner = "╭" if index == 0 else "├"
            place = f"{self._indent}{self._paint(f'{corner}─[', _MARGIN)} {label.path}:{line}:{column} {self._paint(']', _MARGIN)}"
            out.append(place)
            if source is None:
                out.append(self._row(f" {label.text}"))
                continue
            out.append(self._row())
            self._section(out, source, marks, ranges)
        tail = [("Help", h) for h in diagnostic.helps] + [("Note", n) for n in diagnostic.notes]
        if tail:
            out.append(self._row(" ") if groups else self._row())
            for name, text in tail:
                first, *rest = text.split("\n")
                out.append(self._row(f" {self._paint(name, _TAIL)}: {first}"))
                out += [self._row(f" {' ' * (len(name) + 2)}{line}") for line in rest]
        if groups or tail:
            out.append(self._paint(f"{'─' * len(self._indent)}╯", _MARGIN))
        return "\n".join(out) + "\n"

    # ---- collecting

    def _source(self, path: str) -> Source | None:
        if path not in self._sources:
            data = self._read(path)
            self._sources[path] = Source(data) if data is not None else None
        return self._sources[path]

    def _group(self, diagnostic: Diagnostic, main: str) -> list[tuple[Label, dict[int, list[_Mark]], list[_Range]]]:
        """Labels by file, that of the primary one first: the label that names the place, marks by line, ranges."""
        groups: dict[str, tuple[Label, dict[int, list[_Mark]], list[_Range]]] = {}
        for index, label in enumerate(diagnostic.labels):
            colour = main if index == 0 else _BLUE
            _, marks, ranges = groups.setdefault(label.path, (label, {}, []))
            source = self._source(label.path)
            if source is None:
                continue
            first, last = source.line_of(label.start), source.line_of(max(label.start, label.end - 1))
            if first == last:
                start = source.column(first, label.start)
                end = max(start + 1, source.column(first, label.end))
                marks.setdefault(first, []).append(_Mark(start, end, label.text, colour))
            else:
                ranges.append(_Range(first, last, label.text, colour))
        return list(groups.values())

    # ---- drawing

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colour else text

    def _row(self, text: str = "", margin: str = "│", colour: str = _MARGIN) -> str:
        return f"{self._indent}{self._paint(margin, colour)}{text}"

    def _section(self, out: list[str], source: Source, marks: dict[int, list[_Mark]], ranges: list[_Range]) -> None:
        """The labelled lines of one file. Ranges that overlap are drawn one after the other."""
        ranges = sorted(ranges, key=lambda r: (r.first, -r.last))
        now: list[_Range] = []
        later: list[_Range] = []
        for one in ranges:
            (later if now and one.first <= now[-1].last else now).append(one)
        self._draw(out, source, marks, now)
        for one in later:
            out.append(self._row(margin="┆", colour=_SKIPPED))
            self._draw(out, source, {}, [one])

    def _draw(self, out: list[str], source: Source, marks: dict[int, list[_Mark]], ranges: list[_Range]) -> None:
        previous: int | None = None
        for line in _lines(marks, ranges):
            inside = next((r for r in ranges if r.first <= line <= r.last), None)
            if previous is not None and line > previous + 1:
                going = next((r for r in ranges if r.first <= previous and r.last >= line), None)
                rest = f" {self._paint('┆', going.colour)}" if going else ""
                out.append(self._row(rest, "┆", _SKIPPED))
            gutter = ""
            if ranges:
                gutter = "    "
                if inside:
                    arrow = "╭─▶ " if line == inside.first else "├─▶ " if line == inside.last else "│   "
                    gutter = self._paint(arrow, inside.colour)
            number = self._paint(f"{line + 1:>{self._width + 1}} │", _MARGIN)
            out.append(f"{number} {gutter}{self._text(source.shown(line), marks.get(line, []))}".rstrip())
            running = inside if inside and line != inside.last else None
            lead = " " + (self._paint("│   ", running.colour) if running else "    " if ranges else "")
            if marks.get(line):
                after = inside if inside and line == inside.last else None
                if after:
                    lead = " " + self._paint("│   ", after.colour)
                for layer in _layers(marks[line]):
                    self._layer(out, layer, lead)
            if inside and line == inside.last:
                reach = display_width(source.shown(line)) + 2
                out.append(self._row(f" {self._paint('│', inside.colour)}{' ' * (reach + 3)}"))
                out.append(self._row(f" {self._paint('╰' + '─' * (reach + 2), inside.colour)} {inside.text}"))
            previous = line

    def _text(self, text: str, marks: list[_Mark]) -> str:
        """A source line: labelled parts in the label's colour, the rest grey."""
        if not self._colour:
            return text
        if not marks or not text.isascii():
            return self._paint(text, _PLAIN_TEXT)
        out, at = [], 0
        for mark in sorted(marks, key=lambda m: m.start):
            if mark.start < at:
                continue
            out += [self._paint(text[at : mark.start], _PLAIN_TEXT), self._paint(text[mark.start : mark.end], mark.colour)]
            at = mark.end
        return "".join([*out, self._paint(text[at:], _PLAIN_TEXT)])

    def _layer(self, out: list[str], marks: list[_Mark], lead: str) -> None:
        """Underlines that do not overlap, then the messages, leftmost first."""
        reach = max(m.end for m in marks) + 2
        row = []
        at = 0
        for mark in marks:
            row.append(" " * (mark.start - at))
            line = "".join("┬" if c == mark.middle else "─" for c in range(mark.start, mark.end))
            row.append(self._paint(line, mark.colour))
            at = mark.end
        out.append(self._row(lead + "".join(row) + "  "))
        for index, mark in enumerate(marks):
            if index > 0:
                out.append(self._row(lead + self._connectors(marks[index:], reach)))
            dashes = self._paint("╰" + "─" * (reach - mark.middle - 1), mark.colour)
            out.append(self._row(f"{lead}{' ' * mark.middle}{dashes} {mark.text}".rstrip()))

    def _connectors(self, marks: list[_Mark], reach: int) -> str:
        row, at = [], 0
        for mark in marks:
            row.append(" " * (mark.middle - at) + self._paint("│", mark.colour))
            at = mark.middle + 1
        return "".join(row) + " " * (reach - at)


def _lines(marks: dict[int, list[_Mark]], ranges: Iterable[_Range]) -> list[int]:
    shown = set(marks)
    for one in ranges:
        shown.update((one.first, one.last))
    return sorted(shown)


def _layers(marks: list[_Mark]) -> list[list[_Mark]]:
    """Marks of one line in as few layers without overlap as a left to right pass finds."""
    layers: list[list[_Mark]] = []
    for mark in sorted(marks, key=lambda m: (m.start, m.end)):
        for layer in layers:
            if layer[-1].end <= mark.start and layer[-1].middle < mark.middle:
                layer.append(mark)
                break
        else:
            layers.append([mark])
    return layers
