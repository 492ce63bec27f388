"""Derived Json, Row and Schema functions (io.md 8.4, 11), over the C functions of runtime/include/json.h.

Encoders append canonical text to a buffer (``$enc<T>(buffer, value)``); decoders read positions of a parsed document
(``$dec<T>(doc, pos)``). A decoder that meets a failure gives some value of its representation, which nobody looks at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from meshpy.core import ir
from meshpy.core.builder import FALSE, TRUE, int_const
from meshpy.core.context import Context, elem_type
from meshpy.core.emit import Emitter
from meshpy.core.ir import Atom, Const, Fn, Rep, Var
from meshpy.core.mono import Shape, is_con
from meshpy.core.targets import Inline
from meshpy.types.ty import TCon, Type

_FAILED_SLOT = 3


class JsonEmitter(Emitter):
    """Emission of encoding and decoding at concrete types."""

    # ---- encoding

    def to_json(self, ty: Type, value: Atom) -> Atom:
        """The Json value of ``value``: its text."""
        if ty is self.types.json:
            return value
        return self.encode(ty, self.rt("mesh_json_buffer", name="buf"), value)

    def raw(self, buffer: Atom, text: str) -> Atom:
        return self.rt("mesh_json_put_raw", buffer, ir.StrLit(text.encode()), name="buf")

    def encode(self, ty: Type, buffer: Atom, value: Atom) -> Atom:
        """``buffer`` (consumed) with the JSON text of ``value`` behind it."""
        types = self.types
        simple = {types.int: "mesh_json_put_int", types.float: "mesh_json_put_float", types.bool: "mesh_json_put_bool",
                  types.string: "mesh_json_put_string", types.json: "mesh_json_put_raw"}.get(ty)
        if simple is not None:
            return self.rt(simple, buffer, value, name="buf")
        if types.rep(ty) is not Rep.PTR:
            return self.raw(buffer, "null")
        name = self.ctx.once(("enc", ty), f"$enc<{types.show(ty)}>", lambda n: _emit_encoder(self.ctx, ty, n))
        return self.call(name, Rep.PTR, buffer, value, name="buf")

    def json_object(self, fields: list[tuple[str, Type, Atom]]) -> Atom:
        """A ``json { }`` literal: keys sorted by bytes, of duplicates the last."""
        last = {key: (ty, value) for key, ty, value in fields}
        buffer: Atom = self.rt("mesh_json_buffer", name="buf")
        lead = "{"
        for key in sorted(last, key=str.encode):
            buffer = self.raw(buffer, f"{lead}{_quote(key)}:")
            buffer = self.encode(*_swap(last[key], buffer))
            lead = ","
        return self.raw(buffer, "{}" if lead == "{" else "}")

    # ---- decoding

    def decode(self, ty: Type, doc: Atom, pos: Atom) -> Atom:
        types = self.types
        simple = {types.int: "mesh_json_take_int", types.float: "mesh_json_take_float",
                  types.bool: "mesh_json_take_bool", types.string: "mesh_json_take_string",
                  types.json: "mesh_json_value"}.get(ty)
        if simple is not None:
            return self.rt(simple, doc, pos, name="v")
        if types.rep(ty) is not Rep.PTR:
            return Const(types.rep(ty), 0)
        name = self.ctx.once(("dec", ty), f"$dec<{types.show(ty)}>", lambda n: _emit_decoder(self.ctx, ty, n))
        return self.call(name, Rep.PTR, doc, pos, name="v")

    def failed(self, doc: Atom) -> Atom:
        word = self.let("failed", Rep.INT, ir.Field(doc, _FAILED_SLOT, ir.Layout(3, 1)))
        return self.prim("ne", Rep.BOOL, word, int_const(0))

    def from_json(self, ty: Type, text: Atom) -> Atom:
        """``T.from_json(text) :: Result<T, String>``."""
        name = self.ctx.once(("from_json", ty), f"$from_json<{self.types.show(ty)}>",
                             lambda n: _emit_from_json(self.ctx, ty, n))
        return self.call(name, Rep.PTR, text)

    def from_row(self, ty: Type, row: Atom) -> Atom:
        name = self.ctx.once(("from_row", ty), f"$from_row<{self.types.show(ty)}>",
                             lambda n: _emit_from_row(self.ctx, ty, n))
        return self.call(name, Rep.PTR, row)

    def ok(self, shapes: tuple[Shape, ...], value: Atom) -> Atom:
        return self.con(shapes[0], [value])

    def result(self, ty: Type) -> tuple[Shape, ...]:
        return self.types.shapes(self.types.builtin("Result", ty, self.types.string))


class JsonLowering(JsonEmitter):
    """The part of it that calls of derived static functions need."""

    def derived_target(self, name: str, ty: Type, loc: ir.Loc | None) -> Inline:
        if name == "from_json":
            return Inline(lambda args: self.from_json(ty, args[0]))
        if name == "to_json":
            return Inline(lambda args: self.to_json(ty, args[0]))
        if name == "from_row":
            return Inline(lambda args: self.from_row(ty, args[0]))
        texts = schema_value(self.ctx, ty, name)
        if isinstance(texts, str):
            return Inline(lambda args: ir.StrLit(texts.encode()))
        atoms = tuple(ir.StrLit(text.encode()) for text in texts)
        return Inline(lambda args: self.let("xs", Rep.PTR, ir.MakeList(atoms, True)))


def _swap(pair: tuple[Type, Atom], buffer: Atom) -> tuple[Type, Atom, Atom]:
    return pair[0], buffer, pair[1]


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _define(ctx: Context, e: Emitter, name: str, params: tuple[Var, ...], borrowed: set[int]) -> None:
    ctx.fns[name] = Fn(name, params, Rep.PTR, e.entry, None, name.lstrip("$"), borrowed=frozenset(borrowed),
                       site_from_caller=True, structural=True)


def emit_to_json(ctx: Context, ty: Type, name: str) -> None:
    """The ``to_json`` operation of a descriptor."""
    e = JsonEmitter(ctx)
    a = Var("a", ctx.types.rep(ty))
    e.terminate(ir.Ret(e.to_json(ty, a)))
    _define(ctx, e, name, (a,), {0} if a.rep is Rep.PTR else set())


# ---------------------------------------------------------------- encoders


def _emit_encoder(ctx: Context, ty: Type, name: str) -> None:
    e = JsonEmitter(ctx)
    buf, a = Var("buf", Rep.PTR), Var("a", Rep.PTR)
    if is_con(ty, "List"):
        _encode_list(e, ty, buf, a)
    elif is_con(ty, "Map"):
        _encode_map(e, ty, buf, a)
    elif is_con(ty, "Option"):
        some, none = ctx.types.shapes(ty)
        absent, present = e.branch(e.prim("eq", Rep.BOOL, e.tag(a), int_const(none.tag)))
        e.enter(absent)
        e.terminate(ir.Ret(e.raw(buf, "null")))
        e.enter(present)
        e.terminate(ir.Ret(e.encode(some.types[0], buf, e.field(a, some, 0))))
    elif ctx.types.definition(ty) is not None and ctx.types.definition(ty).fields is not None:
        _encode_struct(e, ctx.types.shapes(ty)[0], buf, a)
    else:
        _encode_variants(e, ctx.types.shapes(ty), buf, a)
    _define(ctx, e, name, (buf, a), {1})


def _encode_struct(e: JsonEmitter, shape: Shape, buf: Atom, a: Var) -> None:
    lead = "{"
    for i in sorted(range(len(shape.names)), key=lambda i: shape.names[i].encode()):
        buf = e.raw(buf, f"{lead}{_quote(shape.names[i])}:")
        buf = e.encode(shape.types[i], buf, e.field(a, shape, i))
        lead = ","
    e.terminate(ir.Ret(e.raw(buf, "}" if shape.names else "{}")))


def _encode_variants(e: JsonEmitter, shapes: tuple[Shape, ...], buf: Var, a: Var) -> None:
    blocks = [ir.Block([], ir.Unreachable()) for _ in shapes]
    e.terminate(ir.Switch(e.tag(a), tuple((s.tag, b) for s, b in zip(shapes, blocks)), None))
    for shape, block in zip(shapes, blocks):
        e.enter(block)
        tag = f'],"tag":{_quote(shape.name)}}}'
        if not shape.types:
            e.terminate(ir.Ret(e.raw(buf, '{"fields":[' + tag)))
            continue
        out: Atom = e.raw(buf, '{"fields":[')
        for i, ty in enumerate(shape.types):
            out = e.raw(out, ",") if i else out
            out = e.encode(ty, out, e.field(a, shape, i))
        e.terminate(ir.Ret(e.raw(out, tag)))


def _separated(e: JsonEmitter, items: Var, elem: Rep, start: Atom, close: str,
               body: Callable[[Atom, Var], Atom]) -> None:
    """Returns ``start`` with ``body(buffer, element)`` for every element, separated by commas, then ``close``."""
    n = e.let("n", Rep.INT, ir.ListLen(items))
    i, acc = Var("i", Rep.INT), Var("buf", Rep.PTR)
    loop = e.join("loop", (i, acc), recursive=True)
    e.jump(loop, int_const(0), start)
    e.enter(loop.body)
    more, done = e.branch(e.prim("lt", Rep.BOOL, i, n))
    e.enter(done)
    e.terminate(ir.Ret(e.raw(acc, close)))
    e.enter(more)
    lead = e.select(e.prim("eq", Rep.BOOL, i, int_const(0)), ir.StrLit(b""), ir.StrLit(b","))
    out = body(e.rt("mesh_json_put_raw", acc, lead, name="buf"), e.let("x", elem, ir.ListGet(items, i)))
    e.jump(loop, e.prim("add", Rep.INT, i, int_const(1)), out)


def _encode_list(e: JsonEmitter, ty: Type, buf: Var, a: Var) -> None:
    elem = elem_type(ty)
    _separated(e, a, e.types.rep(elem), e.raw(buf, "["), "]", lambda out, x: e.encode(elem, out, x))


def _encode_map(e: JsonEmitter, ty: TCon, buf: Var, a: Var) -> None:
    key_ty, value_ty = ty.args
    descs = (e.ctx.desc(key_ty, ""), e.ctx.desc(value_ty, ""))
    order = e.rt("mesh_json_map_order", a, name="order")

    def entry(out: Atom, pos: Var) -> Atom:
        out = e.rt("mesh_json_put_string", out, e.rt("mesh_map_key_at", *descs, a, pos, rep=Rep.PTR), name="buf")
        value = e.rt("mesh_map_value_at", *descs, a, pos, rep=e.types.rep(value_ty))
        return e.encode(value_ty, e.raw(out, ":"), value)

    _separated(e, order, Rep.INT, e.raw(buf, "{"), "}", entry)


# ---------------------------------------------------------------- decoders


def _emit_from_json(ctx: Context, ty: Type, name: str) -> None:
    e = JsonEmitter(ctx)
    text = Var("text", Rep.PTR)
    doc = e.rt("mesh_json_open", text, name="doc")
    value = e.decode(ty, doc, int_const(0))
    shapes = e.result(ty)
    bad, good = e.branch(e.failed(doc))
    e.enter(bad)
    e.terminate(ir.Ret(e.con(shapes[1], [e.rt("mesh_json_error", doc)])))
    e.enter(good)
    e.terminate(ir.Ret(e.ok(shapes, value)))
    _define(ctx, e, name, (text,), {0})


def _emit_decoder(ctx: Context, ty: Type, name: str) -> None:
    e = JsonEmitter(ctx)
    doc, pos = Var("doc", Rep.PTR), Var("pos", Rep.INT)
    definition = ctx.types.definition(ty)
    if is_con(ty, "List"):
        _decode_list(e, ty, doc, pos)
    elif is_con(ty, "Map"):
        _decode_map(e, ty, doc, pos)
    elif is_con(ty, "Option"):
        some, none = ctx.types.shapes(ty)
        absent, present = e.branch(e.rt("mesh_json_is_null", doc, pos))
        e.enter(absent)
        e.terminate(ir.Ret(ir.Nullary(none.tag)))
        e.enter(present)
        e.terminate(ir.Ret(e.con(some, [e.decode(some.types[0], doc, pos)])))
    elif definition is not None and definition.fields is not None:
        _decode_struct(e, ty, doc, pos)
    else:
        _decode_variants(e, ty, doc, pos)
    _define(ctx, e, name, (doc, pos), {0})


def _name_table(ctx: Context, key: str, names: tuple[str, ...]) -> ir.GlobalAddr:
    def words() -> tuple:
        result: list[object] = [len(names)]
        for text in names:
            data = text.encode()
            result += [int.from_bytes(data[:8].ljust(8, b"\0"), "little"), len(data), data]
        return tuple(result)

    return ctx.table(key, words)


def _decode_struct(e: JsonEmitter, ty: Type, doc: Var, pos: Var) -> None:
    shape = e.types.shapes(ty)[0]
    order = sorted(range(len(shape.names)), key=lambda i: shape.names[i].encode())
    table = _name_table(e.ctx, f"$fields<{e.types.show(ty)}>", tuple(shape.names[i] for i in order))
    found = e.rt("mesh_json_fields", doc, pos, table, name="found")
    # After a failure (not an object) the list may be short: every position then counts as missing, quietly.
    bad, good = e.branch(e.failed(doc))
    e.enter(bad)
    e.terminate(ir.Ret(ir.Nullary(0)))
    e.enter(good)
    values = []
    for i, field in enumerate(shape.types):
        at = e.let("at", Rep.INT, ir.ListGet(found, int_const(order.index(i))))
        result = Var(shape.names[i], shape.reps[i])
        join = e.join("field", (result,))
        missing, present = e.branch(e.prim("lt", Rep.BOOL, at, int_const(0)))
        e.enter(missing)
        if is_con(field, "Option"):
            e.jump(join, ir.Nullary(1))
        else:
            e.rt("mesh_json_missing", doc, ir.StrLit(shape.names[i].encode()))
            e.jump(join, _dummy(shape.reps[i]))
        e.enter(present)
        e.jump(join, e.decode(field, doc, at))
        e.enter(join.body)
        values.append(result)
    e.terminate(ir.Ret(e.con(shape, values)))


def _dummy(rep: Rep) -> Atom:
    if rep is Rep.PTR:
        return ir.Nullary(0)
    return FALSE if rep is Rep.BOOL else Const(rep, 0.0 if rep is Rep.FLOAT else 0)


def _decode_variants(e: JsonEmitter, ty: TCon, doc: Var, pos: Var) -> None:
    shapes = e.types.shapes(ty)
    table = _name_table(e.ctx, f"$variants<{e.types.show(ty)}>", tuple(s.name for s in shapes))
    tag = e.rt("mesh_json_variant", doc, pos, table, ir.StrLit(ty.id.name.encode()), name="tag")
    blocks = [ir.Block([], ir.Unreachable()) for _ in shapes]
    failed = ir.Block([], ir.Ret(ir.Nullary(0)))
    e.terminate(ir.Switch(tag, tuple((s.tag, b) for s, b in zip(shapes, blocks)), failed))
    for shape, block in zip(shapes, blocks):
        e.enter(block)
        values = [e.decode(field, doc, e.rt("mesh_json_payload_at", doc, pos, int_const(i)))
                  for i, field in enumerate(shape.types)]
        e.terminate(ir.Ret(e.con(shape, values)))


def _decode_list(e: JsonEmitter, ty: Type, doc: Var, pos: Var) -> None:
    elem = elem_type(ty)
    n = e.rt("mesh_json_array", doc, pos, name="n")
    items = e.rt("mesh_list_new", e.ctx.desc(elem, ""), n, name="xs")
    _decode_loop(e, doc, pos, n, items, lambda acc, at: (e.push(ty, acc, e.decode(elem, doc, at)), at))


def _decode_map(e: JsonEmitter, ty: TCon, doc: Var, pos: Var) -> None:
    key_ty, value_ty = ty.args
    descs = (e.ctx.desc(key_ty, "eq hash"), e.ctx.desc(value_ty, ""))
    n = e.rt("mesh_json_object", doc, pos, name="n")

    def entry(acc: Atom, at: Atom) -> tuple[Atom, Atom]:
        key = e.rt("mesh_json_key", doc, at, name="key")
        member = e.rt("mesh_json_member", doc, at, name="at")
        value = e.decode(value_ty, doc, member)
        return e.rt("mesh_map_put", *descs, acc, key, value, name="m"), member

    _decode_loop(e, doc, pos, n, e.rt("mesh_map_new", *descs, name="m"), entry)


def _decode_loop(e: JsonEmitter, doc: Var, pos: Var, n: Atom, empty: Atom,
                 entry: Callable[[Atom, Atom], tuple[Atom, Atom]]) -> None:
    """Folds ``entry(acc, position)`` over n elements; stops at a failure."""
    left, at, acc = Var("left", Rep.INT), Var("at", Rep.INT), Var("acc", Rep.PTR)
    loop = e.join("loop", (left, at, acc), recursive=True)
    e.jump(loop, n, e.rt("mesh_json_first", doc, pos), empty)
    e.enter(loop.body)
    more, done = e.branch(e.prim("gt", Rep.BOOL, left, int_const(0)))
    e.enter(done)
    e.terminate(ir.Ret(acc))
    e.enter(more)
    result, last = entry(acc, at)
    e.require(e.not_(e.failed(doc)), result)
    e.jump(loop, e.prim("sub", Rep.INT, left, int_const(1)), e.rt("mesh_json_after", doc, last), result)


# ---------------------------------------------------------------- rows


def _emit_from_row(ctx: Context, ty: Type, name: str) -> None:
    e = JsonEmitter(ctx)
    row = Var("row", Rep.PTR)
    shape = ctx.types.shapes(ty)[0]
    result = e.result(ty)
    values = [_column(e, row, shape.names[i], field, result[1]) for i, field in enumerate(shape.types)]
    e.terminate(ir.Ret(e.ok(result, e.con(shape, values))))
    _define(ctx, e, name, (row,), {0})


def _column(e: JsonEmitter, row: Var, name: str, ty: Type, err: Shape) -> Atom:
    """Field ``name`` of a row; returns Err from the function when it is missing or cannot be read."""
    descs = (e.ctx.desc(e.types.string, "eq hash"), e.ctx.desc(e.types.string, "eq hash"))
    key = ir.StrLit(name.encode())
    optional = is_con(ty, "Option")
    inner = ty.args[0] if optional and isinstance(ty, TCon) else ty
    out = Var(name, e.types.rep(ty))
    join = e.join("column", (out,))
    present, missing = e.branch(e.rt("mesh_map_has_key", *descs, row, key))
    e.enter(missing)
    if optional:
        e.jump(join, ir.Nullary(1))
    else:
        e.terminate(ir.Ret(e.con(err, [ir.StrLit(f"missing column: {name}".encode())])))
    e.enter(present)
    text = e.rt("mesh_map_get", *descs, row, key, rep=Rep.PTR, name="text")
    if optional:
        empty, full = e.branch(e.prim("eq", Rep.BOOL, e.let("n", Rep.INT, ir.StrLen(text)), int_const(0)))
        e.enter(empty)
        e.jump(join, ir.Nullary(1))
        e.enter(full)
    value = _parse_column(e, text, inner, err)
    if optional:
        value = e.some(ty, value)
    e.jump(join, value)
    e.enter(join.body)
    return out


def _parse_column(e: JsonEmitter, text: Atom, ty: Type, err: Shape) -> Atom:
    if ty is e.types.string:
        return text
    trimmed = e.rt("mesh_string_trim", text, name="trimmed")

    def fail() -> None:
        message = e.concat(e.concat(ir.StrLit(b"cannot parse '"), trimmed), ir.StrLit(f"' as {e.types.show(ty)}".encode()))
        e.terminate(ir.Ret(e.con(err, [message])))

    if ty is e.types.bool:
        return _parse_bool(e, trimmed, fail)
    option = e.types.shapes(e.types.builtin("Option", ty))[0]
    parsed = e.rt("mesh_string_to_int" if ty is e.types.int else "mesh_string_to_float", trimmed)
    bad, good = e.branch(e.prim("ne", Rep.BOOL, e.tag(parsed), int_const(0)))
    e.enter(bad)
    fail()
    e.enter(good)
    return e.field(parsed, option, 0)


def _parse_bool(e: JsonEmitter, trimmed: Atom, fail: Callable[[], None]) -> Atom:
    lower = e.rt("mesh_string_to_lower", trimmed, name="lower")
    out = Var("bool", Rep.BOOL)
    join = e.join("bool", (out,))
    for word, value in (("true", TRUE), ("t", TRUE), ("1", TRUE), ("yes", TRUE),
                        ("false", FALSE), ("f", FALSE), ("0", FALSE), ("no", FALSE)):
        same, other = e.branch(e.rt("mesh_string_equal", lower, ir.StrLit(word.encode())))
        e.enter(same)
        e.jump(join, value)
        e.enter(other)
    fail()
    e.enter(join.body)
    return out


# ---------------------------------------------------------------- schemas


def schema_value(ctx: Context, ty: Type, name: str) -> str | list[str]:
    """The constant that a Schema function gives (io.md 11.2)."""
    definition = ctx.types.definition(ty)
    assert definition is not None and definition.fields is not None
    schema = definition.schema
    names = [f.name for f in definition.fields]
    stamps = ["inserted_at", "updated_at"] if schema.get("timestamps") else []
    if name == "__table__":
        return _table_of(definition.id.name, schema)
    if name == "__primary_key__":
        return schema.get("primary_key") or "id"
    if name == "__fields__":
        return names + [s for s in stamps if s not in names]
    if name == "__field_types__":
        kinds = [f"{f.name}:{_sql_type(ctx, f.ty)}" for f in definition.fields]
        return kinds + [f"{s}:TEXT" for s in stamps if s not in names]
    if name in ("__relationships__", "__relationship_meta__"):
        return [_relation(ctx, definition.id.name, r, name == "__relationship_meta__")
                for r in schema.get("relations", ())]
    return name.removeprefix("__").removesuffix("_col__")


def _table_of(name: str, schema: dict[str, Any]) -> str:
    return schema.get("table") or name.lower() + "s"


def _sql_type(ctx: Context, ty: Type) -> str:
    ty = ctx.types.subst(ty, {})
    if is_con(ty, "Option") and isinstance(ty, TCon):
        ty = ty.args[0]
    return {ctx.types.int: "BIGINT", ctx.types.float: "DOUBLE PRECISION", ctx.types.bool: "BOOLEAN"}.get(ty, "TEXT")


def _relation(ctx: Context, owner: str, relation: Any, meta: bool) -> str:
    kind, name, target = relation[:3]
    text = f"{kind}:{name}:{target}"
    if not meta:
        return text
    foreign = f"{name}_id" if kind == "belongs_to" else f"{owner.lower()}_id"
    found = [d for d in ctx.types.defs.values() if d.id.name == target and "Schema" in d.derived]
    table = _table_of(target, found[0].schema if len(found) == 1 else {})
    return f"{text}:{foreign}:{table}"
