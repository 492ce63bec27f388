"""Compiles a program to a native executable.

The program is put into its folder and named after it, unless -o says otherwise. Unchanged input is not compiled again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from meshpy.cli.options import diagnostic_options, optimisation_option, path_argument
from meshpy.cli.terminal import FAILED, colours, fail, show_diagnostics


def configure(parser: argparse.ArgumentParser) -> None:
    path_argument(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help="where to write the program")
    optimisation_option(parser, 2)
    parser.add_argument(
        "--emit", choices=("core", "llvm", "asm", "obj"),
        help="print a stage of the compiler on stdout (or into -o) instead of building",
    )  # fmt: skip
    parser.add_argument("--emit-llvm", action="store_true", help="also write the LLVM IR beside the program")
    parser.add_argument("--target", metavar="TRIPLE", default="", help="LLVM triple of the machine to build for")
    diagnostic_options(parser)


def run(args: argparse.Namespace) -> int:
    from meshpy.api import build_project

    colour = colours(sys.stderr, not args.no_color)
    if args.emit:
        return _emit(args, colour)
    result = build_project(args.dir, args.output, opt_level=args.opt_level, target=args.target)
    show_diagnostics(result.diagnostics, args.json, colour)
    if result.output is None:
        return fail(FAILED, args.json)
    if args.emit_llvm:
        _write_llvm(args, result.output)
    if not args.json:
        print(f"  Compiled: {result.output}", file=sys.stderr)
    return 0


def _emit(args: argparse.Namespace, colour: bool) -> int:
    from meshpy.api import emit_project

    result, data = emit_project(args.dir, args.emit, opt_level=args.opt_level, target=args.target)
    show_diagnostics(result.diagnostics, args.json, colour)
    if data is None:
        return fail(FAILED, args.json)
    if args.output:
        return _write(Path(args.output), data, args.json)
    if args.emit == "obj" and sys.stdout.isatty():
        return fail("object code goes to a file: add -o PATH", args.json)
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return 0


def _write_llvm(args: argparse.Namespace, output: Path) -> None:
    from meshpy.api import emit_project

    data = emit_project(args.dir, "llvm", opt_level=args.opt_level, target=args.target)[1]
    if data is None:
        return
    path = output.with_suffix(".ll") if output.suffix in ("", ".exe") else output.with_name(output.name + ".ll")
    if _write(path, data, args.json) == 0 and not args.json:
        print(f"  LLVM IR: {path}", file=sys.stderr)


def _write(path: Path, data: bytes, json_form: bool) -> int:
    try:
        path.write_bytes(data)
    except OSError as error:
        return fail(f"cannot write `{path}`: {error.strerror}", json_form)
    return 0
