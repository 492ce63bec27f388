"""JSON form of diagnostics: one object a line (toolchain reference 4.3, messages of types reference 20.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from meshpy.diagnostics.diagnostic import Diagnostic

# Title of the human form -> message of the JSON form. ``{label}`` is the main label, ``{missing}`` its text without
# ``missing: ``, ``{note}`` and ``{help}`` the first of each. Titles without a row are the same in both forms.
_REWRITES: dict[str, list[tuple[str, str]]] = {
    "E0001": [(r"expected (.*), found (.*)", r"type mismatch: expected `\1`, found `\2`")],
    "E0002": [(r"infinite type: (\S+) occurs in (.*)", r"infinite type: `\1` occurs in `\2`")],
    "E0003": [(r"expected (\d+) arguments?, found (\d+)", r"arity mismatch: expected \1 arguments, found \2")],
    "E0004": [(r"undefined variable: (.*)", r"unbound variable `\1`")],
    "E0005": [(r"type (.*) is not callable", r"`\1` is not a function")],
    "E0006": [(r"(.*) does not implement (.*)", r"type `\1` does not satisfy trait `\2`")],
    "E0007": [(r"impl (.*) for (.*) is missing method (.*)", r"impl `\1` for `\2` is missing method `\3`")],
    "E0008": [
        (
            r"method (.*) in impl (.*) has wrong signature: expected (.*), found (.*)",
            r"method `\1` in impl `\2` has wrong signature: expected `\3`, found `\4`",
        )
    ],
    "E0009": [
        (r"missing field (\S+) in struct (.*)", r"missing field `\1` in struct `\2`"),
        (r"unknown field (\S+) in struct (.*)", r"unknown field `\1` in struct `\2`"),
        (r"type (.*) has no field (\S+)", r"type `\1` has no field `\2`"),
    ],
    "E0010": [(r"unknown variant: (.*)", r"unknown variant `\1`")],
    "E0011": [
        (
            r"or-pattern alternatives bind different variables: \[(.*)\] vs \[(.*)\]",
            r"or-pattern binding mismatch: expected [\1], found [\2]",
        )
    ],
    "E0012": [(r"(non-exhaustive match on `.*`)", r"\1: missing patterns [{missing}]")],
    "E0013": [(r"invalid guard: (.*)", r"invalid guard expression: \1")],
    "E0014": [(r"message type mismatch: expected (.*), found (.*)", r"message type mismatch: expected `\1`, found `\2`")],
    "E0016": [(r"cannot spawn non-function: found (.*)", r"cannot spawn non-function: found `\1`")],
    "E0019": [(r"(unknown .*)", r"\1, {label}")],
    "E0020": [(r"(invalid .*)", r"\1, {label}")],
    "E0021": [(r"(invalid .*)", r"\1, {label}")],
    "E0022": [(r"(catch-all .*)", r"\1; clauses after a catch-all are unreachable")],
    "E0026": [(r"(duplicate impl: .*)", r"\1 ({label})")],
    "E0028": [(r"(cannot derive .*)", r"\1 -- {help}")],
    "E0029": [(r"cannot derive `Ord` for (.*) without `Eq`", r"deriving `Ord` for \1 requires `Eq` to also be derived")],
    "E0031": [(r"module not found", r"{label}{suggestion}")],
    "E0034": [(r"name not found in module", r"{label}{available}")],
    "E0035": [(r"private item cannot be imported", r"{label}; add `pub` to make it accessible")],
    "E0036": [(r"(`\?` operator requires function to return `Result` or `Option`)", r"\1{enclosing}")],
    "E0037": [(r"`\?` requires `Result` or `Option`", r"`?` operator requires `Result` or `Option`, found {found}")],
    "E0039": [(r"(field .*)", r"\1 (only Int, Float, Bool, String, and Option<T> are supported)")],
    "E0042": [(r"(cannot resolve .*)", r"\1 -- Self.Item can only be used inside an impl block")],
    "E0046": [(r"(.* is disabled)", r"\1; failover is automatic-only")],
    "E0047": [(r"(invalid HTTP\.clustered\(\.\.\.\) usage)", r"\1: {label}")],
    "E0049": [
        (
            r"HTTP\.clustered.*",
            r"HTTP.clustered(...) can only appear in the route handler position of HTTP.route(...) or HTTP.on_*(...)",
        )
    ],
    "P0001": [(r"Parse error: (.*)", r"Parse error: \1"), (r"(.*)", r"Parse error: \1")],
}


def message(diagnostic: Diagnostic) -> str:
    """The message of the JSON form and of editors."""
    if diagnostic.code == "W0001":
        arm = re.fullmatch(r"redundant match arm \(arm (\d+)\)", diagnostic.message)
        return f"redundant match arm at index {int(arm[1]) - 1}" if arm else diagnostic.message
    for pattern, template in _REWRITES.get(diagnostic.code, ()):
        match = re.fullmatch(pattern, diagnostic.message, re.DOTALL)
        if match:
            return _fill(match.expand(template), diagnostic)
    return diagnostic.message


def _fill(text: str, diagnostic: Diagnostic) -> str:
    if "{" not in text:
        return text
    label = diagnostic.labels[0].text if diagnostic.labels else ""
    note = diagnostic.notes[0] if diagnostic.notes else ""
    helps = diagnostic.helps[0] if diagnostic.helps else ""
    enclosing = re.search(r"returns `(.*)`, but", note or helps)
    found = re.match(r"type (`.*`) is not", label)
    values = {
        "{label}": label,
        "{missing}": label.removeprefix("missing: "),
        "{help}": helps,
        "{suggestion}": f"; {note or helps}" if "did you mean" in note + helps else "",
        "{available}": f"; {(note or helps).replace('available exports:', 'available:')}" if note or helps else "",
        "{enclosing}": f", found `{enclosing[1]}`" if enclosing else "",
        "{found}": found[1] if found else "another type",
    }
    for key, value in values.items():
        text = text.replace(key, value)
    return text


def json_object(diagnostic: Diagnostic) -> dict[str, object]:
    """The fields of toolchain reference 4.3."""
    spans = [{"start": x.start, "end": x.end, "label": x.text} for x in diagnostic.labels]
    if diagnostic.code == "E0001" and len(diagnostic.labels) > 1:
        main = diagnostic.labels[0]
        if main.text.startswith("returns "):
            spans[0]["label"], spans[1]["label"] = "return expression here", "return type declared here"
        spans.insert(0, {"start": main.start, "end": main.end, "label": diagnostic.message})
    if diagnostic.code == "P0001" and spans:
        spans[0]["end"] = max(spans[0]["end"], spans[0]["start"] + 1)
    tail = [*diagnostic.helps, *diagnostic.notes]
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": message(diagnostic),
        "file": diagnostic.labels[0].path if diagnostic.labels else "",
        "spans": spans,
        "fix": tail[0] if tail and diagnostic.code != "P0001" else None,
    }


def json_line(diagnostic: Diagnostic) -> str:
    return json.dumps(json_object(diagnostic), ensure_ascii=False)


def render_json(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """One JSON object for each diagnostic, in the given order, without line ends."""
    return (json_line(diagnostic) for diagnostic in diagnostics)
