"""Explains a diagnostic code: what it means, a program that has it, and one that has not.

Without a code it lists all of them.
"""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches

from meshpy.cli.terminal import colours, fail


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", help="a code such as E0001")


def run(args: argparse.Namespace) -> int:
    from meshpy.diagnostics import catalogue

    bold = ("\x1b[1m", "\x1b[0m") if colours(sys.stdout) else ("", "")
    if args.code is None:
        for code in catalogue.codes():
            entry = catalogue.entry(code)
            assert entry is not None
            print(f"{bold[0]}{code:<7}{bold[1]}  {entry.name}")
        return 0
    code = args.code.strip("[]").upper()
    entry = catalogue.entry(code)
    if entry is None:
        close = get_close_matches(code, catalogue.codes(), 1)
        hint = f"did you mean `{close[0]}`?" if close else "`meshpy explain` lists all codes"
        return fail(f"there is no code `{args.code}`", helps=(hint,))
    print(f"{bold[0]}{code}: {entry.name}{bold[1]}\n\n{entry.explanation}")
    several = any(len(e.files) > 1 for e in (entry.wrong, entry.right) if e)
    heading = "These files do" if several else "This does"
    for title, example in ((f"{heading} not pass:", entry.wrong), (f"{heading}:", entry.right)):
        if example is None:
            continue
        print(f"\n{bold[0]}{title}{bold[1]}")
        for name, text in example.files.items():
            print(f"\n  # {name}" if name else "")
            print("".join(f"  {line}\n" if line else "\n" for line in text.rstrip().split("\n")), end="")
    return 0
