"""Programs that would need endlessly many types end with an error, soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshpy.api import BuildError, build_project

NESTED = """\
type Nest<T> do
  Flat(T)
  Deeper(Nest<%s>)
end deriving(Display)

fn main() do
  println("${Flat(1)}")
end
"""


@pytest.mark.parametrize("inner", ["List<T>", "(T, T)"])
def test_text_of_a_type_that_contains_itself_at_larger_types(tmp_path: Path, inner: str) -> None:
    (tmp_path / "main.mpl").write_text(NESTED % inner)
    with pytest.raises(BuildError, match="ever larger types"):
        build_project(tmp_path, tmp_path / "program", use_cache=False)
