"""Known closures: a call of one becomes a direct call, and a function that is given one gets a copy of its own.

``List.map(xs, fn x -> x + k end)`` becomes a call of a copy of ``List.map`` that takes ``k`` where it took the closure and calls
the closure's code by name; recursive functions specialise to themselves. (Peyton Jones, "Call-pattern specialisation
for Haskell programs", ICFP 2007, for function arguments only.)
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256

from meshpy.core import ir
from meshpy.core.clone import Cloner, size
from meshpy.core.ir import Atom, Fn, FnRef, Let, MakeClosure, Program, Var
from meshpy.core.simplify import simplify_fn
from meshpy.core.uses import blocks, op_uses, term_uses

_MAX_SIZE = 400
_MAX_COPIES = 2000
_MAX_NESTING = 6
_MAX_NAME = 120

Known = FnRef | MakeClosure


class Specializer:
    """Worklist over functions; new copies join it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fns = program.fns
        self.copies: dict[tuple, str] = {}
        self.depth: dict[str, int] = {}
        self.workers: dict[str, tuple[str, list[int]]] = {}  # closure entry -> code, the captures that it reads
        self.called: dict[str, set[int]] = _called_parameters(program)
        self.work: deque[str] = deque(program.fns)

    def run(self) -> None:
        while self.work:
            name = self.work.popleft()
            if _Site(self, self.fns[name]).run():
                simplify_fn(self.fns[name], self.program)

    def worker(self, entry: str) -> tuple[str, list[int]]:
        """The code of a closure as a function of the captures that it reads, and its parameters."""
        found = self.workers.get(entry)
        if found is not None:
            return found
        fn = self.fns[entry]
        reads: dict[Var, int] = {}
        for block in blocks(fn.body):
            for i in block.instrs:
                if type(i) is Let and type(i.op) is ir.Capture:
                    reads[i.var] = i.op.index
        used = sorted(set(reads.values()))
        sample = {index: var for var, index in reads.items()}
        params = {index: Var(sample[index].name, sample[index].rep) for index in used}
        cloner = Cloner()
        rest = tuple(cloner.var(p) for p in fn.params[1:])
        body = cloner.block(fn.body)
        read_of = {cloner.atoms[v]: params[index] for v, index in reads.items()}
        for block in blocks(body):
            for i in block.instrs:
                if type(i) is Let and i.var in read_of:
                    i.op = ir.Copy(read_of[i.var])
        name = f"{entry}.code"
        self.workers[entry] = (name, used)
        self.add(Fn(name, (*params.values(), *rest), fn.ret, body, fn.loc, fn.source_name,
                    site_from_caller=fn.site_from_caller))
        return name, used

    def add(self, fn: Fn) -> None:
        self.fns[fn.name] = fn
        simplify_fn(fn, self.program)
        self.called[fn.name] = _called_in(fn, self.called)
        self.work.append(fn.name)

    def copy_name(self, callee: str, given: dict[int, Known]) -> str:
        """A name that depends on the callee and the closures alone, so that it is the same in every build."""
        name = f"{callee}@{'+'.join(known.fn for _, known in sorted(given.items()))}"
        if len(name) > _MAX_NAME:
            name = f"{callee[:_MAX_NAME // 2]}@{sha256(name.encode()).hexdigest()[:16]}"
        candidate, n = name, 1
        while candidate in self.fns:
            n += 1
            candidate = f"{name}~{n}"
        return candidate

    def copy(self, callee: str, given: dict[int, Known], caller: str) -> str | None:
        """``callee`` with the closures in ``given`` known; takes their captures in place of them."""
        key = (callee, tuple((i, k.fn, _shape(k)) for i, k in sorted(given.items())))
        found = self.copies.get(key)
        if found is not None:
            return found
        fn = self.fns[callee]
        depth = self.depth.get(caller, 0) + 1
        if size(fn) > _MAX_SIZE or len(self.copies) >= _MAX_COPIES or depth > _MAX_NESTING:
            return None
        name = self.copies[key] = self.copy_name(callee, given)
        self.depth[name] = depth
        cloner = Cloner()
        params: list[Var] = []
        prelude: list[ir.Instr] = []
        for i, p in enumerate(fn.params):
            known = given.get(i)
            if known is None:
                params.append(cloner.var(p))
            elif type(known) is FnRef:
                cloner.atoms[p] = known
            else:
                captures = tuple(Var(a.name, a.rep) for a in known.captures if type(a) is Var)
                params.extend(captures)
                fresh = iter(captures)
                atoms = tuple(next(fresh) if type(a) is Var else a for a in known.captures)
                prelude.append(Let(cloner.var(p), MakeClosure(known.fn, atoms, known.ptrs)))
        body = cloner.block(fn.body)
        body.instrs[:0] = prelude
        self.add(Fn(name, tuple(params), fn.ret, body, fn.loc, fn.source_name, site_from_caller=fn.site_from_caller))
        return name


def _shape(known: Known) -> tuple:
    """What of the captures the copy contains: everything but variables."""
    return () if type(known) is FnRef else tuple(None if type(a) is Var else a for a in known.captures)


def _called_in(fn: Fn, called: dict[str, set[int]]) -> set[int]:
    """The parameters of a new function that it calls or passes to functions that do."""
    index = {p: i for i, p in enumerate(fn.params) if p.rep is ir.Rep.PTR}
    found: set[int] = set()
    for block in blocks(fn.body):
        for i in block.instrs:
            if type(i) is Let and type(i.op) is ir.CallClosure and i.op.closure in index:
                found.add(index[i.op.closure])
            elif type(i) is Let and type(i.op) is ir.Call:
                found.update(index[i.op.args[j]] for j in called.get(i.op.fn, ()) if i.op.args[j] in index)
        if type(block.term) is ir.TailCall:
            found.update(index[block.term.args[j]] for j in called.get(block.term.fn, ()) if block.term.args[j] in index)
    return found


def _called_parameters(program: Program) -> dict[str, set[int]]:
    """For each function the parameters that it calls, itself or by passing them on."""
    called: dict[str, set[int]] = {name: set() for name in program.fns}
    passed: dict[tuple[str, int], list[tuple[str, int]]] = {}
    work: list[tuple[str, int]] = []
    for name, fn in program.fns.items():
        index = {p: i for i, p in enumerate(fn.params) if p.rep is ir.Rep.PTR and not (fn.closure and i == 0)}
        if not index:
            continue
        for block in blocks(fn.body):
            calls = [(i.op.fn, i.op.args) for i in block.instrs if type(i) is Let and type(i.op) is ir.Call]
            if type(block.term) is ir.TailCall:
                calls.append((block.term.fn, block.term.args))
            for i in block.instrs:
                if type(i) is Let and type(i.op) is ir.CallClosure and i.op.closure in index:
                    work.append((name, index[i.op.closure]))
            for callee, args in calls:
                for j, a in enumerate(args):
                    if type(a) is Var and a in index:
                        passed.setdefault((callee, j), []).append((name, index[a]))
    while work:
        name, i = work.pop()
        if i not in called[name]:
            called[name].add(i)
            work.extend(passed.get((name, i), ()))
    return called


class _Site:
    """Rewrites the calls of one function."""

    def __init__(self, owner: Specializer, fn: Fn) -> None:
        self.owner = owner
        self.fn = fn
        self.known: dict[Var, Known] = {}
        self.changed = False

    def run(self) -> bool:
        for block in blocks(self.fn.body):
            for i in block.instrs:
                if type(i) is Let:
                    if type(i.op) is MakeClosure:
                        self.known[i.var] = i.op
                    elif type(i.op) is ir.CallClosure:
                        self.apply(i)
                    elif type(i.op) is ir.Call:
                        found = self.call(i.op.fn, i.op.args)
                        if found is not None:
                            i.op = ir.Call(*found)
            if type(block.term) is ir.TailCall:
                found = self.call(block.term.fn, block.term.args)
                if found is not None:
                    block.term = ir.TailCall(*found, block.term.loc)
        return self.changed

    def closure(self, atom: Atom) -> Known | None:
        if type(atom) is FnRef:
            return atom
        return self.known.get(atom) if type(atom) is Var else None

    def apply(self, let: Let) -> None:
        op = let.op
        known = self.closure(op.closure)
        if known is None:
            return
        worker, used = self.owner.worker(known.fn)
        captures = [known.captures[i] for i in used] if type(known) is MakeClosure else []
        let.op = ir.Call(worker, (*captures, *op.args))
        self.changed = True

    def call(self, callee: str, args: tuple[Atom, ...]) -> tuple[str, tuple[Atom, ...]] | None:
        """The copy to call instead, and its arguments; None when no argument is a closure that the callee calls."""
        given: dict[int, Known] = {}
        for i in sorted(self.owner.called.get(callee, ())):
            known = self.closure(args[i])
            if known is not None:
                given[i] = known
        name = self.owner.copy(callee, given, self.fn.name) if given else None
        if name is None:
            return None
        rest: list[Atom] = []
        for i, a in enumerate(args):
            known = given.get(i)
            if known is None:
                rest.append(a)
            elif type(known) is MakeClosure:
                rest.extend(c for c in known.captures if type(c) is Var)
        self.changed = True
        return name, tuple(rest)


def specialize(program: Program) -> None:
    """Runs the pass, then forgets functions that nothing reaches any more."""
    Specializer(program).run()
    prune(program)


def prune(program: Program) -> None:
    """Removes unreachable functions."""
    reached: set[str] = set()
    work = [program.entry]
    work += [fn for d in program.descs.values() for fn in (d.eq, d.compare, d.hash, d.show, d.to_json) if fn]
    work += [w.fn for words in program.rodata.values() for w in words if isinstance(w, ir.FnAddr)]
    while work:
        name = work.pop()
        if name in reached:
            continue
        reached.add(name)
        work.extend(references(program.fns[name], program.fns))
    for name in [n for n in program.fns if n not in reached]:
        del program.fns[name]


def references(fn: Fn, fns: dict[str, Fn]) -> list[str]:
    """The functions that ``fn`` calls or mentions."""
    found: list[str] = []
    for block in blocks(fn.body):
        uses: list[tuple[Atom, bool]] = list(term_uses(block.term, fns))
        if type(block.term) is ir.TailCall:
            found.append(block.term.fn)
        for i in block.instrs:
            if type(i) is Let:
                if type(i.op) in (ir.Call, MakeClosure):
                    found.append(i.op.fn)
                uses += op_uses(i.op, fns)
        found += [a.fn for a, _ in uses if type(a) in (FnRef, ir.FnAddr)]
    return found


