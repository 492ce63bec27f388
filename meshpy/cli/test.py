"""Builds and runs the tests of a project: files ending in `.test.mpl`.

PATH is a project, a folder below one, or one test file. Exits with 1 when a test failed or a file did not build.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from meshpy.cli.options import optimisation_option
from meshpy.cli.terminal import FAILED, colours, fail, show_diagnostics

TIME_LIMIT = 60.0  # seconds for one file
_RED, _GREEN = "31", "32"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", help="project, folder or test file (default: the current folder)")
    parser.add_argument("--quiet", action="store_true", help="dots, failures and the summary only")
    parser.add_argument("--coverage", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--timeout", type=float, default=TIME_LIMIT, metavar="S", help="seconds that a file may take (default 60)")
    optimisation_option(parser, 1)
    parser.add_argument("--no-color", action="store_true", help="plain text, also on a terminal")


@dataclass(slots=True)
class Totals:
    passed: int = 0
    failed: int = 0
    files: int = 0
    broken: int = 0  # files that did not build, crashed or took too long


def run(args: argparse.Namespace) -> int:
    if args.coverage:
        return fail("coverage reporting is not implemented for `meshpy test`; run the command without --coverage")
    target = args.path or "."
    if not os.path.exists(target):
        return fail(f"Test target '{target}' does not exist")
    if not os.path.isdir(target) and not target.endswith(".test.mpl"):
        return fail(f"'{target}' is not a directory or a *.test.mpl file")
    root = project_root(Path(target), explicit=args.path is not None)
    if root is None:
        return fail(
            f"Could not resolve a Mesh project root for test target '{target}'; expected an ancestor with 'mesh.toml' or "
            "legacy root 'main.mpl'."
        )
    from meshpy.api import entry_file

    entry_file(str(root))
    files = test_files(Path(target))
    if not files:
        print("No *.test.mpl files found.")
        return 0
    begin = time.monotonic()
    totals = Totals()
    for file in files:
        _run_file(args, root, file, totals)
    if args.quiet:
        print()
    return _summary(args, totals, time.monotonic() - begin)


def project_root(target: Path, explicit: bool) -> Path | None:
    """The nearest folder with a manifest, else the nearest with a main.mpl; without a target, the current folder."""
    start = target if target.is_dir() else target.parent
    ancestors = [start.absolute(), *start.absolute().parents]
    for name in ("mesh.toml", "main.mpl"):
        for folder in ancestors:
            if (folder / name).exists():
                shown = os.path.relpath(folder)
                return Path(shown) if not shown.startswith("..") else folder
    return None if explicit else start


def test_files(target: Path) -> list[Path]:
    """Test files at or below ``target``, sorted."""
    if not target.is_dir():
        return [target]
    found = []
    for base, folders, names in os.walk(target):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "target")
        found += [Path(base, n) for n in names if n.endswith(".test.mpl") and not n.startswith(".")]
    return sorted(found)


def _paint(args: argparse.Namespace, colour: str, text: str) -> str:
    return f"\033[1;{colour}m{text}\033[0m" if colours(sys.stdout, not args.no_color) else text


def _broken(args: argparse.Namespace, totals: Totals, text: str) -> None:
    totals.broken += 1
    if args.quiet:
        print(_paint(args, _RED, "F"))
    print(_paint(args, _RED, text), flush=True)


def _run_file(args: argparse.Namespace, root: Path, file: Path, totals: Totals) -> None:
    from meshpy.api import build_tests

    totals.files += 1
    shown = os.path.relpath(file, root)
    with tempfile.TemporaryDirectory(prefix="meshpy-test-") as folder:
        program, report = Path(folder, "tests"), Path(folder, "result")
        result = build_tests(root, file, program, opt_level=args.opt_level)
        show_diagnostics(result.diagnostics, False, colours(sys.stderr, not args.no_color))
        if result.output is None:
            _broken(args, totals, f"COMPILE ERROR: {shown}")
            print(f"  {FAILED}", flush=True)
            return
        env = {**os.environ, "MESH_TEST_RESULT": str(report)}
        if args.no_color:
            env["NO_COLOR"] = "1"
        if args.quiet:
            env["MESH_TEST_QUIET"] = "1"
        else:
            print(f"{shown}", flush=True)
        try:
            status = subprocess.run([program], env=env, timeout=args.timeout).returncode
        except subprocess.TimeoutExpired:
            _broken(args, totals, f"TIMEOUT: {shown} took longer than {args.timeout:g} s")
            return
        counts = _counts(report)
        if counts is None and status != 0:
            _broken(args, totals, f"CRASHED: {shown} ended with status {status}")
            return
        passed, failed = counts or (1, 0)  # a file without tests is a program that has to end well
        totals.passed += passed
        totals.failed += failed
        if args.quiet:
            print(_paint(args, _RED if failed else _GREEN, "F" if failed else "."), end="", flush=True)
        if failed == 0 and status != 0:
            _broken(args, totals, f"CRASHED: {shown} ended with status {status}")


def _counts(report: Path) -> tuple[int, int] | None:
    try:
        passed, failed = report.read_text().split()
    except (OSError, ValueError):
        return None
    return int(passed), int(failed)


def _summary(args: argparse.Namespace, totals: Totals, seconds: float) -> int:
    failed = totals.failed + totals.broken
    text = f"{totals.passed} passed in {seconds:.2f}s ({totals.files} file{'s' if totals.files != 1 else ''})"
    if failed:
        text = f"{failed} failed, {text}"
    print(f"\n{_paint(args, _RED if failed else _GREEN, text)}")
    return 1 if failed else 0
