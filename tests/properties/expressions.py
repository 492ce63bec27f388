"""Random well-typed programs of the term language."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from typing import Any

from terms import (
    NONE,
    Break,
    Con,
    Continue,
    Data,
    Discard,
    Env,
    Machine,
    Return,
    Term,
    Type,
    err,
    less,
    literal,
    ok,
    show,
    some,
    type_text,
)  # fmt: skip

STRINGS = ["", "a", "b", "ab", "A b", "é", "x,y", "0", "-7", "12", "q\"u", "line\n", "$", "日本", "mesh"]
INTS = [0, 1, 2, 3, -1, -2, 5, 7, 10, 255, -128, 2**31, 2**62, 2**63 - 1, -(2**63), 10**12]
FLOATS = [0.0, 0.5, 1.0, -1.5, 2.25, 0.1, 1e10, 1e-7, 123456.789, 1e300]


@dataclass(frozen=True)
class Scope:
    """What stands around a term. ``result``: of the function around it, None where no `return` may stand."""

    names: dict[str, Type] = field(default_factory=dict)
    result: Type | None = None
    loop: bool = False

    def bind(self, **names: Type) -> Scope:
        return with_changes(self, names={**self.names, **names})

    def function(self, result: Type | None) -> Scope:
        return with_changes(self, result=result, loop=False)


@dataclass
class Function:
    name: str
    params: tuple[Type, ...]
    result: Type
    source: Callable[[], str]
    call: Callable[..., Any]
    bodies: list[Term]
    bound: bool = False  # the first parameter counts down: only small literals


class Generator:
    """Draws types, functions and terms; everything of one batch shares the declared types."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.types: dict[str, Data] = {}
        self.functions: list[Function] = []
        self.wrappers: dict[Type, str] = {}
        self.fresh = 0

    # ---- types

    def declare_types(self) -> None:
        full = " deriving(Eq, Ord, Display, Debug, Hash)"
        rng = self.rng
        self.types["Box"] = Data("Box", ("A",), (("Box", ("A", "Int")),), ("value", "count"), full)
        tree = ("Data", "Tree", "A")
        self.types["Tree"] = Data("Tree", ("A",), (("Leaf", ()), ("Node", (tree, "A", tree))), (), full)
        for i in range(3):
            params = rng.choice([(), (), ("A",), ("A", "B")])
            deriving = rng.choice([full, ""])
            inner = [self.type(2, keys=bool(deriving)) for _ in range(rng.randint(1, 4))] + list(params)
            rng.shuffle(inner)
            names = tuple(rng.choice([f"f{j}", f"x{i}{j}"]) for j in range(len(inner)))
            self.types[f"S{i}"] = Data(f"S{i}", params, ((f"S{i}", tuple(inner)),), names, deriving)
        for i in range(3):
            params = rng.choice([(), (), ("A",)])
            inner = params + tuple(self.type(1, keys=True) for _ in range(2))
            count = rng.randint(1, 5)
            variants = [(f"V{i}{j}", tuple(rng.choices(inner, k=rng.choice([0, 1, 1, 2, 3])))) for j in range(count)]
            if params and not any("A" in v for _, v in variants):
                variants.append((f"V{i}{count}", params))
            self.types[f"U{i}"] = Data(f"U{i}", params, tuple(variants), (), full)

    def type(self, depth: int = 2, keys: bool = False) -> Type:
        """A type whose values can be shown; with ``keys`` also compared and hashed."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.4:
            return rng.choice(["Int", "Int", "String"] + ([] if keys else ["Float", "Bool"]))
        inner = lambda: self.type(depth - 1, keys)  # noqa: E731
        kinds = ["List", "Option", "Tuple", "Data", "Result"] + ([] if keys else ["Map", "Set"])
        match rng.choice(kinds):
            case "List":
                return ("List", inner())
            case "Option":
                return ("Option", inner())
            case "Result":
                return ("Result", inner(), rng.choice(["String", "Int"]))
            case "Tuple":
                return ("Tuple", *(inner() for _ in range(rng.randint(2, 3))))
            case "Map":
                return ("Map", self.key(), inner())
            case "Set":
                return ("Set", self.key())
        full = [d for d in self.types.values() if d.deriving or not keys] or None
        if full is None:
            return "Int"
        data = rng.choice(full)
        return ("Data", data.name, *(self.type(depth - 1, keys) for _ in data.params))

    def key(self) -> Type:
        return self.rng.choice(["Int", "String", "Int", "String", "Bool", ("Tuple", "Int", "String"), ("Data", "Box", "Int")])

    def comparable(self, t: Type) -> bool:
        """Has Eq, Ord and an order that does not meet NaN."""
        if isinstance(t, str):
            return t in ("Int", "String")
        if t[0] in ("Map", "Set", "Fun"):
            return False
        if t[0] == "Data":
            data = self.types[t[1]]
            parts = [x for _, types in data.payloads(list(t[2:])) for x in types if x[:2] != t[:2]]
            return bool(data.deriving) and all(map(self.comparable, parts))
        return all(map(self.comparable, t[1:]))

    def equatable(self, t: Type) -> bool:
        if isinstance(t, str):
            return t != "Float"
        if t[0] == "Fun":
            return False
        if t[0] == "Data":
            data = self.types[t[1]]
            return all(self.equatable(x) for _, types in data.payloads(list(t[2:])) for x in types if x[:2] != t[:2])
        return all(map(self.equatable, t[1:]))

    # ---- terms

    def name(self, scope: Scope) -> str:
        if scope.names and self.rng.random() < 0.2:
            return self.rng.choice(list(scope.names))  # shadows
        self.fresh += 1
        return f"v{self.fresh}"

    def typed(self, t: Type, text: str) -> str:
        """``text`` where its type alone would leave something open."""
        return f"{self.wrappers.setdefault(t, f'as_{len(self.wrappers)}')}({text})"

    def term(self, t: Type, scope: Scope, depth: int) -> Term:
        rng = self.rng
        names = [n for n, x in scope.names.items() if x == t]
        if names and (depth <= 0 or rng.random() < 0.3):
            return self.variable(t, rng.choice(names))
        if depth <= 0:
            return self.literal(t, scope, 0)
        if rng.random() < 0.35:
            made = rng.choice(self.common)(self, t, scope, depth - 1)
            if made is not None:
                return made
        kind = t if isinstance(t, str) else t[0]
        rules = self.rules.get(kind, [])
        if rules and rng.random() < 0.75:
            made = rng.choice(rules)(self, t, scope, depth - 1)
            if made is not None:
                return made
        return self.literal(t, scope, depth - 1)

    def variable(self, t: Type, name: str) -> Term:
        return Term(t, [name], lambda env: env[name])

    def literal(self, t: Type, scope: Scope, depth: int) -> Term:
        rng = self.rng
        sub = lambda x: self.term(x, scope, depth - 1 if depth else 0)  # noqa: E731
        match t:
            case "Int":
                n = rng.choice(INTS) if rng.random() < 0.6 else rng.randint(-20, 20)
                return Term(t, [str(n) if n >= 0 else f"({n})"], lambda env: n)
            case "Float":
                x = rng.choice(FLOATS)
                text = format(abs(x), "f") if 1e-3 < abs(x) < 1e15 or x == 0 else repr(abs(x))
                return Term(t, [text if x >= 0 else f"(-{text})"], lambda env: x)
            case "Bool":
                b = rng.random() < 0.5
                return Term(t, ["true" if b else "false"], lambda env: b)
            case "String":
                s = rng.choice(STRINGS)
                return Term(t, [literal(s)], lambda env: s)
            case ("List", x):
                items = [sub(x) for _ in range(rng.choice([0, 1, 2, 3]))]
                if not items:
                    return Term(t, [self.typed(t, "[]")], lambda env: ())
                return Term(t, ["[", *commas(items), "]"], lambda env, *xs: tuple(e(env) for e in xs))
            case ("Set", x):
                items = self.literal(("List", x), scope, depth)
                return Term(t, ["Set.from_list(", items, ")"], lambda env, xs: dict.fromkeys(xs(env)))
            case ("Map", k, v):
                pairs = [(sub(k), sub(v)) for _ in range(rng.choice([0, 1, 2]))]
                if not pairs:
                    return Term(t, [self.typed(t, "%{}")], lambda env: {})
                parts: list[str | Term] = ["%{"]
                for i, (a, b) in enumerate(pairs):
                    parts += [", " if i else "", a, " => ", b]
                return Term(t, [*parts, "}"], make_map)
            case ("Tuple", *elems):
                return Term(t, ["(", *commas([sub(x) for x in elems]), ")"], lambda env, *xs: tuple(e(env) for e in xs))
            case ("Option", x):
                if rng.random() < 0.3:
                    return Term(t, [self.typed(t, "None")], lambda env: NONE)
                return Term(t, ["Some(", sub(x), ")"], lambda env, e: some(e(env)))
            case ("Result", x, e):
                if rng.random() < 0.6:
                    return self.wrapped(t, ["Ok(", sub(x), ")"], lambda env, e: ok(e(env)))
                return self.wrapped(t, ["Err(", sub(e), ")"], lambda env, e: err(e(env)))
            case ("Fun", *_):
                return self.closure(t, scope, depth)
            case ("Data", name, *arguments):
                data = self.types[name]
                choices = list(enumerate(data.payloads(arguments)))
                if depth <= 0:
                    choices = choices[:1] if name == "Tree" else choices
                rank, (variant, types) = rng.choice(choices)
                if name == "Tree" and rng.random() < 0.4:
                    rank, (variant, types) = choices[0]
                items = [sub(x) for x in types]
                rule = lambda env, *xs: Con(variant, tuple(e(env) for e in xs), rank)  # noqa: E731
                if data.is_struct:
                    parts = [f"{name} {{ "]
                    for i, (f, item) in enumerate(zip(data.fields, items, strict=True)):
                        parts += [", " if i else "", f"{f}: ", item]
                    return Term(t, [*parts, " }"], rule)
                text: list[str | Term] = [variant, *(["(", *commas(items), ")"] if items else [])]
                return self.wrapped(t, text, rule) if arguments else Term(t, text, rule)
        raise AssertionError(t)

    def wrapped(self, t: Type, parts: list[str | Term], rule: Callable[..., Any]) -> Term:
        head = self.typed(t, "")[:-1]
        return Term(t, [head, *parts, ")"], rule)

    def closure(self, t: Type, scope: Scope, depth: int) -> Term:
        _, result, *params = t
        same = [f for f in self.functions if (f.result, *f.params) == t[1:] and not f.bound]
        if same and self.rng.random() < 0.5:
            function = self.rng.choice(same)
            return Term(t, [function.name], lambda env: function.call)
        names = []
        inner = scope.function(result)
        for x in params:
            names.append(self.name(inner))
            if names[-1] in names[:-1]:
                names[-1] += "_"
            inner = inner.bind(**{names[-1]: x})
        body = self.block(result, inner, depth)
        head = ", ".join(f"{n} :: {type_text(x)}" for n, x in zip(names, params, strict=True))

        def rule(env: Env, body: Term) -> Any:
            return lambda *xs: call(body, {**env, **dict(zip(names, xs, strict=True))})

        if self.rng.random() < 0.5:
            return Term(t, [f"fn({head}) do\n", body, "\nend"], rule)
        return Term(t, [f"fn({head}) ->", gap(body), body, " end"], rule)

    def block(self, t: Type, scope: Scope, depth: int) -> Term:
        """Statements and a value: the body of a branch, a closure, a function."""
        rng = self.rng
        parts: list[str | Term] = []
        steps: list[Callable[[Env, list[Term]], None]] = []

        def add(pieces: list[str | Term], step: Callable[[Env, list[Term]], None]) -> None:
            parts.extend([*pieces, "\n"])
            steps.append(step)

        for _ in range(rng.choice([0, 0, 0, 1, 1, 2]) if depth > 0 else 0):
            match rng.choice(["let", "let", "let", "tuple", "note", "return", "loop", "local"]):
                case "let":
                    x = self.type() if rng.random() < 0.8 else ("Fun", self.type(1), self.type(1))
                    value, name = self.term(x, scope, depth - 1), self.name(scope)
                    annotation = f" :: {type_text(x)} " if rng.random() < 0.3 else " "
                    add([f"let {name}{annotation}= ", value], lambda env, ts, n=name: env.update({n: ts.pop(0)(env)}))
                    scope = scope.bind(**{name: x})
                case "tuple":
                    xs = [self.type(1), self.type(1)]
                    a, b = f"a{self.fresh}", f"b{self.fresh}"
                    self.fresh += 1
                    value = self.term(("Tuple", *xs), scope, depth - 1)

                    def bind(env: Env, ts: list[Term], a: str = a, b: str = b) -> None:
                        env[a], env[b] = ts.pop(0)(env)

                    add([f"let ({a}, {b}) = ", value], bind)
                    scope = scope.bind(**{a: xs[0], b: xs[1]})
                case "local":
                    x, r = self.type(1), self.type(1)
                    self.fresh += 1
                    name, p = f"local{self.fresh}", f"p{self.fresh}"
                    body = self.block(r, scope.bind(**{p: x}).function(r), depth - 1)

                    def define(env: Env, ts: list[Term], name: str = name, p: str = p) -> None:
                        body, here = ts.pop(0), dict(env)
                        env[name] = lambda v: call(body, {**here, p: v})

                    add([f"fn {name}({p} :: {type_text(x)}) -> {type_text(r)} do\n", body, "\nend"], define)
                    scope = scope.bind(**{name: ("Fun", r, x)})
                case "note":
                    x = self.type(1)
                    value = self.term(x, scope, depth - 1)

                    def note(env: Env, ts: list[Term], x: Type = x) -> None:
                        Machine.output.append(show(x, ts.pop(0)(env), self.types))

                    add(['println("${', value, '}")'], note)
                case "return" if scope.result is not None:
                    c, value = self.term("Bool", scope, depth - 1), self.term(scope.result, scope, depth - 1)

                    def leave(env: Env, ts: list[Term]) -> None:
                        c, value = ts.pop(0), ts.pop(0)
                        if c(env):
                            raise Return(value(env))

                    add(["if ", c, " do\nreturn ", value, "\nend"], leave)
                case "loop" if scope.loop:
                    c, word = self.term("Bool", scope, depth - 1), rng.choice(["break", "continue"])

                    def jump(env: Env, ts: list[Term], word: str = word) -> None:
                        if ts.pop(0)(env):
                            raise Break if word == "break" else Continue

                    add(["if ", c, f" do {word} end"], jump)
                case "loop":
                    add(self.while_loop(scope, depth - 1), run_while)
        value = self.term(t, scope, depth - 1)

        def rule(env: Env, *terms: Term) -> Any:
            env, left = dict(env), list(terms)
            for step in steps:
                step(env, left)
            return left.pop(0)(env)

        return Term(t, [*parts, value], rule)

    def while_loop(self, scope: Scope, depth: int) -> list[str | Term]:
        """`while` runs at most once: values do not change, so only a break can end it."""
        c = self.term("Bool", scope, depth)
        value = self.term("Bool", with_changes(scope, loop=True), depth)
        return ["while ", c, " do\nif ", value, " do break end\nbreak\nend"]

    # ---- patterns

    def pattern(self, t: Type, scope: Scope, depth: int) -> tuple[str, Callable[[Any, Env], bool], dict[str, Type]]:
        """Source, matcher that binds, names. The names of one pattern are fresh."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.2:
            if rng.random() < 0.3:
                return "_", lambda v, env: True, {}
            self.fresh += 1
            name = f"m{self.fresh}"
            return name, lambda v, env: env.update({name: v}) or True, {name: t}
        made = self.shape(t, scope, depth)
        if made is None:
            return self.pattern(t, scope, 0)
        text, match, names = made
        if rng.random() < 0.15:
            self.fresh += 1
            whole = f"w{self.fresh}"
            names = {**names, whole: t}
            return f"({text} as {whole})", lambda v, env: match(v, env) and (env.update({whole: v}) or True), names
        return text, match, names

    def shape(self, t: Type, scope: Scope, depth: int) -> tuple[str, Callable[[Any, Env], bool], dict[str, Type]] | None:
        rng = self.rng
        match t:
            case "Int":
                n = rng.choice(INTS)
                if rng.random() < 0.3:
                    m = rng.choice(INTS)
                    return f"({n} | {m})", lambda v, env: v in (n, m), {}
                return str(n), lambda v, env: v == n, {}
            case "Bool":
                b = rng.random() < 0.5
                return str(b).lower(), lambda v, env: v is b, {}
            case "String":
                s = rng.choice(STRINGS)
                return literal(s), lambda v, env: v == s, {}
            case ("Tuple", *elems):
                return self.all_of("({})", elems, scope, depth, lambda v: v)
            case ("List", x):
                count = rng.randint(0, 3)
                if rng.random() < 0.5:
                    return self.all_of("[{}]", [x] * count, scope, depth, lambda v: v if len(v) == count else None)
                head = [x] * max(1, count - 1)
                take = lambda v: (*v[: len(head)], v[len(head) :]) if len(v) >= len(head) else None  # noqa: E731
                return self.all_of("({})", [*head, t], scope, depth, take, " :: ")
            case ("Option", _) | ("Result", *_) | ("Data", *_):
                variants = self.variants(t)
                rank, (name, types) = rng.choice(list(enumerate(variants)))
                if t[0] == "Data" and self.types[t[1]].is_struct:
                    return None
                form = (rng.choice(["", f"{t[1]}."]) if t[0] == "Data" else "") + name + ("({})" if types else "")
                one = self.all_of(form, list(types), scope, depth, lambda v: v.args if v.rank == rank else None)
                if rng.random() < 0.2 and not one[2]:
                    two = self.shape(t, scope, depth)
                    if two is not None and not two[2]:
                        return f"({one[0]} | {two[0]})", lambda v, env: one[1](v, env) or two[1](v, env), {}
                return one
        return None

    def variants(self, t: Type) -> list[tuple[str, tuple[Type, ...]]]:
        match t:
            case ("Option", x):
                return [("None", ()), ("Some", (x,))]
            case ("Result", x, e):
                return [("Ok", (x,)), ("Err", (e,))]
        return self.types[t[1]].payloads(list(t[2:]))

    def all_of(self, form: str, types: list[Type], scope: Scope, depth: int, take: Callable[[Any], Any], between: str = ", "):
        made = [self.pattern(x, scope, depth - 1) for x in types]
        names = {k: v for m in made for k, v in m[2].items()}

        def match(v: Any, env: Env) -> bool:
            parts = take(v)
            return parts is not None and all(m[1](p, env) for m, p in zip(made, parts, strict=True))

        return form.format(between.join(m[0] for m in made)), match, names

    def guard(self, names: dict[str, Type], scope: Scope) -> Term | None:
        """Comparisons of names and literals (types 11.2 rule 3)."""
        known = {**scope.names, **names}
        usable = [n for n, x in known.items() if x in ("Int", "String", "Bool")]
        if not usable:
            return None
        n = self.rng.choice(usable)
        a = self.variable(known[n], n)
        if known[n] == "Bool":
            return a if self.rng.random() < 0.5 else Term("Bool", ["not ", a], lambda env, a: not a(env))
        return compare_with(self.rng.choice(["<", ">=", "==", "!="]), a, self.literal(known[n], scope, 0), "")

    def case(self, t: Type, scope: Scope, depth: int) -> Term:
        rng = self.rng
        over = self.type()
        scrutinee = self.term(over, scope, depth)
        parts: list[str | Term] = [rng.choice(["case ", "match "]), scrutinee, " do\n"]
        arms: list[tuple[Callable[[Any, Env], bool], bool]] = []
        for _ in range(rng.randint(1, 3)):
            text, match, names = self.pattern(over, scope, 3)
            guard = self.guard(names, scope) if rng.random() < 0.3 else None
            parts += [text, *([" when ", guard] if guard else []), " ->"]
            body = self.block(t, scope.bind(**names), depth)
            parts += [gap(body), body, "\n"]
            arms.append((match, guard is not None))
        split = self.variants(over) if not isinstance(over, str) and over[0] in ("Option", "Result") else None
        if split and rng.random() < 0.6:  # exhaustive without a catch-all
            for rank, (name, types) in enumerate(split):
                text, match, names = self.all_of(
                    name + ("({})" if types else ""), list(types), scope, 0, lambda v, r=rank: v.args if v.rank == r else None
                )
                parts += [text, " ->\n", self.block(t, scope.bind(**names), depth), "\n"]
                arms.append((match, False))
        else:
            parts += ["_ ->\n", self.block(t, scope, depth), "\n"]
            arms.append((lambda v, env: True, False))

        def rule(env: Env, *terms: Term) -> Any:
            left = list(terms)
            value = left.pop(0)(env)
            for match, guarded in arms:
                inner = dict(env)
                guard = left.pop(0) if guarded else None
                body = left.pop(0)
                if match(value, inner) and (guard is None or guard(inner)):
                    return body(inner)
            raise AssertionError("no arm")

        return Term(t, [*parts, "end"], rule)

    # ---- terms of any type

    def choice(self, t: Type, scope: Scope, depth: int) -> Term:
        c, a, b = self.term("Bool", scope, depth), self.block(t, scope, depth), self.block(t, scope, depth)
        return Term(t, ["if ", c, " do\n", a, "\nelse\n", b, "\nend"], lambda env, c, a, b: a(env) if c(env) else b(env))

    def call(self, t: Type, scope: Scope, depth: int) -> Term | None:
        usable = [f for f in self.functions if f.result == t]
        if not usable:
            return None
        f = self.rng.choice(usable[-6:])
        arguments = [self.term(x, scope, depth - 1) for x in f.params]
        if f.bound:
            n = self.rng.randint(0, 4)
            arguments[0] = Term("Int", [str(n)], lambda env: n)
        rule = lambda env, *xs: f.call(*[x(env) for x in xs])  # noqa: E731
        if arguments and not f.bound and self.rng.random() < 0.4:
            first, *rest = arguments
            return Term(t, ["(", first, " |> ", f.name, "(", *commas(rest), "))"], rule)
        return Term(t, [f.name, "(", *commas(arguments), ")"], rule)

    def apply(self, t: Type, scope: Scope, depth: int) -> Term:
        usable = [n for n, x in scope.names.items() if x[0] == "Fun" and x[1] == t]
        if usable:
            name = self.rng.choice(usable)
            arguments = [self.term(x, scope, depth) for x in scope.names[name][2:]]
            return Term(t, [name, "(", *commas(arguments), ")"], lambda env, *xs: env[name](*[x(env) for x in xs]))
        x = self.type(1)
        f, argument = self.closure(("Fun", t, x), scope, depth), self.term(x, scope, depth)
        form = self.rng.choice([["apply(", f, ", ", argument, ")"], ["(", f, ")(", argument, ")"]])
        return Term(t, form, lambda env, f, a: f(env)(a(env)))

    def pick(self, t: Type, scope: Scope, depth: int) -> Term:
        c, a, b = self.term("Bool", scope, depth), self.term(t, scope, depth), self.term(t, scope, depth)

        def rule(env: Env, c: Term, a: Term, b: Term) -> Any:
            which, x, y = c(env), a(env), b(env)
            return x if which else y

        return Term(t, ["pick(", c, ", ", a, ", ", b, ")"], rule)

    def unbox(self, t: Type, scope: Scope, depth: int) -> Term:
        box = self.term(("Data", "Box", t), scope, depth)
        return Term(t, [box, ".value"] if box.source().startswith("v") else ["(", box, ").value"], lambda env, b: b(env).args[0])

    def select(self, t: Type, scope: Scope, depth: int) -> Term | None:
        """A field of a struct."""
        found = [(d, i) for d in self.types.values() if d.is_struct for i, x in enumerate(d.variants[0][1]) if x == t and not d.params]
        if not found:
            return None
        data, i = self.rng.choice(found)
        value = self.term(("Data", data.name), scope, depth)
        return Term(t, ["(", value, f").{data.fields[i]}"], lambda env, e: e(env).args[i])

    def default(self, t: Type, scope: Scope, depth: int) -> Term:
        option, other = self.term(("Option", t), scope, depth), self.term(t, scope, depth)
        rule = lambda env, o, d: x.args[0] if (x := o(env)) != NONE else d(env)  # noqa: E731
        return Term(t, ["case ", option, " do\nSome(x) -> x\nNone -> ", other, "\nend"], rule)

    def note(self, t: Type, scope: Scope, depth: int) -> Term:
        n, value = self.rng.randint(0, 99), self.term(t, scope, depth)

        def rule(env: Env, e: Term) -> Any:
            v = e(env)
            Machine.output.append(f"note {n}")
            return v

        return Term(t, [f"note({n}, ", value, ")"], rule)

    def attempt(self, t: Type, scope: Scope, depth: int) -> Term | None:
        """The `?` operator."""
        match scope.result:
            case ("Option", _):
                operand = self.term(("Option", t), scope, depth)
            case ("Result", _, e):
                operand = self.term(("Result", t, e), scope, depth)
            case _:
                return None

        def rule(env: Env, e: Term) -> Any:
            v = e(env)
            if v.name in ("None", "Err"):
                raise Return(v)
            return v.args[0]

        return Term(t, ["(", operand, ")?"], rule)

    def lookup(self, t: Type, scope: Scope, depth: int) -> Term:
        key = self.key()
        m, k, other = self.term(("Map", key, t), scope, depth), self.term(key, scope, depth), self.term(t, scope, depth)

        def rule(env: Env, m: Term, k: Term, other: Term) -> Any:
            table, at, d = m(env), k(env), other(env)
            return table.get(at, d)

        return Term(t, ["lookup(", m, ", ", k, ", ", other, ")"], rule)

    def first(self, t: Type, scope: Scope, depth: int) -> Term:
        items, other = self.term(("List", t), scope, depth), self.term(t, scope, depth)

        def rule(env: Env, xs: Term, d: Term) -> Any:
            v = xs(env)
            return v[0] if v else d(env)

        return Term(t, ["case ", items, " do\nh :: _ -> h\n[] -> ", other, "\nend"], rule)

    def fold(self, t: Type, scope: Scope, depth: int) -> Term:
        x = self.type(1)
        items, start = self.term(("List", x), scope, depth), self.term(t, scope, depth)
        f = self.closure(("Fun", t, t, x), scope, depth)

        def rule(env: Env, xs: Term, s: Term, f: Term) -> Any:
            values, acc, g = xs(env), s(env), f(env)
            for v in values:
                acc = g(acc, v)
                bounded(acc)
            return acc

        return Term(t, ["List.reduce(", items, ", ", start, ", ", f, ")"], rule)

    common = [choice, choice, case, case, call, call, call, apply, pick, unbox, select, default, note, attempt, attempt,
              lookup, first, fold]  # fmt: skip

    # ---- functions

    def function(self) -> None:
        """One more function, which calls only earlier ones and, in one place, itself with a smaller number."""
        rng = self.rng
        self.fresh += 1
        name, result = f"f{self.fresh}", self.type()
        params = [self.type() if rng.random() < 0.85 else ("Fun", self.type(1), self.type(1)) for _ in range(rng.randint(0, 3))]
        names = [f"p{self.fresh}_{i}" for i in range(len(params))]
        scope = Scope(dict(zip(names, params, strict=True)), result)
        head = [f"{n} :: {type_text(x)}" for n, x in zip(names, params, strict=True)]
        kind = rng.choice(["plain", "plain", "tail", "deep", "clauses", "mutual"])
        if kind == "plain":
            body = self.block(result, scope, 4)
            self.functions.append(Function(
                name, tuple(params), result,
                lambda: f"fn {name}({', '.join(head)}) -> {type_text(result)} do\n{body.source()}\nend",
                lambda *xs: call(body, dict(zip(names, xs, strict=True))), [body],
            ))  # fmt: skip
            return
        n, inner = f"n{self.fresh}", scope.bind(**{f"n{self.fresh}": "Int"})
        base = self.block(result, scope, 2)
        steps = [self.term(x, inner, 2) for x in params]
        full = [f"{n} :: Int", *head]
        if kind in ("tail", "mutual"):
            stop = self.term("Bool", inner.function(None), 2)
            other = f"{name}_other" if kind == "mutual" else name

            def run(count: int, *xs: Any) -> Any:
                env = {n: count, **dict(zip(names, xs, strict=True))}
                try:
                    if count <= 0 or stop(env):
                        return base(env)
                    values = [s(env) for s in steps]
                except Return as r:
                    return r.value
                return run(count - 1, *values)

            def text(own: str, target: str) -> str:
                again = ", ".join([f"{n} - 1", *(s.source() for s in steps)])
                return (f"fn {own}({', '.join(full)}) -> {type_text(result)} do\nif {n} <= 0 or {stop.source()} do\n"
                        f"{base.source()}\nelse\n{target}({again})\nend\nend")  # fmt: skip

            source = lambda: text(name, other) + (f"\n{text(other, name)}" if other != name else "")  # noqa: E731
            bodies = [base, stop, *steps]
        else:
            r = f"r{self.fresh}"
            after = self.block(result, inner.bind(**{r: result}), 3)

            def run(count: int, *xs: Any) -> Any:
                env = {n: count, **dict(zip(names, xs, strict=True))}
                try:
                    if count <= 0:
                        return base(env)
                    before = run(count - 1, *[s(env) for s in steps])
                    return after({**env, r: before})
                except Return as early:
                    return early.value

            def source() -> str:
                again = ", ".join([f"{n} - 1", *(s.source() for s in steps)])
                step = f"let {r} = {name}({again})\n{after.source()}"
                if kind == "deep":
                    return (f"fn {name}({', '.join(full)}) -> {type_text(result)} do\ncase {n} do\n0 -> do\n{base.source()}\nend\n"
                            f"_ -> do\n{step}\nend\nend\nend")  # fmt: skip
                return (f"fn {name}({', '.join(['0', *head])}) -> {type_text(result)} do\n{base.source()}\nend\n"
                        f"fn {name}({', '.join(full)}) do\n{step}\nend")  # fmt: skip

            bodies = [base, after, *steps]
        self.functions.append(Function(name, ("Int", *params), result, source, run, bodies, bound=True))

    def preamble(self) -> str:
        texts = [PREAMBLE, *(d.source() for d in self.types.values())]
        texts += [f"fn {name}(x :: {type_text(t)}) -> {type_text(t)} = x" for t, name in self.wrappers.items()]
        return "\n".join(texts)

    rules: dict[str, list[Callable[..., Term | None]]] = {}


PREAMBLE = """
fn pick<A>(c :: Bool, a :: A, b :: A) -> A do
  if c do a else b end
end
fn apply(f, x) do f(x) end
fn note(n, value) do
  println("note ${n}")
  value
end
fn lookup<K, V>(m :: Map<K, V>, k :: K, other :: V) -> V where K: Eq, K: Hash do
  if Map.has_key(m, k) do Map.get(m, k) else other end
end
"""


def commas(items: list[Term]) -> list[str | Term]:
    out: list[str | Term] = []
    for i, item in enumerate(items):
        out += [", ", item] if i else [item]
    return out


def gap(body: Term) -> str:
    """After an arrow on its line `fn` begins a closure, on a line of its own a definition."""
    return "\n" if body.source().startswith("fn ") else " "


def call(body: Term, env: Env) -> Any:
    try:
        return body(env)
    except Return as r:
        return r.value


def bounded(value: Any) -> None:
    if isinstance(value, (str, tuple, dict)) and len(value) > 5000:
        raise Discard


def make_map(env: Env, *terms: Term) -> dict[Any, Any]:
    out: dict[Any, Any] = {}
    for k, v in zip(terms[::2], terms[1::2], strict=True):
        key = k(env)
        out[key] = v(env)
    return out


def run_while(env: Env, terms: list[Term]) -> None:
    c, value = terms.pop(0), terms.pop(0)
    while c(env):
        try:
            value(env)
        except Continue:
            Machine.fuel -= 100
            if Machine.fuel < 0:
                raise Discard from None
            continue
        except Break:
            pass
        break


def compare_with(op: str, a: Term, b: Term, brackets: str = "()") -> Term:
    def rule(env: Env, a: Term, b: Term) -> bool:
        x, y = a(env), b(env)
        match op:
            case "==":
                return x == y
            case "!=":
                return x != y
            case "<":
                return less(x, y)
            case ">":
                return less(y, x)
            case "<=":
                return not less(y, x)
        return not less(x, y)

    left, right = (brackets[0], brackets[1]) if brackets else ("", "")
    return Term("Bool", [left, a, f" {op} ", b, right], rule)
