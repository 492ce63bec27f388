"""A tiny typed term language: each term prints itself as Mesh source and evaluates itself in Python.

A ``Term`` holds its pieces of source with its subterms between them, and a function from an environment to a value.
Values: Int int, Float float, Bool bool, String str, List and tuple: tuple, Map and Set: dict in insertion order (a Set maps
to None), structs and variants (Option and Result too): ``Con``, functions: Python callables.
Types: ``"Int"``, ``("List", t)``, ``("Map", k, v)``, ``("Tuple", a, b)``, ``("Fun", result, *params)``, ``("Data", name, *arguments)``...
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Type = Any
Env = dict[str, Any]

FUEL = 60_000  # evaluation steps of one case
LONGEST = 5_000  # elements or characters of one value


class Discard(Exception):
    """A term that would compute for too long."""


class Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class Break(Exception):
    pass


class Continue(Exception):
    pass


@dataclass(frozen=True)
class Con:
    """A struct or a variant; ``rank`` is its place among the variants of its type."""

    name: str
    args: tuple[Any, ...] = ()
    rank: int = 0


NONE = Con("None")


def some(x: Any) -> Con:
    return Con("Some", (x,), 1)


def ok(x: Any) -> Con:
    return Con("Ok", (x,))


def err(x: Any) -> Con:
    return Con("Err", (x,), 1)


@dataclass(frozen=True)
class Data:
    """A declared type. ``variants``: name and payload types, which name ``params``; a struct has one variant and names of
    its ``fields``."""

    name: str
    params: tuple[str, ...]
    variants: tuple[tuple[str, tuple[Type, ...]], ...]
    fields: tuple[str, ...] = ()
    deriving: str = ""

    @property
    def is_struct(self) -> bool:
        return bool(self.fields)

    def payloads(self, arguments: list[Type]) -> list[tuple[str, tuple[Type, ...]]]:
        mapping = dict(zip(self.params, arguments, strict=True))
        return [(name, tuple(replace(t, mapping) for t in types)) for name, types in self.variants]

    def source(self) -> str:
        head = self.name + (f"<{', '.join(self.params)}>" if self.params else "")
        if self.is_struct:
            rows = [f"  {f} :: {type_text(t)}" for f, t in zip(self.fields, self.variants[0][1], strict=True)]
            return "\n".join([f"struct {head} do", *rows, f"end{self.deriving}"])
        rows = [f"  {n}" + (f"({', '.join(map(type_text, ts))})" if ts else "") for n, ts in self.variants]
        return "\n".join([f"type {head} do", *rows, f"end{self.deriving}"])


def replace(t: Type, mapping: dict[str, Type]) -> Type:
    return mapping.get(t, t) if isinstance(t, str) else tuple(replace(x, mapping) for x in t)


def type_text(t: Type) -> str:
    if isinstance(t, str):
        return t
    match t:
        case ("Tuple", *elems):
            return f"({', '.join(map(type_text, elems))})"
        case ("Fun", result, *params):
            return f"Fun({', '.join(map(type_text, params))}) -> {type_text(result)}"
        case ("Data", name, *arguments):
            return name + (f"<{', '.join(map(type_text, arguments))}>" if arguments else "")
        case (name, *arguments):
            return f"{name}<{', '.join(map(type_text, arguments))}>"
    raise AssertionError(t)


# ---- terms


class Machine:
    """What one evaluation may still do, and what it has printed."""

    fuel = FUEL
    output: list[str] = []


@dataclass(eq=False)
class Term:
    """``rule(env, *subterms)`` computes the value."""

    ty: Type
    parts: list[str | Term]
    rule: Callable[..., Any]
    scope: Env = field(default_factory=dict)

    def terms(self) -> list[Term]:
        return [p for p in self.parts if isinstance(p, Term)]

    def __call__(self, env: Env) -> Any:
        Machine.fuel -= 1
        if Machine.fuel < 0:
            raise Discard
        value = self.rule(env, *self.terms())
        if isinstance(value, (str, tuple, dict)) and len(value) > LONGEST:
            raise Discard
        return value

    def source(self) -> str:
        return "".join(p if isinstance(p, str) else p.source() for p in self.parts)

    def inner(self) -> Iterator[Term]:
        for term in self.terms():
            yield term
            yield from term.inner()


# ---- arithmetic, comparisons, texts


def wrap(n: int) -> int:
    return (n + 2**63) % 2**64 - 2**63


def quotient(a: int, b: int) -> int:
    q = abs(a) // abs(b)
    return wrap(q if (a < 0) == (b < 0) else -q)


def remainder(a: int, b: int) -> int:
    return wrap(a - quotient(a, b) * b) if b != -1 else 0


def divide(a: float, b: float) -> float:
    if b == 0:
        if a == 0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def truncated(x: float) -> int:
    """Float.to_int: saturating, NaN is 0."""
    if math.isnan(x):
        return 0
    return max(-(2**63), min(2**63 - 1, int(x))) if math.isfinite(x) else (2**63 - 1 if x > 0 else -(2**63))


def less(a: Any, b: Any) -> bool:
    if isinstance(a, Con):
        return a.rank < b.rank or (a.rank == b.rank and less(a.args, b.args))
    if isinstance(a, tuple):
        for x, y in zip(a, b, strict=False):
            if x != y:
                return less(x, y)
        return len(a) < len(b)
    if isinstance(a, str):
        return a.encode() < b.encode()
    return a < b


def float_text(x: float) -> str:
    """Shortest digits that round-trip, always positional (stdlib 2.3)."""
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    text = format(Decimal(repr(x)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(t: Type, v: Any, types: dict[str, Data]) -> str:
    """The text of an interpolation (types 10.4)."""
    match t:
        case "Bool":
            return "true" if v else "false"
        case "Float":
            return float_text(v)
        case "Unit":
            return "()"
        case str():
            return str(v)
        case ("List", x):
            return f"[{', '.join(show(x, e, types) for e in v)}]"
        case ("Set", x):
            return f"#{{{', '.join(show(x, e, types) for e in v)}}}"
        case ("Map", k, x):
            return f"%{{{', '.join(f'{show(k, a, types)} => {show(x, b, types)}' for a, b in v.items())}}}"
        case ("Tuple", *elems):
            return f"({', '.join(show(x, e, types) for x, e in zip(elems, v, strict=True))})"
        case ("Option", x):
            return "None" if v == NONE else f"Some({show(x, v.args[0], types)})"
        case ("Result", x, e):
            return f"{v.name}({show(x if v.rank == 0 else e, v.args[0], types)})"
        case ("Data", name, *arguments):
            data = types[name]
            payload = data.payloads(arguments)[v.rank][1]
            texts = [show(x, e, types) for x, e in zip(payload, v.args, strict=True)]
            if "Display" in data.deriving:
                return f"{v.name}({', '.join(texts)})" if texts or data.is_struct else v.name
            if data.is_struct:
                return f"{name} {{ {', '.join(f'{f}: {x}' for f, x in zip(data.fields, texts, strict=True))} }}"
            return f"{v.name}(...)" if texts else v.name
    raise AssertionError(t)


def literal(v: str) -> str:
    """A String as source."""
    out = v.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("#{", "\\#{").replace("\n", "\\n")
    return f'"{out}"'
