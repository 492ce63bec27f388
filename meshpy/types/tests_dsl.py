"""Test files: ``test`` blocks become functions, with setup before and teardown behind in one scope (syntax 2.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.entities import FnEntity, ModuleScope
from meshpy.types.processes import TEST_BODY
from meshpy.types.ty import TVar

if TYPE_CHECKING:
    from meshpy.types.declare import Declarer
    from meshpy.types.driver import Driver


class _TestClause:
    """A test as the one clause of a function."""

    __slots__ = ("body", "end", "guard", "label", "name", "params", "pub", "ret", "start", "type_params", "where")

    def __init__(self, node: ast.TestBlock, label: str, body: ast.Block) -> None:
        self.start = node.start
        self.end = node.end
        self.name = ast.Ident(node.start, node.start, label)
        self.label = label
        self.params: list[Any] = []
        self.ret = None
        self.body = body
        self.guard = None
        self.pub = False
        self.type_params: list[Any] = []
        self.where: list[Any] = []


def collect(declarer: Declarer, scope: ModuleScope) -> None:
    """Enter the tests of a file as functions, in source order."""
    counter = 0

    def visit(items: list[Any], prefix: str, before: list[ast.Stmt], after: list[ast.Stmt]) -> None:
        nonlocal counter
        for item in items:
            if type(item) is ast.Setup:
                before = before + item.body.statements
            elif type(item) is ast.Teardown:
                after = item.body.statements + after
        for item in items:
            if type(item) is ast.Describe:
                visit(item.body, f"{prefix}{item.label} > ", before, after)
            elif type(item) is ast.TestBlock:
                body = [_guarded(item.body)] if after else item.body.statements
                statements = [*before, *body, *after]
                block = ast.Block(item.body.start, item.body.end, statements)
                clause = _TestClause(item, prefix + item.label, block)
                fn = FnEntity("test", scope, clause.label, 0, f"{scope.name}.test#{counter}", [clause], False)
                fn.message = TVar(0)
                counter += 1
                declarer.driver.add_fn(fn)

    visit(scope.body, "", [], [])


def _guarded(body: ast.Block) -> ast.Stmt:
    """The body as a closure that is called so that teardown runs behind it, however it ends."""
    place = body.start, body.end
    closure = ast.Closure(*place, [ast.ClosureClause(*place, [], None, body)])
    return ast.ExprStmt(*place, ast.Call(*place, ast.Name(*place, TEST_BODY), [closure]))


def typed_tests(driver: Driver) -> list[T.TypedTest]:
    return [T.TypedTest(i.fn.clauses[0].label, i.fn.fn_id) for i in driver.items
            if i.fn is not None and i.fn.kind == "test" and i.fn.fn_id in driver.functions]
