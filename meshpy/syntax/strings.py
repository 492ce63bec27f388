"""Values of string literals: escapes and the indentation of heredocs (syntax reference, section 1.6)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_NEWLINE = re.compile(r"\r\n?|\n")
_INDENT = re.compile(r"(\r\n?|\n)([ \t]*)")


def unescape(text: str) -> str:
    """Resolves escapes; a backslash before any other character only disappears, one at the end stays."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


def dedent(pieces: list[str | None]) -> list[str | None]:
    """Removes the indentation of a heredoc.

    ``pieces`` is its source text between the interpolations, each of which is a None. The closing line (what stands
    after the last newline) says how much every line loses; if it is blank it goes, with the newline before it.
    """
    leads = pieces[0] is not None and _NEWLINE.match(pieces[0])
    for at in range(len(pieces) - 1, -1, -1):
        newlines = pieces[at] is not None and [*_NEWLINE.finditer(pieces[at])]
        if newlines:
            break
    else:
        return pieces
    closing = newlines[-1]
    line = pieces[at][closing.end() :]
    trim = len(line) - len(line.lstrip(" \t"))
    if at == len(pieces) - 1 and trim == len(line):
        if leads and at == 0 and len(newlines) == 1:
            return [""]
        pieces = [*pieces[:-1], pieces[at][: closing.start()]]
    result = [
        piece if piece is None else _INDENT.sub(lambda match: match[1] + match[2][trim:], piece) for piece in pieces
    ]
    if leads:
        result[0] = _NEWLINE.sub("", result[0], count=1)
    return result
