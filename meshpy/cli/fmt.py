"""Formats source files in place.

A folder is formatted with everything below it, except hidden folders and `target`. A file with syntax errors is left alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from meshpy.cli.terminal import EXIT_FAILURE, colours, fail, show_diagnostics

_TEST = ".test.mpl"
_INTERFACE = ("#@ module", "#@ prelude")  # how the files of the standard library begin


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="a .mpl file or a folder")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a file would change")
    parser.add_argument("--line-width", type=_natural, default=100, metavar="N", help="columns of a line (default 100)")
    parser.add_argument("--indent-size", type=_natural, default=2, metavar="N", help="columns of a level (default 2)")
    parser.add_argument("--no-color", action="store_true", help="plain text, also on a terminal")


def run(args: argparse.Namespace) -> int:
    from meshpy.backend.errors import BuildError

    files = list(_sources(args.path))
    if not files:
        raise BuildError(f"No .mpl files found at '{args.path}'")
    changed = broken = 0
    for file in files:
        outcome = _format(file, args)
        changed += outcome is True
        broken += outcome is None
    if args.check and changed:
        print(f"{changed} file(s) would be reformatted", file=sys.stderr)
    elif not args.check:
        print(f"Formatted {len(files) - broken} file(s)", file=sys.stderr)
    if broken:
        return fail(f"{broken} file(s) with syntax errors left as they are")
    return EXIT_FAILURE if args.check and changed else 0


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


def _sources(path: str) -> Iterator[str]:
    """The files to format, sorted. Raises BuildError."""
    from meshpy.backend.errors import BuildError

    if not os.path.exists(path):
        raise BuildError(f"Path '{path}' does not exist")
    if not os.path.isdir(path):
        if not path.endswith(".mpl"):
            raise BuildError(f"'{path}' is not a .mpl file")
        yield path
        return
    for base, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "target")
        yield from (os.path.join(base, name) for name in sorted(names) if name.endswith(".mpl"))


def _format(file: str, args: argparse.Namespace) -> bool | None:
    """Whether the file differs from its formatted text; None when it does not parse. Raises BuildError."""
    from pathlib import Path

    from meshpy.backend.errors import BuildError
    from meshpy.cache import write_atomically
    from meshpy.syntax.formatter import format_source

    path = Path(file).resolve()  # a link stays one
    try:
        source = path.read_bytes()
        text = source.decode()
    except OSError as error:
        raise BuildError(f"Failed to read '{file}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise BuildError(f"Failed to read '{file}': stream did not contain valid UTF-8") from None
    result = format_source(
        text, file, width=args.line_width, indent=args.indent_size,
        is_test=file.endswith(_TEST), is_interface=text.startswith(_INTERFACE),
    )  # fmt: skip
    if result.text is None:
        show_diagnostics(result.diagnostics, False, colours(sys.stderr, not args.no_color))
        return None
    if result.text == text:
        return False
    if args.check:
        print(f"  would reformat: {file}", file=sys.stderr)
        return True
    try:
        write_atomically(path, result.text.encode(), path.stat().st_mode & 0o777)
    except OSError as error:
        raise BuildError(f"Failed to write '{file}': {error.strerror}") from None
    return True
