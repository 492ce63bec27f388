"""The JSON form of diagnostics: one object for each (toolchain reference 4.3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from meshpy.diagnostics.catalogue import json_message
from meshpy.diagnostics.diagnostic import Diagnostic


def json_object(diagnostic: Diagnostic) -> dict[str, object]:
    """The fields of one diagnostic. A span in another file than the main one has a ``file`` of its own.

    A message of the command itself, without a code, has the code C0001.
    """
    main_path = diagnostic.labels[0].path if diagnostic.labels else ""
    spans: list[dict[str, object]] = []
    for label in diagnostic.labels:
        span: dict[str, object] = {"start": label.start, "end": label.end, "label": label.text}
        if label.path != main_path:
            span["file"] = label.path
        spans.append(span)
    tail = [*diagnostic.helps, *diagnostic.notes]
    if diagnostic.code == "E0001" and spans:
        spans = _mismatch_spans(diagnostic, spans)
    if diagnostic.code == "P0001" and spans:
        spans[0]["end"] = max(diagnostic.labels[0].end, diagnostic.labels[0].start + 1)
    return {
        "code": diagnostic.code or "C0001",
        "severity": diagnostic.severity.value,
        "message": json_message(diagnostic),
        "file": main_path,
        "spans": spans,
        "fix": tail[0] if tail and diagnostic.code != "P0001" else None,
    }


def json_line(diagnostic: Diagnostic) -> str:
    """One object on one line, without the line end."""
    return json.dumps(json_object(diagnostic), ensure_ascii=False)


def render_json(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """One line for each diagnostic, in the given order, without line ends."""
    return map(json_line, diagnostics)


def _mismatch_spans(diagnostic: Diagnostic, spans: list[dict[str, object]]) -> list[dict[str, object]]:
    """E0001 says expected and found on the main span; two places that disagree follow with their own labels."""
    main = {**spans[0], "label": diagnostic.message}
    if len(spans) == 1:
        return [main]
    if diagnostic.labels[0].text.startswith("returns "):
        spans[0]["label"], spans[1]["label"] = "return expression here", "return type declared here"
    return [main, *spans]
