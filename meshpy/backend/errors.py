"""What can go wrong behind the type checker."""

from __future__ import annotations


class BuildError(Exception):
    """The program is right but cannot be built here: no C compiler, a missing library, a full disk. ``message`` is one
    line; ``helps`` say what to do next."""

    def __init__(self, message: str, *helps: str) -> None:
        super().__init__(message)
        self.message = message
        self.helps = helps


class InternalError(Exception):
    """A defect of the compiler. ``details`` go into the report file, never to the terminal."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
