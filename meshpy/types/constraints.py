"""Deferred requirements (types reference 2.5): what must hold of a type that is not known yet.

Each constraint has a ``subject``. ``solve`` tries to settle it (True: settled, or its failure was reported), ``settle``
is the last resort at the end of a function (defaults), ``give_up`` reports what stayed open at the end of the program.
``copy`` makes the constraint of an instantiation of a scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshpy.types.entities import TraitInfo
from meshpy.types.instances import ARITHMETIC
from meshpy.types.report import Span
from meshpy.types.ty import TCon, TVar, Type, TypeId, resolve
from meshpy.types.unify import ERROR, MAYBE, NO, Mismatch, equal, substitute, unify

if TYPE_CHECKING:
    from meshpy.types.infer import Infer

Mapping = dict[TVar, Type]

_RESULT = TypeId("", "Result")


class Constraint:
    """Base. ``span`` is the place to blame; ``reporter`` belongs to the module of that place."""

    __slots__ = ("reporter", "span", "subject")

    generalises = False
    """Whether it may become part of a scheme: then nothing but the subject's type is needed to check it later."""

    def __init__(self, ctx: Infer, span: Span, subject: Type) -> None:
        self.reporter = ctx.reporter
        self.span = span
        self.subject = subject

    def types(self) -> tuple[Type, ...]:
        """Every type that the constraint mentions."""
        return (self.subject,)

    def solve(self, ctx: Infer) -> bool:
        raise NotImplementedError

    def settle(self, ctx: Infer) -> bool:
        return False

    def give_up(self, ctx: Infer) -> None:
        """Nothing determined the type: the requirement is dropped."""

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        raise NotImplementedError


def makes_values(c: Constraint) -> bool:
    """Whether what ``c`` requires can make values of its subject: a trait with static methods."""
    trait = getattr(c, "trait", None)
    return trait is not None and not all(m.has_self for m in trait.methods.values())


class HasTrait(Constraint):
    """``subject: trait<args>``."""

    __slots__ = ("args", "shown", "trait")
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, trait: TraitInfo, args: tuple[Type, ...] = (),
                 shown: Type | None = None) -> None:
        super().__init__(ctx, span, subject)
        self.trait = trait
        self.args = args
        self.shown = shown  # the type to blame: List<T> when the requirement came down to T

    def types(self) -> tuple[Type, ...]:
        return (self.subject, *self.args)

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar:
            if not t.rigid:
                return False
            return ctx.rigid_has(self, t)
        status, goals = ctx.solver.solve(self.trait, self.args, t)
        if status == MAYBE:
            return False
        if status == NO:
            self.fail(ctx)
            return True
        for trait, args, var in goals:
            ctx.require(HasTrait(ctx, self.span, var, trait, args, self.shown or t), self.reporter)
        return True

    def fail(self, ctx: Infer) -> None:
        self.reporter.missing_impl(self.span, self.shown or self.subject, self.trait_text())

    def trait_text(self) -> str:
        if not self.args:
            return self.trait.name
        return f"{self.trait.name}<{', '.join([self.reporter.show(a) for a in self.args])}>"

    def settle(self, ctx: Infer) -> bool:
        """A single impl that fits the open arguments decides them."""
        t = resolve(self.subject)
        if type(t) is TVar:
            return False
        status, impl, mapping = ctx.solver.resolve_impl(self.trait, self.args, t)
        if status != MAYBE or impl is None:
            return False
        fresh = {v: ctx.fresh() for v in impl.vars}
        try:
            unify(substitute(impl.self_ty, fresh), t)
            for pattern, arg in zip(impl.args, self.args):
                unify(substitute(pattern, fresh), arg)
        except Mismatch:
            return False
        return self.solve(ctx)

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        shown = substitute(self.shown, mapping) if self.shown is not None else None
        return HasTrait(ctx, span, substitute(self.subject, mapping), self.trait,
                        tuple([substitute(a, mapping) for a in self.args]), shown)


class DefaultValue(HasTrait):
    """``default()`` of a type that the context decides."""

    __slots__ = ()

    def give_up(self, ctx: Infer) -> None:
        self.reporter.cannot_infer(self.span, "default()")

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return DefaultValue(ctx, span, substitute(self.subject, mapping), self.trait)


class Rendered(Constraint):
    """An interpolated value: Display, else Debug."""

    __slots__ = ("shown",)
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, shown: Type | None = None) -> None:
        super().__init__(ctx, span, subject)
        self.shown = shown

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar:
            if not t.rigid:
                return False
            if ctx.rigid_bound(t, ctx.world.trait("Debug")):
                return True
            return ctx.rigid_has(HasTrait(ctx, self.span, t, ctx.world.trait("Display"), (), self.shown), t, self)
        status, goals = ctx.solver.renderable(t)
        if status == MAYBE:
            return False
        if status == NO:
            self.reporter.missing_impl(self.span, self.shown or t, "Display")
            return True
        for _, _, var in goals:
            ctx.require(Rendered(ctx, self.span, var, self.shown or t), self.reporter)
        return True

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return Rendered(ctx, span, substitute(self.subject, mapping))


class Arithmetic(Constraint):
    """``subject`` implements the operator trait and its Output is ``out``."""

    __slots__ = ("out", "trait")
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, trait: TraitInfo, out: Type) -> None:
        super().__init__(ctx, span, subject)
        self.trait = trait
        self.out = out

    def types(self) -> tuple[Type, ...]:
        return (self.subject, self.out)

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar:
            if not t.rigid:
                return False
            ctx.agree(self.span, t, self.out)
            ctx.rigid_has(HasTrait(ctx, self.span, t, self.trait), t, self)
            return True
        if t is ERROR:
            ctx.agree(self.span, ERROR, self.out)
            return True
        status, goals = ctx.solver.solve(self.trait, (), t)
        if status == MAYBE:
            return False
        if status == NO:
            self.reporter.missing_impl(self.span, t, self.trait.name)
            ctx.agree(self.span, ERROR, self.out)
            return True
        for trait, args, var in goals:
            ctx.require(HasTrait(ctx, self.span, var, trait, args, t), self.reporter)
        out = ctx.solver.assoc(self.trait, (), t, "Output")
        ctx.agree(self.span, self.out, out if out is not None else ERROR)
        return True

    def settle(self, ctx: Infer) -> bool:
        """A quantified operand: the result has its type (types reference 10.1 rule 7)."""
        t = resolve(self.subject)
        if type(t) is TVar and resolve(self.out) is not t:
            ctx.agree(self.span, self.out, t)
        return False

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return Arithmetic(ctx, span, substitute(self.subject, mapping), self.trait, substitute(self.out, mapping))


class Associated(Constraint):
    """The associated type ``name`` of ``subject: trait<args>`` is ``out``."""

    __slots__ = ("args", "name", "out", "trait")
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, trait: TraitInfo, args: tuple[Type, ...], name: str,
                 out: Type) -> None:
        super().__init__(ctx, span, subject)
        self.trait = trait
        self.args = args
        self.name = name
        self.out = out

    def types(self) -> tuple[Type, ...]:
        return (self.subject, *self.args, self.out)

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar:
            if not t.rigid:
                return False
            ctx.agree(self.span, self.out, ctx.rigid_assoc(t, self.trait, self.args, self.name))
            return True
        found = ctx.solver.assoc(self.trait, self.args, t, self.name)
        if found is None:
            if ctx.solver.solve(self.trait, self.args, t)[0] == MAYBE:
                return False
            found = ERROR  # a HasTrait of the same origin reports the missing impl
        ctx.agree(self.span, self.out, found)
        return True

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return Associated(ctx, span, substitute(self.subject, mapping), self.trait,
                          tuple([substitute(a, mapping) for a in self.args]), self.name, substitute(self.out, mapping))


class OneOf(Constraint):
    """A closed list of types (types reference 3.3)."""

    __slots__ = ("choices",)
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, choices: tuple[Type, ...]) -> None:
        super().__init__(ctx, span, subject)
        self.choices = choices

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar and not t.rigid:
            return False
        if t is ERROR or any(type(t) is TCon and t.id == c.id for c in self.choices):  # type: ignore[attr-defined]
            return True
        if type(t) is TVar and ctx.rigid_one_of(t, self):
            return True
        text = " or ".join([self.reporter.show(c) for c in self.choices])
        self.reporter.type_mismatch(self.span, self.choices[0], t, expected_text=text)
        return True

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return OneOf(ctx, span, substitute(self.subject, mapping), self.choices)


class HasField(Constraint):
    """``subject`` is a struct whose field ``name`` has the type ``out``."""

    __slots__ = ("name", "out")
    generalises = True

    def __init__(self, ctx: Infer, span: Span, subject: Type, name: str, out: Type) -> None:
        super().__init__(ctx, span, subject)
        self.name = name
        self.out = out

    def types(self) -> tuple[Type, ...]:
        return (self.subject, self.out)

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar and not t.rigid:
            return False
        found = ctx.field_type(t, self.name, self.span, self.reporter)
        ctx.agree(self.span, self.out, found)
        return True

    def settle(self, ctx: Infer) -> bool:
        """The only visible struct with such a field is meant (types reference 9.2)."""
        t = resolve(self.subject)
        if type(t) is not TVar:
            return False
        candidates = ctx.structs_with_field(self.name)
        if not candidates:
            self.give_up(ctx)
            unify(t, ERROR)
            unify(self.out, ERROR)
            return True
        if len(candidates) != 1:
            return False
        info = candidates[0]
        ctx.agree(self.span, t, TCon(info.id, tuple([ctx.fresh() for _ in info.params])))
        return self.solve(ctx)

    def give_up(self, ctx: Infer) -> None:
        names = sorted(i.name for i in ctx.structs_with_field(self.name))
        helps = [f"add a type annotation: candidates {', '.join(names)}"] if names else ["add a type annotation"]
        self.reporter.no_field(self.span, self.subject, self.name, helps=helps)

    def copy(self, ctx: Infer, mapping: Mapping, span: Span) -> Constraint:
        return HasField(ctx, span, substitute(self.subject, mapping), self.name, substitute(self.out, mapping))


class Pending(Constraint):
    """Work that waits until the head of ``subject`` is known: ``run`` does it, ``last`` is the last resort.

    ``last`` returns True when it settled the matter; ``report`` says what is wrong when nothing ever did. ``others`` are
    the types that ``run`` will bind.
    """

    __slots__ = ("last", "others", "report", "run")

    def __init__(self, ctx: Infer, span: Span, subject: Type, run: Callable[[Infer], None],
                 last: Callable[[Infer], bool] | None = None,
                 report: Callable[[Infer], None] | None = None, others: tuple[Type, ...] = ()) -> None:
        super().__init__(ctx, span, subject)
        self.others = others
        self.run = run
        self.last = last
        self.report = report

    def types(self) -> tuple[Type, ...]:
        return (self.subject, *self.others)

    def solve(self, ctx: Infer) -> bool:
        t = resolve(self.subject)
        if type(t) is TVar and not t.rigid:
            return False
        saved = ctx.reporter
        ctx.reporter = self.reporter
        self.run(ctx)
        ctx.reporter = saved
        return True

    def settle(self, ctx: Infer) -> bool:
        if self.last is None:
            return False
        saved = ctx.reporter
        ctx.reporter = self.reporter
        done = self.last(ctx)
        ctx.reporter = saved
        return done

    def give_up(self, ctx: Infer) -> None:
        if self.report is not None:
            saved = ctx.reporter
            ctx.reporter = self.reporter
            self.report(ctx)
            ctx.reporter = saved


class Conversion(Constraint):
    """``value.into()`` and ``value.try_into()``: the expected type ``subject`` decides which From or TryFrom is meant.

    ``source`` is the type of the value; ``build`` receives the target type once it is known.
    """

    __slots__ = ("build", "fallible", "source")

    def __init__(self, ctx: Infer, span: Span, subject: Type, source: Type, fallible: bool,
                 build: Callable[[Type], None]) -> None:
        super().__init__(ctx, span, subject)
        self.source = source
        self.fallible = fallible
        self.build = build

    def types(self) -> tuple[Type, ...]:
        return (self.subject, self.source)

    def target(self) -> Type | None:
        t = resolve(self.subject)
        if self.fallible:
            if type(t) is not TCon or t.id.name != "Result":
                return None
            t = resolve(t.args[0])
        return None if type(t) is TVar and not t.rigid else t

    def solve(self, ctx: Infer) -> bool:
        target = self.target()
        if target is None:
            t = resolve(self.subject)
            if type(t) is TVar or (type(t) is TCon and t.id.name == "Result" and self.fallible):
                return False
            self.reporter.no_method(self.span, "try_into", self.source)
            return True
        trait = ctx.world.trait("TryFrom" if self.fallible else "From")
        status, goals = ctx.solver.solve(trait, (self.source,), target)
        if status == MAYBE and type(resolve(self.source)) is TVar:
            return False
        if status == NO:
            self.reporter.missing_impl(self.span, target, f"{trait.name}<{self.reporter.show(self.source)}>")
            return True
        self.build(target)
        return True

    def options(self, ctx: Infer) -> list[Type]:
        """The types that the source converts into."""
        trait = ctx.world.trait("TryFrom" if self.fallible else "From")
        found = []
        for impl in ctx.world.impls.get(trait.id, ()):
            if not impl.vars and equal(impl.args[0], self.source):
                found.append(impl.self_ty)
        return found

    def settle(self, ctx: Infer) -> bool:
        if self.target() is not None or type(resolve(self.source)) is TVar:
            return False
        options = self.options(ctx)
        if len(options) != 1:
            return False
        t: Type = options[0]
        if self.fallible:
            t = TCon(_RESULT, (t, ctx.fresh()))
        ctx.agree(self.span, t, self.subject)
        return self.solve(ctx)

    def give_up(self, ctx: Infer) -> None:
        name = "TryInto" if self.fallible else "Into"
        options = sorted({f"{name}<{self.reporter.show(o)}>" for o in self.options(ctx)})
        if options:
            self.reporter.ambiguous_method(self.span, "try_into" if self.fallible else "into", self.source, options)
        else:
            self.reporter.no_method(self.span, "try_into" if self.fallible else "into", self.source)


def is_arithmetic(trait: TraitInfo) -> bool:
    return trait.id.module == "" and trait.id.name in ARITHMETIC

