"""Collects the case files: each case is checked, and the run cases are executed, optimised and not."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from batch import FOLDER, Batch, Outcome  # noqa: E402
from case_file import Case, read_cases  # noqa: E402
from checking import problems  # noqa: E402

LEVELS = (0, 2)


class CaseFailed(Exception):
    """A case that does not do what it says."""


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".mpl" and file_path.parent.parent == Path(__file__).parent:
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        cases = read_cases(self.path)
        running = [case for case in cases if case.runs]
        batches = {level: Batch(running, level, FOLDER / f"{self.path.stem}-O{level}") for level in LEVELS}
        for case in cases:
            yield CheckItem.from_parent(self, name=f"{case.name} [check]", case=case)
            if case.runs:
                for level in LEVELS:
                    yield RunItem.from_parent(self, name=f"{case.name} [O{level}]", case=case, batch=batches[level])


class _Item(pytest.Item):
    def __init__(self, *, case: Case, **kwargs) -> None:
        super().__init__(**kwargs)
        self.case = case

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo, style=None):
        if isinstance(excinfo.value, CaseFailed):
            return f"{self.case.path}:{self.case.line}: {self.case.name}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)


class CheckItem(_Item):
    def runtest(self) -> None:
        found = problems(self.case)
        if found:
            raise CaseFailed("\n".join(found))


class RunItem(_Item):
    def __init__(self, *, batch: Batch, **kwargs) -> None:
        super().__init__(**kwargs)
        self.batch = batch

    def runtest(self) -> None:
        outcome = self.batch.run(self.case)
        problem = _difference(self.case, outcome)
        if problem:
            raise CaseFailed(problem)


def _difference(case: Case, outcome: Outcome) -> str:
    if outcome.problem:
        return outcome.problem
    parts: list[str] = []
    if outcome.stdout != case.output:
        wanted, found = case.output.splitlines(), outcome.stdout.splitlines()
        parts.append("\n".join(difflib.unified_diff(wanted, found, "expected stdout", "stdout", lineterm="")) or "line ends differ")
    if outcome.status != case.status:
        parts.append(f"exit status: expected {case.status}, found {outcome.status}")
    missing = [text for text in case.stderr if text not in outcome.stderr]
    parts += [f"stderr lacks: {text}" for text in missing]
    unexpected = outcome.stderr if not case.stderr else ""
    if parts or unexpected:
        parts.append(f"stderr:\n{outcome.stderr}" if outcome.stderr else "stderr is empty")
    return "\n".join(parts)
