"""Laws of unification and levels."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshpy.types.show import show
from meshpy.types.ty import INT, NEVER, STRING, UNIT, TCon, TFun, TTuple, TVar, Type, TypeId, builtin, resolve
from meshpy.types.unify import ERROR, YES, Mismatch, equal, free_vars, match, substitute, unify

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # busy machines are slow

LEAVES = [INT, STRING, UNIT, builtin("Json"), TCon(TypeId("Main", "Point"))]


def types(variables: list[TVar]) -> st.SearchStrategy[Type]:
    leaves = st.sampled_from([*LEAVES, *variables])
    return st.recursive(leaves, lambda inner: st.one_of(
        st.builds(lambda a: builtin("List", a), inner),
        st.builds(lambda a, b: builtin("Map", a, b), inner, inner),
        st.builds(lambda a, b: TTuple((a, b)), inner, inner),
        st.builds(lambda a, b: TFun((a,), b), inner, inner),
    ), max_leaves=6)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Type, Type]:
    variables = [TVar(level) for level in (1, 2, 3)]
    return draw(types(variables)), draw(types(variables))


def outcome(a: Type, b: Type) -> str:
    try:
        unify(a, b)
    except Mismatch as error:
        return error.kind
    return "ok"


@LAW
@given(pairs())
def test_unified_types_are_equal(pair: tuple[Type, Type]) -> None:
    a, b = pair
    if outcome(a, b) == "ok":
        assert equal(a, b) and show(a) == show(b)
        assert outcome(a, b) == "ok"


@LAW
@given(pairs())
def test_unification_is_symmetric(pair: tuple[Type, Type]) -> None:
    a, b = pair
    copies = {v: TVar(v.level) for v in free_vars(TTuple((a, b)))}
    mirrored = (substitute(b, copies), substitute(a, copies))
    assert (outcome(a, b) == "ok") == (outcome(*mirrored) == "ok")


@LAW
@given(pairs())
def test_bound_variables_have_no_deeper_variables(pair: tuple[Type, Type]) -> None:
    a, b = pair
    before = free_vars(TTuple((a, b)))
    levels = {v: v.level for v in before}
    if outcome(a, b) == "ok":
        for var, level in levels.items():
            assert all(inner.level <= level for inner in free_vars(var))


@LAW
@given(pairs())
def test_matching_finds_the_substitution(pair: tuple[Type, Type]) -> None:
    pattern, replacement = pair
    variables = list(free_vars(pattern))
    target = substitute(pattern, dict.fromkeys(variables, INT))
    mapping: dict[TVar, Type | None] = dict.fromkeys(variables)
    assert match(pattern, target, mapping) == YES
    assert all(resolve(t) is INT for t in mapping.values())


def test_a_variable_does_not_occur_in_itself() -> None:
    var = TVar(1)
    with pytest.raises(Mismatch) as caught:
        unify(var, builtin("List", var))
    assert caught.value.kind == "occurs"


def test_declared_parameters_are_rigid() -> None:
    rigid = TVar(1, None, "T", True)
    flexible = TVar(1)
    unify(flexible, rigid)
    assert resolve(flexible) is rigid
    with pytest.raises(Mismatch):
        unify(rigid, INT)


@pytest.mark.parametrize(("a", "b"), [
    (NEVER, INT), (ERROR, builtin("List", INT)), (builtin("Pid"), builtin("Pid", INT)), (builtin("Pid", INT), builtin("Pid")),
    (builtin("Ptr"), builtin("Iter", INT)), (builtin("Tuple"), TTuple((INT, STRING))),
])
def test_exceptions_bind_nothing(a: Type, b: Type) -> None:
    unify(a, b)
    unify(b, a)


@pytest.mark.parametrize(("a", "b", "kind"), [
    (TTuple((INT, INT)), TTuple((INT, INT, INT)), "arity"), (TFun((INT,), INT), TFun((), INT), "arity"),
    (UNIT, TTuple((INT, INT)), "type"), (builtin("Pid", INT), builtin("Pid", STRING), "type"),
    (TCon(TypeId("A", "Key")), TCon(TypeId("B", "Key")), "type"),
])
def test_failures(a: Type, b: Type, kind: str) -> None:
    with pytest.raises(Mismatch) as caught:
        unify(a, b)
    assert caught.value.kind == kind
