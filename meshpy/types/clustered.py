"""Functions marked ``@cluster``: another node may run them, so each is one public function (toolchain reference 4.9)."""

from __future__ import annotations

from meshpy.syntax import ast
from meshpy.types.entities import ModuleScope, Overloads
from meshpy.types.typed import TypedWork

DEFAULT_COUNT = 2


def check_clustered(scope: ModuleScope) -> None:
    """CFG0001 for every decorator of a module whose function cannot be clustered work."""
    seen: set[str] = set()
    for item in scope.body:
        if type(item) is not ast.FnDef or item.cluster is None:
            continue
        reason = _problem(scope, item, seen)
        seen.add(item.name.name)
        if reason:
            scope.reporter.clustered_declaration(
                item.cluster, item.name.name, f"{scope.name}.{item.name.name}",
                item.cluster.count if item.cluster.count is not None else DEFAULT_COUNT,
                "default" if item.cluster.count is None else "explicit", reason)


def clustered_work(scopes: list[ModuleScope]) -> list[TypedWork]:
    """The declared work of a program without problems."""
    found = []
    for scope in scopes:
        for item in scope.body:
            if type(item) is ast.FnDef and item.cluster is not None:
                functions = scope.values.get(item.name.name)
                if type(functions) is Overloads and len(item.params) in functions.by_arity:
                    count = item.cluster.count if item.cluster.count is not None else DEFAULT_COUNT
                    fn = functions.by_arity[len(item.params)]
                    found.append(TypedWork(f"{scope.name}.{item.name.name}", fn.fn_id, count, len(item.params)))
    return found


def _problem(scope: ModuleScope, item: ast.FnDef, seen: set[str]) -> str | None:
    functions = scope.values.get(item.name.name)
    if item.name.name in seen:
        return "target is declared more than once via source clustered declarations"
    if type(functions) is not Overloads:
        return "no public clustered work function matches this target"
    if not functions.by_arity[len(item.params)].pub:
        return "target resolves to a private function; declare a `pub fn` clustered work entrypoint"
    if sum(fn.pub for fn in functions.by_arity.values()) > 1:
        return ("target resolves to multiple public functions with the same source name; overloaded clustered work "
                "entrypoints are unsupported")
    return None
