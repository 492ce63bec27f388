"""Builds a program and executes it. Exits with the status of the program.

What follows `--` is passed to the program.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from meshpy.cli.options import diagnostic_options, optimisation_option, path_argument
from meshpy.cli.terminal import FAILED, colours, fail, show_diagnostics


def configure(parser: argparse.ArgumentParser) -> None:
    path_argument(parser)
    parser.add_argument("args", nargs="*", help="arguments of the program, behind `--`")
    optimisation_option(parser, 1)
    diagnostic_options(parser)


def run(args: argparse.Namespace) -> int:
    import tempfile

    from meshpy.api import build_project

    name = Path(args.dir).absolute()
    with tempfile.TemporaryDirectory(prefix="meshpy-run-") as folder:
        output = Path(folder) / (name.stem or "program")
        result = build_project(args.dir, output, opt_level=args.opt_level)
        show_diagnostics(result.diagnostics, args.json, colours(sys.stderr, not args.no_color))
        if result.output is None:
            return fail(FAILED, args.json)
        # The program replaces this process, so signals and the terminal are its own. Its file is opened first and
        # removed: Linux executes it by its descriptor.
        handle = os.open(output, os.O_RDONLY)
        os.set_inheritable(handle, False)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(handle, [str(output), *args.args], os.environ)
