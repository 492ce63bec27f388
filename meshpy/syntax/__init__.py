"""Source text to syntax tree: lexer, token pass, LALR grammar, tree builder.

``parse`` is the one entry; ``meshpy.syntax.ast`` has the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshpy.diagnostics import Diagnostic
from meshpy.syntax import ast

__all__ = ["ParseResult", "ast", "parse"]


@dataclass(slots=True)
class ParseResult:
    """``file`` holds what could be read (all of it when there are no ``diagnostics``), items with an error left out."""

    file: ast.SourceFile
    diagnostics: list[Diagnostic]


def parse(source: bytes | str, path: str, *, is_test: bool = False, is_interface: bool = False) -> ParseResult:
    """Parses one file; ``path`` only names it in diagnostics (code P0001). Never raises for what the source contains.

    ``is_test`` turns the test words on (``*.test.mpl``), ``is_interface`` the ``extern`` functions of the library's
    interface files. Spans are byte offsets into the UTF-8 form of ``source``.
    """
    from meshpy.syntax.parser import parse_file

    return ParseResult(*parse_file(source, path, is_test, is_interface))
