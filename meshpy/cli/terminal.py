"""Output of the commands: diagnostics, errors, colours, exit statuses."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from meshpy.diagnostics import COMPILATION_FAILED, Diagnostic

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130

FAILED = COMPILATION_FAILED


def colours(stream: TextIO, wanted: bool = True) -> bool:
    """Whether to colour: only on a terminal, and only when nobody objects."""
    return wanted and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def fail(message: str, json_form: bool = False, helps: Sequence[str] = ()) -> int:
    """Reports the failure of a command; its exit status."""
    if json_form:
        fix = helps[0] if helps else None
        row = {"code": "C0001", "severity": "error", "message": message, "file": "", "spans": [], "fix": fix}
        print(json.dumps(row, ensure_ascii=False), file=sys.stderr)
    else:
        print(f"error: {message}", file=sys.stderr)
        for text in helps:
            print(f"  help: {text}", file=sys.stderr)
    return EXIT_FAILURE


def show_diagnostics(diagnostics: Iterable[Diagnostic], json_form: bool, colour: bool) -> None:
    """Writes diagnostics to stderr, in their order. Those without a code are messages of the driver."""
    from meshpy.diagnostics import render_json, render_text

    if json_form:
        sys.stderr.write("".join(line + "\n" for line in render_json(diagnostics)))
    else:
        sys.stderr.write(render_text(diagnostics, color=colour))
    sys.stderr.flush()
