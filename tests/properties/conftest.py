"""The hypothesis profile of the properties: the same choices in each run of the suite, fresh ones in the long profile."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
sys.setrecursionlimit(20_000)

from fuzzing import FACTOR  # noqa: E402

settings.register_profile(
    "properties",
    deadline=None,
    derandomize=not FACTOR,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def pytest_configure(config) -> None:
    config.addinivalue_line("markers", "programs: runs compiled programs")


def pytest_runtest_setup(item) -> None:
    settings.load_profile("properties")
