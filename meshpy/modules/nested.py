"""Definitions and imports written inside blocks: they belong to the module, like those at its top (syntax 2.1 rule 1)."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from meshpy.syntax import ast

_HOISTED = (ast.StructDef, ast.SumTypeDef, ast.TypeAlias, ast.InterfaceDef, ast.ImplDef, ast.ActorDef, ast.ServiceDef,
            ast.SupervisorDef, ast.ImportDecl, ast.FromImport)

# Nearly every file has none: only one with such a word behind blanks or on the line of a `do` is walked.
_LIKELY = re.compile(
    rb"(?:^[ \t]+|\bdo\b[^\n]*[ ;])(?:pub[ \t]+)?(?:struct|type|interface|impl|actor|service|supervisor|import|from)\b", re.M)

_CHILDREN = {
    cls: tuple(f.name for f in dataclasses.fields(cls) if f.name not in ("start", "end", "doc"))
    for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.Node) and not issubclass(cls, (ast.Pattern, ast.TypeExpr, ast.Ident))
}


def nested_items(source: bytes, file: ast.SourceFile) -> list[ast.Item]:
    """The items of ``file`` that stand in blocks, in source order; local functions are not among them."""
    if _LIKELY.search(source) is None:
        return []
    found: list[ast.Item] = []
    pending: list[Any] = list(reversed(file.body))
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is list or kind is tuple:
            pending.extend(reversed(node))
            continue
        if kind is ast.Block:
            found.extend(s for s in node.statements if isinstance(s, _HOISTED))
        names = _CHILDREN.get(kind)
        if names:
            pending.extend(child for name in reversed(names) if (child := getattr(node, name)) is not None)
    found.sort(key=lambda item: item.start)
    return found
