"""The dependency graph of definitions: free names of bodies, and its strongly connected components.

What a body may refer to is over-approximated (a local variable that hides a function still makes an edge, any method
name leads to all methods of that name); a component of several members that this makes is looked at again with scopes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from meshpy.syntax import ast

Node = TypeVar("Node", bound=Hashable)

_SKIP = frozenset({"start", "end", "doc", "parens", "type", "ret", "where", "type_params", "name", "op", "op_start", "op_end",
                   "pattern_text", "cluster", "pub", "expr_body", "kwargs", "trailing", "heredoc", "slot", "kind", "state",
                   "reply", "restart", "shutdown", "strategy", "max_restarts", "max_seconds", "is_self", "pattern", "label"})


def _children(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls) if f.name not in _SKIP)


_CHILDREN: dict[type, tuple[str, ...]] = {
    cls: _children(cls) for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.Node) and not issubclass(cls, (ast.Pattern, ast.TypeExpr, ast.Ident, ast.Path))
}
for _leaf in (ast.IntLit, ast.FloatLit, ast.BoolLit, ast.UnitLit, ast.AtomLit, ast.RegexLit, ast.Break, ast.Continue,
              ast.SelfPid, ast.ImportDecl, ast.FromImport, ast.Param):
    _CHILDREN[_leaf] = ()
_CHILDREN[ast.StructLit] = ("fields",)
_CHILDREN[ast.FnDef] = ("guard", "body")


class References:
    """What a body mentions: bare ``names``, ``members`` (base, name) and names of ``methods``."""

    __slots__ = ("members", "methods", "names")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.members: set[tuple[str, str]] = set()
        self.methods: set[str] = set()

    def walk(self, root: Any) -> None:
        pending = [root]
        pop = pending.pop
        push = pending.append
        children = _CHILDREN
        while pending:
            node = pop()
            kind = type(node)
            if kind is list or kind is tuple:
                pending.extend(node)
            elif kind is ast.Name:
                self.names.add(node.text)
            elif kind is ast.Member:
                base = node.base
                name = node.name.name
                if type(base) is ast.Name:
                    self.members.add((base.text, name))
                    if not base.text[:1].isupper():
                        self.names.add(base.text)
                else:
                    if type(base) is ast.Member and type(base.base) is ast.Name:
                        self.members.add((base.name.name, name))
                    push(base)
                self.methods.add(name)
            else:
                for attribute in children.get(kind, ()):
                    child = getattr(node, attribute)
                    if child is not None and type(child) is not str:
                        push(child)


def components(nodes: Iterable[Node], edges: Callable[[Node], Iterable[Node]]) -> list[list[Node]]:
    """Strongly connected components, dependencies first (Tarjan 1972, iterative).

    ``nodes`` in order of preference decide ties; members of a component are in that order too.
    """
    order = {node: i for i, node in enumerate(nodes)}
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    on_stack: set[Node] = set()
    stack: list[Node] = []
    found: list[list[Node]] = []
    for root in order:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(sorted((n for n in edges(root) if n in order), key=order.__getitem__)))]
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    on_stack.add(successor)
                    work.append((successor, iter(sorted((n for n in edges(successor) if n in order),
                                                        key=order.__getitem__))))
                    break
                if successor in on_stack:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member is node:
                            break
                    component.sort(key=order.__getitem__)
                    found.append(component)
    return found
