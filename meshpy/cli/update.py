"""Tells how to get the newest version."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    del parser  # no options


def run(args: argparse.Namespace) -> int:
    print("meshpy is a Python package: upgrade it with `pip install --upgrade meshpy`, or `git pull` and `make` in a checkout.")
    return 0
