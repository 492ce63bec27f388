"""Decision trees to code: tests, lazy loads of what patterns reach, arms as blocks or joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshpy.core import ir
from meshpy.core.builder import int_const
from meshpy.core.emit import Emitter
from meshpy.core.ir import Atom, Block, Join, Loc, Rep, Var
from meshpy.core.match import Fail, Leaf, MatchCompiler, Node, Occ, Test, leaves
from meshpy.types import typed as tt
from meshpy.types.ty import Type

if TYPE_CHECKING:
    from meshpy.core.lower_fn import FnLowering

Loaded = dict[Occ, Atom]
Binds = list[tuple[tt.Local, Occ]]


class MatchLowering(Emitter):
    """Mixin of FnLowering."""

    def match_expr(self: FnLowering, e: tt.TMatch) -> Atom:
        join, result = self.result_join(e, "case")
        self._match(e, join)
        self.enter(join.body)
        return result

    def match_tail(self: FnLowering, e: tt.TMatch) -> None:
        self._match(e, None)

    def _match(self: FnLowering, e: tt.TMatch, join: Join | None) -> None:
        values = self.exprs(e.scrutinees)
        if not self.reachable:
            return
        roots = [Occ("root", self.mono(s.ty)) for s in e.scrutinees]
        loc = self.loc(e)
        self.select_arm(list(zip(roots, values)), e.arms, join,
                        lambda: self.terminate(ir.Panic(ir.StrLit(b"non-exhaustive match"), loc)))

    def destructure(self: FnLowering, pattern: tt.Pat, value: Atom, ty: Type, loc: Loc | None) -> None:
        """Binds the pattern of a let; a value that does not match panics."""
        root = Occ("root", ty)
        compiler = MatchCompiler(self.types, self.subst, [False])
        tree = compiler.build([compiler.row(0, [(root, pattern)])])
        if isinstance(tree, Leaf):
            for (local, _), atom in zip(tree.binds, self._load_all(tree.binds, {root: value})):
                self.env[local] = atom
            return
        order = [local for local, _ in _find_leaf(tree, 0).binds]
        join = self.join("let", tuple(Var(x.name, self.types.rep(self.mono(x.ty))) for x in order))

        def leaf(leaf: Leaf, loaded: Loaded) -> None:
            by_local = dict(zip([local for local, _ in leaf.binds], self._load_all(leaf.binds, loaded)))
            self.jump(join, *(by_local[local] for local in order))

        self._emit_tree(tree, {root: value}, leaf,
                        lambda: self.terminate(ir.Panic(ir.StrLit(b"non-exhaustive match"), loc)))
        self.enter(join.body)
        self.env.update(zip(order, join.params))

    def select_arm(self: FnLowering, scrutinees: list[tuple[Occ, Atom]], arms: tuple[tt.TArm, ...],
                   join: Join | None, fail: Callable[[], None],
                   take: Callable[[bool], Loaded] | None = None) -> None:
        """Runs the first arm that matches. ``take`` (receive): called when an arm is chosen, with whether the arm binds
        anything; gives what the roots stand for from then on."""
        compiler = MatchCompiler(self.types, self.subst, [arm.guard is not None for arm in arms])
        tree = compiler.build([compiler.row(i, list(zip([o for o, _ in scrutinees], arm.patterns)))
                               for i, arm in enumerate(arms)])
        shared = self._shared_arms(tree, arms, join)

        def chosen(leaf: Leaf, loaded: Loaded) -> None:
            arm = arms[leaf.arm]
            if take is not None:
                loaded = take(bool(leaf.binds))
            values = self._load_all(leaf.binds, loaded)
            if leaf.arm in shared:
                target, order = shared[leaf.arm]
                by_local = dict(zip([local for local, _ in leaf.binds], values))
                self.jump(target, *(by_local[local] for local in order))
                return
            for (local, _), value in zip(leaf.binds, values):
                self.env[local] = value
            self.into(arm.body, join)

        def leaf(leaf: Leaf, loaded: Loaded) -> None:
            guard = arms[leaf.arm].guard
            if guard is None or leaf.rest is None:
                chosen(leaf, loaded)
                return
            loaded = dict(loaded)
            for (local, _), value in zip(leaf.binds, self._load_all(leaf.binds, loaded)):
                self.env[local] = value
            cond = self.expr(guard)
            if not self.reachable:
                return
            then, else_ = self.branch(cond)
            self.enter(then)
            chosen(leaf, loaded)
            self.enter(else_)
            self._emit_tree(leaf.rest, loaded, leaf_action, fail)

        leaf_action = leaf
        self._emit_tree(tree, dict(scrutinees), leaf, fail)

    def _shared_arms(self: FnLowering, tree: Node, arms: tuple[tt.TArm, ...],
                     join: Join | None) -> dict[int, tuple[Join, list[tt.Local]]]:
        """Arms reached from several leaves become joins that take the arm's bindings."""
        shared = {}
        for index, count in sorted(leaves(tree).items()):
            if count < 2:
                continue
            order = [local for local, _ in _find_leaf(tree, index).binds]
            params = tuple(Var(x.name, self.types.rep(self.mono(x.ty))) for x in order)
            target = self.join("arm", params)
            shared[index] = (target, order)
            outer, reachable = self.block, self.reachable
            self.env.update(zip(order, params))
            self.enter(target.body)
            self.into(arms[index].body, join)
            self.enter(outer, reachable)
        return shared

    # ---- trees

    def _emit_tree(self: FnLowering, node: Node, loaded: Loaded, leaf: Callable[[Leaf, Loaded], None],
                   fail: Callable[[], None]) -> None:
        if isinstance(node, Leaf):
            leaf(node, loaded)
        elif isinstance(node, Fail):
            fail()
        elif isinstance(node, Test):
            self._emit_test(node, loaded, leaf, fail)

    def _emit_test(self: FnLowering, node: Test, loaded: Loaded, leaf: Callable[[Leaf, Loaded], None],
                   fail: Callable[[], None]) -> None:
        def rest(block: Block, child: Node) -> None:
            self.enter(block)
            self._emit_tree(child, dict(loaded), leaf, fail)

        if node.kind == "cons":
            occ = node.occ
            base, offset = (occ.parent, occ.index) if occ.kind == "tail" else (occ, 0)
            length = self.let("n", Rep.INT, ir.ListLen(self._load(base, loaded)))
            full, empty = self.branch(self.prim("gt", Rep.BOOL, length, int_const(offset)))
            cases = dict(node.cases)
            rest(full, cases[True])
            rest(empty, cases[False])
            return
        value = self._load(node.occ, loaded)
        if node.kind in ("ctor", "int"):
            subject = self.tag(value) if node.kind == "ctor" else value
            blocks = [Block([], ir.Unreachable()) for _ in node.cases]
            default = Block([], ir.Unreachable()) if node.default is not None else None
            if len(blocks) == 1 and default is None:
                rest(self.block, node.cases[0][1])
                return
            self.terminate(ir.Switch(subject, tuple((case, b) for (case, _), b in zip(node.cases, blocks)), default))
            for (_, child), block in zip(node.cases, blocks):
                rest(block, child)
            if default is not None and node.default is not None:
                rest(default, node.default)
            return
        if node.kind == "bool":
            cases = dict(node.cases)
            then, else_ = self.branch(value)
            rest(then, cases.get(True, node.default))
            rest(else_, cases.get(False, node.default))
            return
        for literal, child in node.cases:
            same, other = self.branch(self._literal_test(value, literal))
            rest(same, child)
            self.enter(other)
        self._emit_tree(node.default or Fail(), loaded, leaf, fail)

    def _literal_test(self: FnLowering, value: Atom, literal: object) -> Atom:
        if isinstance(literal, str):
            return self.rt("mesh_string_equal", value, ir.StrLit(literal.encode()), name="same")
        return self.prim("feq", Rep.BOOL, value, ir.Const(Rep.FLOAT, float(literal)))

    # ---- loads

    def _load_all(self: FnLowering, binds: Binds, loaded: Loaded) -> list[Atom]:
        return [self._load(occ, loaded) for _, occ in binds]

    def _load(self: FnLowering, occ: Occ, loaded: Loaded) -> Atom:
        """The value of an occurrence, read once on each path."""
        value = loaded.get(occ)
        if value is None:
            assert occ.parent is not None
            parent = self._load(occ.parent, loaded)
            rep = self.types.rep(occ.ty)
            if occ.kind == "field":
                assert occ.shape is not None
                value = self.field(parent, occ.shape, occ.index)
            elif occ.kind == "elem":
                value = self.let("x", rep, ir.ListGet(parent, int_const(occ.index)))
            else:
                desc = self.ctx.desc(occ.ty.args[0], "")
                if occ.index == 1:
                    value = self.rt("mesh_list_tail", desc, parent, name="tail")
                else:
                    value = self.rt("mesh_list_drop", desc, parent, int_const(occ.index), name="tail")
            loaded[occ] = value
        return value


def _find_leaf(node: Node, arm: int) -> Leaf:
    stack = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, Leaf):
            if n.arm == arm:
                return n
            if n.rest is not None:
                stack.append(n.rest)
        elif isinstance(n, Test):
            stack.extend(child for _, child in n.cases)
            if n.default is not None:
                stack.append(n.default)
    raise KeyError(arm)

