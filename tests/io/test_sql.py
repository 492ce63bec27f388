"""Programs whose comments say what the line below prints (`# >`, `# prints:`) or sends to the database (`# sql:`)."""

from __future__ import annotations

import re

import pytest
from serving import HERE, run


@pytest.mark.parametrize("name", ["sql", "changesets"])
def test_program(name: str) -> None:
    source = (HERE / "programs" / f"{name}.mpl").read_text().split("\n\n", 1)[1]
    done = run(name, MESH_SQL_LOG="1")
    prints = [m[1] for line in source.splitlines() if (m := re.match(r" *# (?:prints:|>) (.*)$", line))]
    sql = [m[1] for line in source.splitlines() if (m := re.match(r" *# sql: (.*)$", line))]
    assert done.stdout.splitlines() == prints
    assert [line.removeprefix("[mesh-rt] sql: ") for line in done.stderr.splitlines()] == sql
    assert done.returncode == 0
