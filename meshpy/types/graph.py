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
    if isinstance(cls, type) and issubclass(cls, ast.Node)
    and not issubclass(cls, (ast.Pattern, ast.TypeExpr, ast.Ident, ast.Path))
}
for _leaf in (ast.IntLit, ast.FloatLit, ast.BoolLit, ast.UnitLit, ast.AtomLit, ast.RegexLit, ast.Break, ast.Continue,
              ast.SelfPid, ast.ImportDecl, ast.FromImport, ast.Param):
    _CHILDREN[_leaf] = ()
_CHILDREN[ast.StructLit] = ("fields",)
_CHILDREN[ast.FnDef] = ("guard", "body")
_CHILDREN[ast.ServiceDef] = ("init", "calls", "casts")


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


def let_names(pattern: Any) -> list[str]:
    """The names that the pattern of a ``let`` binds: one that stands alone is a name, capitalised or not."""
    return [pattern.name] if type(pattern) is ast.IdentPat else pattern_names(pattern)


def pattern_names(pattern: Any) -> list[str]:
    """The names that a pattern binds, in source order (a capitalised name is a constructor)."""
    found: list[str] = []
    pending: list[Any] = [pattern]
    while pending:
        p = pending.pop()
        kind = type(p)
        if kind is ast.IdentPat:
            if not p.name[:1].isupper() and p.name != "_" and p.name not in found:
                found.append(p.name)
        elif kind is ast.TuplePat or kind is ast.ListPat:
            pending.extend(reversed(p.elems))
        elif kind is ast.CtorPat:
            pending.extend(reversed(p.args))
        elif kind is ast.ConsPat:
            pending.extend((p.tail, p.head))
        elif kind is ast.AsPat:
            found.append(p.name.name)
            pending.append(p.inner)
        elif kind is ast.OrPat:
            pending.append(p.alts[0])
    return found


class ScopedReferences(References):
    """Exact references: names that a local variable hides are left out."""

    __slots__ = ()

    def walk(self, root: Any, hidden: frozenset[str] = frozenset()) -> None:
        kind = type(root)
        if root is None or kind is str:
            return
        if kind is list or kind is tuple:
            for node in root:
                self.walk(node, hidden)
        elif kind is ast.Name:
            if root.text not in hidden:
                self.names.add(root.text)
        elif kind is ast.Member and type(root.base) is ast.Name and root.base.text in hidden:
            self.methods.add(root.name.name)
        elif kind is ast.Member:
            base = root.base
            if type(base) is ast.Name:
                super().walk(root)
                return
            self.methods.add(root.name.name)
            if type(base) is ast.Member and type(base.base) is ast.Name:
                self.members.add((base.name.name, root.name.name))
            self.walk(base, hidden)
        elif kind is ast.Block:
            self.block(root.statements, hidden)
        elif kind is ast.Arm:
            inner = hidden.union(pattern_names(root.pattern))
            self.walk(root.guard, inner)
            self.walk(root.body, inner)
        elif kind is ast.For:
            self.walk(root.iterable, hidden)
            binding = root.binding
            if type(binding) is ast.Ident:
                inner = hidden | {binding.name}
            elif type(binding) is ast.ForNames:
                inner = hidden.union(n.name for n in binding.names)
            else:
                inner = hidden.union(pattern_names(binding))
            self.walk(root.filter, inner)
            self.walk(root.body, inner)
        elif hasattr(root, "params"):
            inner = hidden.union(*[param_names(p) for p in root.params])
            if getattr(root, "state", None) is not None:
                inner |= {root.state.name}
            self.walk(getattr(root, "guard", None), inner)
            self.walk(root.body, inner)
            self.walk(getattr(root, "terminate", None), inner)
        else:
            for attribute in _CHILDREN.get(kind, ()):
                self.walk(getattr(root, attribute), hidden)

    def block(self, statements: list[Any], hidden: frozenset[str]) -> None:
        for statement in statements:
            if type(statement) is ast.Let:
                self.walk(statement.value, hidden)
                hidden = hidden.union(let_names(statement.pattern))
                continue
            if type(statement) is ast.FnDef:
                hidden |= {statement.name.name}
            self.walk(statement, hidden)


def param_names(p: ast.Param) -> list[str]:
    if p.is_self:
        return ["self"]
    if p.name is not None:
        return [p.name.name]
    return pattern_names(p.pattern)


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
