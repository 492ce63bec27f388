"""Type checking: from parsed modules to the typed program (types reference).

``check(project)`` is the entry. It never raises for a user's mistake: everything wrong is in ``diagnostics``, per
module in dependency order, errors first, by place.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass

from meshpy.diagnostics import Diagnostic
from meshpy.modules import Project
from meshpy.types.check import Checked, check_project

__all__ = ["CheckResult", "check"]


@dataclass(slots=True)
class CheckResult:
    """``program`` is None when there are errors. ``last_type`` is the type of the last definition or expression of the
    entry module, as the REPL and the tests print it. ``checked`` has the tables that editors look names up in."""

    program: object | None
    diagnostics: list[Diagnostic]
    last_type: str | None
    checked: Checked | None

    @property
    def ok(self) -> bool:
        return not any(d.is_error for d in self.diagnostics)


def check(project: Project) -> CheckResult:
    """Type-check a project. With errors from loading it (syntax, cycles) nothing is checked."""
    if not project.ok:
        return CheckResult(None, list(project.diagnostics), None, None)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 100_000))
    # Everything made here lives as long as the result: collecting in between costs a third of the time for nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        checked = check_project(project)
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()
    diagnostics = [*project.diagnostics, *checked.diagnostics]
    errors = any(d.is_error for d in diagnostics)
    program = None if errors else checked.program
    return CheckResult(program, diagnostics, checked.last_type, checked)
