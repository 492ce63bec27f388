"""Syntax trees as short text, to compare and to look at: ``(call f [x (+ y 1)])``.

Names, numbers, strings and atoms stand for themselves, operators and node classes head a list, ``_`` is an absent
part. Two trees have the same text exactly when they mean the same: spans, parentheses and documentation are left out.
"""

from __future__ import annotations

import dataclasses
import json

from meshpy.syntax import ast

_LEFT_OUT = frozenset(("start", "end", "doc", "parens", "op_start", "op_end"))


def sexpr(node: object) -> str:
    """The text of a node, a list of nodes, or a part of one."""
    out: list[str] = []
    work: list[object] = [node]  # a stack instead of recursion: trees may be deep
    while work:
        item = work.pop()
        if isinstance(item, _Raw):
            out.append(item)
        else:
            work += reversed(_parts(item))
    return " ".join(out).replace("( ", "(").replace(" )", ")").replace("[ ", "[").replace(" ]", "]")


class _Raw(str):
    """Finished text."""


def _parts(item: object) -> list[object]:
    if item is None:
        return [_Raw("_")]
    if isinstance(item, bool):
        return [_Raw(str(item).lower())]
    if isinstance(item, str):
        return [_Raw(json.dumps(item, ensure_ascii=False))]
    if isinstance(item, (int, float)):
        return [_Raw(repr(item))]
    if isinstance(item, (list, tuple)):
        return [_Raw("["), *item, _Raw("]")]
    if isinstance(item, ast.Name):
        return [_Raw(item.text)]
    if isinstance(item, (ast.Ident, ast.IdentPat)):
        return [_Raw(item.name)]
    if isinstance(item, ast.Path):
        return [_Raw(item.text)]
    if isinstance(item, (ast.IntLit, ast.FloatLit, ast.BoolLit, ast.LitPat)):
        return [item.value]
    if isinstance(item, (ast.AtomLit, ast.AtomPat)):
        return [_Raw(":" + item.name)]
    if isinstance(item, ast.WildPat):
        return [_Raw("_")]
    if isinstance(item, ast.ExprStmt):
        return [item.expr]
    if isinstance(item, ast.Block):
        return [_Raw("{"), *item.statements, _Raw("}")]
    if isinstance(item, ast.StringLit) and not item.heredoc and all(isinstance(part, str) for part in item.parts):
        return [item.parts[0] if item.parts else ""]
    if isinstance(item, ast.Binary):
        return [_Raw("("), _Raw(item.op), item.lhs, item.rhs, _Raw(")")]
    if isinstance(item, ast.TyName) and not item.args:
        return [item.path]
    if isinstance(item, ast.Param) and item.type is None:
        return [_Raw("self") if item.is_self else item.name or item.pattern]
    head = _Raw(type(item).__name__.lower())
    fields = [getattr(item, field.name) for field in dataclasses.fields(item) if field.name not in _LEFT_OUT]
    flags = [
        _Raw(field.name) for field in dataclasses.fields(item)
        if field.name not in _LEFT_OUT and getattr(item, field.name) is True
    ]  # fmt: skip
    return [_Raw("("), head, *(value for value in fields if value is not False and value is not True), *flags, _Raw(")")]
