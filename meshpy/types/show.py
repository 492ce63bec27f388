"""Types as text (types reference 1.1 and 1.6 note 6)."""

from __future__ import annotations

from meshpy.types.ty import TCon, TFun, TNever, TTuple, TVar, Type, resolve


def show(t: Type, module: str | None = None) -> str:
    """``t`` as diagnostics of ``module`` print it: types of other modules carry their module's name.

    ``module`` None prints no prefix at all.
    """
    t = resolve(t)
    kind = type(t)
    if kind is TCon:
        ident = t.id
        name = ident.name
        if ident.module and module is not None and ident.module != module:
            name = f"{ident.module}.{name}"
        if not t.args:
            return name
        return f"{name}<{', '.join([show(a, module) for a in t.args])}>"
    if kind is TFun:
        return f"({', '.join([show(p, module) for p in t.params])}) -> {show(t.ret, module)}"
    if kind is TTuple:
        return f"({', '.join([show(e, module) for e in t.elems])})"
    if kind is TVar:
        return t.name if t.rigid and t.name else f"?{t.id}"
    assert kind is TNever
    return "Never"


def show_pair(a: Type, b: Type, module: str) -> tuple[str, str]:
    """Two types of one message: with prefixes where they would read the same otherwise."""
    left, right = show(a, module), show(b, module)
    return (show(a, ""), show(b, "")) if left == right else (left, right)
