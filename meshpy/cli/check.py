"""Reports the mistakes in a program without building it. Exits with 1 when there is an error; warnings are no errors."""

from __future__ import annotations

import argparse
import sys

from meshpy.cli.options import diagnostic_options, path_argument
from meshpy.cli.terminal import FAILED, colours, fail, show_diagnostics


def configure(parser: argparse.ArgumentParser) -> None:
    path_argument(parser)
    diagnostic_options(parser)


def run(args: argparse.Namespace) -> int:
    from meshpy.api import check_project

    result = check_project(args.dir)
    show_diagnostics(result.diagnostics, args.json, colours(sys.stderr, not args.no_color))
    return 0 if result.ok else fail(FAILED, args.json)
