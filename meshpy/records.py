"""The classes of the compiler's trees: many, small, and made at every start."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from reprlib import recursive_repr
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@recursive_repr()
def _shown(self: object) -> str:
    return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in fields(self))})"


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A dataclass with slots, compared and hashed by identity.

    ``dataclass`` compiles a ``__repr__`` for each class and writes a signature for each one without a docstring; with two
    hundred classes that is a third of the start of the compiler. Here they share one.
    """
    if cls.__doc__ is None:
        cls.__doc__ = ""
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = _shown  # type: ignore[method-assign]
    return dataclass(slots=True, eq=False, repr=False)(cls)
