"""MeshPy: the compiler toolchain of the Mesh language.

The names of ``meshpy.api`` are available here; they are loaded on first use.
"""

from __future__ import annotations

__version__ = "0.1.0"

_API = frozenset(
    "BuildError BuildResult CheckResult InternalError ProjectError build_project check_project check_source emit_project".split()
)
__all__ = ["__version__", *sorted(_API)]


def __getattr__(name: str) -> object:
    if name in _API:
        from meshpy import api

        return getattr(api, name)
    raise AttributeError(f"module 'meshpy' has no attribute {name!r}")
