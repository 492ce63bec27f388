"""Generic walks over typed trees: which locals an expression mentions."""

from __future__ import annotations

from collections.abc import Iterator

from meshpy.types import typed as tt

_NODES = (tt.TExpr, tt.TLet, tt.TLetFn, tt.TypedLocalFn, tt.TArm)
_SLOTS: dict[type, tuple[str, ...]] = {}


def _slots(cls: type) -> tuple[str, ...]:
    found = _SLOTS.get(cls)
    if found is None:
        names = [n for c in reversed(cls.__mro__) for n in getattr(c, "__slots__", ())]
        found = _SLOTS[cls] = tuple(n for n in names if n not in ("start", "end", "ty", "local", "pattern", "patterns"))
    return found


def children(node: object) -> Iterator[object]:
    """The nodes directly inside a node (the function of a TLocalFn included), in source order."""
    for name in _slots(type(node)):
        value = getattr(node, name)
        if isinstance(value, _NODES):
            yield value
        elif type(value) is tuple:
            yield from _inside(value)


def _inside(items: tuple) -> Iterator[object]:
    for item in items:
        if isinstance(item, _NODES):
            yield item
        elif type(item) is tuple:
            yield from _inside(item)


def mentioned_locals(root: object, poly: dict[tt.Local, tt.TExpr]) -> list[tt.Local]:
    """Every local that ``root`` reads, in order of first mention. Local functions are entered where they are used, and
    so are the values of let-polymorphic locals in ``poly``."""
    found: dict[tt.Local, None] = {}
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tt.TLocal:
            found[node.local] = None
        elif kind is tt.TLetPoly:
            found[node.local] = None
            if node.local in poly and id(poly[node.local]) not in seen:
                seen.add(id(poly[node.local]))
                stack.append(poly[node.local])
        elif kind is tt.TypedLocalFn:
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack.append(node.body)
        else:
            stack.extend(reversed(list(children(node))))
    return list(found)


def poly_uses(root: object) -> dict[tt.Local, list[tuple]]:
    """The type arguments at which let-polymorphic locals are used inside ``root``, in source order."""
    found: dict[tt.Local, list[tuple]] = {}
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if type(node) is tt.TLetPoly:
            found.setdefault(node.local, []).append(node.type_args)
        elif type(node) is tt.TypedLocalFn:
            if id(node) in seen:
                continue
            seen.add(id(node))
        stack.extend(reversed(list(children(node))))
    return found
