"""Profiles: a fast one for the suite; `MESHPY_FUZZ=N` (make fuzz N=...) multiplies the work by N and draws anew each time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
sys.setrecursionlimit(20_000)

FACTOR = int(os.environ.get("MESHPY_FUZZ") or 0)

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
