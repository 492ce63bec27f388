"""A small evaluator of the language, straight from the reference: the oracle for random programs.

It walks the syntax tree and knows nothing of types, core or machine code. Values: ``int`` (64 bits, wrapping), ``float``,
``bool``, ``str``, ``UNIT``, lists and tuples, ``dict`` for maps (insertion order), ``Struct``, ``Variant``, ``range``, and
Python callables for functions. It covers what the generator of random programs writes, and raises ``Unsupported`` otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meshpy.syntax import ast, parse

Env = dict[str, Any]


class Unsupported(Exception):
    """Something that the evaluator does not know."""


class TooLong(Exception):
    """More steps than a test program should take."""


class Panic(Exception):
    """A Mesh panic; the argument is its message."""


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Unit:
    def __repr__(self) -> str:
        return "()"


UNIT = _Unit()


@dataclass(frozen=True, slots=True)
class Struct:
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    tag: int
    args: tuple[Any, ...]


_BUILT_IN = {"Some": (0, 1), "None": (1, 0), "Ok": (0, 1), "Err": (1, 1), "Less": (0, 0), "Equal": (1, 0), "Greater": (2, 0)}


def wrap(n: int) -> int:
    """The value of ``n`` in 64 bits, two's complement."""
    return (n + (1 << 63)) % (1 << 64) - (1 << 63)


def equal(a: Any, b: Any) -> bool:
    """``==`` by structure; IEEE for floats; maps without order."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(k in b and equal(v, b[k]) for k, v in a.items())
    if isinstance(a, Struct):
        return all(equal(v, b.fields[k]) for k, v in a.fields.items())
    if isinstance(a, Variant):
        return a.tag == b.tag and equal(a.args, b.args)
    return bool(a == b)


def less(a: Any, b: Any) -> bool:
    """``<``: lexicographic for lists, tuples, structs and payloads, by code point for text."""
    if isinstance(a, (list, tuple)):
        for x, y in zip(a, b):
            if less(x, y):
                return True
            if not equal(x, y):
                return False
        return len(a) < len(b)
    if isinstance(a, Struct):
        return less([*a.fields.values()], [b.fields[k] for k in a.fields])
    if isinstance(a, Variant):
        if a.name == b.name:
            return less(a.args, b.args)
        return a.name == "None" if "None" in (a.name, b.name) else a.tag < b.tag  # None is less than Some
    return bool(a < b)


def show(value: Any) -> str:
    """The text of a value in an interpolation (types reference 10.4)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _show_float(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(show, value)) + ")"
    if isinstance(value, dict):
        return "%{" + ", ".join(f"{show(k)} => {show(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Struct):
        inner = ", ".join(f"{k}: {show(v)}" for k, v in value.fields.items())
        return f"{value.name} {{ {inner} }}"
    if isinstance(value, Variant):
        return value.name + (f"({', '.join(map(show, value.args))})" if value.args else "")
    return str(value)


def _show_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0") if "." in text else text


class Evaluator:
    """Runs the ``main`` of one file; ``out`` is what it printed."""

    def __init__(self, source: str, limit: int = 400_000) -> None:
        result = parse(source, "main.mpl")
        if result.diagnostics:
            raise Unsupported(result.diagnostics[0].message)
        self.out: list[str] = []
        self.steps = limit
        self.functions: dict[tuple[str, int], list[ast.FnDef]] = {}
        self.lets: list[ast.Let] = []
        self.globals: Env = {}
        self.struct_fields: dict[str, list[str]] = {}
        self.variants: dict[str, tuple[int, int]] = dict(_BUILT_IN)
        for item in result.file.body:
            if isinstance(item, ast.FnDef):
                self.functions.setdefault((item.name.name, len(item.params)), []).append(item)
            elif isinstance(item, ast.Let):
                self.lets.append(item)
            elif isinstance(item, ast.StructDef):
                self.struct_fields[item.name.name] = [f.name.name for f in item.fields]
            elif isinstance(item, ast.SumTypeDef):
                for tag, variant in enumerate(item.variants):
                    self.variants[variant.name.name] = (tag, len(variant.fields))
            else:
                raise Unsupported(type(item).__name__)

    def run(self) -> None:
        """Raises ``Panic`` when the program panics."""
        for let in self.lets:
            self.match(let.pattern, self.eval(let.value, self.globals), self.globals)
        self.call_function("main", [])

    # ---- functions

    def call_function(self, name: str, args: list[Any]) -> Any:
        clauses = self.functions[name, len(args)]
        return self.call_clauses([(c.params, c.guard, c.body) for c in clauses], args, self.globals)

    def call_clauses(self, clauses: list[tuple[list[ast.Param], ast.Expr | None, ast.Block]], args: list[Any], outer: Env) -> Any:
        for params, guard, body in clauses:
            env = dict(outer)
            if not all(self.bind_param(p, a, env) for p, a in zip(params, args)):
                continue
            if guard is not None and not self.eval(guard, env):
                continue
            try:
                return self.block(body, env)
            except _Return as left:
                return left.value
        raise Panic("non-exhaustive match")

    def bind_param(self, param: ast.Param, value: Any, env: Env) -> bool:
        if param.pattern is not None:
            return self.match(param.pattern, value, env)
        name = param.name.name
        if name in self.variants:
            return isinstance(value, Variant) and value.name == name
        env[name] = value
        return True

    # ---- patterns

    def match(self, p: ast.Pattern, value: Any, env: Env) -> bool:
        """Whether the value matches; binds the names of the pattern in ``env``."""
        if isinstance(p, ast.WildPat):
            return True
        if isinstance(p, ast.IdentPat):
            if p.name in self.variants:
                return value.name == p.name
            env[p.name] = value
            return True
        if isinstance(p, ast.LitPat):
            return equal(p.value, value)
        if isinstance(p, ast.TuplePat):
            return all(self.match(q, v, env) for q, v in zip(p.elems, value))
        if isinstance(p, ast.CtorPat):
            if value.name != p.path.parts[-1].name:
                return False
            return not p.args or all(self.match(q, v, env) for q, v in zip(p.args, value.args))
        if isinstance(p, ast.OrPat):
            return any(self.match(q, value, env) for q in p.alts)
        if isinstance(p, ast.AsPat):
            if not self.match(p.inner, value, env):
                return False
            env[p.name.name] = value
            return True
        if isinstance(p, ast.ConsPat):
            return bool(value) and self.match(p.head, value[0], env) and self.match(p.tail, value[1:], env)
        if isinstance(p, ast.ListPat):
            return len(value) == len(p.elems) and all(self.match(q, v, env) for q, v in zip(p.elems, value))
        raise Unsupported(type(p).__name__)

    # ---- statements

    def block(self, block: ast.Block, env: Env) -> Any:
        env = dict(env)
        value: Any = UNIT
        for statement in block.statements:
            value = UNIT
            if isinstance(statement, ast.ExprStmt):
                value = self.eval(statement.expr, env)
            elif isinstance(statement, ast.Let):
                if not self.match(statement.pattern, self.eval(statement.value, env), env):
                    raise Panic("non-exhaustive match")
            else:
                raise Unsupported(type(statement).__name__)
        return value

    # ---- expressions

    def eval(self, e: ast.Expr, env: Env) -> Any:
        self.steps -= 1
        if self.steps < 0:
            raise TooLong
        method = getattr(self, f"eval_{type(e).__name__}", None)
        if method is None:
            raise Unsupported(type(e).__name__)
        return method(e, env)

    def eval_IntLit(self, e: ast.IntLit, env: Env) -> Any:
        return e.value

    eval_FloatLit = eval_BoolLit = eval_IntLit

    def eval_UnitLit(self, e: ast.UnitLit, env: Env) -> Any:
        return UNIT

    def eval_StringLit(self, e: ast.StringLit, env: Env) -> Any:
        return "".join(p if isinstance(p, str) else show(self.eval(p, env)) for p in e.parts)

    def eval_Name(self, e: ast.Name, env: Env) -> Any:
        if e.text in env:
            return env[e.text]
        if e.text in self.variants:
            return self.constructor(e.text)
        arity = next(n for name, n in self.functions if name == e.text)
        return lambda *args: self.call_function(e.text, list(args)) if len(args) == arity else None

    def constructor(self, name: str) -> Any:
        tag, arity = self.variants[name]
        return (lambda *args: Variant(name, tag, args)) if arity else Variant(name, tag, ())

    def eval_TupleExpr(self, e: ast.TupleExpr, env: Env) -> Any:
        return tuple(self.eval(x, env) for x in e.elems)

    def eval_ListLit(self, e: ast.ListLit, env: Env) -> Any:
        return [self.eval(x, env) for x in e.elems]

    def eval_MapLit(self, e: ast.MapLit, env: Env) -> Any:
        return {self.eval(k, env): self.eval(v, env) for k, v in e.entries}

    def eval_StructLit(self, e: ast.StructLit, env: Env) -> Any:
        values = {f.name.name: self.eval(f.value, env) for f in e.fields}
        name = e.name.text
        return Struct(name, {f: values[f] for f in self.struct_fields[name]})

    def eval_StructUpdate(self, e: ast.StructUpdate, env: Env) -> Any:
        base = self.eval(e.base, env)
        return Struct(base.name, {**base.fields, **{f.name.name: self.eval(f.value, env) for f in e.fields}})

    def eval_Member(self, e: ast.Member, env: Env) -> Any:
        return self.eval(e.base, env).fields[e.name.name]

    def eval_Unary(self, e: ast.Unary, env: Env) -> Any:
        value = self.eval(e.operand, env)
        if e.op == "not":
            return not value
        return -value if isinstance(value, float) else wrap(-value)

    def eval_Binary(self, e: ast.Binary, env: Env) -> Any:
        a = self.eval(e.lhs, env)
        if e.op == "and":
            return a and self.eval(e.rhs, env)
        if e.op == "or":
            return a or self.eval(e.rhs, env)
        b = self.eval(e.rhs, env)
        return _OPERATORS[e.op](a, b)

    def eval_If(self, e: ast.If, env: Env) -> Any:
        if self.eval(e.cond, env):
            value = self.block(e.then, env)
            return value if e.orelse is not None else UNIT
        if e.orelse is None:
            return UNIT
        return self.block(e.orelse, env) if isinstance(e.orelse, ast.Block) else self.eval(e.orelse, env)

    def eval_Case(self, e: ast.Case, env: Env) -> Any:
        value = self.eval(e.scrutinee, env)
        for arm in e.arms:
            inner = dict(env)
            if self.match(arm.pattern, value, inner) and (arm.guard is None or self.eval(arm.guard, inner)):
                return self.block(arm.body, inner)
        raise Panic("non-exhaustive match")

    def eval_For(self, e: ast.For, env: Env) -> Any:
        items = self.eval(e.iterable, env)
        if isinstance(items, dict):
            items = list(items) if isinstance(e.binding, ast.Ident) else list(items.items())
        results: list[Any] = []
        for item in items:
            inner = dict(env)
            if isinstance(e.binding, ast.Ident):
                inner[e.binding.name] = item
            elif isinstance(e.binding, ast.ForNames):
                inner.update(zip((n.name for n in e.binding.names), item))
            else:
                self.match(e.binding, item, inner)
            if e.filter is not None and not self.eval(e.filter, inner):
                continue
            try:
                results.append(self.block(e.body, inner))
            except _Continue:
                continue
            except _Break:
                break
        return results

    def eval_Break(self, e: ast.Break, env: Env) -> Any:
        raise _Break

    def eval_Continue(self, e: ast.Continue, env: Env) -> Any:
        raise _Continue

    def eval_Return(self, e: ast.Return, env: Env) -> Any:
        raise _Return(UNIT if e.value is None else self.eval(e.value, env))

    def eval_Try(self, e: ast.Try, env: Env) -> Any:
        value = self.eval(e.operand, env)
        if value.name in ("Some", "Ok"):
            return value.args[0]
        raise _Return(value)

    def eval_Closure(self, e: ast.Closure, env: Env) -> Any:
        captured = dict(env)
        clauses = [(c.params, c.guard, c.body) for c in e.clauses]
        return lambda *args: self.call_clauses(clauses, list(args), captured)

    def eval_Pipe(self, e: ast.Pipe, env: Env) -> Any:
        value = self.eval(e.lhs, env)
        if not isinstance(e.rhs, ast.Call):
            return self.eval(e.rhs, env)(value)
        args = [self.eval(a, env) for a in e.rhs.args]
        args.insert(min(e.slot - 1, len(args)), value)
        return self.apply(e.rhs.callee, args, env)

    def eval_Call(self, e: ast.Call, env: Env) -> Any:
        if isinstance(e.callee, ast.Name) and (e.callee.text, len(e.args)) in self.functions or _module(e.callee):
            return self.apply(e.callee, [self.eval(a, env) for a in e.args], env)
        if isinstance(e.callee, ast.Name) and e.callee.text == "println":
            self.out.append(self.eval(e.args[0], env))
            return UNIT
        function = self.eval(e.callee, env)
        return function(*[self.eval(a, env) for a in e.args])

    def apply(self, callee: ast.Expr, args: list[Any], env: Env) -> Any:
        if isinstance(callee, ast.Name) and callee.text not in env and (callee.text, len(args)) in self.functions:
            return self.call_function(callee.text, args)
        name = _module(callee)
        if name:
            if name not in _LIBRARY:
                raise Unsupported(name)
            return _LIBRARY[name](*args)
        return self.eval(callee, env)(*args)


def _module(callee: ast.Expr) -> str | None:
    if isinstance(callee, ast.Member) and isinstance(callee.base, ast.Name) and callee.base.text[0].isupper():
        return f"{callee.base.text}.{callee.name.name}"
    return None


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        if b == 0.0:
            return math.nan if a == 0.0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)
        return a / b
    if b == 0:
        raise Panic("division by zero")
    return wrap(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))


def _modulo(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        return math.nan if b == 0.0 or math.isinf(a) else math.fmod(a, b)
    if b == 0:
        raise Panic("modulo by zero")
    return abs(a) % abs(b) * (1 if a >= 0 else -1)


def _number(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(a: Any, b: Any) -> Any:
        value = operation(a, b)
        return value if isinstance(value, float) else wrap(value)

    return apply


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _number(lambda a, b: a + b),
    "-": _number(lambda a, b: a - b),
    "*": _number(lambda a, b: a * b),
    "/": _divide,
    "%": _modulo,
    "==": equal,
    "!=": lambda a, b: not equal(a, b),
    "<": less,
    ">": lambda a, b: less(b, a),
    "<=": lambda a, b: not less(b, a) if not isinstance(a, float) else a <= b,
    ">=": lambda a, b: not less(a, b) if not isinstance(a, float) else a >= b,
    "<>": lambda a, b: a + b,
    "++": lambda a, b: a + b,
    "..": lambda a, b: range(a, b),
}


def _option(found: Any) -> Variant:
    return Variant("None", 1, ()) if found is None else Variant("Some", 0, (found,))


def _list_get(xs: list[Any], i: int) -> Any:
    if not 0 <= i < len(xs):
        raise Panic(f"mesh_list_get: index {i} out of bounds (len {len(xs)})")
    return xs[i]


def _head(xs: list[Any]) -> Any:
    if not xs:
        raise Panic("mesh_list_head: empty list")
    return xs[0]


def _reduce(xs: list[Any], start: Any, f: Callable[..., Any]) -> Any:
    for x in xs:
        start = f(start, x)
    return start


def _to_int(text: str) -> Variant:
    stripped = text.strip()
    digits = stripped[1:] if stripped[:1] in ("+", "-") else stripped
    if not (digits.isascii() and digits.isdigit()) or not -(1 << 63) <= int(stripped) < 1 << 63:
        return _option(None)
    return _option(int(stripped))


def _clamp(n: int, size: int) -> int:
    return max(0, min(n, size))


_LIBRARY: dict[str, Callable[..., Any]] = {
    "List.length": len,
    "List.get": _list_get,
    "List.head": _head,
    "List.append": lambda xs, x: [*xs, x],
    "List.reverse": lambda xs: xs[::-1],
    "List.take": lambda xs, n: xs[: _clamp(n, len(xs))],
    "List.drop": lambda xs, n: xs[_clamp(n, len(xs)) :],
    "List.map": lambda xs, f: [f(x) for x in xs],
    "List.filter": lambda xs, f: [x for x in xs if f(x)],
    "List.reduce": _reduce,
    "List.find": lambda xs, f: _option(next((x for x in xs if f(x)), None)),
    "List.any": lambda xs, f: any(f(x) for x in xs),
    "List.all": lambda xs, f: all(f(x) for x in xs),
    "List.contains": lambda xs, x: any(equal(x, y) for y in xs),
    "List.zip": lambda a, b: [(x, y) for x, y in zip(a, b)],
    "List.flat_map": lambda xs, f: [y for x in xs for y in f(x)],
    "List.enumerate": lambda xs: list(enumerate(xs)),
    "Map.put": lambda m, k, v: {**m, k: v},
    "Map.delete": lambda m, k: {x: y for x, y in m.items() if x != k},
    "Map.merge": lambda a, b: {**a, **b},
    "Map.get": lambda m, k: m.get(k, 0),  # of Int values
    "Map.has_key": lambda m, k: k in m,
    "Map.size": len,
    "Map.keys": list,
    "Map.values": lambda m: list(m.values()),
    "Map.to_list": lambda m: list(m.items()),
    "String.length": len,
    "String.slice": lambda s, a, b: s[_clamp(a, len(s)) : max(_clamp(b, len(s)), _clamp(a, len(s)))],
    "String.split": lambda s, d: s.split(d),
    "String.join": lambda xs, d: d.join(xs),
    "String.contains": lambda s, t: t in s,
    "String.to_int": _to_int,
    "Int.to_string": str,
    "Int.to_float": float,
    "Range.to_list": list,
}
