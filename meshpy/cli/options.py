"""Options that several commands share."""

from __future__ import annotations

import argparse


def path_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", nargs="?", default=".", help="project folder or .mpl file (default: the current folder)")


def diagnostic_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="diagnostics as JSON, one object a line, on stderr")
    parser.add_argument("--no-color", action="store_true", help="plain text, also on a terminal")


def optimisation_option(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--opt-level", type=int, choices=range(4), default=default, metavar="N",
        help=f"0 none, 1 some, 2 and 3 full optimisation (default {default})",
    )  # fmt: skip
