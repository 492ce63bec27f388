"""Operations of core IR as LLVM instructions: values, objects, calls, primitives, reference counts."""

from __future__ import annotations

from meshpy.backend import abi
from meshpy.backend.analysis import Facts
from meshpy.backend.convention import Plan, closure_plan, plan_of
from meshpy.backend.emit_data import DataPool, is_static
from meshpy.backend.prims import BINARY, COMPARISONS, FLOAT_INTRINSICS
from meshpy.backend.text import C_RESULT, C_TYPE, LLVM_TYPE, constant, constant_word, local, rep_of, signed, symbol
from meshpy.core import ir

_MAX_CAPTURES = abi.MAX_HEADER_SLOTS
_MASK_BITS = 32  # slots that one move out of a dying object can name


class OpEmitter:
    """State of one function being written, and everything that is not control flow."""

    def __init__(self, pool: DataPool, facts: Facts, fn: ir.Fn) -> None:
        self.pool = pool
        self.debug = pool.debug
        self.facts = facts
        self.fn = fn
        self.self_symbol = symbol(fn.name)  # what a direct recursive call names
        self.env: dict[ir.Var, str] = {}
        self.lines: list[str] = []
        self.allocas: list[str] = []
        self.block = ""
        self.subprogram = 0
        self._count = 0
        self._dbg = ""
        self._caller_site: str | None = None
        self._borrowed_from: dict[ir.Var, tuple[ir.Var, int]] = {}  # Field result -> its object and slot
        self._object = self.debug.tbaa("object")
        # Counting and allocation are inlined where speed matters, calls elsewhere: half the code, half the build time.
        self._helpers = "mesh" if facts.fns[fn.name].hot(fn.name) else "mesh.far"

    # ---- writing

    def fresh(self, hint: str = "t") -> str:
        self._count += 1
        return f"%{local(hint)}.{self._count}x"

    def label(self, hint: str) -> str:
        self._count += 1
        return f"{hint}.{self._count}b"

    def start(self, label: str) -> None:
        self.block = label
        self.lines.append(f"{label}:")

    def at(self, loc: ir.Loc | None) -> None:
        self._dbg = f", !dbg !{self.debug.location(self.subprogram, self.fn, loc)}"

    def ins(self, text: str) -> None:
        self.lines.append(f"  {text}{self._dbg}")

    def let(self, text: str, hint: str = "t") -> str:
        name = self.fresh(hint)
        self.lines.append(f"  {name} = {text}{self._dbg}")
        return name

    # ---- values

    def value(self, atom: ir.Atom) -> str:
        """An operand in the type of its representation."""
        if isinstance(atom, ir.Var):
            return self.env[atom]
        if isinstance(atom, ir.Const):
            return constant(atom)
        address = self.pool.address(atom)
        return address if rep_of(atom) is ir.Rep.PTR else f"ptrtoint (ptr {address} to i64)"

    def word(self, atom: ir.Atom) -> str:
        """An operand as an i64 word."""
        if isinstance(atom, ir.Const):
            return constant_word(atom)
        text = self.value(atom)
        rep = rep_of(atom)
        if is_static(atom):
            return f"ptrtoint (ptr {text} to i64)" if rep is ir.Rep.PTR else text
        return self.to_word(text, rep)

    def to_word(self, text: str, rep: ir.Rep) -> str:
        match rep:
            case ir.Rep.INT:
                return text
            case ir.Rep.FLOAT:
                return self.let(f"bitcast double {text} to i64")
            case ir.Rep.BOOL:
                return self.let(f"zext i1 {text} to i64")
            case ir.Rep.PTR:
                return self.let(f"ptrtoint ptr {text} to i64")

    def from_word(self, text: str, rep: ir.Rep) -> str:
        match rep:
            case ir.Rep.INT:
                return text
            case ir.Rep.FLOAT:
                return self.let(f"bitcast i64 {text} to double")
            case ir.Rep.BOOL:
                return self.let(f"trunc i64 {text} to i1")
            case ir.Rep.PTR:
                return self.let(f"inttoptr i64 {text} to ptr")

    def pointer(self, base: str, offset: int) -> str:
        return base if offset == 0 else self.let(f"getelementptr i8, ptr {base}, i64 {offset}")

    def load_slot(self, address: str, rep: ir.Rep, hint: str = "t") -> str:
        if rep is ir.Rep.BOOL:
            word = self.let(f"load i64, ptr {address}, align 8{self._object}")
            return self.let(f"trunc i64 {word} to i1", hint)
        return self.let(f"load {LLVM_TYPE[rep]}, ptr {address}, align 8{self._object}", hint)

    def store_slot(self, address: str, atom: ir.Atom) -> None:
        if rep_of(atom) in (ir.Rep.BOOL, ir.Rep.INT):
            self.store_word(address, self.word(atom))
        else:
            self.ins(f"store {LLVM_TYPE[rep_of(atom)]} {self.value(atom)}, ptr {address}, align 8{self._object}")

    def store_word(self, address: str, word: str | int) -> None:
        self.ins(f"store i64 {word}, ptr {address}, align 8{self._object}")

    # ---- dispatch

    def op(self, var: ir.Var, op: ir.Op, loc: ir.Loc | None) -> str:
        """Writes ``op``; the operand that holds its result."""
        match op:
            case ir.Copy(value):
                return self.value(value)
            case ir.Prim(name, args):
                return self._prim(name, args, var.name)
            case ir.Call(name, args):
                return self._call(var, name, args, loc)
            case ir.CallExtern():
                return self._call_extern(var, op, loc)
            case ir.CallClosure(closure, args):
                return self.from_word(self.let(f"call tailcc i64 {self.closure_call(closure, args)}"), var.rep)
            case ir.Con(tag, layout, fields, reuse):
                return self._con(tag, layout, fields, reuse, var.name)
            case ir.Field(obj, index, layout):
                if isinstance(obj, ir.Var):
                    self._borrowed_from[var] = (obj, index)
                return self.load_slot(self._slot(obj, index, layout), var.rep, var.name)
            case ir.SetField(obj, index, value, layout):
                self.store_slot(self._slot(obj, index, layout), value)
                return "0"
            case ir.Tag(obj):
                at = self.pointer(self.value(obj), abi.TAG_SHIFT // 8)
                tag = self.let(f"load i16, ptr {at}, align 4{self._object}")
                return self.let(f"zext i16 {tag} to i64", var.name)
            case ir.MakeClosure(name, captures, ptrs):
                return self._make_closure(name, captures, ptrs, var.name)
            case ir.Capture(closure, index):
                return self.load_slot(self._capture(closure, index), var.rep, var.name)
            case ir.MakeList(elems, ptr):
                return self._make_list(elems, ptr, var.name)
            case ir.ListLen(obj) | ir.StrLen(obj):
                at = self.pointer(self.value(obj), abi.LENGTH_OFFSET)
                return self.let(f"load i64, ptr {at}, align 8{self._object}", var.name)
            case ir.ListGet(obj, index):
                at = self.pointer(self.value(obj), abi.DATA_OFFSET)
                data = self.let(f"load ptr, ptr {at}, align 8{self._object}")
                slot = self.let(f"getelementptr inbounds i64, ptr {data}, i64 {self.value(index)}")
                return self.load_slot(slot, var.rep, var.name)
            case ir.GlobalGet(name):
                return self._global_get(name, var)
            case ir.GlobalSet(name, value):
                self.ins(f"store i64 {self.word(value)}, ptr {self.pool.global_word(name)}, align 8")
                return "0"
            case ir.SelfRef():
                return self.let("ptrtoint ptr %ctx to i64", var.name)
        raise TypeError(f"not a core operation: {op!r}")

    def _global_get(self, name: str, var: ir.Var) -> str:
        address = self.pool.global_word(name)
        if var.rep is ir.Rep.BOOL:
            return self.from_word(self.let(f"load i64, ptr {address}, align 8"), var.rep)
        return self.let(f"load {LLVM_TYPE[var.rep]}, ptr {address}, align 8", var.name)

    # ---- objects

    def alloc(self, size: int, hint: str = "o") -> str:
        """Uninitialised memory for an object of ``size`` bytes, header included."""
        index = abi.size_class(size)
        if index is None:
            self.pool.declare("mesh_alloc_large", "declare noalias ptr @mesh_alloc_large(ptr, i64) #3")
            return self.let(f"call ptr @mesh_alloc_large(ptr %ctx, i64 {size})", hint)
        return self.let(f"call ptr @{self._helpers}.alloc.{index}(ptr %ctx)", hint)

    def _slot(self, obj: ir.Atom, index: int, layout: ir.Layout | None) -> str:
        """Address of slot ``index`` of a data object."""
        base = self.value(obj)
        offset = abi.HEADER_SIZE + abi.WORD * index
        if layout is not None:
            big = layout.ptrs + layout.raws > abi.MAX_HEADER_SLOTS
            return self.pointer(base, offset + abi.WORD if big else offset)
        if not self.facts.big_data:
            return self.pointer(base, offset)
        # Of an unknown layout, in a program with objects that have a word between header and slots: ask the header.
        at = self.pointer(base, abi.INFO_SHIFT // 8)
        info = self.let(f"load i16, ptr {at}, align 2{self._object}")
        kind = self.let(f"and i16 {info}, 15")
        big = self.let(f"icmp eq i16 {kind}, {abi.KIND['BIGDATA']}")
        shift = self.let(f"select i1 {big}, i64 {offset + abi.WORD}, i64 {offset}")
        return self.let(f"getelementptr i8, ptr {base}, i64 {shift}")

    def _con(self, tag: int, layout: ir.Layout, fields: tuple[ir.Atom, ...], reuse: ir.Var | None, hint: str) -> str:
        slots = layout.ptrs + layout.raws
        if all(is_static(f) for f in fields):
            if reuse is not None:
                self.ins(f"call void @{self._helpers}.free_token(ptr %ctx, i64 {self.value(reuse)})")
            return self.pool.static_data(tag, layout, fields)
        big = slots > abi.MAX_HEADER_SLOTS
        first = abi.HEADER_SIZE + (abi.WORD if big else 0)
        size = first + abi.WORD * slots
        obj = self._reuse_or_alloc(reuse, size, hint) if reuse is not None else self.alloc(size, hint)
        info = abi.KIND["BIGDATA"] if big else abi.data_info(layout.ptrs, slots)
        self.store_word(obj, signed(abi.header_word(info, tag)))
        if big:
            self.store_word(self.pointer(obj, abi.HEADER_SIZE), slots << 32 | layout.ptrs)
        for index, atom in enumerate(fields):
            self.store_slot(self.pointer(obj, first + abi.WORD * index), atom)
        return obj

    def _reuse_or_alloc(self, reuse: ir.Var, size: int, hint: str) -> str:
        token = self.value(reuse)
        have = self.let(f"icmp ne i64 {token}, 0")
        before, fresh, ready = self.block, self.label("fresh"), self.label("ready")
        old = self.let(f"inttoptr i64 {token} to ptr")
        self.ins(f"br i1 {have}, label %{ready}, label %{fresh}")
        self.start(fresh)
        new = self.alloc(size)
        self.ins(f"br label %{ready}")
        self.start(ready)
        return self.let(f"phi ptr [ {old}, %{before} ], [ {new}, %{fresh} ]", hint)

    def _make_list(self, elems: tuple[ir.Atom, ...], ptr: bool, hint: str) -> str:
        if not elems:
            return self.pool.empty_list(ptr)
        head = abi.CAP_OFFSET + abi.WORD
        obj = self.alloc(head + abi.WORD * len(elems), hint)
        self.store_word(obj, signed(abi.header_word(abi.KIND["LIST"] | int(ptr) << 4)))
        self.store_word(self.pointer(obj, abi.LENGTH_OFFSET), len(elems))
        data = self.pointer(obj, head)
        self.ins(f"store ptr {data}, ptr {self.pointer(obj, abi.DATA_OFFSET)}, align 8{self._object}")
        self.store_word(self.pointer(obj, abi.CAP_OFFSET), len(elems))
        for index, atom in enumerate(elems):
            self.store_slot(self.pointer(obj, head + abi.WORD * index), atom)
        return obj

    # ---- closures

    def _make_closure(self, name: str, captures: tuple[ir.Atom, ...], ptrs: int, hint: str) -> str:
        self.pool.fns_used.add(name)
        if not captures:
            return self.pool.closure(name)
        if len(captures) > _MAX_CAPTURES:  # a closure's header counts no further: they go into one object
            box = self._con(0, ir.Layout(ptrs, len(captures) - ptrs), captures, None, "captures")
            stores, ptrs, count = [(box, None)], 1, 1
        else:
            stores, count = [(None, atom) for atom in captures], len(captures)
        obj = self.alloc(abi.CLOSURE_CAPTURES_OFFSET + abi.WORD * count, hint)
        self.store_word(obj, signed(abi.header_word(abi.closure_info(ptrs, count))))
        code = self.pointer(obj, abi.CLOSURE_CODE_OFFSET)
        self.ins(f"store ptr {symbol(name)}, ptr {code}, align 8{self._object}")
        for index, (box, atom) in enumerate(stores):
            at = self.pointer(obj, abi.CLOSURE_CAPTURES_OFFSET + abi.WORD * index)
            if atom is None:
                self.ins(f"store ptr {box}, ptr {at}, align 8{self._object}")
            else:
                self.store_slot(at, atom)
        return obj

    def _capture(self, closure: ir.Atom, index: int) -> str:
        base = self.value(closure)
        if self.facts.captures.get(self.fn.name, 0) > _MAX_CAPTURES:
            box = self.load_slot(self.pointer(base, abi.CLOSURE_CAPTURES_OFFSET), ir.Rep.PTR)
            return self.pointer(box, abi.HEADER_SIZE + abi.WORD + abi.WORD * index)
        return self.pointer(base, abi.CLOSURE_CAPTURES_OFFSET + abi.WORD * index)

    def closure_call(self, closure: ir.Atom, args: tuple[ir.Atom, ...]) -> str:
        """Code and argument list of a call through a closure."""
        base = self.value(closure)
        if isinstance(closure, ir.FnRef):
            self.pool.fns_used.add(closure.fn)
            code = symbol(closure.fn)
        else:
            code = self.let(f"load ptr, ptr {self.pointer(base, abi.CLOSURE_CODE_OFFSET)}, align 8{self._object}")
        return f"{code}({self._passed(closure_plan(len(args)), [base, *(self.word(a) for a in args)])})"

    # ---- calls

    def _passed(self, plan: Plan, values: list[str]) -> str:
        """Stores the spilled arguments; the list of the others. Nothing may stand between this and the call."""
        out = ["ptr %ctx"]
        for kind, word, value in zip(plan.kinds, plan.spill, values, strict=True):
            if word < 0:
                out.append(f"{kind} {value}")
            else:
                if kind == "i1":
                    kind, value = "i64", self.let(f"zext i1 {value} to i64")
                at = self.pointer("%ctx", abi.CTX_SPILL + abi.WORD * word)
                self.ins(f"store {kind} {value}, ptr {at}, align 8{self._object}")
        return ", ".join(out)

    def arguments(self, callee: ir.Fn, args: tuple[ir.Atom, ...]) -> str:
        plan = plan_of(callee)
        closure_words = callee.closure
        values = [self.word(a) if closure_words and i > 0 else self.value(a) for i, a in enumerate(args)]
        return self._passed(plan, values)

    def _call(self, var: ir.Var, name: str, args: tuple[ir.Atom, ...], loc: ir.Loc | None) -> str:
        callee = self.pool.program.fns[name]
        self.pool.fns_used.add(name)
        self.store_site_for(callee, loc)
        target = self.self_symbol if name == self.fn.name else symbol(name)
        word = self.let(f"call tailcc i64 {target}({self.arguments(callee, args)})", var.name)
        return self.from_word(word, var.rep)

    def _call_extern(self, var: ir.Var, op: ir.CallExtern, loc: ir.Loc | None) -> str:
        types, values = ["ptr"], ["ptr %ctx"]
        count = len(op.args) if op.array is None else op.array
        for index, atom in enumerate(op.args[:count]):
            if op.slots[index]:
                kind, text = "i64", self.word(atom)
            else:
                kind, text = C_TYPE[rep_of(atom)], self.value(atom)
            types.append(kind)
            values.append(f"{kind} {text}")
        if op.array is not None:
            types.append("ptr")
            values.append(f"ptr {self._array(op.args[count:])}")
            if op.counted:
                types.append("i64")
                values.append(f"i64 {len(op.args) - count}")
        out = ""
        if op.out is not None:
            out = self._alloca("i64")
            self.ins(f"store i64 0, ptr {out}, align 8")
            types.append("ptr")
            values.append(f"ptr {out}")
        result = "void" if op.ret_void else "i64" if op.ret_slot else C_RESULT[var.rep]
        self.pool.declare(op.symbol, f"declare {result} @{op.symbol}({', '.join(types)}) #3")
        if op.panics:
            self.store_site(loc)
        call = f"call {result} @{op.symbol}({', '.join(values)}){' #7' if op.panics else ''}"
        if op.ret_void:
            self.ins(call)
            text = "0"
        else:
            text = self.let(call, var.name)
            if op.ret_slot:
                text = self.from_word(text, var.rep)
        if op.out is not None:
            self.env[op.out] = self.from_word(self.let(f"load i64, ptr {out}, align 8"), op.out.rep)
        return text

    def _alloca(self, kind: str) -> str:
        name = self.fresh("slot")
        self.allocas.append(f"  {name} = alloca {kind}, align 8")
        return name

    def _array(self, atoms: tuple[ir.Atom, ...]) -> str:
        if not atoms:
            return "null"
        array = self._alloca(f"[{len(atoms)} x i64]")
        for index, atom in enumerate(atoms):
            self.ins(f"store i64 {self.word(atom)}, ptr {self.pointer(array, abi.WORD * index)}, align 8")
        return array

    def ret(self, atom: ir.Atom) -> None:
        self.ins(f"ret i64 {self.word(atom)}")

    # ---- places of panics

    def keep_caller_site(self) -> None:
        """A library function whose panics name its caller keeps the caller's site: user code that it calls back
        stores sites of its own."""
        if not self.fn.site_from_caller or not self.facts.fns[self.fn.name].opaque:
            return
        self._caller_site = self.let(f"load ptr, ptr {self.pointer('%ctx', abi.CTX_SITE)}, align 8{self.debug.tbaa('ctx')}", "site")

    def _set_site(self, site: str) -> None:
        self.ins(f"store ptr {site}, ptr {self.pointer('%ctx', abi.CTX_SITE)}, align 8{self.debug.tbaa('ctx')}")

    def store_site(self, loc: ir.Loc | None) -> None:
        """Before a call that may panic: the place that its message names."""
        if self.fn.site_from_caller:
            if self._caller_site is not None:
                self._set_site(self._caller_site)
        elif loc is not None or self.fn.loc is not None:
            self._set_site(self.pool.site(self.fn, loc or self.fn.loc))

    def store_site_for(self, callee: ir.Fn, loc: ir.Loc | None) -> None:
        if callee.site_from_caller:
            self.store_site(loc)

    def panic(self, message: ir.Atom, loc: ir.Loc | None) -> None:
        self.pool.declare("mesh_panic_at", "declare void @mesh_panic_at(ptr, ptr, ptr) #4")
        if loc is not None and not self.fn.site_from_caller:
            site = self.pool.site(self.fn, loc)
        elif self._caller_site is not None:
            site = self._caller_site
        else:
            site = self.let(f"load ptr, ptr {self.pointer('%ctx', abi.CTX_SITE)}, align 8{self.debug.tbaa('ctx')}", "site")
        self.ins(f"call void @mesh_panic_at(ptr %ctx, ptr {site}, ptr {self.value(message)}) #6")
        self.ins("unreachable")

    # ---- reference counts

    def dup_run(self, instrs: list[ir.Instr], index: int) -> int:
        """Writes the Dup at ``index``. Dups of slots of one object right before that object is dropped are one step:
        a unique object hands its slots over and only its memory is freed, nothing is counted (drop specialisation and
        fusion; Reinking et al., PLDI 2021, section 2.3)."""
        end = index
        while end < len(instrs) and isinstance(instrs[end], ir.Dup):
            end += 1
        dups = [d.var for d in instrs[index:end]]
        last = instrs[end] if end < len(instrs) else None
        moved: dict[int, ir.Var] = {}
        if isinstance(last, (ir.Drop, ir.DropReuse)) and last.var not in dups:
            for var in dups:
                owner, slot = self._borrowed_from.get(var, (None, 0))
                if owner is last.var and slot < _MASK_BITS:
                    moved.setdefault(slot, var)
        kept = set(moved.values())
        for var in dups:
            if var in kept:
                kept.discard(var)  # a second dup of the same variable counts
            else:
                self.ins(f"call void @{self._helpers}.dup(ptr {self.value(var)})")
        if not moved:
            return end
        token = self._take_slots(last.var, moved, isinstance(last, ir.DropReuse))
        if isinstance(last, ir.DropReuse):
            self.env[last.token] = token
        return end + 1

    def _take_slots(self, var: ir.Var, slots: dict[int, ir.Var], reuse: bool) -> str:
        """Moves ``slots`` out of an object that dies here. The token of its memory when ``reuse``."""
        obj = self.value(var)
        rc = self.let(f"load i32, ptr {obj}, align 8{self._object}")
        unique = self.let(f"icmp eq i32 {rc}, 1")
        own, shared, done = self.label("own"), self.label("shared"), self.label("done")
        self.ins(f"br i1 {unique}, label %{own}, label %{shared}")
        self.start(own)
        mask = sum(1 << i for i in slots)
        self.ins(f"call void @{self._helpers}.drop_rest(ptr %ctx, ptr {obj}, i32 {mask}, i32 {len(slots)})")
        token = ""
        if reuse:
            token = self.let(f"ptrtoint ptr {obj} to i64")
        else:
            self.ins(f"call void @{self._helpers}.free_data(ptr %ctx, ptr {obj})")
        self.ins(f"br label %{done}")
        self.start(shared)
        for child in slots.values():
            self.ins(f"call void @{self._helpers}.dup(ptr {self.value(child)})")
        self.ins(f"call void @{self._helpers}.drop_shared(ptr {obj}, i32 {rc})")
        self.ins(f"br label %{done}")
        self.start(done)
        return self.let(f"phi i64 [ {token}, %{own} ], [ 0, %{shared} ]", "token") if reuse else ""

    def drop_reuse(self, var: ir.Var) -> str:
        return self.let(f"call i64 @{self._helpers}.drop_reuse(ptr %ctx, ptr {self.value(var)})", "token")

    # ---- primitives

    def _prim(self, name: str, args: tuple[ir.Atom, ...], hint: str) -> str:
        values = [self.value(a) for a in args]
        if name in BINARY:
            return self.let(f"{BINARY[name]} {values[0]}, {values[1]}", hint)
        if name in COMPARISONS:
            return self.let(f"{COMPARISONS[name]} {values[0]}, {values[1]}", hint)
        if name in FLOAT_INTRINSICS:
            intrinsic = FLOAT_INTRINSICS[name]
            self.pool.declare(intrinsic, f"declare double @{intrinsic}(double)")
            return self.let(f"call double @{intrinsic}(double {values[0]})", hint)
        match name:
            case "div":
                return self._div(args, values, hint)
            case "mod":
                return self._mod(args, values, hint)
            case "shl" | "shr":
                op = "shl" if name == "shl" else "ashr"
                count = self.let(f"and i64 {values[1]}, 63")
                return self.let(f"{op} i64 {values[0]}, {count}", hint)
            case "neg":
                return self.let(f"sub i64 0, {values[0]}", hint)
            case "fneg":
                return self.let(f"fneg double {values[0]}", hint)
            case "not":
                return self.let(f"xor i1 {values[0]}, true", hint)
            case "itof":
                return self.let(f"sitofp i64 {values[0]} to double", hint)
            case "ftoi":
                self.pool.declare("fptosi", "declare i64 @llvm.fptosi.sat.i64.f64(double)")
                return self.let(f"call i64 @llvm.fptosi.sat.i64.f64(double {values[0]})", hint)
            case "bits_of_float":
                return self.let(f"bitcast double {values[0]} to i64", hint)
            case "float_of_bits":
                return self.let(f"bitcast i64 {values[0]} to double", hint)
            case "btoi":
                return self.let(f"zext i1 {values[0]} to i64", hint)
            case "itob":
                return self.let(f"icmp ne i64 {values[0]}, 0", hint)
            case "ptr_eq":
                return self.let(f"icmp eq ptr {values[0]}, {values[1]}", hint)
            case "rc_unique":
                rc = self.let(f"load i32, ptr {values[0]}, align 8{self._object}")
                return self.let(f"icmp eq i32 {rc}, 1", hint)
        raise ValueError(f"unknown primitive {name}")

    def _div(self, args: tuple[ir.Atom, ...], values: list[str], hint: str) -> str:
        """Division towards zero; the smallest Int by -1 wraps instead of trapping."""
        if isinstance(args[1], ir.Const) and args[1].value != -1:
            return self.let(f"sdiv i64 {values[0]}, {values[1]}", hint)
        minus = self.let(f"icmp eq i64 {values[1]}, -1")
        divisor = self.let(f"select i1 {minus}, i64 1, i64 {values[1]}")
        quotient = self.let(f"sdiv i64 {values[0]}, {divisor}")
        negated = self.let(f"sub i64 0, {values[0]}")
        return self.let(f"select i1 {minus}, i64 {negated}, i64 {quotient}", hint)

    def _mod(self, args: tuple[ir.Atom, ...], values: list[str], hint: str) -> str:
        """Remainder with the sign of the dividend; by -1 it is 0 (as by 1), without a trap."""
        if isinstance(args[1], ir.Const) and args[1].value != -1:
            return self.let(f"srem i64 {values[0]}, {values[1]}", hint)
        minus = self.let(f"icmp eq i64 {values[1]}, -1")
        divisor = self.let(f"select i1 {minus}, i64 1, i64 {values[1]}")
        return self.let(f"srem i64 {values[0]}, {divisor}", hint)
