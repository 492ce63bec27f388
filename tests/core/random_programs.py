"""Random well-typed programs: expressions over Int, Bool, String, lists, options, tuples, a struct, a tree and closures, in
functions that call each other. They end: recursion is by a counter."""

from __future__ import annotations

import random

INT, BOOL, STR, LIST, SLIST, OPT, PAIR, REC, TREE, FUN = (
    "Int", "Bool", "String", "List<Int>", "List<String>", "Option<String>", "(Int, String)", "Rec", "Tree",
    "Fun(Int) -> Int")
TYPES = (INT, BOOL, STR, LIST, SLIST, OPT, PAIR, REC, TREE)

HEADER = """\
struct Rec do
  n :: Int
  name :: String
  items :: List<String>
end deriving(Eq, Display)

type Tree do
  Leaf
  Tip(String)
  Fork(Tree, Int, Tree)
end deriving(Eq, Display)
"""


class Generator:
    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.names = 0
        self.functions: list[tuple[str, list[str], str]] = []

    def fresh(self, hint: str) -> str:
        self.names += 1
        return f"{hint}{self.names}"

    def program(self) -> str:
        parts = [HEADER]
        for i in range(self.r.randint(2, 5)):
            parts.append(self.function(f"f{i}"))
        lines = []
        scope: dict[str, str] = {}
        for _ in range(4):
            ty = self.r.choice(TYPES)
            name = self.fresh("v")
            lines.append(f"  let {name} = {self.expr(ty, scope, 4)}")
            scope[name] = ty
            lines.append(f'  println("${{{name}}}")')
        for name, params, ret in self.functions:
            args = ", ".join(self.expr(p, scope, 2) for p in params)
            lines.append(f'  println("${{{name}({args})}}")')
            del ret
        parts.append("fn main() do\n" + "\n".join(lines) + "\nend\n")
        return "\n".join(parts)

    def function(self, name: str) -> str:
        params = [self.r.choice((*TYPES, FUN)) for _ in range(self.r.randint(1, 3))]
        ret = self.r.choice(TYPES)
        names = [self.fresh("p") for _ in params]
        scope = dict(zip(names, params))
        shown = ", ".join(f"{n} :: {t}" for n, t in scope.items())
        if self.r.random() < 0.4:  # counts down with a value
            inner = dict(scope, acc=ret, left=INT)
            args = ", ".join([*(self.expr(t, inner, 1) for t in params), self.expr(ret, inner, 2), "left - 1"])
            body = (f"fn {name}_go({shown}, acc :: {ret}, left :: Int) -> {ret} do\n"
                    f"  if left <= 0 do\n    acc\n  else\n    {name}_go({args})\n  end\nend\n")
            head = f"{body}fn {name}({shown}) -> {ret} do\n  {name}_go({', '.join(names)}, {self.expr(ret, scope, 2)}, {self.r.randint(0, 4)})\nend\n"
        else:
            head = f"fn {name}({shown}) -> {ret} do\n{self.block(ret, scope, 4, '  ')}\nend\n"
        self.functions.append((name, params, ret))
        return head

    def block(self, ty: str, scope: dict[str, str], depth: int, pad: str) -> str:
        scope = dict(scope)
        lines = []
        for _ in range(self.r.randint(0, 2)):
            bound = self.r.choice((*TYPES, FUN))
            name = self.fresh("v")
            lines.append(f"{pad}let {name} = {self.expr(bound, scope, depth - 1)}")
            scope[name] = bound
        lines.append(pad + self.expr(ty, scope, depth))
        return "\n".join(lines)

    def expr(self, ty: str, scope: dict[str, str], depth: int) -> str:
        known = [n for n, t in scope.items() if t == ty]
        if known and (depth <= 0 or self.r.random() < 0.35):
            return self.r.choice(known)
        if depth <= 0:
            return self.literal(ty)

        def e(t, d=depth - 1):
            return self.expr(t, scope, d)

        general = [
            lambda: f"(if {e(BOOL)} do {e(ty)} else {e(ty)} end)",
            lambda: self.match(ty, scope, depth),
            lambda: self.call(ty, scope, depth),
        ]
        special = {
            INT: [lambda: f"({e(INT)} + {e(INT)})", lambda: f"({e(INT)} * 3 - {e(INT)})", lambda: f"List.length({e(LIST)})",
                  lambda: f"{e(REC)}.n", lambda: f"Tuple.first({e(PAIR)})", lambda: self.apply(scope, depth),
                  lambda: f"List.reduce({e(LIST)}, {e(INT)}, fn a, x -> a * 2 + x end)"],
            BOOL: [lambda: f"({e(INT)} < {e(INT)})", lambda: f"({e(TREE)} == {e(TREE)})", lambda: f"({e(BOOL)} and {e(BOOL)})",
                   lambda: f"({e(REC)} == {e(REC)})", lambda: f"({e(STR)} != {e(STR)})", lambda: f"not {e(BOOL)}"],
            STR: [lambda: f"({e(STR)} <> {e(STR)})", lambda: f'"<${{{e(self.r.choice(TYPES))}}}>"', lambda: f"{e(REC)}.name",
                  lambda: f"Tuple.second({e(PAIR)})"],
            LIST: [lambda: f"({e(LIST)} ++ [{e(INT)}])", lambda: self.mapped(scope, depth),
                   lambda: f"(for i in 0..{self.r.randint(0, 4)} do i + {e(INT)} end)",
                   lambda: f"List.filter({e(LIST)}, fn x -> x < {e(INT)} end)"],
            SLIST: [lambda: f"List.append({e(SLIST)}, {e(STR)})", lambda: f"{e(REC)}.items",
                    lambda: f"(for x in {e(LIST)} do \"${{x}}\" <> {e(STR)} end)", lambda: f"({e(SLIST)} ++ {e(SLIST)})"],
            OPT: [lambda: f"Some({e(STR)})", lambda: f"List.find({e(SLIST)}, fn s -> s == {e(STR)} end)"],
            PAIR: [lambda: f"({e(INT)}, {e(STR)})"],
            REC: [lambda: f"Rec {{ n: {e(INT)}, name: {e(STR)}, items: {e(SLIST)} }}",
                  lambda: f"%{{{e(REC)} | n: {e(INT)}}}", lambda: f"%{{{e(REC)} | items: {e(SLIST)}, name: {e(STR)}}}"],
            TREE: [lambda: f"Fork({e(TREE)}, {e(INT)}, {e(TREE)})", lambda: f"Tip({e(STR)})"],
            FUN: [lambda: self.closure(scope, depth)],
        }[ty]
        return self.r.choice(special if self.r.random() < 0.6 else general)()

    def literal(self, ty: str) -> str:
        return {INT: str(self.r.randint(-3, 9)), BOOL: self.r.choice(("true", "false")),
                STR: f'"{self.r.choice("abc")}"', LIST: self.r.choice(("[]", "[1, 2, 3]")), SLIST: self.r.choice(('["x"]', '["y", "z"]')),
                OPT: self.r.choice(("None", 'Some("o")')), PAIR: '(7, "p")', REC: 'Rec { n: 1, name: "r", items: ["i"] }',
                TREE: self.r.choice(("Leaf", 'Tip("t")', 'Fork(Leaf, 2, Tip("u"))')), FUN: "fn x -> x + 1 end"}[ty]

    def closure(self, scope: dict[str, str], depth: int) -> str:
        x = self.fresh("x")
        return f"fn {x} -> {self.expr(INT, dict(scope, **{x: INT}), depth - 1)} end"

    def mapped(self, scope: dict[str, str], depth: int) -> str:
        return f"List.map({self.expr(LIST, scope, depth - 1)}, {self.expr(FUN, scope, depth - 1)})"

    def apply(self, scope: dict[str, str], depth: int) -> str:
        known = [n for n, t in scope.items() if t == FUN]
        arg = self.expr(INT, scope, depth - 1)
        return f"{self.r.choice(known)}({arg})" if known else arg

    def call(self, ty: str, scope: dict[str, str], depth: int) -> str:
        known = [(n, ps) for n, ps, t in self.functions if t == ty]
        if not known:
            return self.literal(ty)
        name, params = self.r.choice(known)
        return f"{name}({', '.join(self.expr(p, scope, depth - 2) for p in params)})"

    def match(self, ty: str, scope: dict[str, str], depth: int) -> str:
        a, b, c = self.fresh("a"), self.fresh("b"), self.fresh("c")
        arms = {
            LIST: [("[]", {}), (f"[{a}]", {a: INT}), (f"{a} :: {b}", {a: INT, b: LIST})],
            SLIST: [(f"{a} :: {b} :: {c}", {a: STR, b: STR, c: SLIST}), (f"{a} :: {b}", {a: STR, b: SLIST}), ("_", {})],
            OPT: [('Some("a")', {}), (f"Some({a})", {a: STR}), ("None", {})],
            PAIR: [(f"(1, {a})", {a: STR}), (f"({a}, \"b\")", {a: INT}), (f"({a}, {b})", {a: INT, b: STR})],
            TREE: [("Leaf", {}), (f"Tip({a})", {a: STR}), (f"Fork(Tip({a}), {b}, _)", {a: STR, b: INT}),
                   (f"Fork({a}, {b}, {c})", {a: TREE, b: INT, c: TREE})],
            INT: [("0 | 1", {}), (f"{a} when {a} > 5", {a: INT}), (f"{a}", {a: INT})],
        }
        on = self.r.choice(list(arms))
        rows = [f"    {p} -> {self.expr(ty, dict(scope, **bound), depth - 2)}" for p, bound in arms[on]]
        return f"(case {self.expr(on, scope, depth - 1)} do\n" + "\n".join(rows) + "\n  end)"
