"""Functions generated from the definition of a type: eq, compare, hash and text, one per concrete type.

They are the code of derived impls, of the built-in instances of structural types, and the operations of descriptors. All
borrow their arguments (except the buffer of ``append``, which is consumed and given back longer).
"""

from __future__ import annotations

from collections.abc import Callable

from meshpy.core import ir
from meshpy.core.builder import FALSE, TRUE, int_const
from meshpy.core.context import Context, elem_type
from meshpy.core.derive_json import emit_to_json
from meshpy.core.emit import FNV_OFFSET, Emitter
from meshpy.core.ir import Fn, Rep, Var
from meshpy.core.mono import Shape, is_con
from meshpy.types.ty import TCon, TTuple, Type


def desc_function(ctx: Context, ty: Type, op: str) -> str | None:
    """The function for operation ``op`` (eq, compare, hash, show, append, inspect, to_json) at ``ty``; None when the type
    does not have it. Arguments are borrowed."""
    if not _supports(ctx, ty, op):
        return None
    emit, name = _EMIT[op]
    return ctx.once((op, ty), f"${name}<{ctx.types.show(ty)}>", lambda fn: emit(ctx, ty, fn))


def _supports(ctx: Context, ty: Type, op: str) -> bool:
    if op == "show":
        return ctx.has("Display", ty) or ctx.has("Debug", ty)
    traits = {"eq": "Eq", "compare": "Ord", "hash": "Hash", "to_json": "ToJson"}
    return op not in traits or ctx.has(traits[op], ty)


def _finish(ctx: Context, e: Emitter, name: str, params: tuple[Var, ...], ret: Rep, borrowed: range) -> None:
    keep = frozenset(i for i in borrowed if params[i].rep is Rep.PTR)
    ctx.fns[name] = Fn(name, params, ret, e.entry, None, name.lstrip("$"), borrowed=keep, site_from_caller=True,
                       structural=True)


def _params(ctx: Context, ty: Type, *names: str) -> tuple[Var, ...]:
    return tuple(Var(n, ctx.types.rep(ty)) for n in names)


# ---------------------------------------------------------------- Eq


def _emit_eq(ctx: Context, ty: Type, name: str) -> None:
    e = Emitter(ctx)
    a, b = params = _params(ctx, ty, "a", "b")
    shapes = ctx.types.shapes(ty)
    if _primitive(ctx, ty) or e._user("Eq", "eq", ty) is not None:
        e.terminate(ir.Ret(e.eq(ty, a, b)))
    elif isinstance(ty, TCon) and is_con(ty, "List"):
        _list_eq(e, ty, a, b)
    elif isinstance(ty, TCon) and is_con(ty, "Map"):
        k, v = ty.args
        e.terminate(ir.Ret(e.rt("mesh_map_equal", ctx.desc(k, "eq hash"), ctx.desc(v, "eq"), a, b)))
    elif isinstance(ty, TCon) and is_con(ty, "Set"):
        e.terminate(ir.Ret(e.rt("mesh_set_equal", ctx.desc(ty.args[0], "eq hash"), a, b)))
    elif shapes:
        def variant(shape: Shape) -> None:
            _all_equal(e, shape, a, b)

        if len(shapes) > 1:
            tag = e.tag(a)
            e.require(e.prim("eq", Rep.BOOL, tag, e.tag(b)), FALSE)
            _by_variant(e, tag, shapes, variant, lambda: e.terminate(ir.Ret(TRUE)))
        else:
            variant(shapes[0])
    else:
        e.terminate(ir.Ret(e.prim("ptr_eq", Rep.BOOL, a, b)))
    _finish(ctx, e, name, params, Rep.BOOL, range(2))


def _primitive(ctx: Context, ty: Type) -> bool:
    return ctx.types.rep(ty) is not Rep.PTR or ty in (ctx.types.string, ctx.types.atom, ctx.types.json)


def _all_equal(e: Emitter, shape: Shape, a: Var, b: Var) -> None:
    for i, ty in enumerate(shape.types):
        if ty is e.types.unit:
            continue
        equal = e.eq(ty, e.field(a, shape, i), e.field(b, shape, i))
        if i == len(shape.types) - 1:
            e.terminate(ir.Ret(equal))
            return
        e.require(equal, FALSE)
    e.terminate(ir.Ret(TRUE))


def _by_variant(e: Emitter, tag: Var, shapes: tuple[Shape, ...], body: Callable[[Shape], None],
                empty: Callable[[], None]) -> None:
    """Switches on a tag: ``body`` for variants with payload, ``empty`` for all others together."""
    full = [s for s in shapes if s.types]
    blocks = [ir.Block([], ir.Unreachable()) for _ in full]
    default = ir.Block([], ir.Unreachable()) if len(full) < len(shapes) else None
    e.terminate(ir.Switch(tag, tuple((s.tag, b) for s, b in zip(full, blocks)), default))
    for shape, block in zip(full, blocks):
        e.enter(block)
        body(shape)
    if default is not None:
        e.enter(default)
        empty()


def _list_eq(e: Emitter, ty: Type, a: Var, b: Var) -> None:
    elem = elem_type(ty)
    n = e.let("n", Rep.INT, ir.ListLen(a))
    e.require(e.prim("eq", Rep.BOOL, n, e.let("m", Rep.INT, ir.ListLen(b))), FALSE)

    def body(i: Var, x: Var) -> None:
        y = e.let("y", x.rep, ir.ListGet(b, i))
        e.require(e.eq(elem, x, y), FALSE)

    e.list_loop(a, e.types.rep(elem), body)
    e.terminate(ir.Ret(TRUE))


# ---------------------------------------------------------------- Ord


def _emit_compare(ctx: Context, ty: Type, name: str) -> None:
    e = Emitter(ctx)
    a, b = params = _params(ctx, ty, "a", "b")
    shapes = ctx.types.shapes(ty)
    found = ctx.find("Ord", "compare", ty)
    user = found is not None and found.kind in ("user", "default") and bool(found.fn_id)
    if _primitive(ctx, ty) or user or e._user("Ord", "lt", ty) is not None:
        e.terminate(ir.Ret(e.compare(ty, a, b)))
    elif is_con(ty, "List"):
        _list_compare(e, ty, a, b)
    elif shapes:
        def variant(shape: Shape) -> None:
            _lexicographic(e, shape, a, b)

        if len(shapes) > 1:
            tag, other = e.tag(a), e.tag(b)
            low, high = (other, tag) if is_con(ty, "Option") else (tag, other)  # None < Some, against the tags
            order = e.three_way(e.prim("lt", Rep.BOOL, low, high), e.prim("eq", Rep.BOOL, tag, other))
            e.require(e.prim("eq", Rep.BOOL, order, int_const(0)), order)
            _by_variant(e, tag, shapes, variant, lambda: e.terminate(ir.Ret(int_const(0))))
        else:
            variant(shapes[0])
    else:
        e.terminate(ir.Ret(int_const(0)))
    _finish(ctx, e, name, params, Rep.INT, range(2))


def _lexicographic(e: Emitter, shape: Shape, a: Var, b: Var) -> None:
    for i, ty in enumerate(shape.types):
        if ty is e.types.unit:
            continue
        order = e.compare(ty, e.field(a, shape, i), e.field(b, shape, i))
        if i == len(shape.types) - 1:
            e.terminate(ir.Ret(order))
            return
        e.require(e.prim("eq", Rep.BOOL, order, int_const(0)), order)
    e.terminate(ir.Ret(int_const(0)))


def _list_compare(e: Emitter, ty: Type, a: Var, b: Var) -> None:
    elem = elem_type(ty)
    m = e.let("m", Rep.INT, ir.ListLen(b))

    def body(i: Var, x: Var) -> None:
        e.require(e.prim("lt", Rep.BOOL, i, m), int_const(1))
        order = e.compare(elem, x, e.let("y", x.rep, ir.ListGet(b, i)))
        e.require(e.prim("eq", Rep.BOOL, order, int_const(0)), order)

    e.list_loop(a, e.types.rep(elem), body)
    n = e.let("n", Rep.INT, ir.ListLen(a))
    shorter = e.prim("btoi", Rep.INT, e.prim("lt", Rep.BOOL, n, m))
    e.terminate(ir.Ret(e.prim("neg", Rep.INT, shorter)))


# ---------------------------------------------------------------- Hash


def _emit_hash(ctx: Context, ty: Type, name: str) -> None:
    e = Emitter(ctx)
    (a,) = params = _params(ctx, ty, "a")
    shapes = ctx.types.shapes(ty)
    if _primitive(ctx, ty) or e._user("Hash", "hash", ty) is not None:
        e.terminate(ir.Ret(e.hash(ty, a)))
    elif is_con(ty, "List"):
        elem = elem_type(ty)
        n = e.let("n", Rep.INT, ir.ListLen(a))
        start = e.combine(int_const(FNV_OFFSET), n)
        i, h = Var("i", Rep.INT), Var("h", Rep.INT)
        loop = e.join("loop", (i, h), recursive=True)
        e.jump(loop, int_const(0), start)
        e.enter(loop.body)
        more, done = e.branch(e.prim("lt", Rep.BOOL, i, n))
        e.enter(done)
        e.terminate(ir.Ret(h))
        e.enter(more)
        x = e.let("x", ctx.types.rep(elem), ir.ListGet(a, i))
        e.jump(loop, e.prim("add", Rep.INT, i, int_const(1)), e.combine(h, e.hash(elem, x)))
    elif len(shapes) == 1 and ctx.types.definition(ty) is None or _is_struct(ctx, ty):
        running: ir.Atom | None = None
        for i, field in enumerate(shapes[0].types):
            part = e.hash(field, e.field(a, shapes[0], i))
            running = part if running is None else e.combine(running, part)
        e.terminate(ir.Ret(int_const(FNV_OFFSET) if running is None else running))
    else:
        tag = e.tag(a)
        start = e.hash(ctx.types.int, tag)

        def variant(shape: Shape) -> None:
            running = start
            for i, field in enumerate(shape.types):
                running = e.combine(running, e.hash(field, e.field(a, shape, i)))
            e.terminate(ir.Ret(running))

        _by_variant(e, tag, shapes, variant, lambda: e.terminate(ir.Ret(start)))
    _finish(ctx, e, name, params, Rep.INT, range(1))


def _is_struct(ctx: Context, ty: Type) -> bool:
    definition = ctx.types.definition(ty)
    return definition is not None and definition.fields is not None


# ---------------------------------------------------------------- Display and Debug


def _emit_show(ctx: Context, ty: Type, name: str) -> None:
    """The text as a fresh String; for user impls and scalars, a wrapper that borrows."""
    e = Emitter(ctx)
    (a,) = params = _params(ctx, ty, "a")
    if _primitive(ctx, ty) or not e.is_structural_text(ty):
        e.terminate(ir.Ret(e.show(ty, a)))
    else:
        buffer = e.rt("mesh_string_reserve", int_const(32), name="buf")
        e.terminate(ir.Ret(e.call(desc_function(ctx, ty, "append") or "", Rep.PTR, buffer, a, name="buf")))
    _finish(ctx, e, name, params, Rep.PTR, range(1))


def _emit_append(ctx: Context, ty: Type, name: str) -> None:
    e = Emitter(ctx)
    buf, a = params = (Var("buf", Rep.PTR), Var("a", ctx.types.rep(ty)))
    if is_con(ty, "List"):
        _append_items(e, ty, buf, a)
    elif is_con(ty, "Map") or is_con(ty, "Set"):
        _append_entries(e, ty, buf, a)
    elif isinstance(ty, TTuple):
        result = _append_fields(e, ctx.types.shapes(ty)[0], e.concat(buf, ir.StrLit(b"(")), a, False)
        e.terminate(ir.Ret(e.concat(result, ir.StrLit(b")"))))
    elif not ctx.has("Display", ty):
        _append_debug(e, ty, buf, a)
    elif _is_struct(ctx, ty):
        shape = ctx.types.shapes(ty)[0]
        result = _append_fields(e, shape, e.concat(buf, ir.StrLit(f"{shape.name}(".encode())), a, False)
        e.terminate(ir.Ret(e.concat(result, ir.StrLit(b")"))))
    else:
        _append_variants(e, ty, buf, a, lambda shape: _append_payload(e, shape, buf, a))
    _finish(ctx, e, name, params, Rep.PTR, range(1, 2))


def _append_payload(e: Emitter, shape: Shape, buf: Var, a: Var) -> None:
    result = _append_fields(e, shape, e.concat(buf, ir.StrLit(f"{shape.name}(".encode())), a, False)
    e.terminate(ir.Ret(e.concat(result, ir.StrLit(b")"))))


def _append_variants(e: Emitter, ty: Type, buf: Var, a: Var, payload: Callable[[Shape], None]) -> None:
    shapes = e.types.shapes(ty)
    if not shapes:
        e.terminate(ir.Ret(e.concat(buf, ir.StrLit(f"<{e.types.show(ty)}>".encode()))))
        return
    blocks = [ir.Block([], ir.Unreachable()) for _ in shapes]
    e.terminate(ir.Switch(e.tag(a), tuple((s.tag, b) for s, b in zip(shapes, blocks)), None))
    for shape, block in zip(shapes, blocks):
        e.enter(block)
        if shape.types:
            payload(shape)
        else:
            e.terminate(ir.Ret(e.concat(buf, ir.StrLit(shape.name.encode()))))


def _append_fields(e: Emitter, shape: Shape, buf: ir.Atom, a: Var, named: bool) -> ir.Atom:
    for i, ty in enumerate(shape.types):
        lead = (", " if i else "") + (f"{shape.names[i]}: " if named else "")
        if lead:
            buf = e.concat(buf, ir.StrLit(lead.encode()))
        buf = e.append_text(ty, buf, e.field(a, shape, i))
    return buf


def _append_items(e: Emitter, ty: Type, buf: Var, a: Var) -> None:
    elem = elem_type(ty)
    n = e.let("n", Rep.INT, ir.ListLen(a))
    i, acc = Var("i", Rep.INT), Var("buf", Rep.PTR)
    loop = e.join("loop", (i, acc), recursive=True)
    e.jump(loop, int_const(0), e.concat(buf, ir.StrLit(b"[")))
    e.enter(loop.body)
    more, done = e.branch(e.prim("lt", Rep.BOOL, i, n))
    e.enter(done)
    e.terminate(ir.Ret(e.concat(acc, ir.StrLit(b"]"))))
    e.enter(more)
    lead = e.concat(acc, e.select(e.prim("eq", Rep.BOOL, i, int_const(0)), ir.StrLit(b""), ir.StrLit(b", ")))
    result = e.append_text(elem, lead, e.let("x", e.types.rep(elem), ir.ListGet(a, i)))
    e.jump(loop, e.prim("add", Rep.INT, i, int_const(1)), result)


def _append_entries(e: Emitter, ty: TCon, buf: Var, a: Var) -> None:
    """``%{k => v, ...}`` and ``#{a, ...}``."""
    is_map = ty.id.name == "Map"
    descs = tuple(e.ctx.desc(arg, "") for arg in ty.args)
    pos, acc = Var("pos", Rep.INT), Var("buf", Rep.PTR)
    loop = e.join("loop", (pos, acc), recursive=True)
    e.jump(loop, int_const(0), e.concat(buf, ir.StrLit(b"%{" if is_map else b"#{")))
    e.enter(loop.body)
    at = e.rt("mesh_map_next" if is_map else "mesh_set_next", *descs, a, pos)
    done, more = e.branch(e.prim("lt", Rep.BOOL, at, int_const(0)))
    e.enter(done)
    e.terminate(ir.Ret(e.concat(acc, ir.StrLit(b"}"))))
    e.enter(more)
    result: ir.Atom = e.concat(acc, e.select(e.prim("eq", Rep.BOOL, pos, int_const(0)), ir.StrLit(b""), ir.StrLit(b", ")))
    key = e.rt("mesh_map_key_at" if is_map else "mesh_set_at", *descs, a, at, rep=e.types.rep(ty.args[0]))
    result = e.append_text(ty.args[0], result, key)
    if is_map:
        value = e.rt("mesh_map_value_at", *descs, a, at, rep=e.types.rep(ty.args[1]))
        result = e.append_text(ty.args[1], e.concat(result, ir.StrLit(b" => ")), value)
    e.jump(loop, e.prim("add", Rep.INT, at, int_const(1)), result)


def _emit_inspect(ctx: Context, ty: Type, name: str) -> None:
    e = Emitter(ctx)
    (a,) = params = _params(ctx, ty, "a")
    buf = e.rt("mesh_string_reserve", int_const(32), name="buf")
    _append_debug(e, ty, buf, a)
    _finish(ctx, e, name, params, Rep.PTR, range(1))


def _append_debug(e: Emitter, ty: Type, buf: Var, a: Var) -> None:
    if _is_struct(e.ctx, ty):
        shape = e.types.shapes(ty)[0]
        if not shape.types:
            e.terminate(ir.Ret(e.concat(buf, ir.StrLit(f"{shape.name} {{}}".encode()))))
            return
        result = _append_fields(e, shape, e.concat(buf, ir.StrLit(f"{shape.name} {{ ".encode())), a, True)
        e.terminate(ir.Ret(e.concat(result, ir.StrLit(b" }"))))
        return
    _append_variants(e, ty, buf, a,
                     lambda s: e.terminate(ir.Ret(e.concat(buf, ir.StrLit(f"{s.name}(...)".encode())))))


_EMIT: dict[str, tuple[Callable[[Context, Type, str], None], str]] = {
    "eq": (_emit_eq, "eq"), "compare": (_emit_compare, "compare"), "hash": (_emit_hash, "hash"),
    "show": (_emit_show, "show"), "append": (_emit_append, "append"), "inspect": (_emit_inspect, "inspect"),
    "to_json": (emit_to_json, "to_json"),
}
