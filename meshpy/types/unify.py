"""Unification (types reference 1.6) with levels (Remy 1992: generalisation by ranks).

``unify`` mutates the variables it is given and raises ``Mismatch`` with the innermost pair that does not fit; it may
have bound variables before it fails, which only makes later messages more precise.
"""

from __future__ import annotations

from meshpy.types.ty import NEVER, TCon, TFun, TNever, TTuple, TVar, Type, TypeId, resolve

PID = TypeId("", "Pid")
PTR = TypeId("", "Ptr")
ITER = TypeId("", "Iter")
TUPLE = TypeId("", "Tuple")

ERROR = TCon(TypeId("", "<error>"))
"""The type of what could not be typed: it agrees with everything, silently, so one mistake gives one message."""


class Mismatch(Exception):
    """``kind`` is ``type`` (E0001), ``arity`` (E0003: ``expected``/``found`` are counts) or ``occurs`` (E0002)."""

    def __init__(self, kind: str, expected: object, found: object) -> None:
        super().__init__(kind)
        self.kind = kind
        self.expected = expected
        self.found = found


def unify(expected: Type, found: Type) -> None:
    """Make the two types equal, or raise ``Mismatch``."""
    a = expected
    if type(a) is TVar and a.ref is not None:
        a = resolve(a)
    b = found
    if type(b) is TVar and b.ref is not None:
        b = resolve(b)
    if a is b:
        return
    ka = type(a)
    kb = type(b)
    if ka is TVar:
        if kb is TVar:
            _unify_vars(a, b)
        elif kb is not TNever:
            _bind(a, b, True)
        return
    if kb is TVar:
        if ka is not TNever:
            _bind(b, a, False)
        return
    if ka is TCon and kb is TCon:
        if a.id == b.id:
            if len(a.args) != len(b.args):
                if a.id == PID:
                    return
                raise Mismatch("arity", len(a.args), len(b.args))
            for x, y in zip(a.args, b.args):
                unify(x, y)
            return
        if a is ERROR or b is ERROR:
            _poison(a if b is ERROR else b)
            return
        ids = (a.id, b.id)
        if ids == (PTR, ITER) or ids == (ITER, PTR):
            return
        raise Mismatch("type", a, b)
    if ka is TNever or kb is TNever:
        return
    if a is ERROR or b is ERROR:
        _poison(a if b is ERROR else b)
        return
    if ka is TFun and kb is TFun:
        if len(a.params) != len(b.params):
            raise Mismatch("arity", len(a.params), len(b.params))
        for x, y in zip(a.params, b.params):
            unify(x, y)
        unify(a.ret, b.ret)
        return
    if ka is TTuple and kb is TTuple:
        if len(a.elems) != len(b.elems):
            # Unit is no shorter tuple: it is another type.
            if not a.elems or not b.elems:
                raise Mismatch("type", a, b)
            raise Mismatch("arity", len(a.elems), len(b.elems))
        for x, y in zip(a.elems, b.elems):
            unify(x, y)
        return
    if (ka is TCon and a.id == TUPLE and kb is TTuple) or (kb is TCon and b.id == TUPLE and ka is TTuple):
        return
    raise Mismatch("type", a, b)


def _poison(t: Type) -> None:
    """What had to agree with a mistake stays open for no other reason: its variables are in error too."""
    for var in free_vars(t):
        if not var.rigid:
            var.ref = ERROR


def _unify_vars(a: TVar, b: TVar) -> None:
    if a.rigid:
        if b.rigid:
            raise Mismatch("type", a, b)
        b.ref = a
        if b.level < a.level:
            a.level = b.level
        return
    a.ref = b
    if a.level < b.level:
        b.level = a.level


def _bind(var: TVar, t: Type, var_expected: bool) -> None:
    if var.rigid:
        if t is ERROR:
            return
        raise Mismatch("type", var, t) if var_expected else Mismatch("type", t, var)
    if type(t) is not TCon or t.args:
        adjust(var, t)
    var.ref = t


def adjust(var: TVar, t: Type) -> None:
    """Occurs check of ``var`` in ``t``; lowers the levels of the variables of ``t`` to that of ``var``."""
    level = var.level
    pending = [t]
    while pending:
        u = pending.pop()
        if type(u) is TVar:
            u = resolve(u)
        kind = type(u)
        if kind is TVar:
            if u is var:
                raise Mismatch("occurs", var, t)
            if u.level > level:
                u.level = level
        elif kind is TCon:
            if u.args:
                pending.extend(u.args)
        elif kind is TFun:
            pending.extend(u.params)
            pending.append(u.ret)
        elif kind is TTuple:
            pending.extend(u.elems)


def lower(t: Type, level: int) -> None:
    """Let no variable of ``t`` have a level above ``level``: it will not be generalised there."""
    for var in free_vars(t):
        if var.level > level:
            var.level = level


def free_vars(t: Type, into: dict[TVar, None] | None = None) -> dict[TVar, None]:
    """The unbound variables of ``t`` in order of first occurrence (a dict as an ordered set)."""
    found: dict[TVar, None] = {} if into is None else into
    pending = [t]
    while pending:
        u = pending.pop()
        if type(u) is TVar:
            u = resolve(u)
        kind = type(u)
        if kind is TVar:
            found.setdefault(u)
        elif kind is TCon:
            if u.args:
                pending.extend(reversed(u.args))
        elif kind is TFun:
            pending.append(u.ret)
            pending.extend(reversed(u.params))
        elif kind is TTuple:
            pending.extend(reversed(u.elems))
    return found


def mentions_error(t: Type) -> bool:
    pending = [t]
    while pending:
        u = resolve(pending.pop())
        if u is ERROR:
            return True
        kind = type(u)
        if kind is TCon:
            pending.extend(u.args)
        elif kind is TFun:
            pending.extend(u.params)
            pending.append(u.ret)
        elif kind is TTuple:
            pending.extend(u.elems)
    return False


def substitute(t: Type, mapping: dict[TVar, Type]) -> Type:
    """``t`` with its unbound variables replaced; shares every part that contains none of them."""
    if type(t) is TVar:
        if t.ref is not None:
            t = resolve(t)
            if type(t) is TVar:
                return mapping.get(t, t)
        else:
            return mapping.get(t, t)
    kind = type(t)
    if kind is TCon:
        if not t.args:
            return t
        args = tuple([substitute(a, mapping) for a in t.args])
        return t if all(map(_same, args, t.args)) else TCon(t.id, args)
    if kind is TFun:
        return TFun(tuple([substitute(p, mapping) for p in t.params]), substitute(t.ret, mapping))
    if kind is TTuple:
        return TTuple(tuple([substitute(e, mapping) for e in t.elems])) if t.elems else t
    return t


def _same(a: Type, b: Type) -> bool:
    return a is b


YES, NO, MAYBE = 1, 0, -1


def match(pattern: Type, t: Type, mapping: dict[TVar, Type | None]) -> int:
    """One-way matching: bind the variables that are keys of ``mapping`` so that ``pattern`` becomes ``t``.

    YES, NO, or MAYBE when an unbound variable of ``t`` stands where the pattern needs more.
    """
    pattern = resolve(pattern)
    t = resolve(t)
    if type(pattern) is TVar and pattern in mapping:
        bound = mapping[pattern]
        if bound is None:
            mapping[pattern] = t
            return YES
        return same(bound, t)
    if pattern is t or t is ERROR or pattern is ERROR:
        return YES
    if type(t) is TVar and not t.rigid or type(pattern) is TVar and not pattern.rigid:
        return MAYBE
    kind = type(pattern)
    if kind is not type(t):
        return NO
    if kind is TCon:
        if pattern.id != t.id:
            return NO
        if len(pattern.args) != len(t.args):
            return YES if pattern.id == PID else NO
        return _match_all(pattern.args, t.args, mapping)
    if kind is TFun:
        if len(pattern.params) != len(t.params):
            return NO
        return _match_all((*pattern.params, pattern.ret), (*t.params, t.ret), mapping)
    if kind is TTuple:
        if len(pattern.elems) != len(t.elems):
            return NO
        return _match_all(pattern.elems, t.elems, mapping)
    return YES


def _match_all(patterns: tuple[Type, ...], types: tuple[Type, ...], mapping: dict[TVar, Type | None]) -> int:
    result = YES
    for p, t in zip(patterns, types):
        found = match(p, t, mapping)
        if found == NO:
            return NO
        if found == MAYBE:
            result = MAYBE
    return result


_NOTHING: dict[TVar, Type | None] = {}


def same(a: Type, b: Type) -> int:
    """Whether two types are equal: YES, NO, or MAYBE when unbound variables decide."""
    return match(a, b, _NOTHING)


def equal(a: Type, b: Type) -> bool:
    """Structural equality, an unbound variable being equal only to itself."""
    a = resolve(a)
    b = resolve(b)
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b) or kind is TVar:
        return False
    if kind is TCon:
        return a.id == b.id and len(a.args) == len(b.args) and all(map(equal, a.args, b.args))
    if kind is TFun:
        return len(a.params) == len(b.params) and all(map(equal, a.params, b.params)) and equal(a.ret, b.ret)
    if kind is TTuple:
        return len(a.elems) == len(b.elems) and all(map(equal, a.elems, b.elems))
    return True


def overlaps(a: Type, b: Type, variables: set[TVar]) -> bool:
    """Whether two impl heads unify when their own ``variables`` are free (coherence); binds nothing."""
    bindings: dict[TVar, Type] = {}

    def walk(x: Type, y: Type) -> bool:
        x = resolve(x)
        while type(x) is TVar and x in bindings:
            x = resolve(bindings[x])
        y = resolve(y)
        while type(y) is TVar and y in bindings:
            y = resolve(bindings[y])
        if x is y or x is ERROR or y is ERROR:
            return True
        if type(x) is TVar and x in variables:
            bindings[x] = y
            return True
        if type(y) is TVar and y in variables:
            bindings[y] = x
            return True
        kind = type(x)
        if kind is not type(y) or kind is TVar:
            return False
        if kind is TCon:
            return x.id == y.id and len(x.args) == len(y.args) and all(map(walk, x.args, y.args))
        if kind is TFun:
            return len(x.params) == len(y.params) and all(map(walk, x.params, y.params)) and walk(x.ret, y.ret)
        if kind is TTuple:
            return len(x.elems) == len(y.elems) and all(map(walk, x.elems, y.elems))
        return True

    return walk(a, b)


def never(t: Type) -> bool:
    return resolve(t) is NEVER or type(resolve(t)) is TNever
