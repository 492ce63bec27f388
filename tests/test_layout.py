"""The test folders put themselves on the module path, so their helper modules need distinct names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path


def test_module_names_are_distinct() -> None:
    names = Counter(path.name for path in Path(__file__).parent.rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
