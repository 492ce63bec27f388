"""Mesher's own tests, in Mesh."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from harness import ROOT


def test_meshpy_test(create_database: Callable[..., str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "meshpy", "test", str(ROOT / "mesher")],
        capture_output=True, text=True, timeout=300, env={**os.environ, "MESHER_DATABASE_URL": create_database(), "MESHER_HEALTH_INTERVAL_MS": "50"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "grouping > the statement agrees" in result.stdout
    assert "pipeline > a service that is gone comes back" in result.stdout
