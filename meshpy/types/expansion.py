"""Polymorphic recursion without an end: a function that calls itself at ever larger types (types reference 2.2 rule 7).

Code is made for each instance, so such a program has no finite form. The test is on the flow of type parameters: a call
that instantiates ``b`` by a type with ``a`` inside is an edge from ``a`` to ``b``, expansive when the type is more than
``a`` itself; instances grow without end exactly when an expansive edge lies on a cycle (as for expansive inheritance of
generic classes: Kennedy and Pierce, "On Decidability of Nominal Subtyping with Variance", FOOL 2007, section 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshpy.types.graph import components
from meshpy.types.ty import TVar, Type, resolve
from meshpy.types.unify import free_vars

if TYPE_CHECKING:
    from meshpy.types.report import Reporter, Span


class Expansion:
    """Collects the instantiations of generic functions; ``run`` reports E0002 at the calls that make instances grow."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[TVar, ...], tuple[Type, ...], Span, Reporter]] = []

    def add(self, params: tuple[TVar, ...], args: tuple[Type, ...], span: Span, reporter: Reporter) -> None:
        """A use of a function with the parameters ``params`` at ``args``."""
        self.calls.append((params, args, span, reporter))

    def run(self) -> None:
        edges: dict[TVar, set[TVar]] = {}
        growing = []
        for params, args, span, reporter in self.calls:
            for param, arg in zip(params, args):
                arg = resolve(arg)
                if arg is param:
                    continue
                for var in free_vars(arg):
                    edges.setdefault(var, set()).add(param)
                    edges.setdefault(param, set())
                    if var is not arg:
                        growing.append((var, param, arg, span, reporter))
        if not growing:
            return
        home = {var: i for i, members in enumerate(components(list(edges), lambda v: edges[v])) for var in members}
        reported: set[int] = set()
        for var, param, arg, span, reporter in growing:
            if home[var] == home[param] and id(span) not in reported:
                reported.add(id(span))
                reporter.endless_instances(span, var, arg)
