"""Explains a diagnostic code, with an example that fails and one that works.

Without a code: a list of all of them.
"""

from __future__ import annotations

import argparse
import sys

from meshpy.cli.terminal import colours, fail

_BOLD, _DIM = "\033[1m", "\033[2m"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", help="a code such as E0001")


def run(args: argparse.Namespace) -> int:
    from meshpy.diagnostics.catalogue import codes, entry

    bold, dim, off = (_BOLD, _DIM, "\033[0m") if colours(sys.stdout) else ("", "", "")
    if args.code is None:
        for code in codes():
            print(f"{bold}{code:<8}{off} {entry(code).name}")
        return 0
    found = entry(args.code.upper())
    if found is None:
        return fail(f"there is no diagnostic `{args.code}`", helps=("`meshpy explain` lists all codes",))
    print(f"{bold}{found.code}: {found.name}{off}\n\n{found.explanation}")
    for heading, example in (("Wrong", found.wrong), ("Right", found.right)):
        if example is None:
            continue
        print(f"\n{bold}{heading}:{off}\n")
        for name, text in example.files.items():
            if name:
                print(f"{dim}  # {name}{off}")
            print("\n".join(f"  {line}".rstrip() for line in text.rstrip("\n").split("\n")))
    return 0
