"""The Mesh sources of the repository, for properties of every program."""

from __future__ import annotations

import random
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cases"))

from case_file import read_cases  # noqa: E402

TOKENS = re.compile(r'"(?:[^"\\\n]|\\.)*"|\w+|[ \t]+|\n|<>|->|=>|::|\|>|==|\+\+|[^\w\s]')


@cache
def single_files() -> dict[str, str]:
    """Programs of one file: examples and cases."""
    found = {}
    for path in sorted((ROOT / "examples").rglob("*.mpl")):
        found[str(path.relative_to(ROOT))] = path.read_text()
    for path in sorted((ROOT / "tests" / "cases").rglob("*.mpl")):
        for case in read_cases(path):
            if set(case.files) == {"main.mpl"}:
                found[f"{path.name}: {case.name}"] = case.files["main.mpl"].lstrip("\n")
    return found


@cache
def mesher() -> dict[str, str]:
    folder = ROOT / "mesher"
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*.mpl")) if not p.name.endswith(".test.mpl")}


@cache
def words() -> list[str]:
    """Every kind of token that the sources use."""
    return sorted({t for text in single_files().values() for t in TOKENS.findall(text) if len(t) < 20})


def mutated(text: str, rng: random.Random, donor: str) -> str:
    """``text`` with some tokens dropped, doubled, swapped, or replaced by other tokens, lines of it or of ``donor``."""
    tokens = TOKENS.findall(text)
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        if not tokens:
            break
        at = rng.randrange(len(tokens))
        end = min(len(tokens), at + rng.choice([1, 1, 1, 2, 5, 20]))
        names = [i for i, t in enumerate(tokens) if t[0].isalpha()]
        match rng.randrange(8):
            case 0:
                del tokens[at:end]
            case 1:
                tokens[at:at] = tokens[at:end]
            case 2 | 3 if names:  # another name of the same program: mistakes of types rather than of syntax
                tokens[rng.choice(names)] = tokens[rng.choice(names)]
            case 4 if names:
                literals = ["1", '"s"', "2.5", "[]", "None", "true", "nil", "()", ":a", "%{}", "fn x -> x end", "self()", "Int"]
                tokens[rng.choice(names)] = rng.choice(literals)
            case 5:
                tokens[at] = rng.choice(words())
            case 6:
                other = donor.split("\n")
                start = rng.randrange(len(other))
                tokens.insert(at, "\n" + "\n".join(other[start : start + rng.randint(1, 12)]) + "\n")
            case _:
                to = rng.randrange(len(tokens))
                tokens[at], tokens[to] = tokens[to], tokens[at]
    return "".join(tokens)
