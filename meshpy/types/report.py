"""Every diagnostic of the type checker: code, title, labels, help (types reference 20.2 to 20.4).

One method for each row of the table. Messages that mention the type of something already reported are dropped
(``ERROR`` occurs in them): one mistake gives one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from meshpy.diagnostics import Diagnostic, Label, Severity
from meshpy.types.show import show, show_pair
from meshpy.types.suggest import closest, help_for
from meshpy.types.ty import BOOL, FLOAT, INT, STRING, TCon, TVar, Type, TypeId, resolve
from meshpy.types.unify import Mismatch, equal, mentions_error


class Span(Protocol):
    """Anything with a place: a syntax node, a typed node, an ``At``."""

    start: int
    end: int


class At:
    """A bare place."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Origin:
    """Why two types had to agree: decides the labels of E0001. ``kind``: ``arg`` (``index``), ``op``, ``if``
    (``other`` is the then-branch), ``annotation``, ``return`` (``other`` is the function), ``pattern``, ``plain``."""

    __slots__ = ("index", "kind", "other")

    def __init__(self, kind: str, index: int = 0, other: Span | None = None) -> None:
        self.kind = kind
        self.index = index
        self.other = other


PLAIN = Origin("plain")
OPERATOR = Origin("op")
ANNOTATION = Origin("annotation")
PATTERN = Origin("pattern")


def count_text(n: int, word: str = "argument") -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


class Reporter:
    """Collects the diagnostics of one module."""

    def __init__(self, path: str, module: str) -> None:
        self.path = path
        self.module = module
        self.diagnostics: list[Diagnostic] = []
        self.seen: set[tuple[str, int, int, str]] = set()

    # ---- plumbing

    def show(self, t: Type) -> str:
        return show(t, self.module)

    def add(self, code: str, span: Span, title: str, label: str, helps: Iterable[str] = (), notes: Iterable[str] = (),
            others: Sequence[tuple[Span, str]] = (), severity: Severity = Severity.ERROR, first: bool = False,
            paths: Sequence[str] = ()) -> None:
        """Add one diagnostic; ``others`` are the related places, behind the main one unless ``first``."""
        title, label, helps, notes, texts = _renumber(title, label, [*helps], [*notes], [text for _, text in others])
        key = (code, span.start, span.end, title)
        if key in self.seen:
            return
        self.seen.add(key)
        labels = [Label(self.path, span.start, span.end, label)]
        for i, (other, _) in enumerate(others):
            labels.append(Label(paths[i] if i < len(paths) else self.path, other.start, other.end, texts[i]))
        self.diagnostics.append(Diagnostic(code, severity, title, tuple(labels), tuple(notes), tuple(helps)))

    # ---- types

    def mismatch(self, error: Mismatch, span: Span, origin: Origin, expected: Type, found: Type) -> None:
        """E0001, E0002 or E0003: ``error`` was raised while ``expected`` and ``found`` were unified."""
        if mentions_error(expected) or mentions_error(found):
            return
        if error.kind == "arity":
            self.arity(span, error.expected, error.found)
        elif error.kind == "occurs":
            var, t = show(error.expected, self.module), show(error.found, self.module)
            self.add("E0002", span, f"infinite type: {var} occurs in {t}", "recursive type here",
                     ["a value cannot have a type that refers to itself"])
        else:
            self.type_mismatch(span, error.expected, error.found, origin)

    def endless_instances(self, span: Span, param: TVar, arg: Type) -> None:
        """E0002: a function that calls itself at ever larger types."""
        var, t = show(param, self.module), show(arg, self.module)
        self.add("E0002", span, f"infinite type: {var} occurs in {t}", "this call needs an instance at a larger type each time",
                 ["a recursive call may change the type of its arguments, but not let it grow"])

    def type_mismatch(self, span: Span, expected: Type, found: Type, origin: Origin = PLAIN,
                      expected_text: str | None = None) -> None:
        if mentions_error(expected) or mentions_error(found):
            return
        t, f = show_pair(expected, found, self.module)
        if expected_text is not None:
            t = expected_text
        title = f"expected {t}, found {f}"
        helps = mismatch_help(expected, found) if expected_text is None else ()
        kind = origin.kind
        if kind == "arg":
            self.add("E0001", span, title, f"argument {origin.index} has type {f}, expected {t}", helps)
        elif kind == "if":
            self.add("E0001", span, title, f"found {f}", helps, others=[(origin.other, f"expected {t}")])
        elif kind == "annotation":
            self.add("E0001", span, title, f"expected {t} from annotation", helps)
        elif kind == "return" and origin.other is not None:
            self.add("E0001", span, title, f"returns {f}", helps,
                     others=[(origin.other, f"return type declared as {t}")])
        else:
            self.add("E0001", span, title, f"expected {t}, found {f}", helps)

    def arity(self, span: Span, expected: int, found: int, title: str | None = None) -> None:
        missing = expected - found
        text = f"missing {count_text(missing)}" if missing > 0 else count_text(-missing, "extra argument")
        self.add("E0003", span, title or f"expected {count_text(expected)}, found {found}",
                 f"expected {count_text(expected)}", [text])

    def type_args(self, span: Span, expected: int, found: int) -> None:
        self.add("E0003", span, f"expected {count_text(expected, 'type argument')}, found {found}",
                 f"expected {count_text(expected, 'type argument')}")

    # ---- names

    def unbound(self, span: Span, name: str, candidates: Iterable[str] = (), helps: Sequence[str] = ()) -> None:
        self.add("E0004", span, f"undefined variable: {name}", "not found in this scope",
                 helps or help_for(name, candidates))

    def unknown_struct(self, span: Span, name: str, candidates: Iterable[str]) -> None:
        self.add("E0004", span, f"undefined variable: {name}", "unknown struct", help_for(name, candidates))

    def undefined_trait(self, span: Span, name: str, candidates: Iterable[str]) -> None:
        self.add("E0004", span, f"undefined trait: {name}", "not found in this scope", help_for(name, candidates))

    def early_let(self, span: Span, name: str) -> None:
        self.add("E0004", span, f"undefined variable: {name}", "not found in this scope",
                 [f"`{name}` is used before it is initialised"])

    def undefined_type(self, span: Span, name: str, candidates: Iterable[str], alias: str | None = None) -> None:
        title = f"type alias `{alias}` references undefined type `{name}`" if alias else f"undefined type `{name}`"
        helps = help_for(name, candidates) or (
            f"define `{name}` as a struct, sum type, or type alias before using it here",)
        self.add("E0045", span, title, f"`{name}` is not defined", helps)

    def alias_cycle(self, span: Span, name: str) -> None:
        self.add("E0045", span, f"type alias `{name}` refers to itself", "the alias is part of its own expansion")

    def missing_field_type(self, span: Span, name: str) -> None:
        self.add("E0045", span, f"the field `{name}` has no type", "a field needs a type",
                 [f"write `{name} :: <Type>`"])

    def ambiguous_name(self, span: Span, name: str, owners: list[str]) -> None:
        both = " and ".join([f"`{o}`" for o in owners])
        self.add("E0054", span, f"ambiguous name `{name}`: exported by {both}", "several definitions are visible here",
                 ["use " + " or ".join([f"{o}.{name}" for o in owners])])

    def unknown_module(self, span: Span, name: str, candidates: Iterable[str]) -> None:
        found = closest(name, candidates)
        self.add("E0031", span, "module not found", f"module `{name}` not found",
                 notes=(f"did you mean `{found}`?",) if found else ())

    def not_exported(self, span: Span, name: str, module: str, exports: Iterable[str]) -> None:
        names = sorted(set(exports))
        self.add("E0034", span, "name not found in module", f"`{name}` is not exported by module `{module}`",
                 help_for(name, names), notes=(f"available exports: {', '.join(names)}",) if names else ())

    def private(self, span: Span, name: str, module: str, kind: str = "fn") -> None:
        helps = () if kind == "let" else (f"add `pub` to `{name}` in module `{module}` to make it accessible",)
        self.add("E0035", span, "private item cannot be imported", f"`{name}` is private in module `{module}`", helps)

    def namespace_taken(self, span: Span, name: str, first: str, first_span: Span) -> None:
        self.add("E0053", span, f"namespace `{name}` is already bound by `import {first}`", "second import of the name",
                 others=[(first_span, "first import of the name")])

    def nested_module(self, span: Span) -> None:
        self.add("E0052", span, "nested modules are not supported", "move its contents to a file of their own")

    def duplicate(self, span: Span, name: str, first: Span) -> None:
        self.add("E0023", span, f"`{name}` is already defined", "second definition here",
                 others=[(first, "first definition here")])

    # ---- calls

    def not_callable(self, span: Span, t: Type, helps: Sequence[str] = ()) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.not_callable_text(span, text, helps)

    def not_callable_text(self, span: Span, text: str, helps: Sequence[str] = ()) -> None:
        self.add("E0005", span, f"type {text} is not callable", f"{text} is not a function",
                 helps or ("did you mean to call it? Remove the argument list",))

    def slot_range(self, span: Span, slot: int, name: str, arity: int) -> None:
        if arity >= 2:
            self.add("E0044", span,
                     f"slot position {slot} is out of range: `{name}` takes {arity} arguments, "
                     f"so valid slot positions are 2\u2013{arity}",
                     f"slot {slot} exceeds function arity {arity}",
                     [f"use |> to pipe as the first argument, or |2>...|{arity}> for other positions"])
        else:
            self.add("E0044", span,
                     f"slot position {slot} is out of range: `{name}` takes {count_text(arity)}",
                     f"slot {slot} exceeds function arity {arity}", ["use |> to pipe as the first argument"])

    def direct_actor_call(self, span: Span, name: str) -> None:
        self.add("E0058", span, f"actor `{name}` must be started with spawn({name}, ...)",
                 "an actor is not called", [f"write spawn({name}, ...)"])

    # ---- traits

    def missing_impl(self, span: Span, t: Type, trait: str, helps: Sequence[str] = ()) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        # A map key that is no key lacks Eq and Hash: one mistake, one message.
        cause = ("E0006", span.start, span.end, text)
        if cause in self.seen:
            return
        self.seen.add(cause)
        self.add("E0006", span, f"{text} does not implement {trait}", f"{text} does not satisfy {trait}",
                 helps or (f"add `impl {trait} for {text} do ... end`",))

    def cannot_infer(self, span: Span, what: str) -> None:
        self.add("E0006", span, f"cannot infer the type for `{what}`", "the type is not determined here",
                 ["add a type annotation"])

    def missing_method(self, span: Span, trait: str, t: Type, name: str) -> None:
        self.add("E0007", span, f"impl {trait} for {self.show(t)} is missing method {name}", f"missing `{name}`",
                 [f"add `fn {name}(self) ... end` to the impl block"])

    def method_return(self, span: Span, name: str, trait: str, expected: Type, found: Type) -> None:
        if mentions_error(expected) or mentions_error(found):
            return
        t, f = show_pair(expected, found, self.module)
        self.add("E0008", span, f"method {name} in impl {trait} has wrong signature: expected {t}, found {f}",
                 f"expected return type {t}, found {f}")

    def method_shape(self, span: Span, name: str, trait: str, expected: str, found: str) -> None:
        self.add("E0008", span, f"method {name} in impl {trait} has wrong signature: expected {expected}, found {found}",
                 f"expected {expected}, found {found}")

    def duplicate_impl(self, span: Span, trait: str, t: Type) -> None:
        text = self.show(t)
        self.add("E0026", span, f"duplicate impl: `{trait}` is already implemented for `{text}`",
                 f"previously defined for `{text}`", ["remove one of the conflicting impl blocks"])

    def ambiguous_method(self, span: Span, name: str, t: Type, traits: Iterable[str]) -> None:
        names = sorted(set(traits))
        self.add("E0027", span, f"ambiguous method `{name}` for type `{self.show(t)}`: "
                 f"candidates from traits [{', '.join(names)}]", f"multiple traits provide `{name}`",
                 ["use qualified syntax: " + " or ".join([f"{n}.{name}(value)" for n in names])])

    def ambiguous_overload(self, span: Span, name: str, arities: Iterable[int]) -> None:
        forms = ", ".join([f"{name}/{n}" for n in sorted(arities)])
        self.add("E0027", span, f"ambiguous function `{name}`: candidates {forms}", "several functions have this name",
                 ["call it, or wrap it in a closure"])

    def no_method(self, span: Span, name: str, t: Type, unknown: bool = False) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.add("E0030", span, f"no method `{name}` on type `{text}`", f"method `{name}` not found",
                 ["add a type annotation"] if unknown else [f"type `{text}` has no trait impl providing `{name}`"])

    def not_derivable(self, span: Span, trait: str, t: str) -> None:
        self.add("E0028", span, f"cannot derive `{trait}` for `{t}`", f"`{trait}` is not a derivable trait",
                 ["only Eq, Ord, Display, Debug, Hash, Json, Row, and Schema are derivable"])

    def derive_needs(self, span: Span, t: str) -> None:
        self.add("E0029", span, f"cannot derive `Ord` for `{t}` without `Eq`",
                 "`Ord` requires `Eq` for its implementation", ["add `Eq` to the deriving list: deriving(Eq, Ord)"])

    def not_json(self, span: Span, field: str, t: Type) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.add("E0038", span, f"field `{field}` of type `{text}` is not JSON-serializable",
                 f"`{text}` is not serializable",
                 [f"type `{text}` does not derive Json; add `deriving(Json)` to its definition, or use a serializable "
                  "type (Int, Float, Bool, String, Option<T>, List<T>, Map<String, V>)"])

    def not_row(self, span: Span, field: str, t: Type) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.add("E0039", span, f"field `{field}` has type `{text}` which cannot be mapped from a database row",
                 f"`{text}` is not row-mappable",
                 ["only Int, Float, Bool, String, and Option<T> fields are supported for deriving(Row)"])

    def missing_assoc(self, span: Span, trait: str, t: Type, name: str) -> None:
        self.add("E0040", span, f"impl `{trait}` for `{self.show(t)}` is missing associated type `{name}`",
                 f"missing `type {name} = ...`", [f"add `type {name} = <ConcreteType>` to the impl block"])

    def extra_assoc(self, span: Span, trait: str, t: Type, name: str) -> None:
        self.add("E0041", span, f"impl `{trait}` for `{self.show(t)}` provides associated type `{name}` which is not "
                 "declared by the trait", f"`{name}` is not declared by `{trait}`")

    def unresolved_assoc(self, span: Span, name: str) -> None:
        self.add("E0042", span, f"cannot resolve associated type `{name}`",
                 f"Self.{name} can only be used inside an impl block")

    def extra_method(self, span: Span, name: str, trait: str) -> None:
        self.add("W0004", span, f"`{name}` is not a method of trait `{trait}`", "the trait does not declare it",
                 severity=Severity.WARNING)

    # ---- fields

    def field_missing(self, span: Span, field: str, struct: str) -> None:
        self.add("E0009", span, f"missing field {field} in struct {struct}", f"field `{field}` is required",
                 [f"add `{field}: <value>`"])

    def field_unknown(self, span: Span, field: str, struct: str, fields: Iterable[str]) -> None:
        self.add("E0009", span, f"unknown field {field} in struct {struct}", f"`{struct}` has no field `{field}`",
                 help_for(field, fields))

    def no_field(self, span: Span, t: Type, field: str, fields: Iterable[str] = (), helps: Sequence[str] = ()) -> None:
        if mentions_error(t):
            return
        self.add("E0009", span, f"type {self.show(t)} has no field {field}", f"no field `{field}`",
                 helps or help_for(field, fields))

    def not_struct(self, span: Span, t: Type) -> None:
        if mentions_error(t):
            return
        self.add("E0009", span, f"type {self.show(t)} is not a struct", "only a struct can be updated")

    def field_twice(self, span: Span, field: str, struct: str | None = None) -> None:
        title = f"duplicate field `{field}` in struct `{struct}`" if struct else f"field `{field}` is set twice"
        self.add("E0009", span, title, "second occurrence")

    # ---- patterns

    def unknown_variant(self, span: Span, name: str, candidates: Iterable[str]) -> None:
        self.add("E0010", span, f"unknown variant: {name}", "not a known variant", help_for(name.split(".")[-1], candidates))

    def or_binders(self, span: Span, first: Iterable[str], second: Iterable[str]) -> None:
        a, b = ", ".join(sorted(first)), ", ".join(sorted(second))
        self.add("E0011", span, f"or-pattern alternatives bind different variables: [{a}] vs [{b}]",
                 "alternatives must bind the same variables",
                 ["all alternatives in an or-pattern must bind the same set of variable names"])

    def bound_twice(self, span: Span, name: str) -> None:
        self.add("E0011", span, f"name `{name}` is bound more than once in this pattern", "bound again here")

    def non_exhaustive(self, span: Span, t: str, missing: Sequence[str], warning: bool) -> None:
        self.add("E0012", span, f"non-exhaustive match on `{t}`", f"missing: {', '.join(missing)}",
                 ["add the missing patterns or a wildcard `_` arm"],
                 severity=Severity.WARNING if warning else Severity.ERROR)

    def redundant(self, span: Span, index: int) -> None:
        self.add("W0001", span, f"redundant match arm (arm {index + 1})", "this arm is unreachable",
                 ["remove this arm or reorder the match"], severity=Severity.WARNING)

    def bad_guard(self, span: Span, reason: str) -> None:
        self.add("E0013", span, f"invalid guard: {reason}", "only comparisons, boolean ops, literals, and names allowed",
                 ["guards must be simple boolean expressions"])

    def guard_type(self, span: Span, t: Type) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.add("E0025", span, f"guard expression must return `Bool`, found `{text}`", f"expected `Bool`, found `{text}`")

    # ---- functions

    def catch_all(self, span: Span, name: str) -> None:
        self.add("E0022", span, f"catch-all clause must be the last clause of function `{name}`",
                 "clauses after a catch-all are unreachable")

    def scattered_clauses(self, span: Span, name: str, first: Span) -> None:
        self.add("E0023", span, f"function `{name}` already defined; multi-clause functions must have consecutive clauses",
                 "non-consecutive redefinition here", others=[(first, "first definition here")])

    def clause_arity(self, span: Span, name: str, expected: int, found: int) -> None:
        self.add("E0024", span, f"all clauses of `{name}` must have the same number of parameters; "
                 f"expected {expected}, found {found}", f"expected {count_text(expected, 'parameter')}")

    def ignored_on_clause(self, span: Span, what: str, name: str) -> None:
        self.add("W0002", span, f"{what} on non-first clause of `{name}` will be ignored",
                 "only the first clause should have this annotation", severity=Severity.WARNING)

    def top_expression(self, span: Span) -> None:
        self.add("W0003", span, "top-level expression has no effect", "never evaluated", severity=Severity.WARNING)

    def missing_main(self, span: Span, entry: str) -> None:
        self.add("E0055", span, f"no `main` function in `{entry}`", "the program starts at `main`",
                 ["add `fn main() do ... end`"])

    def main_params(self, span: Span) -> None:
        self.add("E0055", span, "`main` takes no parameters", "remove the parameters")

    def loop_only(self, span: Span, word: str, code: str) -> None:
        self.add(code, span, f"`{word}` outside of loop", f"`{word}` can only be used inside a loop",
                 [f"move this `{word}` inside a loop body"])

    def no_index(self, span: Span) -> None:
        self.add("E0056", span, "index expressions are not supported", "not an expression of the language",
                 ["use List.get or Map.get"])

    def bad_regex(self, span: Span, reason: str) -> None:
        self.add("E0057", span, f"invalid regex: {reason}", "in this literal")

    def try_return(self, span: Span, ret: Type, helps: Sequence[str] = ()) -> None:
        if mentions_error(ret):
            return
        self.add("E0036", span, "`?` operator requires function to return `Result` or `Option`", "cannot use `?` here",
                 helps, notes=[f"the enclosing function returns `{self.show(ret)}`, but `?` requires `Result<_, _>` "
                               "or `Option<_>`"])

    def try_operand(self, span: Span, t: Type) -> None:
        if mentions_error(t):
            return
        self.add("E0037", span, "`?` requires `Result` or `Option`", f"type `{self.show(t)}` is not `Result` or `Option`",
                 ["the `?` operator can only be used on `Result<T, E>` or `Option<T>` values"])

    # ---- processes

    def message_type(self, span: Span, expected: Type, found: Type) -> None:
        if mentions_error(expected) or mentions_error(found):
            return
        t, f = show_pair(expected, found, self.module)
        self.add("E0014", span, f"message type mismatch: expected {t}, found {f}", f"expected {t}, found {f}",
                 [f"this Pid accepts messages of type {t}"])

    def self_outside(self, span: Span) -> None:
        self.add("E0015", span, "self() used outside actor block", "self() is only available inside an actor block")

    def spawn_target(self, span: Span, t: Type) -> None:
        if mentions_error(t):
            return
        text = self.show(t)
        self.add("E0016", span, f"cannot spawn non-function: found {text}", f"expected a function, found {text}")

    def receive_outside(self, span: Span) -> None:
        self.add("E0017", span, "receive used outside actor block", "receive is only available inside an actor block",
                 ["move this receive expression into an actor block"])

    def child_start(self, span: Span, child: str, found: Type | None) -> None:
        if found is not None and mentions_error(found):
            return
        text = self.show(found) if found is not None else "()"
        self.add("E0018", span, f"child `{child}` start function must return Pid, found `{text}`",
                 f"expected Pid<M>, found {text}", ["the start function must call spawn() and return a Pid"])

    def strategy(self, span: Span, word: str) -> None:
        self.add("E0019", span, f"unknown supervision strategy `{word}`",
                 "expected one_for_one, one_for_all, rest_for_one, or simple_one_for_one")

    def duplicate_child(self, span: Span, name: str, first: Span) -> None:
        self.add("E0019", span, f"duplicate child name `{name}`", "second child of this name", others=[(first, "first child")])

    def restart(self, span: Span, word: str, child: str) -> None:
        self.add("E0020", span, f"invalid restart type `{word}` for child `{child}`",
                 "expected permanent, transient, or temporary")

    def shutdown(self, span: Span, word: str, child: str) -> None:
        self.add("E0021", span, f"invalid shutdown value `{word}` for child `{child}`",
                 "expected a positive integer or brutal_kill")

    def handler_twice(self, span: Span, name: str, first: Span) -> None:
        self.add("E0023", span, f"handler `{name}` is defined twice", "second definition here",
                 others=[(first, "first definition here")])

    # ---- clustering

    def clustered_declaration(self, span: Span, name: str, qualified: str, count: int, source: str, reason: str) -> None:
        self.add("CFG0001", span, f"clustered declaration `{name}` for `{qualified}` from a source `@cluster` decorator with "
                 f"replication count {count} ({source}) is invalid: {reason}", reason)

    def promote_disabled(self, span: Span) -> None:
        self.add("E0046", span, "`Continuity.promote()` is disabled",
                 "manual authority changes are no longer part of the Mesh surface",
                 ["failover is automatic-only now; use `Continuity.authority_status()` to inspect authority state"])

    def clustered_usage(self, span: Span, reason: str) -> None:
        self.add("E0047", span, "invalid HTTP.clustered(...) usage", reason,
                 ["use `HTTP.clustered(handler)` or `HTTP.clustered(<int>, handler)` with a public top-level route "
                  "handler reference"])

    def clustered_private(self, span: Span, name: str) -> None:
        self.add("E0048", span, "clustered route handler must be public",
                 f"`{name}` is private and cannot cross the clustered route boundary",
                 [f"add `pub` to `{name}` or remove `HTTP.clustered(...)`"])

    def clustered_position(self, span: Span) -> None:
        self.add("E0049", span, "HTTP.clustered(...) is only valid in route handler position",
                 "use this wrapper directly as the handler argument to `HTTP.route(...)` or `HTTP.on_*(...)`")

    def clustered_conflict(self, span: Span, name: str, qualified: str, first: int, second: int, first_span: Span,
                           first_path: str) -> None:
        self.add("E0050", span, "conflicting clustered route replication counts",
                 f"conflicting replication count {second} for `{name}`",
                 [f"keep one replication count per clustered route handler runtime name (`{qualified}`)"],
                 others=[(first_span, f"`{name}` was first declared here with replication count {first}")],
                 paths=[first_path])


_VARIABLE = re.compile(r"\?\d+")


def _renumber(title: str, label: str, helps: list[str], notes: list[str],
              texts: list[str]) -> tuple[str, str, list[str], list[str], list[str]]:
    """Unknown types are counted within a message, ``?1``, ``?2``: their inner numbers depend on everything else."""
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"?{len(numbers) + 1}")

    def clean(text: str) -> str:
        return _VARIABLE.sub(number, text) if "?" in text else text

    return clean(title), clean(label), [*map(clean, helps)], [*map(clean, notes)], [*map(clean, texts)]


_OPTION = TypeId("", "Option")
_RESULT = TypeId("", "Result")


def mismatch_help(expected: Type, found: Type) -> tuple[str, ...]:
    """The help of E0001: the first applicable line of types reference 20.4."""
    expected = resolve(expected)
    found = resolve(found)
    if type(expected) is TCon and expected.args:
        if expected.id == _OPTION and equal(expected.args[0], found):
            return ("wrap in Some(...)",)
        if expected.id == _RESULT and equal(expected.args[0], found):
            return ("wrap in Ok(...)",)
    names = (_primitive(expected), _primitive(found))
    if names == ("Int", "Float"):
        return ("use Int conversion",)
    if names == ("Float", "Int"):
        return ("use Float conversion",)
    if names[0] == "String" and names[1] in ("Int", "Float"):
        return ("use to_string()",)
    if names[0] == "Bool":
        return ("expected a boolean expression",)
    return ()


def _primitive(t: Type) -> str:
    return t.id.name if type(t) is TCon and t.id in (INT.id, FLOAT.id, STRING.id, BOOL.id) else ""
