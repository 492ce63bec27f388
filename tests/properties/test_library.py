"""Texts, numbers, JSON and collections of the library against Python: many requests to one compiled program."""

from __future__ import annotations

import json
import math
import random
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fuzzing import FACTOR, TIMES
from terms import divide, float_text, quotient, remainder, truncated, wrap

from meshpy.api import build_project

pytestmark = pytest.mark.programs

COUNT = 60 * TIMES  # requests of each kind
PIECES = ["", "a", "aa", "b", ",", " ", "\t", "é", "ß", "İ", "日本", "😀", "\n", "\u00a0", "\u3000", "\u200b", "0", "x\"y", "\\", "/", "\x01"]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = build_project(Path(__file__).parent / "library.mpl", tmp_path_factory.mktemp("library") / "program")
    assert result.output is not None, result.diagnostics
    return result.output


def text(rng: random.Random, most: int = 6) -> str:
    return "".join(rng.choices(PIECES, k=rng.randint(0, most)))


def number(rng: random.Random) -> float:
    match rng.randrange(5):
        case 0:
            return rng.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 9999999999999998.0, 1e-5, 1e-6, 9.999e-6, 5e-324, 1.7976931348623157e308])
        case 1:
            return float(rng.randint(-(10**18), 10**18))
        case 2:
            return rng.randint(-(10**6), 10**6) / 10 ** rng.randint(0, 8)
    while True:
        x = struct.unpack("d", rng.randbytes(8))[0]
        if math.isfinite(x):
            return x


def json_float(x: float) -> str:
    """io 8.3 rule 3: plain from 1e-5 to 1e16, else an exponent without padding."""
    if x == 0 or 1e-5 <= abs(x) < 1e16:
        plain = float_text(x)
        return plain if "." in plain else plain + ".0"
    digits, _, exponent = f"{x!r}".partition("e")
    if not exponent:  # Python is plain up to 1e16 as well
        raise AssertionError(x)
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}"


def encode(v: Any) -> str:
    if isinstance(v, dict):
        return "{" + ",".join(f"{encode(k)}:{encode(v[k])}" for k in sorted(v, key=str.encode)) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(encode, v)) + "]"
    if isinstance(v, float):
        return json_float(v)
    if isinstance(v, int) and not isinstance(v, bool) and not -(2**63) <= v < 2**63:
        return json_float(float(v))
    if isinstance(v, str):
        return json.dumps(v, ensure_ascii=False).replace("\x7f", "\x7f")
    return json.dumps(v)


def tree(rng: random.Random, depth: int) -> Any:
    if depth == 0 or rng.random() < 0.3:
        return rng.choice([None, True, False, rng.randint(-(2**63), 2**63 - 1), 2**63, 10**30, number(rng), text(rng)])
    if rng.random() < 0.5:
        return [tree(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return {text(rng, 2): tree(rng, depth - 1) for _ in range(rng.randint(0, 3))}


def deep(rng: random.Random, depth: int) -> dict[str, Any]:
    kinds = ["Nothing", "Number", "Real", "Text", "Flag", "Maybe"] + ["Many", "Named", "Both"] * (2 if depth else 0)
    kind = rng.choice(kinds)
    integer = rng.randint(-(2**63), 2**63 - 1)
    fields: list[Any] = {
        "Nothing": lambda: [],
        "Number": lambda: [integer],
        "Real": lambda: [number(rng)],
        "Text": lambda: [text(rng)],
        "Flag": lambda: [rng.random() < 0.5],
        "Maybe": lambda: [rng.choice([None, text(rng)])],
        "Many": lambda: [[deep(rng, depth - 1) for _ in range(rng.randint(0, 3))]],
        "Named": lambda: [{text(rng, 2): deep(rng, depth - 1) for _ in range(rng.randint(0, 3))}],
        "Both": lambda: [deep(rng, depth - 1), {
            "id": integer, "name": text(rng), "ratio": number(rng), "on": rng.random() < 0.5,
            "note": rng.choice([None, deep(rng, depth - 1)]),
            "rows": [[rng.randint(-9, 9) for _ in range(rng.randint(0, 3))] for _ in range(rng.randint(0, 3))],
            "table": {text(rng, 2): rng.choice([None, 1, -7]) for _ in range(rng.randint(0, 3))},
        }],
    }[kind]()  # fmt: skip
    return {"tag": kind, "fields": fields}


def boolean(b: bool) -> str:
    return str(b).lower()


def shown(v: Any) -> str:
    if isinstance(v, dict):
        if all(x is None for x in v.values()) and v:
            return f"#{{{', '.join(map(shown, v))}}}"
        return f"%{{{', '.join(f'{k} => {x}' for k, x in v.items())}}}"
    return f"[{', '.join(map(shown, v))}]" if isinstance(v, list) else f"({', '.join(map(shown, v))})" if isinstance(v, tuple) else str(v)


def script(rng: random.Random, kinds: int) -> list[int]:
    out: list[int] = []
    for _ in range(rng.randint(0, 40)):
        out += [rng.choice([0, 0, 0, *range(kinds)]), rng.randint(0, 12), rng.randint(-5, 5)]
    return out


def maps(steps: list[int]) -> str:
    m: dict[str, int] = {}
    old: dict[str, int] = {}
    for what, k, v in zip(steps[::3], steps[1::3], steps[2::3], strict=True):
        key = f"k{k}"
        match what:
            case 0:
                m = {**m, key: v}
            case 1:
                m = {a: b for a, b in m.items() if a != key}
            case 2:
                old = m
            case 3:
                m = {**m, **old}
            case 4:
                m = {**m, key: m.get(key, 0) + v}
            case 5:
                m, old = old, m
    return f"{table(m)} {table(old)} {len(m)} {shown(list(m))} {shown(list(old.values()))} {boolean(m == old)}"


def table(m: dict[Any, Any]) -> str:
    return f"%{{{', '.join(f'{k} => {v}' for k, v in m.items())}}}"


def members(s: dict[int, None]) -> str:
    return f"#{{{', '.join(map(str, s))}}}"


def numbers(steps: list[int]) -> str:
    m: dict[int, int] = {}
    s: dict[int, None] = {}
    old: dict[int, None] = {}
    for what, k, v in zip(steps[::3], steps[1::3], steps[2::3], strict=True):
        match what:
            case 0:
                m, s = {**m, k: v}, {**s, k: None}
            case 1:
                m, s = {a: b for a, b in m.items() if a != k}, {a: None for a in s if a != k}
            case 2:
                old = s
            case 3:
                s = {**s, **old}
            case 4:
                s = {a: None for a in s if a not in old}
            case 5:
                s, old = {a: None for a in old if a in s}, s
    return f"{table(m)} {members(s)} {members(old)} {len(s)} {boolean(s == old)}"


def lists(steps: list[int]) -> str:
    xs: list[int] = []
    old: list[int] = []
    for what, k, v in zip(steps[::3], steps[1::3], steps[2::3], strict=True):
        match what:
            case 0:
                xs = [*xs, k]
            case 1:
                xs = xs[1:]
            case 2:
                old = xs
            case 3:
                xs, old = (xs + old, xs) if len(xs) + len(old) < 500 else (xs, old)
            case 4:
                xs = xs[:k]
            case 5:
                xs = xs[k:]
            case 6:
                xs = xs[::-1]
            case 7:
                xs = [x + v for x in xs if math.fmod(x, 3) != k % 3]
    return f"{shown(xs)} {shown(old)} {len(xs)} {boolean(xs < old)} {boolean(1 in xs)}"


SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def requests(rng: random.Random) -> list[tuple[dict[str, Any], str]]:
    """Each request with the answer to it."""
    found: list[tuple[dict[str, Any], str]] = []

    def ask(op: str, answer: str, *s: str, n: list[int] | None = None, x: list[float] | None = None) -> None:
        found.append(({"op": op, "s": list(s), "n": n or [], "x": x or []}, answer))

    for _ in range(COUNT):
        a, b, c = text(rng, 12), text(rng, 2), text(rng, 2)
        start, stop = rng.randint(-3, 15), rng.randint(-3, 15)
        ask("length", f"{len(a)} {len(a.encode())}", a)
        ask("slice", a[max(start, 0) : max(stop, start, 0)], a, n=[start, stop])
        ask("search", f"{boolean(b in a)} {boolean(a.startswith(b))} {boolean(a.endswith(b))}", a, b)
        ask("trim", a.strip(SPACE), a)
        ask("case", f"{a.upper()}|{a.lower()}", a)
        ask("replace", a.replace(b, c), a, b, c)
        ask("split", encode(a.split(b) if b else ["", *a, ""]), a, b)
        ask("join", "-".join([a, b, c]), a, b, c)
        ask("compare", f"{boolean(a.encode() < c.encode())} {boolean(a == c)}", a, c)
        x = number(rng)
        ask("float", f"{float_text(x)}|{json_float(x)}|{truncated(x)}", x=[x])
        ask("to_float", float_text(x), f" {x!r}")
        p, q = rng.randint(-(2**63), 2**63 - 1), rng.choice([-1, 1, 2, 7, -10, rng.randint(1, 2**40)])
        ask("arithmetic", f"{quotient(p, q)} {remainder(p, q)} {wrap(p * q)}", n=[p, q])
        ask("to_int", str(p), f"\t{p} ")
        value = tree(rng, 4)
        source = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1]))
        ask("json", "ok " + encode(value), source)
        value = deep(rng, 4)
        ask("deep", encode(value), json.dumps(value))
        steps = script(rng, 6)
        ask("maps", maps(steps), n=steps)
        ask("numbers", numbers(steps), n=steps)
        steps = script(rng, 8)
        if sum(k == 3 for k in steps[::3]) < 8:
            ask("lists", lists(steps), n=steps)
        keys = [rng.randint(0, 9) for _ in range(rng.randint(0, 60))]
        ask("sort", shown(sorted(enumerate(keys), key=lambda pair: pair[1])), n=keys)
    return found


def test_library_agrees_with_python(program: Path) -> None:
    asked = requests(random.Random() if FACTOR else random.Random(1))
    lines = "".join(json.dumps(request, ensure_ascii=False) + "\n" for request, _ in asked)
    done = subprocess.run([program], input=lines.encode(), capture_output=True, timeout=60 * TIMES)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(asked)
    wrong = [(request, wanted, found) for (request, wanted), found in zip(asked, answers, strict=True) if wanted != found]
    assert not wrong, "\n".join(f"{r}\nexpected {w!r}\nfound    {f!r}" for r, w, f in wrong[:10])


def test_division_of_floats_reference() -> None:
    """The evaluator's own division follows IEEE."""
    assert math.isnan(divide(0.0, 0.0)) and divide(-1.0, 0.0) == -math.inf
