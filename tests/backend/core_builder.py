"""Short spellings for core IR in tests."""

from __future__ import annotations

from meshpy.core import ir
from meshpy.core.ir import Block, CallExtern, Const, Fn, Instr, Let, Loc, Rep, Ret, Term, Var

INT, FLOAT, BOOL, PTR = Rep.INT, Rep.FLOAT, Rep.BOOL, Rep.PTR


def n(value: int) -> Const:
    return Const(INT, value)


class Body:
    """A block under construction: methods append an instruction and give its variable."""

    def __init__(self) -> None:
        self.instrs: list[Instr] = []

    def let(self, rep: Rep, op: ir.Op, name: str = "t", line: int = 0) -> Var:
        var = Var(name, rep)
        self.instrs.append(Let(var, op, Loc(0, line) if line else None))
        return var

    def prim(self, name: str, *args: ir.Atom, rep: Rep = INT) -> Var:
        return self.let(rep, ir.Prim(name, args))

    def extern(self, symbol: str, *args: ir.Atom, ret: Rep | None = None, line: int = 0, **options: object) -> Var:
        no = (False,) * len(args)
        options = {"owned": no, "slots": no, **options}
        return self.let(ret or INT, CallExtern(symbol, args, ret_void=ret is None, **options), line=line)

    def add(self, *instrs: Instr) -> None:
        self.instrs += instrs

    def end(self, term: Term) -> Block:
        return Block(self.instrs, term)


def fn(name: str, params: tuple[Var, ...], ret: Rep, body: Block, **options: object) -> Fn:
    return Fn(name, params, ret, body, Loc(0, 1), f"Test.{name}", **options)


def program(*fns: Fn, **tables: object) -> ir.Program:
    """The first function is the entry."""
    return ir.Program({f.name: f for f in fns}, tables.pop("descs", {}), ["test.mpl"], fns[0].name, **tables)


def ret(value: ir.Atom) -> Block:
    return Block([], Ret(value))
