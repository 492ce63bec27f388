"""Core as text, for people: ``meshpy build --emit core``."""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Atom, Block, Fn, Program, Rep, Var

_REP = {Rep.INT: "int", Rep.FLOAT: "float", Rep.BOOL: "bool", Rep.PTR: "ptr"}


def dump(program: Program) -> str:
    """The whole program: functions in order of name, then descriptors, globals and tables."""
    parts = [dump_fn(program.fns[name]) for name in sorted(program.fns)]
    for desc in program.descs.values():
        ops = " ".join(f"{op}={fn}" for op in ("eq", "compare", "hash", "show", "to_json") if (fn := getattr(desc, op)))
        parts.append(f"type {desc.name} : {_REP[desc.rep]} {ops}".rstrip() + "\n")
    for name, rep in program.globals.items():
        parts.append(f"global {name} : {_REP[rep]}\n")
    for name, words in program.rodata.items():
        parts.append(f"table {name} = {', '.join(map(_word, words))}\n")
    return "\n".join(parts)


def _word(word: object) -> str:
    return repr(word) if isinstance(word, (int, bytes)) else _Printer().atom(word)


def dump_fn(fn: Fn) -> str:
    """One function."""
    printer = _Printer()
    params = ", ".join(("borrow " if i in fn.borrowed else "") + f"{printer.var(p)} : {_REP[p.rep]}"
                       for i, p in enumerate(fn.params))
    flags = "".join(f" {flag}" for flag, on in (("closure", fn.closure), ("library", fn.site_from_caller),
                                                ("inline", fn.inline)) if on)
    lines = [f"fn {fn.name}({params}) : {_REP[fn.ret]}{flags}"]
    printer.block(fn.body, 1, lines)
    return "\n".join(lines) + "\n"


class _Printer:
    """Names variables: the source name, and a number when several share it."""

    def __init__(self) -> None:
        self._names: dict[Var, str] = {}
        self._taken: dict[str, int] = {}

    def var(self, var: Var) -> str:
        name = self._names.get(var)
        if name is None:
            n = self._taken.get(var.name, 0)
            self._taken[var.name] = n + 1
            name = self._names[var] = var.name if n == 0 else f"{var.name}.{n}"
        return name

    def atom(self, a: Atom) -> str:
        if isinstance(a, Var):
            return self.var(a)
        if isinstance(a, ir.Const):
            return str(a.value).lower() if a.rep is Rep.BOOL else str(a.value)
        if isinstance(a, ir.StrLit):
            return repr(a.value.decode("utf-8", "replace"))
        if isinstance(a, ir.Nullary):
            return f"#{a.tag}"
        if isinstance(a, ir.FnRef):
            return f"&{a.fn}"
        if isinstance(a, ir.DescRef):
            return f"type[{a.name}]"
        if isinstance(a, ir.FnAddr):
            return f"thunk[{a.fn}]"
        return f"table[{a.name}]"

    def atoms(self, items: tuple[Atom, ...]) -> str:
        return ", ".join(map(self.atom, items))

    def op(self, op: ir.Op) -> str:
        kind = type(op)
        if kind is ir.Copy:
            return self.atom(op.value)
        if kind is ir.Prim:
            return f"{op.name} {self.atoms(op.args)}"
        if kind is ir.Call:
            return f"call {op.fn}({self.atoms(op.args)})"
        if kind is ir.CallExtern:
            args = [("own " if owned else "") + self.atom(a)
                    for a, owned in zip(op.args, op.owned + (False,) * len(op.args))]
            if op.array is not None:
                args[op.array:] = ["[" + ", ".join(args[op.array:]) + "]"]
            if op.out is not None:
                args.append(f"out {self.var(op.out)}")
            return f"extern {op.symbol}({', '.join(args)})"
        if kind is ir.CallClosure:
            return f"apply {self.atom(op.closure)}({self.atoms(op.args)})"
        if kind is ir.Con:
            reuse = f" in {self.var(op.reuse)}" if op.reuse is not None else ""
            return f"con #{op.tag} [{self.atoms(op.fields)}]{reuse}"
        if kind is ir.Field:
            return f"{self.atom(op.obj)}.{op.index}"
        if kind is ir.SetField:
            return f"{self.atom(op.obj)}.{op.index} := {self.atom(op.value)}"
        if kind is ir.Tag:
            return f"tag {self.atom(op.obj)}"
        if kind is ir.MakeClosure:
            return f"closure {op.fn}[{self.atoms(op.captures)}]"
        if kind is ir.Capture:
            return f"capture {self.atom(op.closure)}.{op.index}"
        if kind is ir.MakeList:
            return f"list [{self.atoms(op.elems)}]"
        if kind is ir.ListLen:
            return f"len {self.atom(op.list)}"
        if kind is ir.ListGet:
            return f"{self.atom(op.list)}[{self.atom(op.index)}]"
        if kind is ir.StrLen:
            return f"strlen {self.atom(op.string)}"
        if kind is ir.GlobalGet:
            return f"global {op.name}"
        if kind is ir.GlobalSet:
            return f"global {op.name} := {self.atom(op.value)}"
        return "self"

    def block(self, block: Block, depth: int, lines: list[str]) -> None:
        pad = "  " * depth
        for i in block.instrs:
            if isinstance(i, ir.Let):
                lines.append(f"{pad}{self.var(i.var)} = {self.op(i.op)}")
            elif isinstance(i, ir.Dup):
                lines.append(f"{pad}dup {self.var(i.var)}")
            elif isinstance(i, ir.Drop):
                lines.append(f"{pad}drop {self.var(i.var)}")
            elif isinstance(i, ir.DropReuse):
                lines.append(f"{pad}{self.var(i.token)} = drop reuse {self.var(i.var)}")
            elif isinstance(i, ir.FreeToken):
                lines.append(f"{pad}free {self.var(i.token)}")
            elif isinstance(i, ir.Join):
                params = ", ".join(f"{self.var(p)} : {_REP[p.rep]}" for p in i.params)
                lines.append(f"{pad}{'loop' if i.recursive else 'join'} {i.label}({params})")
                self.block(i.body, depth + 1, lines)
        self.term(block.term, depth, lines)

    def term(self, t: ir.Term, depth: int, lines: list[str]) -> None:
        pad = "  " * depth
        if isinstance(t, ir.Ret):
            lines.append(f"{pad}ret {self.atom(t.value)}")
        elif isinstance(t, ir.Jump):
            lines.append(f"{pad}jump {t.label}({self.atoms(t.args)})")
        elif isinstance(t, ir.If):
            lines.append(f"{pad}if {self.atom(t.cond)}")
            self.block(t.then, depth + 1, lines)
            lines.append(f"{pad}else")
            self.block(t.else_, depth + 1, lines)
        elif isinstance(t, ir.Switch):
            lines.append(f"{pad}switch {self.atom(t.value)}")
            for value, case in t.cases:
                lines.append(f"{pad}case {value}")
                self.block(case, depth + 1, lines)
            if t.default is not None:
                lines.append(f"{pad}default")
                self.block(t.default, depth + 1, lines)
        elif isinstance(t, ir.TailCall):
            lines.append(f"{pad}tailcall {t.fn}({self.atoms(t.args)})")
        elif isinstance(t, ir.TailCallClosure):
            lines.append(f"{pad}tailapply {self.atom(t.closure)}({self.atoms(t.args)})")
        elif isinstance(t, ir.Panic):
            lines.append(f"{pad}panic {self.atom(t.message)}")
        else:
            lines.append(f"{pad}unreachable")
