"""Functions as wholes: local functions, bodies of top-level functions, methods and lets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshpy.syntax import ast
from meshpy.types import typed as T
from meshpy.types.constraints import HasTrait
from meshpy.types.entities import FnEntity, LetEntity, Scheme
from meshpy.types.infer import FnState, LocalFn, LocalFns, Rigid
from meshpy.types.processes import ProcessRules
from meshpy.types.report import At
from meshpy.types.ty import TFun, TVar, Type
from meshpy.types.unify import ERROR


def group_clauses(definitions: Sequence[ast.FnDef]) -> list[list[ast.FnDef]]:
    """Consecutive clauses of equal name and arity, as groups."""
    groups: list[list[ast.FnDef]] = []
    for d in definitions:
        if groups and groups[-1][0].name.name == d.name.name and len(groups[-1][0].params) == len(d.params):
            groups[-1].append(d)
        else:
            groups.append([d])
    return groups


class Infer(ProcessRules):
    """The complete checker of one component of definitions."""

    # ---------------------------------------------------------------- clause rules

    def clause_rules(self, clauses: Sequence[ast.FnDef], label: str) -> bool:
        """E0022 (then False) and W0002 (types reference 6.2 rules 5 and 7)."""
        if len(clauses) < 2:
            return True
        for clause in clauses[1:]:
            if clause.pub:
                self.reporter.ignored_on_clause(clause.name, "visibility", clause.name.name)
            if clause.type_params:
                self.reporter.ignored_on_clause(clause.type_params[0], "generic parameters", clause.name.name)
            if clause.ret is not None:
                self.reporter.ignored_on_clause(clause.ret, "return type annotation", clause.name.name)
            if clause.where:
                self.reporter.ignored_on_clause(clause.where[0], "where clause", clause.name.name)
        for clause in clauses[:-1]:
            if clause.guard is None and clause.params and all(self.is_plain(p) for p in clause.params):
                self.reporter.catch_all(head_span(clause), label)
                return False
        return True

    # ---------------------------------------------------------------- top-level functions

    def infer_fn(self, fn: FnEntity) -> None:
        """The body of a signed function (all its clauses)."""
        clauses = fn.clauses
        first = clauses[0]
        self.enter_type_params(fn)
        state = FnState(fn.kind, fn.name, fn.ret, first.ret if first.ret is not None else None)
        if fn.kind == "test":
            state.message = fn.message
        self.fn = state
        ordered = fn.kind == "default" or self.clause_rules(clauses, f"{fn.name}/{fn.arity}")
        params, body = self.clauses(clauses, fn.params, fn.ret, fn.name, _whole(clauses), signed=True)
        if not ordered:
            self.matches.pop()  # the clauses behind the catch-all were reported with it
        self.fn = None
        fn.typed = (params, body, None)
        self.leave_type_params()

    def enter_type_params(self, fn: FnEntity) -> None:
        self.names = fn.type_names
        impl = fn.impl
        if impl is not None:
            self.self_assoc = impl.assoc.get
            for var in impl.vars:
                self.rigids.setdefault(var, Rigid(True))
            for trait, args, var in impl.bounds:
                if type(var) is TVar and var in self.rigids:
                    self.rigids[var].bounds.append((trait, args))
                    self.rigids[var].open = False
        elif fn.trait is not None:
            trait = fn.trait
            self.self_assoc = trait.assoc.get
            rigid = self.rigids.setdefault(trait.self_var, Rigid(True))
            rigid.bounds.append((trait, trait.params))
            for name, var in trait.assoc.items():
                rigid.assoc[(trait.id, name)] = var
        for var in fn.tvars:
            if var not in self.rigids:
                self.rigids[var] = Rigid(True)
        for bound in fn.bounds:
            var = bound.subject
            if type(var) is TVar and var in self.rigids and type(bound) is HasTrait:
                self.rigids[var].bounds.append((bound.trait, bound.args))
                self.rigids[var].open = False
            elif type(var) is TVar and var in self.rigids:
                self.rigids[var].open = False
                self.rigids[var].inferred.append(bound)
        for (var, trait_id, name), assoc in fn.assoc_vars.items():
            self.rigids[var].assoc[(trait_id, name)] = assoc

    def leave_type_params(self) -> None:
        self.names = {}
        self.self_assoc = None

    # ---------------------------------------------------------------- local functions

    def local_functions(self, definitions: Sequence[ast.FnDef]) -> T.TLetFn:
        """Consecutive local functions: one component, generalised together."""
        groups = group_clauses(definitions)
        mark = len(self.deferred)
        self.level += 1
        outer_names = self.names
        entries: list[tuple[LocalFn, list[ast.FnDef], list[Type], Type, dict[str, Type], tuple[TVar, ...]]] = []
        table: dict[str, LocalFns] = {}
        first_at: dict[tuple[str, int], ast.FnDef] = {}
        for group in groups:
            head = group[0]
            key = (head.name.name, len(head.params))
            if key in first_at:
                self.reporter.scattered_clauses(head_span(head), f"{key[0]}/{key[1]}", head_span(first_at[key]))
                continue
            first_at[key] = head
            names = dict(outer_names)
            own: list[TVar] = []
            for p in head.type_params:
                var = TVar(self.level, None, p.name, True)
                names[p.name] = var
                own.append(var)
                self.rigids[var] = Rigid(True)
            self.names = names
            self.local_bounds(head)
            types: list[Type] = [self.reader().read(p.type) if p.type is not None else self.fresh() for p in head.params]
            ret: Type = self.reader().read(head.ret) if head.ret is not None else self.fresh()
            typed = T.TypedLocalFn(head.name.name, (), (), ret, self.bad(head), head.start, group[-1].end)
            local = LocalFn(typed)
            local.mono = TFun(tuple(types), ret)
            overloads = table.get(key[0])
            if overloads is None:
                overloads = table[key[0]] = LocalFns(key[0])
            overloads.by_arity[key[1]] = local
            entries.append((local, group, types, ret, names, tuple(own)))
        self.names = outer_names
        for name, overloads in table.items():
            self.bind(name, overloads)
        outer_fn = self.fn
        for local, group, types, ret, names, _ in entries:
            head = group[0]
            self.names = names
            self.fn = FnState("closure", head.name.name, ret, head.ret, outer_fn)
            ordered = self.clause_rules(group, f"{head.name.name}/{len(head.params)}")
            params, body = self.clauses(group, types, ret, head.name.name, _whole(group), signed=True)
            if not ordered:
                self.matches.pop()
            local.typed.params = params
            local.typed.body = body
        self.names = outer_names
        self.fn = outer_fn
        self.level -= 1
        extra = tuple([v for entry in entries for v in entry[5]])
        variables, constraints = self.generalize([entry[0].mono for entry in entries], mark, function=False, extra=extra)
        variables = tuple([v for v in variables if not v.rigid or v in extra])
        inferred = tuple([c for v in extra for c in self.rigids[v].inferred])
        bounds = tuple([HasTrait(self, entries[0][1][0], v, trait, args) for v in extra
                        for trait, args in self.rigids[v].bounds])
        for local, *_ in entries:
            local.typed.type_params = variables
            local.scheme = Scheme(variables, constraints + inferred + bounds, local.mono)
            for node in local.patches:
                node.type_args = variables
        start, end = definitions[0].start, definitions[-1].end
        return T.TLetFn(start, end, tuple([entry[0].typed for entry in entries]))

    def local_bounds(self, head: ast.FnDef) -> None:
        for bound in head.where:
            var = self.names.get(bound.var.name)
            trait = self.world.lookup_trait(self.scope, bound.trait.parts[-1].name)
            if trait is None:
                self.reporter.undefined_trait(bound.trait, bound.trait.text, self.world.trait_names(self.scope))
            elif type(var) is TVar and var in self.rigids:
                self.rigids[var].bounds.append((trait, ()))
                self.rigids[var].open = False
            else:
                self.reporter.undefined_type(bound.var, bound.var.name, self.names)

    def local_item(self, s: ast.Stmt) -> None:
        """Items other than functions belong to the top level of a file."""
        if type(s) is ast.ModuleDef:
            self.reporter.nested_module(s)

    # ---------------------------------------------------------------- top-level lets and expressions

    def infer_top_let(self, s: ast.Let, entries: list[LetEntity]) -> T.TypedTopLet:
        """A top-level let; its names get their types when the component is closed."""
        if type(s.pattern) is ast.IdentPat or type(s.pattern) is ast.WildPat:
            if s.type is not None:
                annotated: Type = self.reader().read(s.type)
                from meshpy.types.report import ANNOTATION

                value = self.check(s.value, annotated, ANNOTATION)
                ty = annotated
            else:
                value = self.infer(s.value)
                ty = value.ty
            if type(s.pattern) is ast.WildPat or not entries:
                pattern: T.Pat = T.PWild(s.pattern.start, s.pattern.end, ty)
                return T.TypedTopLet(self.scope.name, self.scope.path, pattern, value, {})
            local = T.Local(entries[0].name, ty)
            entries[0].local = local
            pattern = T.PBind(s.pattern.start, s.pattern.end, ty, local)
            return T.TypedTopLet(self.scope.name, self.scope.path, pattern, value, {local: entries[0].let_id})
        value = self.infer(s.value)
        ty = value.ty
        if s.type is not None:
            from meshpy.types.report import ANNOTATION

            ty = self.reader().read(s.type)
            value = self.fit(value, ty, ANNOTATION)
        pattern, names = self.let_pattern(s.pattern, ty)
        bound = {}
        for entry in entries:
            local = names.get(entry.name)
            if local is None:
                entry.mono = ERROR
                continue
            entry.local = local
            bound[local] = entry.let_id
        return T.TypedTopLet(self.scope.name, self.scope.path, pattern, value, bound)


def head_span(clause: ast.FnDef) -> Any:
    """The place of a clause: its name and parameters, not its body."""
    end = clause.name.end
    if clause.params:
        end = max(end, clause.params[-1].end + 1)
    return At(clause.start, end)


def _whole(clauses: Sequence[Any]) -> Any:
    """The place of a function: the head of its first clause."""
    first = clauses[0]
    return At(first.start, clauses[-1].end)


Infer.DISPATCH = {
    ast.IntLit: Infer.infer_int, ast.FloatLit: Infer.infer_float, ast.BoolLit: Infer.infer_bool,
    ast.UnitLit: Infer.infer_unit, ast.StringLit: Infer.infer_string, ast.AtomLit: Infer.infer_atom,
    ast.RegexLit: Infer.infer_regex, ast.Name: Infer.infer_name, ast.Binary: Infer.infer_binary,
    ast.Unary: Infer.infer_unary, ast.Call: Infer.infer_call, ast.Pipe: Infer.infer_pipe,
    ast.Member: Infer.infer_member, ast.Index: Infer.infer_index, ast.Try: Infer.infer_try, ast.If: Infer.infer_if,
    ast.Case: Infer.infer_case, ast.While: Infer.infer_while, ast.For: Infer.infer_for, ast.Break: Infer.infer_break,
    ast.Continue: Infer.infer_continue, ast.Return: Infer.infer_return, ast.Closure: Infer.infer_closure,
    ast.TupleExpr: Infer.infer_tuple, ast.ListLit: Infer.infer_list, ast.MapLit: Infer.infer_map,
    ast.StructLit: Infer.infer_struct, ast.StructUpdate: Infer.infer_update, ast.JsonLit: Infer.infer_json,
    ast.Spawn: Infer.infer_spawn, ast.Send: Infer.infer_send, ast.Link: Infer.infer_link, ast.SelfPid: Infer.infer_self,
    ast.Receive: Infer.infer_receive,
}
