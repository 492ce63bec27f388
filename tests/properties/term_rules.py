"""Terms of each type made from operators and library functions: one rule each, added to the generator's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_changes
from functools import cmp_to_key
from typing import Any

from expressions import Generator, Scope, compare_with
from terms import (
    NONE,
    Break,
    Con,
    Continue,
    Env,
    Term,
    Type,
    divide,
    less,
    quotient,
    remainder,
    show,
    some,
    truncated,
    wrap,
)


def rule(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(f: Callable[..., Any]) -> Callable[..., Any]:
        Generator.rules.setdefault(kind, []).append(f)
        return f

    return add


def simple(kind: str, form: str, operands: Callable[[Generator, Type], list[Type] | None], compute: Callable[..., Any]) -> None:
    """``form`` has a ``@`` for each operand; ``compute`` gets their values."""

    def make(g: Generator, t: Type, scope: Scope, depth: int) -> Term | None:
        types = operands(g, t)
        if types is None:
            return None
        parts: list[str | Term] = []
        for i, piece in enumerate(form.split("@")):
            if i:
                parts.append(g.term(types[i - 1], scope, depth))
            parts.append(piece)
        return Term(t, parts, lambda env, *ts: compute(*[x(env) for x in ts]))

    Generator.rules.setdefault(kind, []).append(make)


def of(*types: Type) -> Callable[[Generator, Type], list[Type]]:
    return lambda g, t: list(types)


for _op, _f in {"+": lambda a, b: wrap(a + b), "-": lambda a, b: wrap(a - b), "*": lambda a, b: wrap(a * b)}.items():
    simple("Int", f"(@ {_op} @)", of("Int", "Int"), _f)
simple("Int", "(-@)", of("Int"), lambda a: wrap(-a))
simple("Int", "List.length(@)", lambda g, t: [("List", g.type(1))], len)
simple("Int", "String.length(@)", of("String"), len)
simple("Int", "Map.size(@)", lambda g, t: [("Map", g.key(), g.type(1))], len)
simple("Int", "Set.size(@)", lambda g, t: [("Set", g.key())], len)
simple("Int", "Math.min(@, @)", of("Int", "Int"), min)
simple("Int", "Math.abs(@)", of("Int"), lambda a: wrap(abs(a)))
simple("Int", "Float.to_int(@)", of("Float"), truncated)


@rule("Int")
def division(g: Generator, t: Type, scope: Scope, depth: int) -> Term:
    n, a = g.rng.choice([1, 2, 3, 7, -1, -2, 10, 2**40]), g.term("Int", scope, depth)
    if g.rng.random() < 0.5:
        return Term(t, ["(", a, f" / {n})"], lambda env, a: quotient(a(env), n))
    return Term(t, ["(", a, f" % {n})"], lambda env, a: remainder(a(env), n))


@rule("Int")
def ordering(g: Generator, t: Type, scope: Scope, depth: int) -> Term | None:
    x = g.type()
    if not g.comparable(x):
        return None
    a, b = g.term(x, scope, depth), g.term(x, scope, depth)

    def run(env: Env, a: Term, b: Term) -> int:
        v, w = a(env), b(env)
        return -1 if less(v, w) else 0 if v == w else 1

    return Term(t, ["case compare(", a, ", ", b, ") do\nLess -> -1\nEqual -> 0\nGreater -> 1\nend"], run)


for _op, _f in {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": divide}.items():
    simple("Float", f"(@ {_op} @)", of("Float", "Float"), _f)
simple("Float", "Int.to_float(@)", of("Int"), float)
simple("Float", "(-@)", of("Float"), lambda a: -a)

simple("Bool", "(not @)", of("Bool"), lambda a: not a)
simple("Bool", "(@ < @)", of("Float", "Float"), lambda a, b: a < b)
simple("Bool", "Map.has_key(@, @)", lambda g, t: [("Map", k := g.key(), g.type(1)), k], lambda m, k: k in m)
simple("Bool", "Set.contains(@, @)", lambda g, t: [("Set", k := g.key()), k], lambda s, k: k in s)
simple("Bool", "String.contains(@, @)", of("String", "String"), lambda s, x: x in s)
simple("Bool", "List.any(@, @)", lambda g, t: [("List", x := g.type(1)), ("Fun", "Bool", x)], lambda xs, f: any(f(x) for x in xs))
simple("Bool", "List.all(@, @)", lambda g, t: [("List", x := g.type(1)), ("Fun", "Bool", x)], lambda xs, f: all(f(x) for x in xs))


@rule("Bool")
def logic(g: Generator, t: Type, scope: Scope, depth: int) -> Term:
    a, b = g.term("Bool", scope, depth), g.term("Bool", scope, depth)
    if g.rng.random() < 0.5:
        return Term(t, ["(", a, g.rng.choice([" and ", " && "]), b, ")"], lambda env, a, b: a(env) and b(env))
    return Term(t, ["(", a, g.rng.choice([" or ", " || "]), b, ")"], lambda env, a, b: a(env) or b(env))


@rule("Bool")
@rule("Bool")
def comparison(g: Generator, t: Type, scope: Scope, depth: int) -> Term | None:
    x = g.type()
    ops = ["<", ">", "<=", ">="] if g.comparable(x) else ["==", "!="]
    if not g.equatable(x):
        return None
    return compare_with(g.rng.choice(ops if g.rng.random() < 0.5 else ["==", "!="]), g.term(x, scope, depth), g.term(x, scope, depth))


simple("String", "(@ <> @)", of("String", "String"), lambda a, b: a + b)
simple("String", "String.replace(@, \"a\", @)", of("String", "String"), lambda s, b: s.replace("a", b))
simple("String", "String.join(@, @)", of(("List", "String"), "String"), lambda xs, s: s.join(xs))
simple("String", "String.slice(@, 1, 4)", of("String"), lambda s: s[1:4])
simple("String", "(@ |> String.trim)", of("String"), lambda s: s.strip(" \n"))


@rule("String")
@rule("String")
def interpolation(g: Generator, t: Type, scope: Scope, depth: int) -> Term:
    x, y = g.type(), g.type(1)
    a, b = g.term(x, scope, depth), g.term(y, scope, depth)
    return Term(t, ['"<${', a, '}:#{', b, '}>"'], lambda env, a, b: f"<{show(x, a(env), g.types)}:{show(y, b(env), g.types)}>")


simple("List", "(@ ++ @)", lambda g, t: [t, t], lambda a, b: a + b)
simple("List", "List.append(@, @)", lambda g, t: [t, t[1]], lambda a, b: (*a, b))
simple("List", "List.reverse(@)", lambda g, t: [t], lambda a: a[::-1])
simple("List", "List.take(@, @)", lambda g, t: [t, "Int"], lambda a, n: a[: max(n, 0)])
simple("List", "List.drop(@, @)", lambda g, t: [t, "Int"], lambda a, n: a[max(n, 0) :])
simple("List", "List.filter(@, @)", lambda g, t: [t, ("Fun", "Bool", t[1])], lambda a, f: tuple(x for x in a if f(x)))
for _form in ("List.map(@, @)", "(@ |> List.map(@))"):
    simple("List", _form, lambda g, t: [("List", x := g.type(1)), ("Fun", t[1], x)], lambda a, f: tuple(f(x) for x in a))
simple("List", "List.flat_map(@, @)", lambda g, t: [("List", x := g.type(1)), ("Fun", t, x)],
       lambda a, f: tuple(y for x in a for y in f(x)))  # fmt: skip
simple("List", "Map.values(@)", lambda g, t: [("Map", g.key(), t[1])], lambda m: tuple(m.values()))
simple("List", "Set.to_list(@)", lambda g, t: [("Set", t[1])] if t[1] in ("Int", "String") else None, tuple)
simple("List", "String.split(@, \",\")", lambda g, t: ["String"] if t[1] == "String" else None, lambda s: tuple(s.split(",")))
simple("List", "List.zip(@, @)", lambda g, t: [("List", x) for x in t[1][1:]] if t[1][0] == "Tuple" and len(t[1]) == 3 else None,
       lambda a, b: tuple(zip(a, b, strict=False)))  # fmt: skip


@rule("List")
def sort(g: Generator, t: Type, scope: Scope, depth: int) -> Term | None:
    if not g.comparable(t[1]):
        return None
    order = cmp_to_key(lambda a, b: -1 if less(a, b) else int(less(b, a)))
    form = "fn(a, b) -> if a < b do -1 else if b < a do 1 else 0 end end"
    return Term(t, ["List.sort(", g.term(t, scope, depth), f", {form})"], lambda env, xs: tuple(sorted(xs(env), key=order)))


@rule("List")
@rule("List")
@rule("List")
def comprehension(g: Generator, t: Type, scope: Scope, depth: int) -> Term:
    """`for` over a list, a range, a set or a map, with its filter, `break` and `continue`."""
    rng = g.rng
    g.fresh += 1
    x, name = g.type(1), f"i{g.fresh}"
    form, names = name, {name: x}
    match rng.choice(["list", "list", "range", "map", "set"]):
        case "list":
            source: Term = g.term(("List", x), scope, depth)
            items: Callable[[Any], list[tuple[Any, ...]]] = lambda v: [(e,) for e in v]  # noqa: E731
        case "range":
            low, high = rng.randint(-3, 3), rng.randint(-3, 6)
            source, names = Term("Range", [f"{low}..{high}"], lambda env: range(low, high)), {name: "Int"}
            items = lambda v: [(e,) for e in v]  # noqa: E731
        case "set":
            k = g.key()
            source, names = g.term(("Set", k), scope, depth), {name: k}
            items = lambda v: [(e,) for e in v]  # noqa: E731
        case _:
            k, value = g.key(), f"{name}_v"
            source, form, names = g.term(("Map", k, x), scope, depth), f"{{{name}, {value}}}", {name: k, value: x}
            items = lambda v: list(v.items())  # noqa: E731
    inner = with_changes(scope.bind(**names), loop=True)
    keep = g.term("Bool", with_changes(inner, loop=False), depth) if rng.random() < 0.3 else None
    body = g.block(t[1], inner, depth)

    def run(env: Env, source: Term, *rest: Term) -> tuple[Any, ...]:
        out: list[Any] = []
        for values in items(source(env)):
            here = {**env, **dict(zip(names, values, strict=True))}
            try:
                if len(rest) == 1 or rest[0](here):
                    out.append(rest[-1](here))
            except Continue:
                continue
            except Break:
                break
        return tuple(out)

    return Term(t, [f"for {form} in ", source, *([" when ", keep] if keep else []), " do\n", body, "\nend"], run)


def put(m: dict[Any, Any], k: Any, v: Any) -> dict[Any, Any]:
    return {**m, k: v}


def without(m: dict[Any, Any], k: Any) -> dict[Any, Any]:
    return {a: b for a, b in m.items() if a != k}


simple("Map", "Map.put(@, @, @)", lambda g, t: [t, t[1], t[2]], put)
simple("Map", "Map.delete(@, @)", lambda g, t: [t, t[1]], without)
simple("Map", "Map.merge(@, @)", lambda g, t: [t, t], lambda a, b: {**a, **b})
simple("Map", "Map.from_list(@)", lambda g, t: [("List", ("Tuple", t[1], t[2]))], dict)
simple("Set", "Set.add(@, @)", lambda g, t: [t, t[1]], lambda s, x: put(s, x, None))
simple("Set", "Set.remove(@, @)", lambda g, t: [t, t[1]], without)
simple("Set", "Set.union(@, @)", lambda g, t: [t, t], lambda a, b: {**a, **b})
simple("Set", "Set.difference(@, @)", lambda g, t: [t, t], lambda a, b: {k: None for k in a if k not in b})
simple("Set", "Set.intersection(@, @)", lambda g, t: [t, t], lambda a, b: {k: None for k in a if k in b})
simple("Option", "List.find(@, @)", lambda g, t: [("List", t[1]), ("Fun", "Bool", t[1])],
       lambda xs, f: next((some(x) for x in xs if f(x)), NONE))  # fmt: skip
simple("Data", "(@).value", lambda g, t: [("Data", "Box", t)], lambda b: b.args[0])


@rule("Data")
def update(g: Generator, t: Type, scope: Scope, depth: int) -> Term | None:
    data = g.types[t[1]]
    if not data.is_struct:
        return None
    types = data.payloads(list(t[2:]))[0][1]
    changed = g.rng.sample(range(len(types)), g.rng.randint(1, min(2, len(types))))
    parts: list[str | Term] = ["%{", g.term(t, scope, depth), " | "]
    for i, at in enumerate(changed):
        parts += [", " if i else "", f"{data.fields[at]}: ", g.term(types[at], scope, depth)]

    def run(env: Env, base: Term, *values: Term) -> Con:
        old = base(env)
        new = dict(zip(changed, [v(env) for v in values], strict=True))
        return Con(old.name, tuple(new.get(i, x) for i, x in enumerate(old.args)), old.rank)

    return Term(t, [*parts, "}"], run)
