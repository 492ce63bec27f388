"""Lowering of one function body: environment, tail position, blocks, literals, data, closures.

``expr`` gives the atom of an expression's value; ``tail`` emits an expression whose value is the function's result. The
pieces by topic are mixins: calls (``lower_call``), matches (``lower_match``), loops (``lower_loop``), processes
(``lower_process``).
"""

from __future__ import annotations

from dataclasses import dataclass

from meshpy.core import ir
from meshpy.core.builder import FALSE, TRUE, int_const, rep_of
from meshpy.core.context import Context, Place
from meshpy.core.emit import ARITHMETIC
from meshpy.core.ir import Atom, Const, Fn, Join, Loc, Rep, Var
from meshpy.core.lower_call import CallLowering
from meshpy.core.lower_loop import LoopLowering
from meshpy.core.lower_match import MatchLowering
from meshpy.core.lower_process import ProcessLowering
from meshpy.core.mono import Subst, is_con
from meshpy.core.sharing import empty_collection, is_empty, same_at_every_type, uniform
from meshpy.core.walk import mentioned_locals
from meshpy.types import typed as tt
from meshpy.types.ty import TFun, TNever, Type, resolve


@dataclass(slots=True)
class LocalFnInfo:
    """A local function: where it was defined, and the locals of the enclosing functions that it needs."""

    fn: tt.TypedLocalFn
    needs: tuple[tt.Local, ...]
    subst: Subst
    instances: dict[tuple[Type, ...], str]


class Environment(dict[tt.Local, Atom]):
    """What locals stand for. Constants and functions are found in the function around it too; variables are handed over."""

    __slots__ = ("outer",)

    def __init__(self, outer: Environment | None) -> None:
        super().__init__()
        self.outer = outer

    def __missing__(self, local: tt.Local) -> Atom:
        if self.outer is None or type(atom := self.outer[local]) is Var:
            raise KeyError(local)
        return atom


class FnLowering(CallLowering, MatchLowering, LoopLowering, ProcessLowering):
    """State of lowering one IR function."""

    def __init__(self, ctx: Context, place: Place, subst: Subst, ret: Type, name: str,
                 parent: FnLowering | None = None) -> None:
        super().__init__(ctx)
        self.place = place
        self.with_subst(subst)
        self.ret = ret
        self.name = name
        self.env = Environment(parent.env if parent else None)
        self.loops: list = []
        self.local_fns: dict[tt.TypedLocalFn, LocalFnInfo] = parent.local_fns if parent else {}
        self.poly: dict[tt.Local, tt.TExpr] = parent.poly if parent else {}
        self.poly_params: dict[tt.Local, tuple] = parent.poly_params if parent else {}
        self.poly_uses: dict[tt.Local, list[tuple]] = parent.poly_uses if parent else {}
        # Let-polymorphic locals whose value must be computed where it stands: a local for each instance.
        self.instances: dict[tt.Local, dict[tuple[Type, ...], tt.Local]] = parent.instances if parent else {}
        self.actor: tuple[str, tt.TypedFn] | None = parent.actor if parent else None
        self._dispatch = _DISPATCH

    # ---- types and places

    def mono(self, ty: Type) -> Type:
        found = self._monos.get(id(ty))
        if found is None:
            found = self._monos[id(ty)] = (self.types.subst(ty, self.subst), ty)
        return found[0]

    def with_subst(self, subst: Subst) -> None:
        """Lowers under another substitution from here on."""
        self.subst = subst
        # By identity, kept alive by the entry. One cache serves all code without variables.
        self._monos: dict[int, tuple[Type, Type]] = {} if subst else self.ctx.closed_types

    def rep_at(self, e: tt.TExpr) -> Rep:
        return self.types.rep(self.mono(e.ty))

    def loc(self, node: tt.TExpr | tt.TArm | tt.TLet) -> Loc | None:
        return self.place.loc(node.start)

    def bind_param(self, local: tt.Local) -> Var:
        var = Var(local.name, self.types.rep(self.mono(local.ty)))
        self.env[local] = var
        return var

    # ---- results

    def return_value(self, value: Atom) -> None:
        """Returns from the function; a value of another representation can only be one that never comes."""
        want = self.types.rep(self.ret)
        if rep_of(value) is not want:
            if want is Rep.INT:
                value = ir.UNIT
            else:
                self.terminate(ir.Unreachable())
                return
        self.terminate(ir.Ret(value))

    def tail(self, e: tt.TExpr) -> None:
        """Emits ``e`` as the result of the function."""
        handler = _TAIL.get(type(e))
        if handler is not None:
            handler(self, e)
            return
        value = self.expr(e)
        if self.reachable:
            self.return_value(value)

    def into(self, e: tt.TExpr, join: Join | None) -> None:
        """Emits ``e`` and passes its value to ``join`` (None: the function's result). A join without parameters takes
        no value."""
        if join is None:
            self.tail(e)
            return
        value = self.expr(e)
        if self.reachable:
            self.jump(join, *([value] if join.params else []))

    def result_join(self, e: tt.TExpr, hint: str) -> tuple[Join, Atom]:
        """A join for the value of a branching expression, and the atom that stands for the value behind it."""
        ty = self.mono(e.ty)
        if ty is self.types.unit or ty is self.types.never:
            return self.join(hint), ir.UNIT
        var = Var(hint, self.types.rep(ty))
        return self.join(hint, (var,)), var

    def expr(self, e: tt.TExpr) -> Atom:
        """The value of ``e``. When control does not come back the atom is meaningless."""
        value = self._dispatch[type(e)](self, e)
        if type(e.ty) is TNever and self.reachable:
            self.terminate(ir.Unreachable())
        return value

    def exprs(self, items: tuple[tt.TExpr, ...]) -> list[Atom]:
        return [self.expr(e) for e in items]

    # ---- literals, names

    def _lit(self, e: tt.TLit) -> Atom:
        value = e.value
        if value is None:
            return ir.UNIT
        if isinstance(value, bool):
            return TRUE if value else FALSE
        if isinstance(value, str):
            return ir.StrLit(value.encode())
        if isinstance(value, float):
            return Const(Rep.FLOAT, value)
        return Const(Rep.FLOAT, float(value)) if self.rep_at(e) is Rep.FLOAT else int_const(value)

    def _regex(self, e: tt.TRegex) -> Atom:
        return self.rt("mesh_regex_from_literal", ir.StrLit(e.pattern.encode()), ir.StrLit(e.flags.encode()))

    def _local(self, e: tt.TLocal) -> Atom:
        return self.env[e.local] if self.reachable else ir.UNIT

    def _poly(self, e: tt.TLetPoly) -> Atom:
        """One instance of a let-polymorphic local. Values (closures, data) are made again where they are used."""
        args = tuple(self.mono(a) for a in e.type_args)
        known = self.instances.get(e.local)
        if known is not None and (args in known or e.local not in self.poly):
            local = known.get(args) or next(iter(known.values()))
            return self.env[local] if self.reachable else ir.UNIT
        return self._instance(e.local, args)

    def _instance(self, local: tt.Local, args: tuple[Type, ...]) -> Atom:
        outer = self.subst
        self.with_subst({**outer, **dict(zip(self.poly_params[local], args))})
        value = self.expr(self.poly[local])
        self.with_subst(outer)
        return value

    def _global_let(self, e: tt.TGlobalLet) -> Atom:
        name = e.let_id
        let = self.ctx.lets.get(name)
        if let is not None and not same_at_every_type(self.types, let):
            if is_empty(let):
                return self._empty(self.mono(e.ty))
            name = self.ctx.let_instance(name, tuple(self.mono(a) for a in e.type_args))
        return self.let(e.let_id.rsplit(".", 1)[-1], self.rep_at(e), ir.GlobalGet(name))

    # ---- text

    def _interp(self, e: tt.TInterp) -> Atom:
        parts = [p.encode() if isinstance(p, str) else p for p in e.parts]
        if all(isinstance(p, bytes) for p in parts):
            return ir.StrLit(b"".join(parts))
        if len(parts) == 1:
            return self.show(self.mono(parts[0].ty), self.expr(parts[0]), self.loc(e))
        room = sum(len(p) if isinstance(p, bytes) else 16 for p in parts)
        values = [ir.StrLit(p) if isinstance(p, bytes) else self.expr(p) for p in parts]
        if not self.reachable:
            return ir.UNIT
        first = parts[0]
        if not isinstance(first, bytes) and self.mono(first.ty) is self.types.string:
            buffer = self.rt("mesh_string_continue", values.pop(0), int_const(room), name="buf")
            parts = parts[1:]
        else:
            buffer = self.rt("mesh_string_reserve", int_const(room), name="buf")
        for part, value in zip(parts, values):
            ty = self.types.string if isinstance(part, bytes) else self.mono(part.ty)
            buffer = self.append_text(ty, buffer, value, self.loc(e))
        return buffer

    def _json_text(self, e: tt.TJsonToString) -> Atom:
        return self.show(self.types.json, self.expr(e.value))

    def _json_lit(self, e: tt.TJsonLit) -> Atom:
        return self.json_object([(key, self.mono(v.ty), self.expr(v)) for key, v in e.fields])

    # ---- operators

    def _binary(self, e: tt.TBinary) -> Atom:
        if e.op in ("and", "or"):
            return self._short_circuit(e)
        a = self.expr(e.lhs)
        b = self.expr(e.rhs)
        if not self.reachable:
            return ir.UNIT
        return self.operator(e.op, self.mono(e.lhs.ty), a, b, e)

    def operator(self, op: str, ty: Type, a: Atom, b: Atom, e: tt.TExpr) -> Atom:
        loc = self.loc(e)
        if op in ARITHMETIC:
            if ty is self.types.int or ty is self.types.float:
                return self.arithmetic(op, ty, a, b, loc)
            trait, method = ARITHMETIC[op]
            return self.trait_call(trait, method, ty, (), [a, b], self.mono(e.ty), loc)
        if op == "==":
            return self.eq(ty, a, b, loc)
        if op == "!=":
            if ty is self.types.float:
                return self.prim("fne", Rep.BOOL, a, b)
            return self.not_(self.eq(ty, a, b, loc))
        if op in ("<", ">", "<=", ">="):
            return self._order(op, ty, a, b, loc)
        if op == "..":
            shape = self.types.shapes(self.types.builtin("Range"))[0]
            return self.con(shape, [a, b])
        if is_con(ty, "List"):
            return self.rt("mesh_list_concat", self.ctx.desc(ty.args[0], ""), a, b, name="xs")
        return self.concat(a, b)  # <> and ++ on strings

    def _order(self, op: str, ty: Type, a: Atom, b: Atom, loc: Loc | None) -> Atom:
        rep = self.types.rep(ty)
        if rep is Rep.INT and self._user("Ord", "lt", ty) is None:
            return self.prim({"<": "lt", ">": "gt", "<=": "le", ">=": "ge"}[op], Rep.BOOL, a, b)
        if rep is Rep.FLOAT:
            return self.prim({"<": "flt", ">": "fgt", "<=": "fle", ">=": "fge"}[op], Rep.BOOL, a, b)
        if op == "<":
            return self.lt(ty, a, b, loc)
        if op == ">":
            return self.lt(ty, b, a, loc)
        return self.not_(self.lt(ty, b, a, loc) if op == "<=" else self.lt(ty, a, b, loc))

    def _short_circuit(self, e: tt.TBinary) -> Atom:
        result = Var(e.op, Rep.BOOL)
        join = self.join(e.op, (result,))
        cond = self.expr(e.lhs)
        if not self.reachable:
            return FALSE
        then, else_ = self.branch(cond)
        known, other = (else_, then) if e.op == "and" else (then, else_)
        self.enter(known)
        self.jump(join, FALSE if e.op == "and" else TRUE)
        self.enter(other)
        self.into(e.rhs, join)
        self.enter(join.body)
        return result

    def _unary(self, e: tt.TUnary) -> Atom:
        value = self.expr(e.operand)
        if not self.reachable:
            return ir.UNIT
        ty = self.mono(e.operand.ty)
        if e.op == "not":
            if ty is self.types.bool:
                return self.not_(value)
            return self.trait_call("Not", "not", ty, (), [value], self.types.bool, self.loc(e))
        if ty is self.types.int:
            return int_const(-value.value) if isinstance(value, Const) else self.prim("neg", Rep.INT, value)
        if ty is self.types.float:
            return self.prim("fneg", Rep.FLOAT, value)
        return self.trait_call("Neg", "neg", ty, (), [value], self.mono(e.ty), self.loc(e))

    # ---- data

    def _tuple(self, e: tt.TTuple_) -> Atom:
        values = self.exprs(e.elems)
        if not values or not self.reachable:
            return ir.UNIT
        return self.con(self.types.shapes(self.mono(e.ty))[0], values)

    def _list(self, e: tt.TList) -> Atom:
        ptr = self.types.rep(self.mono(e.ty).args[0]) is Rep.PTR
        return self.let("xs", Rep.PTR, ir.MakeList(tuple(self.exprs(e.elems)), ptr))

    def _map(self, e: tt.TMap) -> Atom:
        k, v = self.mono(e.ty).args
        result: Atom = self.rt("mesh_map_new", self.ctx.desc(k, "eq hash"), self.ctx.desc(v, ""), name="m")
        for key, value in e.entries:
            a = self.expr(key)
            b = self.expr(value)
            result = self.rt("mesh_map_put", self.ctx.desc(k, "eq hash"), self.ctx.desc(v, ""), result, a, b, name="m")
        return result

    def _struct(self, e: tt.TStruct) -> Atom:
        shape = self.types.shapes(self.mono(e.ty))[0]
        values: list[Atom] = [ir.UNIT] * len(shape.types)
        for index, value in e.fields:
            values[index] = self.expr(value)
        return self.con(shape, values) if self.reachable else ir.UNIT

    def _update(self, e: tt.TUpdate) -> Atom:
        base = self.expr(e.base)
        shape = self.types.shapes(self.mono(e.ty))[0]
        changed = {index: self.expr(value) for index, value in e.fields}
        if not self.reachable:
            return ir.UNIT
        return self.con(shape, [changed[i] if i in changed else self.field(base, shape, i)
                                for i in range(len(shape.types))])

    def _field(self, e: tt.TField) -> Atom:
        base = self.expr(e.base)
        if not self.reachable:
            return ir.UNIT
        shape = self.types.shapes(self.mono(e.base.ty))[0]
        return self.field(base, shape, shape.names.index(e.name))

    # ---- blocks

    def _block(self, e: tt.TBlock) -> Atom:
        for stmt in e.stmts:
            self.stmt(stmt)
            if not self.reachable:
                return ir.UNIT
        return ir.UNIT if e.result is None else self.expr(e.result)

    def _block_tail(self, e: tt.TBlock) -> None:
        for stmt in e.stmts:
            self.stmt(stmt)
            if not self.reachable:
                return
        if e.result is not None:
            self.tail(e.result)
        elif self.reachable:
            self.return_value(ir.UNIT)

    def stmt(self, stmt: object) -> None:
        if isinstance(stmt, tt.TLet):
            self._let(stmt)
        elif isinstance(stmt, tt.TLetFn):
            self._let_fn(stmt)
        else:
            self.discard(stmt)

    def discard(self, e: tt.TExpr) -> None:
        """Emits ``e`` for its effects."""
        if isinstance(e, tt.TFor) and e.collect:
            self.for_loop(e, collect=False)
        else:
            self.expr(e)

    def _let(self, stmt: tt.TLet) -> None:
        pattern = stmt.pattern
        if type(pattern) is tt.PBind:
            local = pattern.local
            if local in self.poly_params:
                self._let_poly(local, stmt.value)
                return
            self.env[local] = self.expr(stmt.value)
            return
        value = self.expr(stmt.value)
        if self.reachable:
            self.destructure(pattern, value, self.mono(stmt.value.ty), self.loc(stmt))

    def _let_poly(self, local: tt.Local, value: tt.TExpr) -> None:
        self.poly[local] = value
        if _is_value(value):
            return
        uses = {tuple(self.mono(a) for a in args): None for args in self.poly_uses.get(local, ())}
        uses = uses or {tuple(self.types.unit for _ in self.poly_params[local]): None}
        if is_con(resolve(value.ty), "Pid"):
            # One process. Sent messages of one type, it is compiled for that type; of several, it takes them all unseen.
            typed = [args for args in uses if any(a is not self.types.unit for a in args)]
            chosen = typed[0] if len(typed) == 1 else tuple(self.types.unit for _ in self.poly_params[local])
            shared = tt.Local(local.name, local.ty)
            self.env[shared] = self._instance(local, chosen)
            self.instances[local] = dict.fromkeys(uses, shared)
            return
        params = self.poly_params[local]
        instances = {}
        for args in uses:
            if instances and not local.bounded and uniform(self.types, value.ty, params):
                instances[args] = next(iter(instances.values()))
                continue
            instance = tt.Local(local.name, local.ty)
            if instances and not local.bounded and empty_collection(value.ty, params):
                self.env[instance] = self._empty(self.types.subst(value.ty, {**self.subst, **dict(zip(params, args))}))
            else:
                self.env[instance] = self._instance(local, args)
            instances[args] = instance
        self.instances[local] = instances

    def _empty(self, ty: Type) -> Atom:
        """An empty list or map of a concrete type."""
        if is_con(ty, "List"):
            return self.let("xs", Rep.PTR, ir.MakeList((), self.types.rep(ty.args[0]) is Rep.PTR))
        return self.rt("mesh_map_new", self.ctx.desc(ty.args[0], "eq hash"), self.ctx.desc(ty.args[1], ""), name="m")

    def _let_fn(self, stmt: tt.TLetFn) -> None:
        for fn in stmt.functions:
            mentioned = mentioned_locals(fn, self.poly)
            needs = tuple(x for local in mentioned for x in self.instances.get(local, {None: local}).values()
                          if x in self.env)
            self.local_fns[fn] = LocalFnInfo(fn, needs, self.subst, {})

    # ---- branches

    def _if(self, e: tt.TIf) -> Atom:
        join, result = self.result_join(e, "if")
        self._branches(e, join)
        self.enter(join.body)
        return result

    def _if_tail(self, e: tt.TIf) -> None:
        self._branches(e, None)

    def _branches(self, e: tt.TIf, join: Join | None) -> None:
        cond = self.expr(e.cond)
        if not self.reachable:
            return
        then, else_ = self.branch(cond)
        self.enter(then)
        if e.else_ is None and join is None and self.mono(e.then.ty) is self.types.unit:
            self.tail(e.then)  # a loop written as `if more do step(n - 1) end` keeps its tail call
        elif e.else_ is None:
            self.discard(e.then)
            if self.reachable:
                self.return_value(ir.UNIT) if join is None else self.jump(join)
        else:
            self.into(e.then, join)
        self.enter(else_)
        if e.else_ is not None:
            self.into(e.else_, join)
        elif join is None:
            self.return_value(ir.UNIT)
        else:
            self.jump(join)

    def _return(self, e: tt.TReturn) -> Atom:
        if e.value is None:
            self.return_value(ir.UNIT)
        else:
            self.tail(e.value)
        return ir.UNIT

    def _try(self, e: tt.TTry) -> Atom:
        """``e?``: the payload of Ok or Some; anything else returns."""
        value = self.expr(e.operand)
        if not self.reachable:
            return ir.UNIT
        ty = self.mono(e.operand.ty)
        good, bad = self.types.shapes(ty)
        failed, fine = self.branch(self.prim("ne", Rep.BOOL, self.tag(value), int_const(good.tag)))
        self.enter(failed)
        ret = self.mono(e.ret_ty)
        if is_con(ty, "Option"):
            self.return_value(ir.Nullary(bad.tag))
        elif ret.args[1] is ty.args[1]:
            self.return_value(value)  # an Err has one layout whatever the Ok would hold
        else:
            error = self.field(value, bad, 0)
            converted = self.convert(ty.args[1], ret.args[1], error, self.loc(e))
            self.return_value(self.con(self.types.shapes(ret)[1], [converted]))
        self.enter(fine)
        return self.field(value, good, 0)

    # ---- closures

    def _closure(self, e: tt.TClosure) -> Atom:
        mentioned = mentioned_locals(e.body, self.poly)
        name = self.ctx.fresh(f"{self.name}.fn")
        ty = self.mono(e.ty)
        ret = ty.ret if isinstance(ty, TFun) else self.types.unit
        child = FnLowering(self.ctx, self.place, self.subst, ret, name, self)
        closure, captured = self._capture(child, mentioned)
        params = (closure, *(child.bind_param(p) for p in e.params))
        child.tail(e.body)
        self.ctx.fns[name] = Fn(name, params, self.types.rep(ret), child.entry, self.loc(e),
                                f"{self.place.source_name} (closure)", closure=True,
                                site_from_caller=self.place.library)
        return self.make_closure(name, captured)

    def _capture(self, child: FnLowering, mentioned: list[tt.Local]) -> tuple[Var, list[Atom]]:
        """Gives ``child`` what it needs of this environment, read from its closure."""
        captured = self.needed(mentioned)
        order = sorted(captured, key=lambda local: rep_of(self.env[local]) is not Rep.PTR)
        closure = Var("closure", Rep.PTR)
        atoms: list[Atom] = []
        for local in order:
            atom = self.env[local]
            child.env[local] = child.let(local.name, rep_of(atom), ir.Capture(closure, len(atoms)))
            atoms.append(atom)
        return closure, atoms

    def needed(self, mentioned: list[tt.Local]) -> list[tt.Local]:
        """Of the locals that code mentions, those that it must be given."""
        return [x for local in mentioned for x in self.instances.get(local, {None: local}).values()
                if type(self.env.get(x)) is Var]

    def make_closure(self, fn: str, captures: list[Atom]) -> Atom:
        if not captures:
            return ir.FnRef(fn)
        ptrs = sum(rep_of(a) is Rep.PTR for a in captures)
        return self.let("f", Rep.PTR, ir.MakeClosure(fn, tuple(captures), ptrs))

    # ---- local functions: lambda lifting (Johnsson, "Lambda Lifting", FPCA 1985)

    def local_fn(self, e: tt.TLocalFn) -> tuple[str, list[Atom]]:
        """The lifted function, and the values of the locals that it takes in front of its parameters."""
        info = self.local_fns[e.fn]
        args = tuple(self.mono(a) for a in e.type_args)
        extra = [local for local in info.needs if type(self.env.get(local)) is Var]
        name = info.instances.get(args)
        if name is None:
            name = info.instances[args] = self.ctx.fresh(f"{self.name}.{e.fn.name}")
            self._emit_local_fn(name, info, args, extra)
        return name, [self.env[local] for local in extra]

    def _emit_local_fn(self, name: str, info: LocalFnInfo, args: tuple[Type, ...], extra: list[tt.Local]) -> None:
        fn = info.fn
        subst = {**info.subst, **dict(zip(fn.type_params, args))}
        ret = self.types.subst(fn.ret, subst)
        child = FnLowering(self.ctx, self.place, subst, ret, name, self)
        params = []
        for local in extra:
            var = Var(local.name, rep_of(self.env[local]))
            child.env[local] = var
            params.append(var)
        params += [child.bind_param(p) for p in fn.params]
        child.tail(fn.body)
        self.ctx.fns[name] = Fn(name, tuple(params), self.types.rep(ret), child.entry, self.place.loc(fn.start),
                                f"{self.place.source_name}.{fn.name}", site_from_caller=self.place.library)


def _is_value(e: tt.TExpr) -> bool:
    """Whether evaluating ``e`` again can be told from evaluating it once by nobody."""
    if isinstance(e, (tt.TClosure, tt.TLit, tt.TGlobal, tt.TCtor, tt.TLocalFn, tt.TLetPoly, tt.TLocal, tt.TTraitMethod)):
        return True
    if isinstance(e, (tt.TTuple_, tt.TList)):
        return all(map(_is_value, e.elems))
    if isinstance(e, tt.TMap):
        return all(_is_value(k) and _is_value(v) for k, v in e.entries)
    if isinstance(e, tt.TCall) and isinstance(e.callee, tt.TCtor):
        return all(map(_is_value, e.args))
    return isinstance(e, tt.TBlock) and not e.stmts and e.result is not None and _is_value(e.result)


L = FnLowering
_DISPATCH = {
    tt.TLit: L._lit, tt.TRegex: L._regex, tt.TInterp: L._interp, tt.TJsonToString: L._json_text, tt.TLocal: L._local,
    tt.TGlobal: L.function_value, tt.TGlobalLet: L._global_let, tt.TCtor: L.constructor_value,
    tt.TTraitMethod: L.function_value, tt.TCall: L.call_expr, tt.TDerived: L.function_value, tt.TBinary: L._binary,
    tt.TUnary: L._unary, tt.TTuple_: L._tuple, tt.TList: L._list, tt.TMap: L._map, tt.TStruct: L._struct,
    tt.TUpdate: L._update, tt.TField: L._field, tt.TMethodCall: L.method_call, tt.TJsonLit: L._json_lit,
    tt.TBlock: L._block, tt.TLocalFn: L.local_fn_value, tt.TLetPoly: L._poly, tt.TIf: L._if, tt.TMatch: L.match_expr,
    tt.TWhile: L.while_loop, tt.TFor: L.for_expr, tt.TBreak: L.break_, tt.TContinue: L.continue_,
    tt.TReturn: L._return, tt.TTry: L._try, tt.TClosure: L._closure, tt.TSpawn: L.spawn,
    tt.TRemoteSpawn: L.remote_spawn, tt.TSend: L.send, tt.TLink: L.link, tt.TSelf: L.self_,
    tt.TReceive: L.receive_expr, tt.TActorLoop: L.actor_loop, tt.TServiceStart: L.service_start,
    tt.TServiceCall: L.service_call, tt.TAssert: L.assertion,
}
_TAIL = {
    tt.TBlock: L._block_tail, tt.TIf: L._if_tail, tt.TMatch: L.match_tail, tt.TCall: L.call_tail,
    tt.TReceive: L.receive_tail, tt.TActorLoop: L.actor_loop_tail,
}
