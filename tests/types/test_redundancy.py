"""What the checker says of a row without the matrix is what the matrix says."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshpy.types.exhaustive import WILD, Matrix
from meshpy.types.matches import Shortcut
from meshpy.types.ty import BOOL, INT, TTuple, Type, builtin

LIST = builtin("List", BOOL)
TYPES: list[Type] = [INT, BOOL, LIST, TTuple((INT, BOOL)), TTuple((BOOL, LIST))]


def patterns(t: Type, depth: int = 2) -> st.SearchStrategy[Any]:
    plain = [st.just(WILD)]
    if t is INT:
        plain.append(st.integers(0, 2).map(lambda n: ("lit", ("int", n))))
    elif t is BOOL:
        plain.append(st.booleans().map(lambda b: (("bool", b), ())))
    elif type(t) is TTuple:
        plain.append(st.tuples(*[patterns(e, depth) for e in t.elems]).map(lambda e: (("tuple", len(e)), e)))
    elif depth:
        plain.append(st.just((("nil", None), ())))
        plain.append(st.tuples(patterns(BOOL), patterns(LIST, depth - 1)).map(lambda e: (("cons", None), e)))
    one = st.one_of(plain)
    return st.one_of(one, one, st.lists(one, min_size=2, max_size=3).map(lambda a: ("or", tuple(a)))) if depth == 2 else one


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(st.sampled_from(TYPES), min_size=1, max_size=2))
def test_the_shortcut_agrees_with_the_matrix(data: st.DataObject, types: list[Type]) -> None:
    rows = data.draw(st.lists(st.tuples(*[patterns(t) for t in types]), max_size=8))
    shortcut = Shortcut()
    for index, row in enumerate(rows):
        answer = shortcut.covered(row)
        redundant = Matrix({}).useful(rows[:index], row, types) is None
        assert answer is None or answer == redundant
        shortcut.add(row)
