"""One run of the checker over a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meshpy.diagnostics import Diagnostic
from meshpy.modules import Project
from meshpy.types import special, tests_dsl
from meshpy.types import typed as T
from meshpy.types.clustered import check_clustered, clustered_work
from meshpy.types.declare import Declarer
from meshpy.types.derive import check_derived
from meshpy.types.driver import Driver
from meshpy.types.entities import ModuleScope, Overloads
from meshpy.types.implcheck import check_impls
from meshpy.types.impls import ProgramImpls
from meshpy.types.library import load_interfaces
from meshpy.types.report import At
from meshpy.types.show import show

assert special  # registers the rules of special library functions


@dataclass(slots=True, eq=False)
class Checked:
    """The outcome: the program (meaningful only without errors), the diagnostics, and the tables behind them."""

    program: T.TypedProgram
    diagnostics: list[Diagnostic]
    last_type: str | None
    driver: Driver


def check_project(project: Project) -> Checked:
    driver = Driver()
    world = driver.world
    declarer = Declarer(driver)
    library = declarer.library(load_interfaces())
    scopes = [declarer.module(unit, order) for order, unit in enumerate(project.modules)]
    for scope in scopes:
        declarer.collect(scope)
        if scope.unit.is_test:
            tests_dsl.collect(declarer, scope)
    for scope in scopes:
        declarer.imports(scope)
    for scope in (*library, *scopes):
        declarer.types(scope)
    for scope in (*library, *scopes):
        declarer.traits(scope)
    for scope in scopes:
        declarer.impls(scope)
    for scope in scopes:
        check_derived(driver, scope)
        check_clustered(scope)
    check_main(project, world.modules, driver)
    driver.run()
    check_impls(driver)
    if not project.snippet:
        for item in driver.items:
            if item.kind == "expr" and not item.scope.unit.is_test:
                item.scope.reporter.top_expression(item.node)
    diagnostics: list[Diagnostic] = []
    for scope in (*library, *scopes):
        found = scope.reporter.diagnostics
        found.sort(key=lambda d: (not d.is_error, d.labels[0].start, d.labels[0].end, d.code))
        diagnostics.extend(found)
    entry = world.modules.get(project.entry)
    return Checked(assemble(driver, entry, scopes), diagnostics, last_type(driver, entry), driver)


def check_main(project: Project, modules: dict[str, ModuleScope], driver: Driver) -> None:
    """E0055: the entry module needs a ``main`` without parameters."""
    entry = modules.get(project.entry)
    if project.snippet or entry is None or entry.unit.is_test:
        return
    main = entry.values.get("main")
    if type(main) is not Overloads:
        if any(m.unit.is_test for m in modules.values()):
            return
        entry.reporter.missing_main(At(0, 0), project.entry_file)
    elif 0 not in main.by_arity:
        fn = next(iter(main.by_arity.values()))
        entry.reporter.main_params(fn.clauses[0].name)


def assemble(driver: Driver, entry: ModuleScope | None, scopes: list[ModuleScope]) -> T.TypedProgram:
    """The typed program out of the closed items."""
    world = driver.world
    main = entry.values.get("main") if entry is not None else None
    main_fn = main.by_arity.get(0) if type(main) is Overloads else None
    services = {}
    for service in world.services.values():
        if service.typed is not None:
            services[service.id] = typed_service(service)
    supervisors = {}
    for item in driver.items:
        if item.fn is not None and item.fn.kind == "supervisor" and item.fn.typed is not None:
            supervisors[item.fn.fn_id] = item.fn.typed
    lets = [i for i in driver.items if i.kind == "let" and i.typed is not None
            and not (i.entries and i.entries[0].fn is not None)]
    lets.sort(key=lambda i: (i.scope.order, i.order))
    typed_lets = [i.typed for i in driver.std_lets] + [i.typed for i in lets]
    sources = {s.path: s.source for s in scopes}
    for fn in driver.functions.values():
        if fn.path not in sources:
            scope = world.std.get(fn.module)
            if scope is not None:
                sources[fn.path] = scope.source
    return T.TypedProgram(driver.functions, driver.externs, {i: t.definition for i, t in world.types.items()}, services,
                          supervisors, typed_lets, ProgramImpls(world, driver.solver),
                          main_fn.fn_id if main_fn is not None else None, tests_dsl.typed_tests(driver), sources,
                          clustered_work(scopes), driver.library_function)


def typed_service(service: Any) -> T.TypedService:
    node = service.node
    functions = list(service.typed)
    init = functions.pop(0) if node.init is not None else None
    handlers = []
    for handler, fn, params, reply in zip([*node.calls, *node.casts], functions, service.handler_params, service.replies):
        handlers.append(T.TypedHandler(handler.name.name, handler.kind == "call", fn.fn_id, tuple(params), reply))
    return T.TypedService(service.id, service.state, init.fn_id if init is not None else None, tuple(service.init_params),
                          tuple(handlers))


def last_type(driver: Driver, entry: ModuleScope | None) -> str | None:
    """The type of the last definition or expression of a module."""
    if entry is None or not entry.unit.file.body:
        return None
    last = entry.unit.file.body[-1]
    for item in driver.items:
        if item.scope is not entry:
            continue
        if item.kind == "fn" and (last is item.node or last in item.fn.clauses):
            fn = item.fn
            return show(fn.scheme.ty) if fn.scheme is not None else None
        if item.node is last and item.ty is not None:
            return show(item.ty)
    return None

