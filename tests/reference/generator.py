"""Random well-typed programs that end: patterns, loops, closures, data, arithmetic at its borders.

Functions only call functions that stand before them, and recursion counts down, so every program ends; how long it takes is
the evaluator's business, which gives up on those that take too long.
"""

from __future__ import annotations

import random

Type = str | tuple

INT, FLOAT, BOOL, STRING, POINT, SHAPE, TREE = "Int", "Float", "Bool", "String", "Point", "Shape", "Tree"

HEADER = """\
struct Point do
  x :: Int
  y :: Float
  tag :: String
end

type Shape do
  Dot
  Circle(Float)
  Rect(Int, Int)
  Named(String, Point)
  Flag(Bool)
end deriving(Eq, Display)

type Tree do
  Leaf
  Node(Tree, Int, Tree)
end deriving(Eq, Ord, Display)
"""

VARIANTS: dict[str, list[tuple[str, list[Type]]]] = {
    SHAPE: [("Dot", []), ("Circle", [FLOAT]), ("Rect", [INT, INT]), ("Named", [STRING, POINT]), ("Flag", [BOOL])],
    TREE: [("Leaf", []), ("Node", [TREE, INT, TREE])],
}
FIELDS: dict[str, list[tuple[str, Type]]] = {POINT: [("x", INT), ("y", FLOAT), ("tag", STRING)]}
INTS = ["0", "1", "2", "3", "7", "10", "100", "255", "9223372036854775807", "-9223372036854775808", "-1", "-5", "4294967296"]
FLOATS = ["0.0", "1.0", "0.5", "-1.5", "2.25", "1e3", "0.1", "1e300", "-0.0"]
STRINGS = ['""', '"a"', '"b"', '"abc"', '"été"', '"42"', '"-7"', '"x,y"', '"日本"', '"a b"']

Scope = dict[str, Type]


def text(t: Type) -> str:
    """A type as it is written in an annotation."""
    if isinstance(t, str):
        return t
    head, *args = t
    if head == "Tuple":
        return f"({', '.join(map(text, args))})"
    if head == "Fun":
        return f"Fun({', '.join(map(text, args[0]))}) -> {text(args[1])}"
    return f"{head}<{', '.join(map(text, args))}>"


class Generator:
    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.count = 0
        self.functions: list[tuple[str, list[Type], Type]] = []
        self.globals: Scope = {}

    def name(self, hint: str = "v") -> str:
        self.count += 1
        return f"{hint}{self.count}"

    def type(self, depth: int = 2) -> Type:
        simple = [INT, INT, FLOAT, BOOL, STRING, POINT, SHAPE, TREE]
        if depth == 0 or self.r.random() < 0.5:
            return self.r.choice(simple)
        kind = self.r.choice(["List", "List", "Option", "Tuple", "Map"])
        if kind == "Tuple":
            return ("Tuple", *(self.type(depth - 1) for _ in range(self.r.randint(2, 3))))
        if kind == "Map":
            return ("Map", self.r.choice([INT, STRING]), self.type(depth - 1))
        return (kind, self.type(depth - 1))

    # ---- programs

    def program(self) -> str:
        parts = [HEADER]
        for _ in range(self.r.randint(0, 2)):
            name, t = self.name("top"), self.type()
            parts.append(f"let {name} :: {text(t)} = {self.expr(t, 2, self.globals)}\n")
            self.globals[name] = t
        for _ in range(self.r.randint(2, 5)):
            parts.append(self.r.choice([self.plain_function, self.clause_function, self.counting_function, self.option_function])())
        lines: list[str] = []
        scope: Scope = {}
        for _ in range(self.r.randint(3, 6)):
            t = self.type()
            value = self.expr(t, 4, scope)
            name = self.name()
            lines.append(f"  let {name} :: {text(t)} = {value}")
            lines.append(f'  println("{name} = ${{{name}}}")')
            scope[name] = t
        for function, params, _ in self.functions:
            args = ", ".join(self.expr(p, 2, scope) for p in params)
            lines.append(f'  println("{function} ${{{function}({args})}}")')
        parts.append("fn main() do\n" + "\n".join(lines) + "\nend\n")
        return "\n".join(parts)

    def params(self) -> tuple[list[Type], list[str]]:
        types = [self.type() for _ in range(self.r.randint(1, 3))]
        if self.r.random() < 0.3:
            types.append(("Fun", (self.type(1),), self.type(1)))
        return types, [self.name("p") for _ in types]

    def plain_function(self) -> str:
        name = self.name("f")
        types, names = self.params()
        result = self.type()
        head = ", ".join(f"{n} :: {text(t)}" for n, t in zip(names, types))
        body = self.block(result, 3, dict(zip(names, types)), "  ", returns=result)
        self.functions.append((name, types, result))
        return f"fn {name}({head}) -> {text(result)} do\n{body}\nend\n"

    def option_function(self) -> str:
        """A function in which `?` leaves early."""
        name = self.name("f")
        types, names = self.params()
        inner = self.type(1)
        scope: Scope = dict(zip(names, types))
        lines = []
        for _ in range(self.r.randint(1, 2)):
            bound, t = self.name(), self.type(1)
            lines.append(f"  let {bound} = ({self.expr(('Option', t), 3, scope)})?")
            scope[bound] = t
        head = ", ".join(f"{n} :: {text(t)}" for n, t in zip(names, types))
        result: Type = ("Option", inner)
        self.functions.append((name, types, result))
        return f"fn {name}({head}) -> {text(result)} do\n" + "\n".join(lines) + f"\n  Some({self.expr(inner, 2, scope)})\nend\n"

    def clause_function(self) -> str:
        name = self.name("f")
        types = [self.type() for _ in range(self.r.randint(1, 2))]
        result = self.type(1)
        clauses = []
        for _ in range(self.r.randint(1, 3)):
            scope: Scope = {}
            patterns = [self.pattern(t, 2, scope) for t in types]
            patterns = [p if not p[0].islower() and not p.startswith("_") else p for p in patterns]
            guard = f" when {self.expr(BOOL, 1, scope)}" if self.r.random() < 0.4 or self.catch_all(patterns) else ""
            clauses.append(f"fn {name}({', '.join(f'({p})' for p in patterns)}){guard} = {self.expr(result, 2, scope)}")
        names = [self.name("p") for _ in types]
        clauses.append(f"fn {name}({', '.join(names)}) = {self.expr(result, 2, dict(zip(names, types)))}")
        head = f"fn {name}_any({', '.join(f'{n} :: {text(t)}' for n, t in zip(names, types))}) -> {text(result)} = "
        self.functions.append((f"{name}_any", types, result))
        return "\n".join(clauses) + f"\n\n{head}{name}({', '.join(names)})\n"

    @staticmethod
    def catch_all(patterns: list[str]) -> bool:
        return all(p == "_" or p.isidentifier() and p[0].islower() for p in patterns)

    def counting_function(self) -> str:
        """Recursion with an accumulator, in tail position or not."""
        name = self.name("f")
        result = self.r.choice([INT, STRING, ("List", INT), TREE, ("Map", INT, STRING)])
        scope: Scope = {"n": INT, "acc": result}
        step = self.expr(result, 2, scope)
        if self.r.random() < 0.5:
            again = f"{name}(n - 1, {step})"
        else:
            again = f"let inner = {name}(n - 1, acc)\n    {self.expr(result, 2, {**scope, 'inner': result})}"
        start = self.expr(result, 1, {})
        self.functions.append((f"{name}_from", [INT], result))
        return (
            f"fn {name}(n :: Int, acc :: {text(result)}) -> {text(result)} do\n  if n <= 0 do\n    acc\n  else\n    {again}\n  end\nend\n\n"
            f"fn {name}_from(start :: Int) -> {text(result)} = {name}(start % 6, {start})\n"
        )

    # ---- blocks

    def block(self, t: Type, depth: int, scope: Scope, indent: str, returns: Type | None = None) -> str:
        lines = []
        scope = dict(scope)
        for _ in range(self.r.randint(0, 2)):
            choice = self.r.random()
            if choice < 0.2 and returns is not None:
                lines.append(f"if {self.expr(BOOL, 1, scope)} do return {self.expr(returns, 1, scope)} end")
                continue
            if choice < 0.27 and returns is not None:
                name, u = self.name(), self.type(1)
                inner = {**scope, name: u}
                lines.append(f"for {name} in {self.typed(('List', u), depth - 1, scope)} do\n{indent}  "
                             f"if {self.expr(BOOL, 1, inner)} do return {self.expr(returns, 1, inner)} end\n{indent}end")
                continue
            if choice < 0.4:
                # A closure, kept in a variable, in a list or in an option.
                kind: Type = ("Fun", (self.type(1),), self.type(1))
                name, closure = self.name("g"), self.closure(list(kind[1]), kind[2], depth - 1, scope)
                how = self.r.randint(0, 2)
                if how == 0:
                    lines.append(f"let {name} = {closure}")
                elif how == 1:
                    lines.append(f"let {name} = List.get([{closure}, {self.closure(list(kind[1]), kind[2], 1, scope)}], {self.r.randint(0, 1)})")
                else:
                    lines.append(f"let Some({name}) = Some({closure})")
                scope[name] = kind
                continue
            if choice < 0.5:
                pair: Type = ("Tuple", self.type(1), self.type(1))
                a, b = self.name(), self.name()
                lines.append(f"let ({a}, {b}) = {self.expr(pair, depth - 1, scope)}")
                scope[a], scope[b] = pair[1], pair[2]
                continue
            u = self.type(1)
            value = self.expr(u, depth - 1, scope)
            # A name may shadow an earlier one.
            name = self.r.choice(list(scope)) if scope and self.r.random() < 0.15 else self.name()
            lines.append(f"let {name} = {value}" if self.known(value) else f"let {name} :: {text(u)} = {value}")
            scope[name] = u
        lines.append(self.expr(t, depth, scope))
        return "\n".join(indent + line for line in lines)

    @staticmethod
    def known(value: str) -> bool:
        return "[]" not in value and "%{}" not in value and "None" not in value

    # ---- patterns

    def pattern(self, t: Type, depth: int, scope: Scope) -> str:
        """A pattern for values of type ``t``; what it binds goes into ``scope``."""
        if depth == 0 or self.r.random() < 0.25:
            if self.r.random() < 0.3:
                return "_"
            name = self.name()
            scope[name] = t
            return name
        if self.r.random() < 0.15:
            name = self.name()
            inner = self.pattern(t, depth - 1, scope)
            if not inner.isidentifier():
                scope[name] = t
                return f"({inner} as {name})"
            return inner
        if self.r.random() < 0.15 and t in (INT, STRING, FLOAT):
            return f"({self.literal(t)} | {self.literal(t)})"
        if t in (INT, STRING, FLOAT, BOOL):
            return self.literal(t)
        if isinstance(t, str) and t in VARIANTS:
            name, fields = self.r.choice(VARIANTS[t])
            if not fields:
                return name
            return f"{name}({', '.join(self.pattern(f, depth - 1, scope) for f in fields)})"
        if isinstance(t, tuple) and t[0] == "Tuple":
            return f"({', '.join(self.pattern(u, depth - 1, scope) for u in t[1:])})"
        if isinstance(t, tuple) and t[0] == "Option":
            return "None" if self.r.random() < 0.3 else f"Some({self.pattern(t[1], depth - 1, scope)})"
        if isinstance(t, tuple) and t[0] == "List":
            kind = self.r.randint(0, 3)
            if kind == 0:
                return f"[{', '.join(self.pattern(t[1], depth - 1, scope) for _ in range(self.r.randint(0, 2)))}]"
            tail = self.name()
            scope_tail = self.pattern(t, depth - 1, scope) if kind == 1 else tail
            head = self.pattern(t[1], depth - 1, scope)
            if kind != 1:
                scope[tail] = t
            return f"({head} :: {scope_tail})"
        name = self.name()
        scope[name] = t
        return name

    def literal(self, t: Type) -> str:
        if t == FLOAT:
            return self.r.choice(FLOATS[:6])
        if t == BOOL:
            return self.r.choice(["true", "false"])
        return self.r.choice(INTS if t == INT else STRINGS)

    def guard(self, scope: Scope) -> str:
        """The guard of a case arm: comparisons of names and literals."""
        usable = [(n, t) for n, t in scope.items() if t in (INT, STRING, FLOAT)]
        if not usable:
            return self.r.choice(["true", "not false"])
        name, t = self.r.choice(usable)
        return f"{name} {self.r.choice(['<', '>', '==', '!=', '<=', '>='])} {self.literal(t)}"

    # ---- expressions

    def expr(self, t: Type, depth: int, scope: Scope) -> str:
        same = [n for names in (scope, self.globals) for n, u in names.items() if u == t]
        if same and self.r.random() < (0.25 if depth > 0 else 0.7):
            return self.r.choice(same)
        if depth <= 0:
            return self.small(t, scope)
        choice = self.r.random()
        if choice < 0.12:
            return self.case(t, depth, scope)
        if choice < 0.2:
            return f"(if {self.expr(BOOL, depth - 1, scope)} do {self.expr(t, depth - 1, scope)} else {self.expr(t, depth - 1, scope)} end)"
        if choice < 0.3:
            called = self.call(t, depth, scope)
            if called:
                return called
        if choice < 0.36:
            u = self.type(1)
            p = self.name()
            body = self.expr(t, depth - 1, {**scope, p: u})
            return f"(fn({p} :: {text(u)}) -> {body} end)({self.expr(u, depth - 1, scope)})"
        if choice < 0.4 and isinstance(t, tuple) and t[0] == "List":
            return self.loop(t[1], depth, scope)
        return self.build(t, depth, scope)

    def call(self, t: Type, depth: int, scope: Scope) -> str | None:
        options: list[tuple[str, list[Type]]] = [(n, ps) for n, ps, r in self.functions if r == t]
        options += [(n, list(u[1])) for n, u in scope.items() if isinstance(u, tuple) and u[0] == "Fun" and u[2] == t]
        if not options:
            return None
        name, params = self.r.choice(options)
        args = [self.expr(p, depth - 1, scope) for p in params]
        if self.r.random() < 0.3 and not isinstance(params[0], tuple):
            return f"({args[0]} |> {name}({', '.join(args[1:])}))"
        return f"{name}({', '.join(args)})"

    def case(self, t: Type, depth: int, scope: Scope) -> str:
        u = self.type()
        arms = []
        for _ in range(self.r.randint(1, 3)):
            inner: Scope = dict(scope)
            bound: Scope = {}
            pattern = self.pattern(u, 3, bound)
            inner.update(bound)
            guard = f" when {self.guard(bound)}" if self.r.random() < 0.4 else ""
            arms.append(f"{pattern}{guard} -> {self.expr(t, depth - 1, inner)}")
        name = self.name()
        arms.append(f"{name} -> {self.expr(t, depth - 1, {**scope, name: u})}")
        return "(case " + self.typed(u, depth - 1, scope) + " do\n" + "\n".join(f"    {arm}" for arm in arms) + "\n  end)"

    def typed(self, t: Type, depth: int, scope: Scope) -> str:
        """An expression whose type is certain from itself: given to a closure with a declared parameter where it is not."""
        value = self.expr(t, depth, scope)
        return value if self.known(value) else f"(fn(it :: {text(t)}) -> it end)({value})"

    def loop(self, t: Type, depth: int, scope: Scope) -> str:
        source = self.r.randint(0, 3)
        bound: Scope = {}
        if source == 0:
            name = self.name("i")
            bound[name] = INT
            head = f"{name} in {self.r.choice(['0..4', '-1..3', '3..3', '5..1'])}"
        elif source == 1:
            k, v = self.name("k"), self.name()
            map_type: Type = ("Map", self.r.choice([INT, STRING]), self.type(1))
            bound = {k: map_type[1], v: map_type[2]}
            head = f"{{{k}, {v}}} in {self.typed(map_type, depth - 1, scope)}"
        elif source == 2:
            a, b = self.name(), self.name()
            pair: Type = ("Tuple", self.type(0), self.type(0))
            bound = {a: pair[1], b: pair[2]}
            head = f"({a}, {b}) in {self.typed(('List', pair), depth - 1, scope)}"
        else:
            name = self.name()
            u = self.type(1)
            bound[name] = u
            head = f"{name} in {self.typed(('List', u), depth - 1, scope)}"
        inner = {**scope, **bound}
        when = f" when {self.expr(BOOL, 1, inner)}" if self.r.random() < 0.3 else ""
        lines = []
        for word in ("continue", "break"):
            if self.r.random() < 0.25:
                lines.append(f"if {self.expr(BOOL, 1, inner)} do {word} end")
        lines.append(self.expr(t, depth - 1, inner))
        return f"(for {head}{when} do\n" + "\n".join(f"    {line}" for line in lines) + "\n  end)"

    def closure(self, params: list[Type], result: Type, depth: int, scope: Scope) -> str:
        names = [self.name("c") for _ in params]
        inner = {**scope, **dict(zip(names, params))}
        head = ", ".join(f"{n} :: {text(p)}" for n, p in zip(names, params))
        if self.r.random() < 0.3:
            return f"fn({head}) do\n" + self.block(result, depth - 1, inner, "    ", returns=result) + "\n  end"
        return f"fn({head}) -> {self.expr(result, depth - 1, inner)} end"

    def small(self, t: Type, scope: Scope) -> str:
        if t in (INT, FLOAT, BOOL, STRING):
            value = self.literal(t)
            return f"({value})" if value.startswith("-") else value
        if t == POINT:
            return f'Point {{ x: {self.small(INT, scope)}, y: {self.small(FLOAT, scope)}, tag: {self.small(STRING, scope)} }}'
        if t == SHAPE:
            return self.r.choice(["Dot", "Circle(1.5)", "Rect(2, 3)", "Flag(true)"])
        if t == TREE:
            return self.r.choice(["Leaf", "Node(Leaf, 1, Leaf)"])
        head = t[0]
        if head == "List":
            return f"[{', '.join(self.small(t[1], scope) for _ in range(self.r.randint(0, 2)))}]"
        if head == "Option":
            return "None" if self.r.random() < 0.4 else f"Some({self.small(t[1], scope)})"
        if head == "Tuple":
            return f"({', '.join(self.small(u, scope) for u in t[1:])})"
        if head == "Map":
            return f"%{{{', '.join(f'{self.small(t[1], scope)} => {self.small(t[2], scope)}' for _ in range(self.r.randint(0, 2)))}}}"
        return self.closure(list(t[1]), t[2], 1, scope)

    def build(self, t: Type, depth: int, scope: Scope) -> str:
        def e(u: Type) -> str:
            return self.expr(u, depth - 1, scope)

        pick = self.r.choice
        if t == INT:
            u = self.type(1)
            return pick([
                lambda: f"({e(INT)} {pick(['+', '-', '*', '+', '-', '*', '/', '%'])} {e(INT)})",
                lambda: f"(-{e(INT)})",
                lambda: f"List.length({self.typed(('List', u), depth - 1, scope)})",
                lambda: f"String.length({e(STRING)})",
                lambda: f"List.reduce({self.typed(('List', u), depth - 1, scope)}, {e(INT)}, {self.closure([INT, u], INT, depth - 1, scope)})",
                lambda: f"({e(POINT)}).x",
                lambda: f"List.get({self.typed(('List', INT), depth - 1, scope)} ++ [{e(INT)}], 0)",
                lambda: f"Map.get(Map.put({self.typed(('Map', STRING, INT), depth - 1, scope)}, {e(STRING)}, {e(INT)}), {e(STRING)})",
            ])()
        if t == FLOAT:
            return pick([
                lambda: f"({e(FLOAT)} {pick(['+', '-', '*', '/'])} {e(FLOAT)})",
                lambda: f"Int.to_float({e(INT)})",
                lambda: f"({e(POINT)}).y",
            ])()
        if t == BOOL:
            u = self.type(1)
            return pick([
                lambda: f"({e(INT)} {pick(['<', '<=', '>', '>=', '==', '!='])} {e(INT)})",
                lambda: f"({e(BOOL)} {pick(['and', 'or', '&&', '||'])} {e(BOOL)})",
                lambda: f"(not {e(BOOL)})",
                lambda: f"({self.typed(u, depth - 1, scope)} {pick(['==', '!='])} {self.typed(u, depth - 1, scope)})",
                lambda: f"({self.typed(v, depth - 1, scope)} {pick(['<', '>='])} {self.typed(v, depth - 1, scope)})" if (v := self.ordered()) else "",
                lambda: f"List.{pick(['any', 'all'])}({self.typed(('List', u), depth - 1, scope)}, {self.closure([u], BOOL, depth - 1, scope)})",
                lambda: f"List.contains({self.typed(('List', u), depth - 1, scope)}, {self.typed(u, depth - 1, scope)})",
            ])()
        if t == STRING:
            return pick([
                lambda: f"({e(STRING)} <> {e(STRING)})",
                lambda: f'"<${{{self.typed(self.type(), depth - 1, scope)}}}>"',
                lambda: f"String.slice({e(STRING)}, {pick(['-1', '0', '1'])}, {pick(['1', '2', '9'])})",
                lambda: f"({e(POINT)}).tag",
                lambda: f"String.join({e(('List', STRING))}, {e(STRING)})",
            ])()
        if t == POINT:
            return pick([
                lambda: f"Point {{ x: {e(INT)}, y: {e(FLOAT)}, tag: {e(STRING)} }}",
                lambda: f"%{{{e(POINT)} | x: {e(INT)}}}",
                lambda: f"%{{{e(POINT)} | tag: {e(STRING)}, y: {e(FLOAT)}}}",
            ])()
        if isinstance(t, str):
            name, fields = pick(VARIANTS[t])
            return name if not fields else f"{name}({', '.join(e(f) for f in fields)})"
        head = t[0]
        if head == "Option":
            options = [lambda: f"Some({e(t[1])})", lambda: "None",
                       lambda: f"List.find({self.typed(('List', t[1]), depth - 1, scope)}, {self.closure([t[1]], BOOL, depth - 1, scope)})"]
            if t[1] == INT:
                options.append(lambda: f"String.to_int({e(STRING)})")
            return pick(options)()
        if head == "Tuple":
            return f"({', '.join(e(u) for u in t[1:])})"
        if head == "Map":
            k, v = t[1], t[2]
            return pick([
                lambda: f"%{{{', '.join(f'{e(k)} => {e(v)}' for _ in range(self.r.randint(0, 3)))}}}",
                lambda: f"Map.put({e(t)}, {e(k)}, {e(v)})",
                lambda: f"Map.delete({e(t)}, {e(k)})",
                lambda: f"Map.merge({e(t)}, {e(t)})",
            ])()
        if head == "Fun":
            return self.closure(list(t[1]), t[2], depth, scope)
        item, u = t[1], self.type(1)
        return pick([
            lambda: f"[{', '.join(e(item) for _ in range(self.r.randint(0, 3)))}]",
            lambda: f"({e(t)} ++ {e(t)})",
            lambda: f"List.append({e(t)}, {e(item)})",
            lambda: f"List.reverse({e(t)})",
            lambda: f"List.{pick(['take', 'drop'])}({e(t)}, {pick(['0', '1', '2', '-1', '9'])})",
            lambda: f"List.map({self.typed(('List', u), depth - 1, scope)}, {self.closure([u], item, depth - 1, scope)})",
            lambda: f"List.filter({e(t)}, {self.closure([item], BOOL, depth - 1, scope)})",
            lambda: f"List.flat_map({self.typed(('List', u), depth - 1, scope)}, {self.closure([u], t, depth - 1, scope)})",
            lambda: self.loop(item, depth, scope),
        ])()

    def ordered(self) -> Type:
        return self.r.choice([INT, STRING, POINT, TREE, ("List", INT), ("Tuple", STRING, INT), ("Option", INT)])
