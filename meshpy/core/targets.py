"""What a callee can turn out to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from meshpy.core.ir import Atom


@dataclass(slots=True)
class Direct:
    """A function of the program; ``extra`` values go in front of the arguments."""

    fn: str
    extra: list[Atom]


@dataclass(slots=True)
class Inline:
    """Code emitted in place: from the arguments to the value."""

    emit: Callable[[list[Atom]], Atom]


@dataclass(slots=True)
class Indirect:
    closure: Atom


Target = Direct | Inline | Indirect
