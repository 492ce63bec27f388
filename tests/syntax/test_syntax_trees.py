"""Trees of the cases of trees.txt, and the places that nodes claim."""

from __future__ import annotations

import dataclasses

import pytest
from syntax_cases import Case, read_cases

from meshpy.syntax import ast, parse
from meshpy.syntax.sexpr import sexpr

_CASES = read_cases("trees.txt")


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_tree(case: Case) -> None:
    source, trees = case.text.split("\n---\n")
    result = case.parse(source)
    assert [diagnostic.message for diagnostic in result.diagnostics] == []
    assert [sexpr(statement) for statement in result.file.body] == trees.splitlines()


def _children(node: object) -> list[ast.Node]:
    if isinstance(node, ast.Node):
        return [child for field in dataclasses.fields(node) for child in _children(getattr(node, field.name))]
    if isinstance(node, (list, tuple)):
        return [child for item in node for child in ([item] if isinstance(item, ast.Node) else _children(item))]
    return []


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_spans_nest(case: Case) -> None:
    source = case.text.split("\n---\n")[0]
    work: list[ast.Node] = [case.parse(source).file]
    while work:
        node = work.pop()
        assert 0 <= node.start <= node.end <= len(source.encode())
        for field in dataclasses.fields(node):
            value = getattr(node, field.name)
            for child in [value] if isinstance(value, ast.Node) else _children(value):
                assert node.start <= child.start and child.end <= node.end, (node, child)
                work.append(child)


def _only(source: str, **kinds: bool) -> ast.Stmt:
    result = parse(source, "case.mpl", **kinds)
    assert result.diagnostics == []
    (statement,) = result.file.body
    return statement


def test_spans_are_byte_offsets() -> None:
    source = "let é = \"ü\" <> größe(x)"
    let = _only(source)
    assert isinstance(let, ast.Let) and isinstance(let.value, ast.Binary)
    data = source.encode()
    assert data[let.pattern.start : let.pattern.end].decode() == "é"
    assert data[let.value.lhs.start : let.value.lhs.end].decode() == '"ü"'
    assert data[let.value.op_start : let.value.op_end] == b"<>"
    assert data[let.value.rhs.start : let.value.rhs.end].decode() == "größe(x)"


def test_parentheses_are_remembered() -> None:
    statement = _only("(a + b).c")
    assert isinstance(statement, ast.ExprStmt) and isinstance(statement.expr, ast.Member)
    base = statement.expr.base
    assert base.parens and (base.start, base.end) == (0, 7) and not statement.expr.parens


def test_documentation() -> None:
    source = "##! The module.\n##! More.\n\n# not this\n## Adds.\n##  indented\n# nor this\n@cluster\npub fn f() = 1\n"
    result = parse(source, "case.mpl")
    assert result.file.doc == "The module.\nMore."
    (item,) = result.file.body
    assert isinstance(item, ast.FnDef) and item.doc == "Adds.\n indented"
    struct = _only("struct S do\n  ## The name.\n  name :: String\n  x :: Int\nend")
    assert isinstance(struct, ast.StructDef) and [field.doc for field in struct.fields] == ["The name.", None]


def test_line_ends() -> None:
    trees = {tuple(map(sexpr, parse(f"a{end}-b{end}{end}  |> c", "x").file.body)) for end in ("\n", "\r\n", "\r")}
    assert trees == {("a", '(pipe (unary "-" b) c 1)')}


def test_byte_order_mark() -> None:
    assert parse("\ufefflet a = 1", "case.mpl").diagnostics == []
    assert len(parse("let a = 1\ufeff", "case.mpl").diagnostics) == 1


def test_identifiers_with_combining_marks() -> None:
    let = _only("let हिन्दी = 1")
    assert isinstance(let, ast.Let) and sexpr(let.pattern) == "हिन्दी"
