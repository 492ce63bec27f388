"""Concrete syntax trees: every token and comment of a file, for the formatter.

They come from the same tables as the AST: a node is a production with all of its symbols. Comments hang on the tokens
around them: those on lines of their own (or in front of something on its line) on the next token, one at the end of a
line on the token before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from meshpy.syntax.layout import TokenPass
from meshpy.syntax.lexer import LexResult
from meshpy.syntax.tables import Rule
from meshpy.syntax.tokens import Token

_GAP = re.compile(rb"\r\n?|\n|#=|#[^\r\n]*")
_EDGE = re.compile(rb"#=|=#")


@dataclass(slots=True)
class Comment:
    """``blank``: an empty line stands before it. ``is_block``: ``#= ... =#``, behind which a line may go on."""

    text: str
    blank: bool
    is_block: bool


@dataclass(slots=True)
class Trivia:
    """The comments of one token; ``blank``: an empty line stands right before the token itself."""

    before: list[Comment] = field(default_factory=list)
    behind: list[Comment] = field(default_factory=list)
    blank: bool = False


class Cst:
    """A production (named as its builder function, see grammar/mesh.lark) with the nodes and tokens it consists of.

    ``first`` and ``last`` are its outermost tokens that stand in the source, None in an empty production.
    """

    __slots__ = ("name", "children", "first", "last")

    def __init__(self, name: str, children: list[Cst | Token]) -> None:
        self.name = name
        self.children = children
        self.first = next((token for child in children if (token := first_token(child)) is not None), None)
        self.last = next((token for child in reversed(children) if (token := last_token(child)) is not None), None)

    def __repr__(self) -> str:
        return f"{self.name}{self.children!r}"


def first_token(node: Cst | Token) -> Token | None:
    """The first token of a node that stands in the source (ARM and NL do not)."""
    if isinstance(node, Cst):
        return node.first
    return None if node.tag in ("ARM", "NL") else node


def last_token(node: Cst | Token) -> Token | None:
    """The last token of a node that stands in the source."""
    if isinstance(node, Cst):
        return node.last
    return None if node.tag in ("ARM", "NL") else node


def cst_value(rule: Rule, values: list) -> object:
    """The value of a reduction: repetitions become lists, which their parent takes in; chains disappear."""
    if rule.origin.startswith("__"):
        if isinstance(values[0], list):
            values[0].extend(values[1:])
            return values[0]
        return list(values)
    if not rule.function and rule.size == 1:
        return values[0]
    children: list[Cst | Token] = []
    for value in values:
        if isinstance(value, list):
            children += value
        else:
            children.append(value)
    return Cst(rule.function or rule.origin, children)


class RecordedPass(TokenPass):
    """The token pass, remembering the terminals that came from the source."""

    def __init__(self, raw: LexResult, *, is_test: bool, is_interface: bool) -> None:
        super().__init__(raw, is_test=is_test, is_interface=is_interface)
        self.seen: list[Token] = []

    def terminals(self):  # noqa: ANN201 - as in TokenPass
        for token in super().terminals():
            if token.tag != "NL" and token.tag != "ARM":
                self.seen.append(token)
            yield token


def attach_comments(data: bytes, tokens: list[Token]) -> dict[int, Trivia]:
    """The trivia of each token that has some, by the token's ``id``."""
    trivia: dict[int, Trivia] = {}

    def of(token: Token) -> Trivia:
        return trivia.setdefault(id(token), Trivia())

    last: Token | None = None
    end = 0
    for token in tokens:
        gap = data[end : token.start]
        if len(gap) > 1:
            newlines = 0
            at = 0
            fresh = last is not None  # still on the line of the last token
            pending: list[Comment] = []
            while match := _GAP.search(gap, at):
                at = match.end()
                piece = match[0]
                if piece[0] != 0x23:
                    newlines += 1
                    if fresh:
                        if pending:
                            of(last).behind += pending
                            pending = []
                        fresh = False
                    continue
                is_block = piece == b"#="
                if is_block:
                    at = _block_end(gap, match.start())
                    piece = gap[match.start() : at]
                text = piece.decode("utf-8", "replace").rstrip()
                pending.append(Comment(text, newlines > 1, is_block))
                newlines = 0
            if fresh and pending and token.tag == "EOF":
                of(last).behind += pending
                pending = []
            if pending:
                of(token).before += pending
            if newlines > 1:
                of(token).blank = True
        last = token
        end = token.end
    return trivia


def _block_end(gap: bytes, start: int) -> int:
    depth = 0
    for edge in _EDGE.finditer(gap, start):
        depth += 1 if edge[0] == b"#=" else -1
        if depth == 0:
            return edge.end()
    return len(gap)
