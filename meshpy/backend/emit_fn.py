"""A core function as LLVM IR: control flow, calls, ownership instructions. Operations on values are in emit_ops.

Blocks are written from a work list, so depth of nesting costs no Python stack. A join becomes a basic block with one phi
a parameter; its incoming edges are collected while the jumps are written and filled in at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meshpy.backend import abi
from meshpy.backend.analysis import Facts
from meshpy.backend.convention import Plan, closure_plan, plan_of
from meshpy.backend.emit_data import DataPool
from meshpy.backend.emit_ops import OpEmitter
from meshpy.backend.text import LLVM_TYPE, local, section, symbol
from meshpy.core import ir

# The slack below the stack limit covers ordinary frames. A large function asks for room for its own, by the number of its
# instructions (at -O0 every value may have a slot).
LARGE_FUNCTION = 256
FRAME_BYTES = 32
SWITCH_CASES = 512


@dataclass(slots=True)
class _Join:
    block: str
    phis: list[str]
    params: tuple[ir.Var, ...]
    recursive: bool
    incoming: list[tuple[str, list[str]]] = field(default_factory=list)
    line: int = -1  # where the phis go in the lines of the function


class FnEmitter(OpEmitter):
    """Writes one function of a unit. A recursive one is inlined ``levels`` deep into itself: ``level`` > 0 is the copy
    that stands that deep."""

    def __init__(self, pool: DataPool, facts: Facts, fn: ir.Fn, linkage: str, level: int = 0, levels: int = 0) -> None:
        super().__init__(pool, facts, fn)
        self._linkage = linkage
        self._level = level
        self._symbol = symbol(f"{fn.name}${level}") if level else symbol(fn.name)
        self.self_symbol = symbol(f"{fn.name}${level + 1}") if level < levels else symbol(fn.name)
        self._joins: dict[str, _Join] = {}
        self._pending: list[tuple[str, ir.Block, _Join | None]] = []

    def emit(self) -> str:
        fn = self.fn
        plan = plan_of(fn)
        names = [f"%{local(p.name)}.{i}" for i, p in enumerate(fn.params)]
        self.subprogram = self.debug.subprogram(fn)
        self.at(fn.loc)
        self.start("entry")
        for index, (param, name, word) in enumerate(zip(fn.params, names, plan.spill, strict=True)):
            if word >= 0:
                self.env[param] = self.load_slot(self.pointer("%ctx", abi.CTX_SPILL + abi.WORD * word), param.rep)
            else:
                self.env[param] = self.from_word(name, param.rep) if plan.kinds[index] == "i64" else name
        if fn.name in self.facts.checked and not self._level:
            size = self.facts.fns[fn.name].size
            frame = FRAME_BYTES * size if size > LARGE_FUNCTION else 0
            if fn.structural:
                self._go_deeper(frame)
            else:
                self.ins(f"call void @mesh.check(ptr %ctx, i64 {-frame})")
        self.keep_caller_site()
        self._block(fn.body)
        while self._pending:
            label, block, join = self._pending.pop()
            if join is not None and not join.incoming:
                continue  # nothing jumps there
            self.start(label)
            if join is not None:
                self._begin_join(join)
            self._block(block)
        self._fill_phis()
        self.lines[1:1] = self.allocas
        # LLVM must not turn a call of itself into a loop: recursion without end is a stack overflow, not a hang.
        whole = ' "disable-tail-calls"="true"' if self.facts.fns[fn.name].self_calls else ""
        place = f"#0{whole}{' inlinehint' if fn.inline else ''} {section(fn.name)}"
        head = f"define {self._linkage} tailcc i64 {self._symbol}({plan.signature(names)}) "
        head += f"{'#1' + whole if self._level else place} !dbg !{self.subprogram} {{"
        return "\n".join([head, *self.lines, "}"]) + "\n"

    def _go_deeper(self, frame: int) -> None:
        """At the end of the stack the whole call is made on another one."""
        over = self.let(f"call i1 @mesh.over(ptr %ctx, i64 {-frame})", "over")
        deeper, here = self.label("deeper"), self.label("here")
        self.ins(f"br i1 {over}, label %{deeper}, label %{here}{self.debug.unlikely()}")
        self.start(deeper)
        for index, param in enumerate(self.fn.params):
            self.ins(f"store i64 {self.word(param)}, ptr {self.pointer('%ctx', abi.CTX_SPILL + abi.WORD * index)}, align 8")
        self.pool.declare("mesh_deeper", "declare i64 @mesh_deeper(ptr, ptr) #3")
        self.ins(f"ret i64 {self.let(f'call i64 @mesh_deeper(ptr %ctx, ptr {self.pool.again(self.fn.name)})')}")
        self.start(here)

    # ---- control flow

    def _begin_join(self, join: _Join) -> None:
        join.line = len(self.lines)
        self.lines.append("")
        if join.recursive:
            self.ins("call void @mesh.poll(ptr %ctx)")

    def _fill_phis(self) -> None:
        for join in self._joins.values():
            if join.line < 0:
                continue
            phis = []
            for index, (name, param) in enumerate(zip(join.phis, join.params, strict=True)):
                edges = ", ".join(f"[ {args[index]}, %{block} ]" for block, args in join.incoming)
                phis.append(f"  {name} = phi {LLVM_TYPE[param.rep]} {edges}")
            self.lines[join.line] = "\n".join(phis)

    def _block(self, block: ir.Block) -> None:
        instrs = block.instrs
        index = 0
        while index < len(instrs):
            index = self._instr(instrs, index)
        self._term(block.term)

    def _instr(self, instrs: list[ir.Instr], index: int) -> int:
        """Writes the instruction at ``index``, or a run of them that belongs together; the index behind it."""
        instr = instrs[index]
        match instr:
            case ir.Let():
                self.at(instr.loc)
                self.env[instr.var] = self.op(instr.var, instr.op, instr.loc)
            case ir.Dup(var):
                return self.dup_run(instrs, index)
            case ir.Drop(var):
                self.ins(f"call void @{self._helpers}.drop(ptr %ctx, ptr {self.value(var)})")
            case ir.DropReuse(var, token):
                self.env[token] = self.drop_reuse(var)
            case ir.FreeToken(token):
                self.ins(f"call void @{self._helpers}.free_token(ptr %ctx, i64 {self.value(token)})")
            case ir.Join(label, params, body, recursive):
                name = self.label(local(label))
                phis = [self.fresh(p.name) for p in params]
                join = _Join(name, phis, params, recursive)
                self._joins[label] = join
                for param, phi in zip(params, phis, strict=True):
                    self.env[param] = phi
                self._pending.append((name, body, join))
            case _:
                raise TypeError(f"not a core instruction: {instr!r}")
        return index + 1

    def _branch_block(self, hint: str, block: ir.Block) -> str:
        name = self.label(hint)
        self._pending.append((name, block, None))
        return name

    def _term(self, term: ir.Term) -> None:
        match term:
            case ir.Ret(value):
                self.ret(value)
            case ir.Jump(label, args):
                join = self._joins[label]
                join.incoming.append((self.block, [self.value(a) for a in args]))
                self.ins(f"br label %{join.block}")
            case ir.If(cond, then, else_):
                yes = self._branch_block("then", then)
                no = self._branch_block("else", else_)
                self.ins(f"br i1 {self.value(cond)}, label %{yes}, label %{no}")
            case ir.Switch():
                self._switch(term)
            case ir.TailCall(fn, args, loc):
                self.at(loc)
                self._tail_call(fn, args, loc)
            case ir.TailCallClosure(closure, args, loc):
                self.at(loc)
                self._tail(self.closure_call(closure, args), closure_plan(len(args)))
            case ir.Panic(message, loc):
                self.at(loc)
                self.panic(message, loc)
            case ir.Unreachable():
                self.ins("unreachable")
            case _:
                raise TypeError(f"not a core terminator: {term!r}")

    def _switch(self, term: ir.Switch) -> None:
        cases = [(value, self._branch_block(f"case{i}", block)) for i, (value, block) in enumerate(term.cases)]
        if term.default is not None:
            default = self._branch_block("default", term.default)
        elif cases:
            default = cases.pop()[1]  # exhaustive: the last case needs no test
        else:
            self.ins("unreachable")
            return
        if not cases:
            self.ins(f"br label %{default}")
            return
        self._search(self.value(term.value), sorted(cases), default)

    def _search(self, value: str, cases: list[tuple[int, str]], default: str) -> None:
        """A switch; a long one by halves, since LLVM takes quadratic time to simplify one of thousands of cases."""
        if len(cases) <= SWITCH_CASES:
            arms = " ".join(f"i64 {case}, label %{block}" for case, block in cases)
            self.ins(f"switch i64 {value}, label %{default} [ {arms} ]")
            return
        middle = len(cases) // 2
        below, from_ = self.label("below"), self.label("from")
        less = self.let(f"icmp slt i64 {value}, {cases[middle][0]}")
        self.ins(f"br i1 {less}, label %{below}, label %{from_}")
        self.start(below)
        self._search(value, cases[:middle], default)
        self.start(from_)
        self._search(value, cases[middle:], default)

    # ---- tail calls

    def _tail_call(self, name: str, args: tuple[ir.Atom, ...], loc: ir.Loc | None) -> None:
        callee = self.pool.program.fns[name]
        self.store_site_for(callee, loc)
        self.pool.fns_used.add(name)
        self._tail(f"{symbol(name)}({self.arguments(callee, args)})", plan_of(callee))

    def _tail(self, call: str, plan: Plan) -> None:
        """A guaranteed tail call (see convention.py)."""
        marker = "tail" if plan.on_stack or plan_of(self.fn).on_stack else "musttail"
        self.ins(f"ret i64 {self.let(f'{marker} call tailcc i64 {call}')}")
