"""`meshpy explain`: every code, and what is no code."""

from __future__ import annotations

import pytest

from meshpy.cli.main import main
from meshpy.diagnostics import catalogue


@pytest.mark.parametrize("code", catalogue.codes())
def test_every_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code.lower()]) == 0
    out = capsys.readouterr().out
    entry = catalogue.entry(code)
    assert entry is not None
    assert out.startswith(f"{code}: {entry.name}\n\n{entry.explanation}")
    for example in (entry.wrong, entry.right):
        for text in example.files.values() if example else ():
            assert all(line.strip() in out for line in text.splitlines())


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(catalogue.codes())


def test_an_unknown_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E9999"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: there is no diagnostic `E9999`\n  help: ")
