"""Many processes at once (``storm``), and what they leave of their memory (``memory``).

``make race`` runs this file with the runtime under ThreadSanitizer.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from meshpy.api import build_project

FOLDER = Path(__file__).parent
FACTOR = int(os.environ.get("MESHPY_FUZZ") or 0)
SEEDS = [random.randrange(2**31) for _ in range(6 * FACTOR)] if FACTOR else [1, 2, 3]
SCALE = 8
TIMEOUT = 120  # seconds


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory):
    def built(name: str) -> Path:
        result = build_project(FOLDER / name, tmp_path_factory.mktemp(name) / "program", opt_level=2)
        assert result.output is not None, [d.message for d in result.diagnostics]
        return Path(result.output)

    return built


@pytest.mark.skipif(os.environ.get("MESHPY_RUNTIME", "release") != "release", reason="measures the memory of the release runtime")
def test_memory_goes_back(build) -> None:
    run = subprocess.run([build("memory")], capture_output=True, text=True, timeout=TIMEOUT)
    assert (run.stdout, run.returncode) == ("casts: true\nstate: true\npanics: true\n", 0), run.stderr[-2000:]


def test_processes_do_everything_to_each_other(build) -> None:
    """Every part of the program finds that nothing was lost, doubled or out of order."""
    program = build("storm")
    chains = sum(21 + i % 5 for i in range(SCALE))
    wanted = {"monitors": SCALE, "order": 4, "services": 20, "crashes": SCALE, "timers": SCALE, "chains": chains}
    text = "".join(f"{part}: {n} expected, {n} reported, {n} right\n" for part, n in wanted.items())
    for seed in SEEDS:
        for workers in "1", "3":
            env = {**os.environ, "MESH_WORKERS": workers, "TSAN_OPTIONS": "report_signal_unsafe=0"}
            run = subprocess.run([program, str(seed), str(SCALE)], capture_output=True, text=True, timeout=TIMEOUT, env=env)
            assert (run.stdout, run.returncode) == (text, 0), f"seed {seed}, {workers} workers: {run.stderr[-3000:]}"
            assert "Sanitizer" not in run.stderr, run.stderr[run.stderr.index("Sanitizer") - 100:][:5000]
