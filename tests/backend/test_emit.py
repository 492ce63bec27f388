"""Hand-written core programs, compiled, linked with a minimal runtime and run: every instruction of the core IR."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from core_builder import BOOL, FLOAT, INT, PTR, Body, fn, n, program, ret

from meshpy.backend import abi, analysis, compile, units
from meshpy.backend.toolbox import c_compiler
from meshpy.core import ir
from meshpy.core.ir import Block, Const, Drop, Dup, If, Jump, Layout, Loc, Ret, Switch, Var

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def mini_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rt")
    (folder / "mesh_abi.h").write_text(abi.c_header())
    out = folder / "mini.o"
    include = HERE.parents[1] / "runtime" / "include"
    subprocess.run([*c_compiler(), "-g", "-O1", "-c", HERE / "mini_runtime.c", "-I", folder, "-I", include, "-o", out], check=True)
    return out


@pytest.fixture(params=[0, 2], ids=["O0", "O2"])
def run(request: pytest.FixtureRequest, tmp_path: Path, mini_runtime: Path, monkeypatch: pytest.MonkeyPatch):
    """Compiles and runs a program in one unit and in several; both must print the same."""

    def runner(prog: ir.Program) -> list[str]:
        outputs = []
        for size in (units.ONE_UNIT_SIZE, 0):
            monkeypatch.setattr(units, "ONE_UNIT_SIZE", size)
            monkeypatch.setattr(units, "MERGE_SIZE", size)
            if size == 0:  # every function in a file of its own
                for index, function in enumerate(prog.fns.values()):
                    function.loc = Loc(index, 1)
                prog.paths *= len(prog.fns)
            facts = analysis.analyse(prog)
            objects = []
            for index, unit in enumerate(units.partition(prog, facts)):
                text = units.unit_text(prog, facts, unit, request.param, False)
                objects.append(tmp_path / f"u{size}.{index}.o")
                objects[-1].write_bytes(compile.compile_text(text, compile.Target(opt_level=request.param)))
            subprocess.run([*c_compiler(), *objects, mini_runtime, "-lm", "-o", tmp_path / "prog"], check=True)
            done = subprocess.run([tmp_path / "prog"], capture_output=True, text=True, timeout=60)
            assert done.returncode >= 0, f"killed by signal {-done.returncode}"
            outputs.append(done.stdout.splitlines())
        assert outputs[0] == outputs[1]
        return outputs[0]

    return runner


def _list(values: tuple[int, ...], b: Body) -> Var:
    tail: ir.Atom = ir.Nullary(1)
    for value in reversed(values):
        x = b.extern("test_sum", n(1), n(value), ret=INT, array=1)  # not a constant
        tail = b.let(PTR, ir.Con(0, Layout(1, 1), (tail, x)), "cell")
    return tail


def test_fib(run) -> None:
    x = Var("n", INT)
    rec = Body()
    a = rec.let(INT, ir.Call("fib", (rec.prim("sub", x, n(1)),)))
    c = rec.let(INT, ir.Call("fib", (rec.prim("sub", x, n(2)),)))
    small = Body()
    fib = fn("fib", (x,), INT, small.end(If(small.prim("lt", x, n(2), rep=BOOL), ret(x), rec.end(Ret(rec.prim("add", a, c))))))
    main = Body()
    assert run(program(fn("main", (), INT, main.end(Ret(main.let(INT, ir.Call("fib", (n(20),)))))), fib)) == ["result 6765, live 0"]


def test_loop_with_joins_and_poll(run) -> None:
    """sum of 1..10 by a recursive join inside a join; the poisoned limit is seen on the back-edge."""
    i, total, out = Var("i", INT), Var("total", INT), Var("out", INT)
    again = Body()
    more = again.prim("add", total, i)
    body = Body()
    loop = body.end(If(body.prim("gt", i, n(10), rep=BOOL), Block([], Jump("done", (total,))), again.end(Jump("loop", (again.prim("add", i, n(1)), more)))))
    main = Body()
    main.extern("test_poison")
    main.add(ir.Join("unused", (Var("u", INT),), ret(n(0))))
    main.add(ir.Join("done", (out,), ret(out)), ir.Join("loop", (i, total), loop, recursive=True))
    assert run(program(fn("main", (), INT, main.end(Jump("loop", (n(1), n(0))))))) == ["polled", "result 55, live 0"]


def _map_program(field_dups: bool) -> ir.Program:
    """increment(list), reusing cells where the list is unique; run on a unique and on a shared list."""
    xs = Var("xs", PTR)
    cons = Body()
    rest = cons.let(PTR, ir.Field(xs, 0), "rest")
    head = cons.let(INT, ir.Field(xs, 1), "head")
    token = Var("token", INT)
    cons.add(Dup(rest))
    if not field_dups:
        cons.extern("test_put", ir.StrLit(b"cell"))  # keeps the dup apart from the drop
    cons.add(ir.DropReuse(xs, token))
    mapped = cons.let(PTR, ir.Call("inc", (rest,)))
    new = cons.let(PTR, ir.Con(0, Layout(1, 1), (mapped, cons.prim("add", head, n(1))), reuse=token))
    nil = Body()
    nil.add(Drop(xs))
    top = Body()
    tag = top.let(INT, ir.Tag(xs))
    inc = fn("inc", (xs,), PTR, top.end(Switch(tag, ((1, nil.end(Ret(ir.Nullary(1)))), (0, cons.end(Ret(new)))), None)))

    ys, acc = Var("ys", PTR), Var("acc", INT)
    step = Body()
    tail = step.let(PTR, ir.Field(ys, 0))
    value = step.let(INT, ir.Field(ys, 1))
    step.add(Dup(tail), Drop(ys))
    digits = step.prim("add", step.prim("mul", acc, n(10)), value)
    done = Body()
    done.add(Drop(ys))
    top = Body()
    tag = top.let(INT, ir.Tag(ys))
    cases = ((0, step.end(ir.TailCall("digits", (tail, digits)))),)
    total = fn("digits", (ys, acc), INT, top.end(Switch(tag, cases, done.end(Ret(acc)))))

    main = Body()
    unique = _list((1, 2, 3), main)
    main.extern("test_print", main.let(INT, ir.Call("digits", (main.let(PTR, ir.Call("inc", (unique,))), n(0)))))
    shared = _list((4, 5), main)
    main.add(Dup(shared))
    new = main.let(PTR, ir.Call("inc", (shared,)))
    main.extern("test_print", main.let(INT, ir.Call("digits", (new, n(0)))))
    return program(fn("main", (), INT, main.end(ir.TailCall("digits", (shared, n(0))))), inc, total)


@pytest.mark.parametrize("fused", [True, False])
def test_reuse(run, fused: bool) -> None:
    lines = [line for line in run(_map_program(fused)) if line != "cell"]
    assert lines == ["234", "56", "result 45, live 0"]


def test_closures(run) -> None:
    """Captures of each representation, calls from Mesh and from C, a tail call of a closure, a closure of functions."""
    self_, x = Var("self", PTR), Var("x", INT)
    code = Body()
    text = code.let(PTR, ir.Capture(self_, 0))
    k = code.let(INT, ir.Capture(self_, 1))
    d = code.let(FLOAT, ir.Capture(self_, 2))
    b = code.let(BOOL, ir.Capture(self_, 3))
    code.extern("test_put", text)
    code.extern("test_float", d)
    flag = code.prim("btoi", b)
    add = fn("add", (self_, x), INT, code.end(Ret(code.prim("add", code.prim("add", x, k), flag))), closure=True)
    s2, y = Var("self", PTR), Var("y", FLOAT)
    half = Body()
    halve = fn("halve", (s2, y), FLOAT, half.end(Ret(half.prim("fdiv", y, Const(FLOAT, 2.0), rep=FLOAT))), closure=True)
    f, z = Var("f", PTR), Var("z", INT)
    apply = fn("apply", (f, z), INT, Block([], ir.TailCallClosure(f, (z,))), borrowed=frozenset({0}))
    main = Body()
    cell = main.let(PTR, ir.MakeList((n(1), n(2)), False))
    main.extern("test_print", main.let(INT, ir.ListGet(cell, n(1))))
    main.add(Drop(cell))
    clo = main.let(PTR, ir.MakeClosure("add", (ir.StrLit(b"hi"), n(40), Const(FLOAT, 1.5), Const(BOOL, True)), 1))
    main.extern("test_print", main.let(INT, ir.Call("apply", (clo, n(1)))))
    r = main.extern("test_apply", clo, n(2), ret=INT, slots=(False, True), ret_slot=True)
    main.add(Drop(clo))
    main.extern("test_float", main.let(FLOAT, ir.CallClosure(ir.FnRef("halve"), (Const(FLOAT, 5.0),))))
    lines = run(program(fn("main", (), INT, main.end(Ret(r))), add, halve, apply))
    assert lines == ["2", "hi", "1.5", "42", "hi", "1.5", "2.5", "result 43, live 0"]


def test_big_objects(run) -> None:
    """More slots than a header counts, in a data object and in a closure, with small objects beside them."""
    count = 100
    self_ = Var("self", PTR)
    code = Body()
    inner = code.let(PTR, ir.Field(code.let(PTR, ir.Capture(self_, 0)), 0))
    value = code.prim("add", code.let(INT, ir.Field(inner, 0)), code.let(INT, ir.Capture(self_, count)))
    get = fn("get", (self_,), INT, code.end(Ret(value)), closure=True)
    main = Body()
    box = main.extern("test_box", n(7), ret=PTR, slots=(True,))
    big = main.let(PTR, ir.Con(3, Layout(1, count), (box, *(n(i) for i in range(count)))))
    main.extern("test_print", main.let(INT, ir.Field(big, count)))
    main.extern("test_print", main.let(INT, ir.Tag(big)))
    clo = main.let(PTR, ir.MakeClosure("get", (big, *(n(i) for i in range(count))), 1))
    r = main.let(INT, ir.CallClosure(clo, ()))
    main.add(Drop(clo))
    assert run(program(fn("main", (), INT, main.end(Ret(r))), get)) == ["99", "3", f"result {7 + count - 1}, live 0"]


PRIMS = [
    ("div", (n(-7), n(2)), INT, -3),
    ("mod", (n(-7), n(2)), INT, -1),
    ("div", (n(-(2**63)), n(-1)), INT, -(2**63)),
    ("mod", (n(-(2**63)), n(-1)), INT, 0),
    ("add", (n(2**63 - 1), n(1)), INT, -(2**63)),
    ("mul", (n(2**62), n(4)), INT, 0),
    ("neg", (n(5),), INT, -5),
    ("shl", (n(1), n(65)), INT, 2),
    ("and", (n(12), n(10)), INT, 8),
    ("or", (n(12), n(10)), INT, 14),
    ("xor", (n(12), n(10)), INT, 6),
    ("le", (n(-1), n(0)), BOOL, 1),
    ("ge", (n(-1), n(0)), BOOL, 0),
    ("feq", (Const(FLOAT, float("nan")), Const(FLOAT, float("nan"))), BOOL, 0),
    ("fne", (Const(FLOAT, float("nan")), Const(FLOAT, float("nan"))), BOOL, 1),
    ("flt", (Const(FLOAT, 1.0), Const(FLOAT, 2.0)), BOOL, 1),
    ("ftoi", (Const(FLOAT, 1e300),), INT, 2**63 - 1),
    ("ftoi", (Const(FLOAT, float("nan")),), INT, 0),
    ("ftoi", (Const(FLOAT, -2.9),), INT, -2),
    ("itob", (n(256),), BOOL, 1),
    ("not", (Const(BOOL, True),), BOOL, 0),
    ("beq", (Const(BOOL, False), Const(BOOL, False)), BOOL, 1),
    ("band", (Const(BOOL, True), Const(BOOL, False)), BOOL, 0),
    ("bor", (Const(BOOL, True), Const(BOOL, False)), BOOL, 1),
    ("bits_of_float", (Const(FLOAT, -0.0),), INT, -(2**63)),
    ("ptr_eq", (ir.Nullary(1), ir.Nullary(1)), BOOL, 1),
    ("ptr_eq", (ir.Nullary(1), ir.Nullary(300)), BOOL, 0),
    ("rc_unique", (ir.Nullary(1),), BOOL, 0),
]
FLOAT_PRIMS = [("itof", (n(3),), "3"), ("fneg", (Const(FLOAT, 1.0),), "-1"), ("frem", (Const(FLOAT, -5.5), Const(FLOAT, 2.0)), "-1.5"), ("fsqrt", (Const(FLOAT, 9.0),), "3"), ("fround", (Const(FLOAT, 2.5),), "3"), ("ffloor", (Const(FLOAT, -0.5),), "-1"), ("fceil", (Const(FLOAT, 0.5),), "1"), ("ftrunc", (Const(FLOAT, -1.5),), "-1"), ("fabs", (Const(FLOAT, -1.5),), "1.5"), ("float_of_bits", (n(0x3FF0000000000000),), "1")]  # fmt: skip


def test_primitives(run) -> None:
    """Each primitive twice: on literals, and on values LLVM cannot see through."""
    main = Body()
    want = []
    for name, args, rep, expected in PRIMS:
        for opaque in (False, True):
            atoms = [main.extern("test_sum", n(1), a, ret=INT, array=1) if opaque and isinstance(a, Const) and a.rep is INT else a for a in args]
            r = main.prim(name, *atoms, rep=rep)
            main.extern("test_print", main.prim("btoi", r) if rep is BOOL else r)
            want.append(str(expected))
    for name, args, text in FLOAT_PRIMS:
        main.extern("test_float", main.prim(name, *args, rep=FLOAT))
        want.append(text)
    assert run(program(fn("main", (), INT, main.end(Ret(n(0)))))) == [*want, "result 0, live 0"]


def test_externs(run) -> None:
    main = Body()
    total = main.extern("test_sum", n(3), n(1), n(2), n(3), ret=INT, array=1)
    none = main.extern("test_sum", n(0), ret=INT, array=1)
    out = Var("out", INT)
    more = main.extern("test_out", n(21), ret=BOOL, out=out)
    no = main.extern("test_not", more, ret=BOOL)
    box = main.extern("test_box", Const(FLOAT, 2.5), ret=PTR, slots=(True,))
    main.extern("test_float", main.let(FLOAT, ir.Field(box, 0)))
    main.let(INT, ir.SetField(box, 0, n(9)))
    main.extern("test_print", main.let(INT, ir.Field(box, 0)))
    main.add(Drop(box))
    for value in (total, none, out, main.prim("btoi", no)):
        main.extern("test_print", value)
    assert run(program(fn("main", (), INT, main.end(Ret(n(0)))))) == ["2.5", "9", "6", "0", "42", "0", "result 0, live 0"]


def test_tables_thunks_descriptors_globals(run) -> None:
    a, d = Var("a", INT), Var("d", FLOAT)
    body = Body()
    mix = fn("mix", (a, d), INT, body.end(Ret(body.prim("add", a, body.prim("ftoi", d)))))
    x, y = Var("x", PTR), Var("y", PTR)
    body = Body()
    same = body.prim("eq", body.let(INT, ir.Field(x, 0)), body.let(INT, ir.Field(y, 0)), rep=BOOL)
    body.add(Drop(x))
    eq = fn("eq_box", (x, y), BOOL, body.end(Ret(same)), borrowed=frozenset({1}))
    main = Body()
    main.let(INT, ir.GlobalSet("answer", Const(FLOAT, 0.5)))
    main.extern("test_float", main.let(FLOAT, ir.GlobalGet("answer")))
    main.extern("test_print", main.extern("test_thunk", ir.FnAddr("mix"), n(40), Const(FLOAT, 2.0), ret=INT))
    main.extern("test_print", main.extern("test_table", ir.GlobalAddr("t"), ret=INT))
    box = main.extern("test_box", n(1), ret=PTR, slots=(True,))
    same = main.extern("test_eq", ir.DescRef("Box"), box, box, ret=BOOL, slots=(False, True, True))
    main.extern("test_print", main.prim("btoi", same))
    main.add(Drop(box))
    prog = program(
        fn("main", (), INT, main.end(Ret(n(0)))), mix, eq,
        descs={"Box": ir.Desc("Box", PTR, eq="eq_box", args=("Int",)), "Int": ir.Desc("Int", INT)},
        rodata={"t": (40, b"ab", ir.FnAddr("mix"), ir.DescRef("Box"), ir.GlobalAddr("t"))},
        globals={"answer": FLOAT},
    )
    assert run(prog) == ["0.5", "42", "42", "1", "result 0, live 0"]


def test_sites(run) -> None:
    """A library function reports its caller's line, also after a callback that stored a site of its own."""
    s, _x = Var("self", PTR), Var("x", INT)
    cb = Body()
    cb.let(INT, ir.Call("lib_ok", ()), line=30)
    callback = fn("callback", (s, _x), INT, cb.end(Ret(n(0))), closure=True)
    ok = fn("lib_ok", (), INT, ret(n(0)), site_from_caller=True)
    f = Var("f", PTR)
    lib = Body()
    lib.let(INT, ir.CallClosure(f, (n(1),)))
    lib_fail = fn("lib_fail", (f,), INT, lib.end(ir.Panic(ir.StrLit(b"no"))), site_from_caller=True, borrowed=frozenset({0}))
    main = Body()
    main.let(INT, ir.Call("lib_fail", (ir.FnRef("callback"),)), line=12)
    assert run(program(fn("main", (), INT, main.end(Ret(n(0)))), callback, ok, lib_fail)) == ["panic at test.mpl:12 in Test.main: no"]
    main = Body()
    main.extern("test_fail", line=7, panics=True)
    assert run(program(fn("main", (), INT, main.end(Ret(n(0)))))) == ["failed at test.mpl:7"]
    main = Body()
    assert run(program(fn("main", (), INT, main.end(ir.Panic(ir.StrLit(b"x"), Loc(0, 3)))))) == ["panic at test.mpl:3 in Test.main: x"]


def test_deep_recursion_is_stopped(run) -> None:
    x = Var("x", INT)
    body = Body()
    below = body.let(INT, ir.Call("down", (body.prim("add", x, n(1)),)))
    down = fn("down", (x,), INT, body.end(Ret(body.prim("add", below, below))))
    main = Body()
    main.extern("test_limit")
    r = main.let(INT, ir.Call("down", (n(0),)))
    assert run(program(fn("main", (), INT, main.end(Ret(r))), down)) == ["stack overflow"]


def test_tail_calls_run_in_constant_stack(run) -> None:
    """A million tail calls between functions of different prototypes, one of them through a closure returning a
    pointer as a word."""
    c, x = Var("c", PTR), Var("x", INT)
    up = Body()
    ping = fn("ping", (c, x), PTR, up.end(ir.TailCall("pong", (up.prim("sub", x, n(1)), *(n(i) for i in range(7)), c))), borrowed=frozenset({0}))
    c2, y = Var("c", PTR), Var("y", INT)
    rest = tuple(Var(f"r{i}", INT) for i in range(7))
    b = Body()
    pong = fn("pong", (y, *rest, c2), PTR, b.end(If(b.prim("gt", y, n(0), rep=BOOL), Block([], ir.TailCallClosure(c2, (y,))), ret(ir.StrLit(b"end")))), borrowed=frozenset({8}))
    s, z = Var("self", PTR), Var("z", INT)
    hop = fn("hop", (s, z), PTR, Block([], ir.TailCall("ping", (s, z))), closure=True)
    main = Body()
    main.extern("test_limit")
    text = main.let(PTR, ir.Call("ping", (ir.FnRef("hop"), n(1_000_000))))
    main.extern("test_put", text)
    assert run(program(fn("main", (), INT, main.end(Ret(main.let(INT, ir.StrLen(text))))), ping, pong, hop)) == ["end", "result 3, live 0"]


def test_deep_nesting_needs_no_python_stack(run) -> None:
    """A chain of 5,000 nested branches."""
    x = Var("x", INT)
    block = ret(n(-1))
    for i in reversed(range(5000)):
        b = Body()
        block = b.end(If(b.prim("eq", x, n(i), rep=BOOL), ret(n(i * 2)), block))
    main = Body()
    r = main.let(INT, ir.Call("chain", (main.extern("test_sum", n(1), n(4321), ret=INT, array=1),)))
    assert run(program(fn("main", (), INT, main.end(Ret(r))), fn("chain", (x,), INT, block))) == ["result 8642, live 0"]


@pytest.mark.parametrize("count", [6, 13, 14, 24])
def test_many_parameters(run, count: int) -> None:
    """Arguments in registers, in the spill area and on the stack, of each representation, through calls, tail calls
    and closures."""

    def value(i: int, v: ir.Atom, b: Body) -> ir.Atom:
        return b.prim("itof", v, rep=FLOAT) if i % 3 == 1 else b.prim("itob", v, rep=BOOL) if i % 3 == 2 else v

    def number(v: Var, b: Body) -> ir.Atom:
        return {FLOAT: lambda: b.prim("ftoi", v), BOOL: lambda: b.prim("btoi", v), INT: lambda: v}[v.rep]()

    reps = [(INT, FLOAT, BOOL)[i % 3] for i in range(count)]

    def params() -> tuple[Var, ...]:
        return tuple(Var(f"p{i}", rep) for i, rep in enumerate(reps))

    own = params()
    body = Body()
    total: ir.Atom = n(0)
    for p in own:
        total = body.prim("add", body.prim("mul", total, n(3)), number(p, body))
    wide = fn("wide", own, INT, body.end(Ret(total)))
    s, captured = Var("self", PTR), params()
    via = fn("via", (s, *captured), INT, Block([], ir.TailCall("wide", captured)), closure=True)
    a, body = Var("a", INT), Body()
    hop = fn("hop", (a,), INT, body.end(ir.TailCallClosure(ir.FnRef("via"), tuple(value(i, a, body) for i in range(count)))))
    main = Body()
    one = main.extern("test_sum", n(1), n(1), ret=INT, array=1)
    main.extern("test_print", main.let(INT, ir.Call("wide", tuple(value(i, one, main) for i in range(count)))))
    r = main.let(INT, ir.Call("hop", (one,)))
    want = (3**count - 1) // 2
    assert run(program(fn("main", (), INT, main.end(Ret(r))), wide, via, hop)) == [str(want), f"result {want}, live 0"]
