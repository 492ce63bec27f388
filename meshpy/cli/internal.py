"""Reports of internal errors: a file with all that is needed to find the defect."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from meshpy import __version__
from meshpy.cache import cache_root


def write_report(message: str, details: str, words: Sequence[str]) -> Path | None:
    """Writes a report; its path, or None when it cannot be written anywhere."""
    text = (
        f"meshpy {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: meshpy {' '.join(words)}\nfolder: {os.getcwd()}\n\n{message}\n\n{details}\n"
    )
    name = time.strftime("%Y%m%d-%H%M%S") + f"-{os.getpid()}.txt"
    for folder in (cache_root() / "reports", Path("/tmp") if sys.platform != "win32" else Path.cwd()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"meshpy-{name}"
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return None
