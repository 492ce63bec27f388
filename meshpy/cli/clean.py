"""Removes the compiler's caches. Programs and sources stay; the next build takes longer."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    del parser  # no options


def run(args: argparse.Namespace) -> int:
    from meshpy.cache import cache_root, clean

    size = clean()
    print(f"Removed {cache_root()} ({size / 1e6:.1f} MB)")
    return 0
