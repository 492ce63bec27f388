"""Did-you-mean: the closest visible name (types reference 3.5)."""

from __future__ import annotations

from collections.abc import Iterable


def distance(a: str, b: str, limit: int) -> int:
    """Levenshtein distance of ``a`` and ``b``, or ``limit + 1`` when it is larger (Wagner and Fischer, 1974)."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal = row[0]
        row[0] = best = i
        for j, y in enumerate(b, 1):
            cost = diagonal if x == y else 1 + min(diagonal, row[j], row[j - 1])
            diagonal, row[j] = row[j], cost
            best = min(best, cost)
        if best > limit:
            return limit + 1
    return row[-1]


def closest(name: str, candidates: Iterable[str], limit: int = 2) -> str | None:
    """The candidate within ``limit`` edits of ``name``; the nearest, then the first in alphabetical order."""
    best: tuple[int, str] | None = None
    for candidate in set(candidates):
        if candidate == name:
            continue
        found = distance(name, candidate, limit)
        # A name of one or two letters is within two edits of everything: ask for a real resemblance.
        if found <= limit and found < max(len(name), len(candidate)) and (best is None or (found, candidate) < best):
            best = (found, candidate)
    return best[1] if best else None


def help_for(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help lines for an unknown ``name``: none, or the one with the suggestion."""
    found = closest(name, candidates)
    return (f"did you mean `{found}`?",) if found else ()
