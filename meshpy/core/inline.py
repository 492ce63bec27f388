"""Inlining of small functions, and of generated code that is called once.

Bottom-up over the call graph; a call that comes out of an inlined body is not looked at again, so it ends.
"""

from __future__ import annotations

from collections.abc import Callable

from meshpy.core import ir
from meshpy.core.clone import Cloner, fresh_label, size
from meshpy.core.ir import Atom, Block, Fn, Join, Let, Program, Var
from meshpy.core.simplify import simplify_fn
from meshpy.core.specialize import prune, references
from meshpy.core.uses import blocks

_SMALL = 6  # about what a call costs
_ONCE = 80


def inline(program: Program) -> None:
    """Runs the pass, and simplifies what it changed."""
    fns = program.fns
    uses: dict[str, int] = {}
    refs = {name: references(fn, fns) for name, fn in fns.items()}
    for found in refs.values():
        for name in found:
            uses[name] = uses.get(name, 0) + 1
    roots = _roots(program)
    sizes = {name: size(fn) for name, fn in fns.items()}
    # A function of the program that can panic is what a backtrace names: it stays.
    panics = {name: any(type(b.term) is ir.Panic for b in blocks(fn.body)) for name, fn in fns.items()}

    def wanted(callee: str) -> bool:
        fn = fns[callee]
        if fn.closure or callee in refs[callee] or callee == program.entry:
            return False
        if fn.inline or sizes[callee] <= _SMALL and (fn.site_from_caller or not panics[callee]):
            return True
        once = uses.get(callee) == 1 and callee not in roots and not callee.startswith("$")
        return once and sizes[callee] <= _ONCE and (".code" in callee or "@" in callee or fn.site_from_caller)

    for fn in [fns[name] for name in _bottom_up(refs)]:
        if _inline_into(fn, fns, wanted):
            simplify_fn(fn, program)
            sizes[fn.name] = size(fn)
    prune(program)


def _roots(program: Program) -> set[str]:
    found = {fn for d in program.descs.values() for fn in (d.eq, d.compare, d.hash, d.show, d.to_json) if fn}
    found |= {w.fn for words in program.rodata.values() for w in words if isinstance(w, ir.FnAddr)}
    return found


def _bottom_up(refs: dict[str, list[str]]) -> list[str]:
    """Callees before callers, cycles broken anywhere."""
    order: list[str] = []
    seen: set[str] = set()
    for start, callees in refs.items():
        stack = [(start, iter(callees))] if start not in seen else []
        seen.add(start)
        while stack:
            name, rest = stack[-1]
            for callee in rest:
                if callee not in seen:
                    seen.add(callee)
                    stack.append((callee, iter(refs[callee])))
                    break
            else:
                order.append(name)
                stack.pop()
    return order


def _inline_into(fn: Fn, fns: dict[str, Fn], wanted: Callable[[str], bool]) -> bool:
    changed = False
    for block in list(blocks(fn.body)):
        changed = _inline_in_block(fn, block, fns, wanted) or changed
    return changed


def _inline_in_block(fn: Fn, block: Block, fns: dict[str, Fn], wanted: Callable[[str], bool]) -> bool:
    """Inlines the calls that stand directly in ``block``."""
    out: list[ir.Instr] = []
    changed = False
    for at, i in enumerate(block.instrs):
        if type(i) is not Let or type(i.op) is not ir.Call or i.op.fn == fn.name or not wanted(i.op.fn):
            out.append(i)
            continue
        changed = True
        body = _body(fns[i.op.fn], i.op.args, i.loc)
        if type(body.term) is ir.Ret:
            out += [*body.instrs, Let(i.var, ir.Copy(body.term.value))]
            continue
        join = Join(fresh_label("after"), (i.var,), Block(block.instrs[at + 1:], block.term))
        for inner in list(blocks(body)):
            _return_to(inner, join)
        _inline_in_block(fn, join.body, fns, wanted)
        block.instrs = [*out, join, *body.instrs]
        block.term = body.term
        return True
    block.instrs = out
    term = block.term
    if type(term) is ir.TailCall and term.fn != fn.name and wanted(term.fn):
        body = _body(fns[term.fn], term.args, term.loc)
        block.instrs.extend(body.instrs)
        block.term = body.term
        changed = True
    return changed


def _body(callee: Fn, args: tuple[Atom, ...], loc: ir.Loc | None) -> Block:
    cloner = Cloner(dict(zip(callee.params, args)), site=loc if callee.site_from_caller else None)
    return cloner.block(callee.body)


def _return_to(block: Block, join: Join) -> None:
    """What a copied body returned goes to ``join``."""
    term = block.term
    if type(term) is ir.Ret:
        block.term = ir.Jump(join.label, (term.value,))
    elif type(term) in (ir.TailCall, ir.TailCallClosure):
        result = Var("r", join.params[0].rep)
        op: ir.Op = ir.Call(term.fn, term.args) if type(term) is ir.TailCall else ir.CallClosure(term.closure, term.args)
        block.instrs.append(Let(result, op, term.loc))
        block.term = ir.Jump(join.label, (result,))
