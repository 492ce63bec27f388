"""What the checker hands on: type arguments, lets, calls, trait resolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshpy.modules import project_from_texts
from meshpy.types import check
from meshpy.types import typed as T
from meshpy.types.show import show
from meshpy.types.ty import INT, TCon, TypeId, builtin, resolve


def program(text: str) -> T.TypedProgram:
    result = check(project_from_texts({"main.mpl": text}))
    assert result.ok, [d.message for d in result.diagnostics]
    assert result.program is not None
    return result.program


def nodes(root: Any) -> Iterator[T.TExpr]:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, (list, tuple)):
            pending.extend(node)
        elif hasattr(node, "__slots__") and type(node).__module__ == T.__name__:
            if isinstance(node, T.TExpr):
                yield node
            for cls in type(node).__mro__:
                pending.extend(getattr(node, s) for s in getattr(cls, "__slots__", ()) if s not in ("ty", "local", "fn"))


def of_kind(fn: T.TypedFn, kind: type) -> list[Any]:
    return [n for n in nodes(fn.body) if type(n) is kind]


def test_a_let_used_at_one_type_is_monomorphic() -> None:
    p = program("fn main() do\n  let none = []\n  let xs = List.append(none, 1)\n  println(\"${xs}\")\nend\n")
    main = p.functions["Main.main/0"]
    assert all(v == () for v in main.poly_lets.values())
    [use] = [n for n in of_kind(main, T.TLetPoly) if n.local.name == "none"]
    assert use.type_args == () and show(use.local.ty) == "List<Int>"


def test_a_let_used_at_two_types_keeps_its_variable() -> None:
    p = program("fn main() do\n  let id = fn x -> x end\n  id(1)\n  id(\"a\")\n  0\nend\n")
    main = p.functions["Main.main/0"]
    [(local, variables)] = main.poly_lets.items()
    assert local.name == "id" and len(variables) == 1
    assert sorted(show(u.type_args[0]) for u in of_kind(main, T.TLetPoly)) == ["Int", "String"]


def test_recursion_passes_the_own_parameters() -> None:
    p = program("fn len(xs) do\n  case xs do\n    [] -> 0\n    _ :: t -> 1 + len(t)\n  end\nend\nfn main() do len([1]) end\n")
    fn = p.functions["Main.len/1"]
    [call] = [n for n in of_kind(fn, T.TGlobal) if n.fn_id == "Main.len/1"]
    assert call.type_args == fn.type_params and len(fn.type_params) == 1
    [use] = [n for n in of_kind(p.functions["Main.main/0"], T.TGlobal)]
    assert [resolve(t) for t in use.type_args] == [INT]


def test_impls_of_every_kind() -> None:
    p = program("""
interface Show do
  fn show(self) -> String
  fn twice(self) -> String do self.show() <> self.show() end
end
struct Box<T> do
  v :: T
end
impl Show for Box<T> where T: Display do
  fn show(self) -> String do "${self.v}" end
end
fn main() do println(Box { v: 1 }.twice()) end
""")
    show_id = TypeId("Main", "Show")
    box = TCon(TypeId("Main", "Box"), (INT,))
    own = p.impls.find(show_id, "show", box)
    default = p.impls.find(show_id, "twice", box)
    assert own is not None and own.kind == "user" and [show(t) for t in own.type_args] == ["Int"]
    assert default is not None and default.kind == "default" and resolve(default.type_args[0]) is box
    assert default.fn_id in p.functions and own.fn_id in p.functions
    assert p.impls.find(TypeId("", "Eq"), "eq", box) == T.Resolution("derived")
    assert p.impls.find(TypeId("", "Add"), "add", INT) == T.Resolution("builtin")
    assert p.impls.find(show_id, "show", INT) is None
    assert p.impls.has(TypeId("", "Hash"), builtin("List", INT))
    assert not p.impls.has(TypeId("", "Ord"), builtin("Map", INT, INT))
    assert show(p.impls.assoc(TypeId("", "Iterable"), builtin("Map", INT, INT), "Item")) == "(Int, Int)"


def test_only_what_is_reached_of_the_library() -> None:
    p = program("fn main() do println(\"x\") end\n")
    assert set(p.externs) == {"Prelude.println/1"} and set(p.functions) == {"Main.main/0"}
    assert p.library is not None
    assert p.library("List.map/2") is p.functions["List.map/2"]
    assert p.library("List.nope/2") is None


def test_associated_types_are_parameters_of_their_own() -> None:
    p = program("""
interface Bag do
  type Item
  fn take(self) -> Self.Item
end
impl Bag for Int do
  type Item = String
  fn take(self) -> String do "x" end
end
fn first<T>(b :: T) -> T.Item where T: Bag do b.take() end
fn main() do println(first(1)) end
""")
    [use] = [n for n in of_kind(p.functions["Main.main/0"], T.TGlobal) if n.fn_id == "Main.first/1"]
    assert [show(t) for t in use.type_args] == ["Int", "String"]


def test_an_actor_loops_in_tail_position_only() -> None:
    p = program("""
actor a(n :: Int) do
  if n > 9 do
    a(0)
    println("again")
  end
  receive do
    m -> a(n + m)
  end
end
fn main() do spawn(a, 1) end
""")
    loops = of_kind(p.functions["Main.a"], T.TActorLoop)
    assert sorted(loop.tail for loop in loops) == [False, True]
    assert show(p.functions["Main.a"].message_ty) == "Int"


def test_keyword_arguments_and_pipes_are_plain_calls() -> None:
    p = program("fn f(a, m) do m end\nfn main() do\n  1 |> f(x: 2)\n  3 |2> f(4)\n  0\nend\n")
    main = p.functions["Main.main/0"]
    calls = [c for c in of_kind(main, T.TCall) if isinstance(c.callee, T.TGlobal)]
    assert sorted(len(c.args) for c in calls) == [2, 2]
    # The value piped into a slot is still evaluated first.
    [block] = [b for b in of_kind(main, T.TBlock) if len(b.stmts) == 1 and isinstance(b.stmts[0], T.TLet)]
    assert block.stmts[0].value.value == 3
