"""Entry of the command line: finds the command, runs it, turns every failure into an exit status.

Exit status: 0 success, 1 errors in the program or a command that failed, 2 wrong usage, 70 a defect of the compiler,
130 interrupted. ``run`` passes on the status of the program.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import NoReturn

from meshpy import __version__
from meshpy.cli.terminal import EXIT_FAILURE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE, fail

# Command -> one line of help. Each is a module of this package with `configure(parser)` and `run(args) -> int`.
COMMANDS = {
    "new": "start a project",
    "init": "the same as new",
    "check": "find mistakes without building",
    "build": "compile to a native program",
    "run": "build and execute",
    "test": "run the tests of a project",
    "fmt": "format source files",
    "deps": "resolve the dependencies of a project",
    "migrate": "run database migrations",
    "repl": "evaluate Mesh line by line",
    "lsp": "language server for editors (stdin/stdout)",
    "pkg": "packages of the registry",
    "explain": "what an error code means",
    "stdlib": "check the table of the standard library",
    "clean": "remove the compiler's caches",
    "update": "how to get the newest version",
}
_EPILOG = "`meshpy help COMMAND` shows the options of a command."


def available() -> dict[str, str]:
    """The commands that this installation has."""
    return {name: text for name, text in COMMANDS.items() if find_spec(f"meshpy.cli.{name}") is not None}


def _overview() -> str:
    commands = available()
    width = max(map(len, commands))
    rows = "\n".join(f"  {name:<{width}}  {text}" for name, text in commands.items())
    return (
        "usage: meshpy COMMAND [OPTIONS]\n\nThe compiler of the Mesh language.\n\n"
        f"commands:\n{rows}\n\noptions:\n  -h, --help     show this text\n  -V, --version  show the version\n\n{_EPILOG}"
    )


def _parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    description = (module.__doc__ or "").strip().split("\n\n", 1)
    parser = argparse.ArgumentParser(
        prog=f"meshpy {name}",
        description=description[0],
        epilog=description[1] if len(description) > 1 else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(parser)
    return parser


def run() -> NoReturn:
    """The command line as a process of its own: ends it with the status of the command.

    Trees live as long as the process: collecting them, and taking them apart at the end, is a third of the time of a check.
    """
    if sys.argv[1:2] not in (["lsp"], ["repl"]):
        gc.disable()
    try:
        status = main()
    except SystemExit as end:  # argparse
        status = end.code if isinstance(end.code, int) else EXIT_FAILURE
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # the reader is gone, or the stream is closed
        status = status or EXIT_FAILURE
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    if not words:
        print(_overview(), file=sys.stderr)
        return EXIT_USAGE
    if words[0] in ("-h", "--help"):
        print(_overview())
        return 0
    if words[0] in ("-V", "--version"):
        print(f"meshpy {__version__}")
        return 0
    name = words[0]
    if name not in COMMANDS or find_spec(f"meshpy.cli.{name}") is None:
        return _unknown(name)
    return _guarded(name, words[1:])


def _unknown(name: str) -> int:
    import difflib

    kind = "option" if name.startswith("-") else "command"
    close = difflib.get_close_matches(name, available(), 1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    print(f"usage: meshpy COMMAND [OPTIONS]\nmeshpy: unknown {kind} `{name}`{hint}\n{_EPILOG}", file=sys.stderr)
    return EXIT_USAGE


def _guarded(name: str, words: Sequence[str]) -> int:
    """Runs a command; nothing it raises reaches the user as a traceback."""
    from meshpy.backend.errors import BuildError, InternalError

    module = importlib.import_module(f"meshpy.cli.{name}")
    args = _parser(name, module).parse_args(words)
    json_form = bool(getattr(args, "json", False))
    try:
        return int(module.run(args))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_FAILURE
    except BuildError as error:
        return fail(error.message, json_form, error.helps)
    except InternalError as error:
        return _internal(error.message, error.details, words, name, json_form)
    except Exception as error:
        from meshpy.api import ProjectError

        if isinstance(error, ProjectError):
            return fail(error.message, json_form)
        if isinstance(error, (RecursionError, MemoryError)):
            return _internal(f"the program is nested too deeply ({type(error).__name__})", _traceback(), words, name, json_form)
        return _internal(f"{type(error).__name__}: {error}", _traceback(), words, name, json_form)


def _traceback() -> str:
    import traceback

    return traceback.format_exc()


def _internal(message: str, details: str, words: Sequence[str], name: str, json_form: bool) -> int:
    from meshpy.cli.internal import write_report

    report = write_report(message, details, [name, *words])
    first = message.split("\n", 1)[0]
    if len(first) > 200:
        first = first[:200] + "…"
    helps = (f"this is a defect of meshpy, not of your program; the report is in {report}",) if report else ()
    fail(f"internal error: {first}", json_form, helps)
    return EXIT_INTERNAL
