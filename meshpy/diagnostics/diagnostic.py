"""Diagnostics as values: what every stage reports and only the command line renders.

A stage never prints and never raises for a mistake of the user: it returns ``Diagnostic`` values. Spans are
half-open byte offsets into the UTF-8 source of the file named by ``path``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A marked place: bytes ``start`` to ``end`` (half-open) of the file ``path``, with a text beside it."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``labels[0]`` is the primary place (the main span); the others are related places.

    ``code`` is a key of the catalogue (``E0001``, ``W0001``, ``P0001``, ...); ``message`` is the headline without
    the code; ``notes`` and ``helps`` are full lines in the order they are shown.
    """

    code: str
    severity: Severity
    message: str
    labels: tuple[Label, ...]
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR
