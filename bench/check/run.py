"""The speed of the compiler: parsing, checking a generated project, checking and building Mesher.

    python bench/check/run.py [--rounds N]        (make bench-check)

Wall-clock and CPU time (of the process and its children) of the command line as people run it, interpreter start included;
the best of the rounds. *Cold* is an empty cache and an installed toolchain; *one changed* and *unchanged* follow in the
same cache. Lines a second that stay the same from size to size mean linear time.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from project import module_text, write_project

ROOT = Path(__file__).resolve().parents[2]
SIZES = [(5, 2_000), (12, 5_000), (25, 10_000), (50, 20_000)]
PARSED = [1_000, 10_000, 100_000]

Times = tuple[float, float]  # wall clock, CPU; seconds

_PARSE = """
import gc, sys, time
from meshpy.syntax import parse
text = open(sys.argv[1], "rb").read()
parse(text[:0], "x.mpl")
gc.disable()
start = time.process_time()
assert not parse(text, "x.mpl").diagnostics
print(time.process_time() - start)
"""


def meshpy(*words: str, cache: Path) -> Times:
    """Runs a command of the compiler. Raises RuntimeError when it fails."""
    env = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "meshpy", *words], env=env, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best(rounds: list[Times]) -> Times:
    return min(wall for wall, _ in rounds), min(cpu for _, cpu in rounds)


def three_states(command: str, folder: Path, changed: Path, rounds: int) -> list[Times]:
    """Times of ``command`` cold, with one changed file, and unchanged."""
    found: list[list[Times]] = [[], [], []]
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            found[0].append(meshpy(command, str(folder), cache=Path(cache)))
            with changed.open("a") as file:
                file.write(f"# change {number}\n")
            found[1].append(meshpy(command, str(folder), cache=Path(cache)))
            found[2].append(meshpy(command, str(folder), cache=Path(cache)))
    return [best(f) for f in found]


def row(title: str, states: list[Times], lines: int = 0) -> None:
    cells = "".join(f"{wall:9.2f} {cpu:6.2f}" for wall, cpu in states)
    rate = f"{lines / states[0][0]:12,.0f}" if lines else ""
    print(f"{title:<28}{cells}{rate}", flush=True)


def parsed(text: str) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".mpl") as file:
        file.write(text)
        file.flush()
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", _PARSE, file.name], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    measure: Callable[[str], float] = lambda text: min(parsed(text) for _ in range(rounds))  # noqa: E731
    for size in PARSED:
        text = module_text(0, size)
        seconds = measure(text)
        print(f"parsing {text.count(chr(10)):>7,} lines: {seconds:6.2f} s CPU, {text.count(chr(10)) / seconds:8,.0f} lines/s", flush=True)
    print(f"\n{'seconds (wall, CPU)':<28}{'cold':>16}{'one changed':>16}{'unchanged':>16}{'lines/s cold':>12}")
    with tempfile.TemporaryDirectory() as name:
        for modules, size in SIZES:
            folder = Path(name) / f"p{size}"
            lines = write_project(folder, modules, size)
            row(f"check, {lines:,} lines", three_states("check", folder, folder / "part0.mpl", rounds), lines)
        mesher = Path(name) / "mesher"
        shutil.copytree(ROOT / "mesher", mesher, ignore=shutil.ignore_patterns("mesher"))
        lines = sum(file.read_text().count("\n") for file in mesher.rglob("*.mpl"))
        for command in ("check", "build"):
            row(f"{command} mesher, {lines:,} lines", three_states(command, mesher, mesher / "storage" / "writer.mpl", rounds), lines)


if __name__ == "__main__":
    main()
