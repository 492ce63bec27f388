"""What every unit brings along: the inlined parts of the memory manager and the bridges between C and Mesh.

The fast paths are `alwaysinline` functions, the slow ones calls into the runtime. The slow paths of the stack check and
of allocation preserve all registers, so that the fast path around them keeps its values in registers.
"""

from __future__ import annotations

from meshpy.backend import abi
from meshpy.backend.convention import plan_of
from meshpy.backend.emit_data import DataPool
from meshpy.backend.text import symbol
from meshpy.core import ir

# nomerge: two panics of one function keep their own lines.
ATTRIBUTES = """\
attributes #0 = { nounwind "frame-pointer"="all" }
attributes #1 = { alwaysinline nounwind "frame-pointer"="all" }
attributes #2 = { cold noinline nounwind "frame-pointer"="all" }
attributes #3 = { nounwind }
attributes #4 = { cold noreturn nounwind }
attributes #5 = { noinline nounwind "frame-pointer"="all" }
attributes #6 = { cold nomerge noreturn nounwind }
attributes #7 = { nomerge nounwind }
"""

_RUNTIME = {
    "mesh_stack_check": "declare void @mesh_stack_check(ptr) #3",
    "mesh_alloc_class": "declare ptr @mesh_alloc_class(ptr, i64) #3",
    "mesh_free_object": "declare void @mesh_free_object(ptr, ptr) #3",
    "mesh_free_memory": "declare void @mesh_free_memory(ptr, ptr) #3",
    "llvm.frameaddress": "declare ptr @llvm.frameaddress.p0(i32)",
}

_STACK = """\
define internal void @mesh.check(ptr %ctx, i64 %room) #1 {{
  %top = call ptr @llvm.frameaddress.p0(i32 0)
  %frame = getelementptr i8, ptr %top, i64 %room
  %limit = load atomic ptr, ptr %ctx monotonic, align 8
  %over = icmp ugt ptr %limit, %frame
  br i1 %over, label %slow, label %ok{unlikely}
slow:
  call preserve_mostcc void @mesh.check_slow(ptr %ctx)
  br label %ok
ok:
  ret void
}}
define internal i1 @mesh.over(ptr %ctx, i64 %room) #1 {{
  %top = call ptr @llvm.frameaddress.p0(i32 0)
  %frame = getelementptr i8, ptr %top, i64 %room
  %limit = load atomic ptr, ptr %ctx monotonic, align 8
  %over = icmp ugt ptr %limit, %frame
  ret i1 %over
}}
define internal void @mesh.poll(ptr %ctx) #1 {{
  %limit = load atomic i64, ptr %ctx monotonic, align 8
  %asked = icmp eq i64 %limit, -1
  br i1 %asked, label %slow, label %ok{unlikely}
slow:
  call preserve_mostcc void @mesh.check_slow(ptr %ctx)
  br label %ok
ok:
  ret void
}}
define internal preserve_mostcc void @mesh.check_slow(ptr %ctx) #2 {{
  call void @mesh_stack_check(ptr %ctx)
  ret void
}}
define internal preserve_mostcc ptr @mesh.alloc_slow(ptr %ctx, i64 %class) #2 {{
  %o = call ptr @mesh_alloc_class(ptr %ctx, i64 %class)
  ret ptr %o
}}
"""

_ALLOC = """\
define internal noalias nonnull ptr @mesh.alloc.{index}(ptr %ctx) #1 {{
  %list = getelementptr i8, ptr %ctx, i64 {head}
  %first = load ptr, ptr %list, align 8{ctx}
  %empty = icmp eq ptr %first, null
  br i1 %empty, label %slow, label %fast{unlikely}
fast:
  %next = load ptr, ptr %first, align 8{object}
  store ptr %next, ptr %list, align 8{ctx}
  br label %done
slow:
  %fresh = call preserve_mostcc ptr @mesh.alloc_slow(ptr %ctx, i64 {index})
  br label %done
done:
  %o = phi ptr [ %first, %fast ], [ %fresh, %slow ]
  ret ptr %o
}}
"""

_COUNTS = """\
define internal void @mesh.dup(ptr %o) #1 {{
  %rc = load i32, ptr %o, align 8{object}
  %immortal = icmp eq i32 %rc, 0
  br i1 %immortal, label %done, label %count
count:
  %more = add i32 %rc, 1
  store i32 %more, ptr %o, align 8{object}
  br label %done
done:
  ret void
}}
define internal void @mesh.drop(ptr %ctx, ptr %o) #1 {{
  %rc = load i32, ptr %o, align 8{object}
  %few = icmp ule i32 %rc, 1
  br i1 %few, label %last, label %count
count:
  %less = sub i32 %rc, 1
  store i32 %less, ptr %o, align 8{object}
  br label %done
last:
  %unique = icmp eq i32 %rc, 1
  br i1 %unique, label %free, label %done
free:
  call void @mesh_free_object(ptr %ctx, ptr %o)
  br label %done
done:
  ret void
}}
define internal void @mesh.drop_shared(ptr %o, i32 %rc) #1 {{
  %immortal = icmp eq i32 %rc, 0
  br i1 %immortal, label %done, label %count
count:
  %less = sub i32 %rc, 1
  store i32 %less, ptr %o, align 8{object}
  br label %done
done:
  ret void
}}
define internal i64 @mesh.drop_reuse(ptr %ctx, ptr %o) #1 {{
  %rc = load i32, ptr %o, align 8{object}
  %unique = icmp eq i32 %rc, 1
  br i1 %unique, label %own, label %shared
own:
  call void @mesh.drop_rest(ptr %ctx, ptr %o, i32 0, i32 0)
  %token = ptrtoint ptr %o to i64
  ret i64 %token
shared:
  call void @mesh.drop_shared(ptr %o, i32 %rc)
  ret i64 0
}}
define internal void @mesh.free_token(ptr %ctx, i64 %token) #1 {{
  %none = icmp eq i64 %token, 0
  br i1 %none, label %done, label %free
free:
  %o = inttoptr i64 %token to ptr
  call void @mesh_free_memory(ptr %ctx, ptr %o)
  br label %done
done:
  ret void
}}
define internal void @mesh.drop_rest(ptr %ctx, ptr %o, i32 %moved, i32 %count) #1 {{
  %at = getelementptr i8, ptr %o, i64 6
  %info = load i16, ptr %at, align 2{object}
  %low = and i16 %info, 1023
  %wide = zext i16 %low to i32
  %whole = shl i32 %count, 4
  %same = icmp eq i32 %wide, %whole
  br i1 %same, label %done, label %slow
slow:
  call void @mesh.drop_slots(ptr %ctx, ptr %o, i32 %moved)
  br label %done
done:
  ret void
}}
define internal void @mesh.drop_slots(ptr %ctx, ptr %o, i32 %moved) noinline #0 {{
entry:
  %at = getelementptr i8, ptr %o, i64 6
  %info = load i16, ptr %at, align 2{object}
  %kind = and i16 %info, 15
  %big = icmp eq i16 %kind, 1
  %second = getelementptr i8, ptr %o, i64 8
  %low = and i16 %info, 1008
  %few = lshr i16 %low, 4
  %small = zext i16 %few to i64
  br i1 %big, label %wide, label %start
wide:
  %word = load i64, ptr %second, align 8{object}
  %many = and i64 %word, 4294967295
  br label %start
start:
  %ptrs = phi i64 [ %small, %entry ], [ %many, %wide ]
  %first = phi i64 [ 8, %entry ], [ 16, %wide ]
  %base = getelementptr i8, ptr %o, i64 %first
  br label %loop
loop:
  %i = phi i64 [ 0, %start ], [ %next, %step ]
  %end = icmp eq i64 %i, %ptrs
  br i1 %end, label %done, label %test
test:
  %masked = icmp ult i64 %i, 32
  %shift = and i64 %i, 31
  %bits = zext i32 %moved to i64
  %bit = lshr i64 %bits, %shift
  %odd = trunc i64 %bit to i1
  %skip = and i1 %odd, %masked
  br i1 %skip, label %step, label %drop
drop:
  %slot = getelementptr i64, ptr %base, i64 %i
  %child = load ptr, ptr %slot, align 8{object}
  call void @mesh.drop(ptr %ctx, ptr %child)
  br label %step
step:
  %next = add i64 %i, 1
  br label %loop
done:
  ret void
}}
"""

# Frees the memory of a data object whose slots were moved out: its class follows from the header alone.
_FREE_INLINE = """\
define internal void @mesh.free_data(ptr %ctx, ptr %o) #1 {{
  %at = getelementptr i8, ptr %o, i64 6
  %info = load i16, ptr %at, align 2{object}
  %slots = lshr i16 %info, 10
  %class = lshr i16 %slots, 1
  %kind = and i16 %info, 15
  %data = icmp eq i16 %kind, 0
  %small = icmp ult i16 %class, {classes}
  %fast = and i1 %data, %small
  br i1 %fast, label %push, label %slow
push:
  %index = zext i16 %class to i64
  %lists = getelementptr i8, ptr %ctx, i64 {free}
  %list = getelementptr i64, ptr %lists, i64 %index
  %first = load ptr, ptr %list, align 8{ctx}
  store ptr %first, ptr %o, align 8{object}
  store ptr %o, ptr %list, align 8{ctx}
  ret void
slow:
  call void @mesh_free_memory(ptr %ctx, ptr %o)
  ret void
}}
"""

_FREE_CHECKED = """\
define internal void @mesh.free_data(ptr %ctx, ptr %o) #1 {{
  call void @mesh_free_memory(ptr %ctx, ptr %o)
  ret void
}}
"""

_FAR = [
    ("void", "dup", "ptr %o"),
    ("void", "drop", "ptr %ctx, ptr %o"),
    ("void", "drop_shared", "ptr %o, i32 %rc"),
    ("i64", "drop_reuse", "ptr %ctx, ptr %o"),
    ("void", "free_token", "ptr %ctx, i64 %token"),
    ("void", "drop_rest", "ptr %ctx, ptr %o, i32 %moved, i32 %count"),
    ("void", "free_data", "ptr %ctx, ptr %o"),
]


def _far(result: str, name: str, params: str) -> str:
    """The same helper as a call, for code that runs seldom."""
    call = f"call {result} @mesh.{name}({params})"
    body = f"  {call}\n  ret void\n" if result == "void" else f"  %r = {call}\n  ret {result} %r\n"
    return f"define internal {result} @mesh.far.{name}({params}) #5 {{\n{body}}}\n"


def helpers(pool: DataPool, checking: bool) -> str:
    """The inlined helpers of one unit. ``checking``: every free goes through the runtime."""
    for name, declaration in _RUNTIME.items():
        pool.declare(name, declaration)
    debug = pool.debug
    parts = {
        "unlikely": debug.unlikely(),
        "ctx": debug.tbaa("ctx"),
        "object": debug.tbaa("object"),
        "classes": abi.CLASS_COUNT,
        "free": abi.CTX_FREE,
    }
    text = [_STACK.format(**parts), _COUNTS.format(**parts)]
    text.append((_FREE_CHECKED if checking else _FREE_INLINE).format(**parts))
    for index in range(abi.CLASS_COUNT):
        text.append(_ALLOC.format(index=index, head=abi.CTX_FREE + abi.WORD * index, **parts))
        text.append(_far("ptr", f"alloc.{index}", "ptr %ctx"))
    text += [_far(*one) for one in _FAR]
    return "".join(text)


def _from_word(lines: list[str], name: str, word: str, rep: ir.Rep) -> str:
    """Appends the conversion of a word to ``rep``; the typed operand."""
    match rep:
        case ir.Rep.INT:
            return f"i64 {word}"
        case ir.Rep.FLOAT:
            lines.append(f"  {name} = bitcast i64 {word} to double")
            return f"double {name}"
        case ir.Rep.BOOL:
            lines.append(f"  {name} = trunc i64 {word} to i1")
            return f"i1 {name}"
        case ir.Rep.PTR:
            lines.append(f"  {name} = inttoptr i64 {word} to ptr")
            return f"ptr {name}"


def _call(lines: list[str], fn: ir.Fn, operands: list[str]) -> None:
    """Appends a call of ``fn`` with typed operands; the result is the word %r."""
    out = ["ptr %ctx"]
    for index, (operand, word) in enumerate(zip(operands, plan_of(fn).spill, strict=True)):
        if word < 0:
            out.append(operand)
            continue
        if operand.startswith("i1 "):
            lines.append(f"  %z{index} = zext {operand} to i64")
            operand = f"i64 %z{index}"
        lines.append(f"  %spill{index} = getelementptr i8, ptr %ctx, i64 {abi.CTX_SPILL + abi.WORD * word}")
        lines.append(f"  store {operand}, ptr %spill{index}, align 8")
    lines.append(f"  %r = call tailcc i64 {symbol(fn.name)}({', '.join(out)})")


def thunk(pool: DataPool, fn: ir.Fn) -> str:
    """``mesh_value thunk(mesh_ctx *, const mesh_value *args)``: C gives its references away, so what ``fn`` only
    borrows is dropped after the call."""
    lines = [f"define internal i64 {pool.thunk(fn.name)}(ptr %ctx, ptr %args) #0 {{"]
    operands, drops = [], []
    for index, param in enumerate(fn.params):
        lines.append(f"  %at{index} = getelementptr i64, ptr %args, i64 {index}")
        lines.append(f"  %w{index} = load i64, ptr %at{index}, align 8")
        operands.append(_from_word(lines, f"%v{index}", f"%w{index}", param.rep))
        if index in fn.borrowed:
            drops.append(f"  call void @mesh.drop(ptr %ctx, ptr %v{index})")
    _call(lines, fn, operands)
    return "\n".join([*lines, *drops, "  ret i64 %r", "}"]) + "\n"


def again(pool: DataPool, fn: ir.Fn) -> str:
    """``mesh_value again(mesh_ctx *, const mesh_value *args)``: the call that stands at the end of a stack, on another one."""
    lines = [f"define internal i64 {pool.again(fn.name)}(ptr %ctx, ptr %args) #0 {{"]
    operands = []
    for index, param in enumerate(fn.params):
        lines.append(f"  %at{index} = getelementptr i64, ptr %args, i64 {index}")
        lines.append(f"  %w{index} = load i64, ptr %at{index}, align 8")
        operands.append(_from_word(lines, f"%v{index}", f"%w{index}", param.rep))
    _call(lines, fn, operands)
    return "\n".join([*lines, "  ret i64 %r", "}"]) + "\n"


def desc_wrapper(pool: DataPool, fn: ir.Fn, kind: str, rep: ir.Rep) -> str:
    """A function of a descriptor for C: words in, arguments borrowed."""
    result = {"eq": "zeroext i1", "compare": "i64", "hash": "i64"}.get(kind, "ptr")
    params = [f"%w{i}" for i in range(len(fn.params))]
    head = f"define internal {result} {pool.desc_wrapper(fn.name, kind, rep)}"
    lines = [f"{head}(ptr %ctx{''.join(f', i64 {p}' for p in params)}) #0 {{"]
    operands = []
    for index, word in enumerate(params):
        operands.append(_from_word(lines, f"%v{index}", word, rep))
        if rep is ir.Rep.PTR and index not in fn.borrowed:
            lines.append(f"  call void @mesh.dup(ptr %v{index})")
    _call(lines, fn, operands)
    value = _from_word(lines, "%result", "%r", fn.ret)
    return "\n".join([*lines, f"  ret {value}", "}"]) + "\n"


def entry_points(pool: DataPool) -> str:
    """What the runtime links against: calls of closures, and the table of the program.

    Calls of closures check the stack, since a recursion through C may pass no function that does.
    """
    text = []
    for count in range(5):
        params = "".join(f", i64 %a{i}" for i in range(count))
        text.append(
            f"define i64 @mesh_call{count}(ptr %ctx, ptr %f{params}) #0 {{\n"
            "  call void @mesh.check(ptr %ctx, i64 0)\n"
            f"  %at = getelementptr i8, ptr %f, i64 {abi.CLOSURE_CODE_OFFSET}\n"
            "  %code = load ptr, ptr %at, align 8\n"
            f"  %r = call tailcc i64 %code(ptr %ctx, ptr %f{params})\n"
            "  ret i64 %r\n}\n"
        )
    text.append(f"@mesh_program_table = constant {{ ptr }} {{ ptr {pool.thunk(pool.program.entry)} }}, align 8\n")
    return "".join(text)
