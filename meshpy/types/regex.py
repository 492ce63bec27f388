"""Validity of regex literals: the dialect of RE2, without look-around and back-references."""

from __future__ import annotations

import re
import warnings

_UNSUPPORTED = re.compile(r"\(\?(?:=|!|<=|<!|>|\()|\\[1-9]|\\k<")
_TRANSLATE = [
    (re.compile(r"\\[pP]\{\^?\w+\}|\\[pP]\w"), r"\\w"),
    (re.compile(r"\\z"), r"\\Z"),
    (re.compile(r"\\[QEC]"), ""),
    (re.compile(r"\[\[:\^?\w+:\]"), "[a"),
    (re.compile(r"\[:\^?\w+:\]"), "a"),
    (re.compile(r"\(\?<(?![=!])"), "(?P<"),
    (re.compile(r"\\x\{[0-9A-Fa-f]+\}"), "x"),
    (re.compile(r"\(\?[a-zA-Z]*U[a-zA-Z]*(?:-[a-zA-Z]+)?\)"), ""),
    (re.compile(r"\(\?[a-zA-Z]*-?[a-zA-Z]+\)"), ""),
]


def regex_problem(pattern: str, flags: str) -> str | None:
    """Why the literal ``~r/pattern/flags`` is not valid, or None."""
    for flag in flags:
        if flag not in "imsxU":
            return f"unknown flag `{flag}`"
    plain = re.sub(r"\\\\", "", pattern)
    found = _UNSUPPORTED.search(plain)
    if found is not None:
        return f"`{found.group()}` is not supported"
    text = pattern
    for expression, replacement in _TRANSLATE:
        text = expression.sub(replacement, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except re.error as error:
        return error.msg
    return None
