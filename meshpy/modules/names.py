"""From file paths to module names (types reference 4.1)."""

from __future__ import annotations

from pathlib import PurePath


def pascal_case(part: str) -> str:
    """``linear_algebra`` -> ``LinearAlgebra``: split on ``_``, upper-case each first character, keep the rest."""
    return "".join(piece[0].upper() + piece[1:] for piece in part.split("_") if piece)


def module_name(relative: PurePath) -> str:
    """The module defined by the file ``relative`` to its root: ``math/linear_algebra.mpl`` -> ``Math.LinearAlgebra``.

    Of a test file (``config.test.mpl``) only the part before the first dot counts, with ``Test`` appended.
    """
    stem = relative.name.removesuffix(".mpl")
    parts = [pascal_case(part) for part in relative.parts[:-1]]
    if stem.endswith(".test"):
        parts.append(pascal_case(stem.removesuffix(".test").replace(".", "_")) + "Test")
    else:
        parts.append(pascal_case(stem.replace(".", "_")))
    return ".".join(part for part in parts if part)
