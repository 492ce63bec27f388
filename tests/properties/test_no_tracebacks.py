"""Whatever the text: the checker answers with diagnostics whose places lie in the file, and what it accepts can be lowered."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from fuzzing import examples
from hypothesis import example, given
from hypothesis import strategies as st
from sources import mesher, mutated, single_files, words

from meshpy.api import build_project
from meshpy.core import lower
from meshpy.diagnostics import render_text
from meshpy.diagnostics.catalogue import unknown_forms
from meshpy.modules import project_from_texts
from meshpy.types import check


def examine(files: dict[str, str], snippet: bool = True) -> None:
    project = project_from_texts(files, snippet=snippet)
    result = check(project)
    sizes = {m.path: len(m.source) for m in project.modules}
    for d in result.diagnostics:
        for label in d.labels:
            assert label.path in sizes and 0 <= label.start <= label.end <= sizes[label.path], d
    assert not unknown_forms(result.diagnostics)
    render_text(list(result.diagnostics), {m.path: m.source for m in project.modules})
    if result.program is not None and not snippet:
        lower(result.program)


@examples(200)
@given(st.integers(0, 2**48))
def test_mutated_programs(seed: int) -> None:
    rng = random.Random(seed)
    texts = list(single_files().values())
    text = mutated(rng.choice(texts), rng, rng.choice(texts))
    examine({"main.mpl": text}, snippet="fn main" not in text)


@examples(30)
@given(st.integers(0, 2**48))
def test_mutated_programs_through_build(seed: int) -> None:
    """What the checker accepts becomes a program (which nobody runs), everything else has an error."""
    rng = random.Random(seed)
    texts = [t for t in single_files().values() if "fn main" in t]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "main.mpl"
        file.write_text(mutated(rng.choice(texts), rng, rng.choice(texts)))
        built = build_project(file, Path(folder) / "program", opt_level=0, use_cache=False)
        assert (built.output is None) == any(d.is_error for d in built.diagnostics)


@examples(6)
@given(st.integers(0, 2**48))
def test_mutated_project(seed: int) -> None:
    rng = random.Random(seed)
    files = dict(mesher())
    for name in rng.sample(sorted(files), 3):
        files[name] = mutated(files[name], rng, files[rng.choice(sorted(files))])
    examine(files, snippet=False)


@examples(60)
@given(st.lists(st.sampled_from(words()), max_size=80), st.sampled_from(["", " "]))
def test_token_soup(tokens: list[str], blank: str) -> None:
    examine({"main.mpl": blank.join(tokens)})


@examples(60)
@given(st.text(max_size=200))
@example("\x00")
@example("\ufeff")
def test_text(text: str) -> None:
    examine({"main.mpl": text})
