"""The human form of diagnostics: source lines with the labels drawn below them (toolchain reference 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from meshpy.diagnostics.diagnostic import Diagnostic, Label
from meshpy.diagnostics.sources import Source, Sources, display

RED, YELLOW, BLUE = "31", "33", "34"
#: Columns of the longest line that is shown whole.
LONGEST = 240
MARGIN, SKIPPED, UNLABELLED, TAIL = "38;5;246", "38;5;240", "38;5;249", "38;5;115"


def render_text(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, bytes | str] | Sources | None = None, color: bool = False
) -> str:
    """All reports in the given order, without blank lines between them.

    ``sources`` maps the paths of labels to file contents; a path that is not in it is read from disk, and a label
    whose file is not there either shows its place and text without the source line.
    """
    known = sources if isinstance(sources, Sources) else Sources(sources)
    return "".join(_Report(diagnostic, known, color).render() for diagnostic in diagnostics)


@dataclass(slots=True)
class _Mark:
    """A label, placed: lines ``first`` to ``last``; columns are display columns, ``end`` exclusive."""

    label: Label
    color: str
    first: int
    last: int
    start: int
    end: int
    start_char: int
    end_char: int
    lane: int = 0

    @property
    def middle(self) -> int:
        return (self.start + self.end) // 2


@dataclass(slots=True)
class _Group:
    """The labels of one file."""

    path: str
    source: Source
    marks: list[_Mark] = field(default_factory=list)


class _Report:
    def __init__(self, diagnostic: Diagnostic, sources: Sources, color: bool) -> None:
        self.diagnostic = diagnostic
        self.color = color
        self.kind_color = RED if diagnostic.is_error else YELLOW
        self.rows: list[str] = []
        self.groups: list[_Group] = []
        self.unplaced: list[Label] = []
        for i, label in enumerate(diagnostic.labels):
            self._place(label, sources, BLUE if i else self.kind_color)
        numbers = [mark.last for group in self.groups for mark in group.marks]
        self.width = len(str(max(numbers, default=1)))

    def render(self) -> str:
        diagnostic = self.diagnostic
        kind = "Error" if diagnostic.is_error else "Warning"
        head = "error:" if diagnostic.code in ("", "C0001") else f"[{diagnostic.code}] {kind}:"
        self.rows.append(f"{self._paint(head, self.kind_color)} {_one_line(diagnostic.message)}")
        pad = " " * (self.width + 2)
        for i, group in enumerate(self.groups):
            main = group.marks[0]
            line, column = group.source.position(main.label.start)
            corner = "╭─" if i == 0 else "├─"
            if i:
                self._bare()
            self.rows.append(f"{pad}{self._paint(f'{corner}[', MARGIN)} {group.path}:{line}:{column} {self._paint(']', MARGIN)}")
            self._bare()
            self._draw(group)
        for i, label in enumerate(self.unplaced):
            corner = "├─" if self.groups or i else "╭─"
            self.rows.append(f"{pad}{self._paint(f'{corner}[', MARGIN)} {label.path} {self._paint(']', MARGIN)}")
            if label.text:
                self._bare()
                self._margin_row(_one_line(label.text))
        self._tail()
        if self.groups or self.unplaced:
            self.rows.append(self._paint("─" * (self.width + 2) + "╯", MARGIN))
        return "\n".join(self.rows) + "\n"

    # ---- placing

    def _place(self, label: Label, sources: Sources, color: str) -> None:
        source = sources.get(label.path)
        if source is None:
            self.unplaced.append(label)
            return
        start, end = source.trim(min(label.start, len(source.data)), label.end)
        first, last = source.line_number(start), source.line_number(max(end - 1, start))
        head, foot = source.line(first), source.line(last)
        start_char = source.column(head, start)
        end_char = source.column(foot, end)
        head_columns, foot_columns = display(head.text)[1], display(foot.text)[1]
        mark = _Mark(label, color, first, last, head_columns[start_char], foot_columns[end_char], start_char, end_char)
        if first == last:
            mark.end = max(mark.end, mark.start + 1)
        for group in self.groups:
            if group.path == label.path:
                group.marks.append(mark)
                return
        self.groups.append(_Group(label.path, source, [mark]))

    # ---- drawing

    def _draw(self, group: _Group) -> None:
        tall = [mark for mark in group.marks if mark.first != mark.last]
        # The longest span takes the outermost lane.
        for lane, mark in enumerate(sorted(tall, key=lambda m: (m.first - m.last, m.first))):
            mark.lane = lane
        lanes = len(tall)
        numbers = sorted({mark.first for mark in group.marks} | {mark.last for mark in group.marks})
        shown = 0
        for number in numbers:
            if shown and number > shown + 1:
                self._gap(tall, shown, lanes)
            self._line(group, number, tall, lanes)
            shown = number

    def _line(self, group: _Group, number: int, tall: list[_Mark], lanes: int) -> None:
        line = group.source.line(number)
        text, columns = display(line.text)
        flat = sorted((m for m in group.marks if m.first == m.last == number), key=lambda m: (m.start, m.end))
        colors = self._text_colors(len(line.text), flat, tall, number)
        if columns[-1] > LONGEST:
            painted, flat = self._window(line.text, columns, colors, flat)
        else:
            painted = self._paint_text(line.text, columns, text, colors)
        ends = [m for m in tall if m.last == number]
        opened = [m for m in tall if m.first < number <= m.last]
        label = str(number).rjust(self.width)
        self.rows.append(f" {self._paint(f'{label} │', MARGIN)} {self._lanes(tall, number, lanes, arrows=True)}{painted}".rstrip())
        if flat:
            below = [m for m in tall if m.first <= number < m.last or m in opened and m in ends]
            self._flat_rows(flat, self._lane_rail(below, lanes))
        open_lanes = [m for m in tall if m.first <= number <= m.last]
        for mark in sorted(ends, key=lambda m: -m.lane):
            self._tall_message(mark, open_lanes, lanes)
            open_lanes.remove(mark)

    def _window(self, text: str, columns: list[int], colors: list[str], flat: list[_Mark]) -> tuple[str, list[_Mark]]:
        """The part of a very long line that has the labels, between dots, and the labels moved accordingly."""
        low = max(0, min((m.start for m in flat), default=0) - LONGEST // 4)
        high = low + LONGEST - 2
        cells = [(display(c, columns[i])[0], colors[i]) for i, c in enumerate(text) if low <= columns[i] < high]
        before = "…" if low else ""
        after = "…" if columns[-1] > high else ""
        shift = low - len(before)
        moved = []
        for mark in flat:
            start = min(mark.start - shift, LONGEST - 1)
            moved.append(replace(mark, start=start, end=max(start + 1, min(mark.end - shift, LONGEST))))
        return before + self._paint_cells(cells) + after, moved

    def _flat_rows(self, flat: list[_Mark], rail: str) -> None:
        """The underlines of one source line and the texts below, leftmost first; spans that overlap get rows of
        their own."""
        for layer in _layers(flat):
            width = max(m.end for m in layer) + 2
            texts = [m for m in layer if m.label.text]
            row = [(" ", "")] * width
            for mark in layer:
                for column in range(mark.start, mark.end):
                    row[column] = ("─", mark.color)
            for mark in texts:
                row[mark.middle] = ("┬", mark.color)
            self._margin_row(rail + self._paint_cells(row))
            for i, mark in enumerate(texts):
                row = [(" ", "")] * width
                for later in texts[i:]:
                    row[later.middle] = ("│", later.color)
                if i:
                    self._margin_row(rail + self._paint_cells(row))
                for column in range(mark.middle, width):
                    row[column] = ("╰" if column == mark.middle else "─", mark.color)
                self._margin_row(f"{rail}{self._paint_cells(row)} {_one_line(mark.label.text)}")

    def _tall_message(self, mark: _Mark, open_lanes: list[_Mark], lanes: int) -> None:
        self._margin_row(self._lane_rail(open_lanes, lanes))
        if not mark.label.text:
            return
        others = [m for m in open_lanes if m is not mark and m.lane < mark.lane]
        rail = self._lane_rail(others, lanes, upto=mark.lane)
        dashes = 2 * (lanes - mark.lane) + 1 + min(mark.end, LONGEST) + 2
        self._margin_row(f"{rail}{self._paint('╰' + '─' * (dashes - 1), mark.color)} {_one_line(mark.label.text)}")

    def _gap(self, tall: list[_Mark], number: int, lanes: int) -> None:
        rail = ["  "] * lanes
        for mark in tall:
            if mark.first <= number < mark.last:
                rail[mark.lane] = self._paint("┆", mark.color) + " "
        row = f"{' ' * (self.width + 2)}{self._paint('┆', SKIPPED)} {''.join(rail)}"
        self.rows.append(row.rstrip())

    def _lane_rail(self, marks: list[_Mark], lanes: int, upto: int | None = None) -> str:
        """The vertical bars of the spans that go on, in front of a row without source text."""
        count = lanes if upto is None else upto
        rail = ["  "] * count
        for mark in marks:
            if mark.lane < count:
                rail[mark.lane] = self._paint("│", mark.color) + " "
        return "".join(rail) + ("  " if lanes and upto is None else "")

    def _lanes(self, tall: list[_Mark], number: int, lanes: int, arrows: bool) -> str:
        """The bars and arrows in front of a source line: two columns for each span, two for the arrow heads."""
        if not lanes:
            return ""
        cells: list[tuple[str, str]] = [(" ", "")] * (2 * lanes + 2)
        for mark in tall:
            if mark.first < number < mark.last:
                cells[2 * mark.lane] = ("│", mark.color)
        touching = [m for m in tall if number in (m.first, m.last)]
        for mark in sorted(touching, key=lambda m: m.lane):
            cells[2 * mark.lane] = ("╭" if number == mark.first else "├", mark.color)
        if touching:
            inner = max(touching, key=lambda m: -m.lane)
            for column in range(2 * inner.lane + 1, 2 * lanes):
                if cells[column][0] == " ":
                    cells[column] = ("─", inner.color)
            cells[2 * lanes] = ("▶", inner.color)
        return self._paint_cells(cells)

    # ---- colours

    def _text_colors(self, length: int, flat: list[_Mark], tall: list[_Mark], number: int) -> list[str]:
        colors = [UNLABELLED] * length
        for mark in tall:
            if mark.first <= number <= mark.last:
                start = mark.start_char if number == mark.first else 0
                end = mark.end_char if number == mark.last else length
                colors[start:end] = [mark.color] * (min(end, length) - start)
        for mark in sorted(flat, key=lambda m: -(m.end - m.start)):
            end = min(mark.end_char, length)
            colors[mark.start_char : end] = [mark.color] * max(end - mark.start_char, 0)
        return colors

    def _paint_text(self, text: str, columns: list[int], shown: str, colors: list[str]) -> str:
        if not self.color:
            return shown
        return self._paint_cells([(display(c, columns[i])[0], colors[i]) for i, c in enumerate(text)])

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self.color and color else text

    def _paint_cells(self, cells: list[tuple[str, str]]) -> str:
        """Cells as text, one escape sequence for a run of one colour."""
        if not self.color:
            return "".join(char for char, _ in cells)
        out: list[str] = []
        run, run_color = "", ""
        for char, color in cells:
            if color != run_color:
                out.append(self._paint(run, run_color) if run else "")
                run, run_color = "", color
            run += char
        out.append(self._paint(run, run_color) if run else "")
        return "".join(out)

    # ---- rows

    def _bare(self) -> None:
        self.rows.append(f"{' ' * (self.width + 2)}{self._paint('│', MARGIN)}")

    def _margin_row(self, text: str) -> None:
        self.rows.append(f"{' ' * (self.width + 2)}{self._paint('│', MARGIN)} {text}")

    def _tail(self) -> None:
        lines = [("Help", text) for text in self.diagnostic.helps] + [("Note", text) for text in self.diagnostic.notes]
        if lines and (self.groups or self.unplaced):
            self._margin_row("")
        for kind, text in lines:
            self._margin_row(f"{self._paint(kind, TAIL)}: {_one_line(text)}")


def _layers(marks: list[_Mark]) -> list[list[_Mark]]:
    """``marks`` (by their start) in layers without overlap, each label in the first layer that has room."""
    layers: list[list[_Mark]] = []
    for mark in marks:
        for layer in layers:
            if layer[-1].end <= mark.start:
                layer.append(mark)
                break
        else:
            layers.append([mark])
    return layers


def _one_line(text: str) -> str:
    """Texts may quote the program: nothing in them may start a row or drive the terminal."""
    return display(text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))[0]
