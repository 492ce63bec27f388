"""The catalogue of diagnostic codes: what each means, with an example that fails and one that works.

One file for each code, ``codes/CODE.md``: front matter in TOML between ``+++`` lines, an explanation, then the
examples under the headings ``Wrong`` and ``Right``. A ``[[form]]`` of the front matter is one text of the diagnostic:
``title`` is its headline, a template whose ``{NAME}`` stand for what varies; ``label`` (the main one), ``related``
(any other) and ``tail`` (any help or note) are templates that must match too, where given; ``json`` is the message of
the JSON form made of what they found, by default the title. ``raised = false`` marks a code that is only reserved.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meshpy.diagnostics.diagnostic import Diagnostic

_CODES = Path(__file__).with_name("codes")
_PLACEHOLDER = re.compile(r"\{([A-Z][A-Za-z]*)(-1)?\}")
_EXAMPLE = re.compile(r"^## (Wrong|Right)\n+```mesh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^#@ file (\S+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Form:
    """One text of a diagnostic, as templates."""

    title: str
    json: str
    label: str | None = None
    related: str | None = None
    tail: str | None = None

    def match(self, diagnostic: Diagnostic) -> dict[str, str] | None:
        """What the placeholders stand for in ``diagnostic``; None when it has another form."""
        labels = [label.text for label in diagnostic.labels]
        found: dict[str, str] = {}
        for template, texts in (
            (self.title, [diagnostic.message]),
            (self.label, labels[:1]),
            (self.related, labels[1:]),
            (self.tail, [*diagnostic.helps, *diagnostic.notes]),
        ):
            if template is None:
                continue
            match = next(filter(None, map(_pattern(template).fullmatch, texts)), None)
            if match is None:
                return None
            found.update(match.groupdict())
        return found


@dataclass(frozen=True, slots=True)
class Example:
    """A program of one or more files, by relative path; the text of a single file stands under ``""``."""

    text: str

    @property
    def files(self) -> dict[str, str]:
        parts = _FILE.split(self.text)
        return dict(zip(parts[1::2], parts[2::2])) if len(parts) > 1 else {"": self.text}


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to know about one code."""

    code: str
    name: str
    forms: tuple[Form, ...]
    explanation: str
    wrong: Example | None
    right: Example | None
    raised: bool

    def json_message(self, diagnostic: Diagnostic) -> str:
        """The message of the JSON form and of editors."""
        for form in self.forms:
            found = form.match(diagnostic)
            if found is not None:
                return _PLACEHOLDER.sub(lambda m, f=found: str(int(f[m[1]]) - 1) if m[2] else f[m[1]], form.json)
        return diagnostic.message


def codes() -> list[str]:
    """Every code: errors by number, then warnings, then those of the parser and the driver."""
    order = {"E": 0, "W": 1}
    return sorted((path.stem for path in _CODES.glob("*.md")), key=lambda code: (order.get(code[0], 2), code))


@cache
def entry(code: str) -> Entry | None:
    """The entry of ``code``, or None for an unknown one."""
    path = _CODES / f"{code}.md"
    if not re.fullmatch(r"[A-Z]+\d+", code) or not path.exists():
        return None
    return _parse(code, path.read_text(encoding="utf-8"))


def json_message(diagnostic: Diagnostic) -> str:
    """The message of the JSON form and of editors, which is worded differently from the headline for some codes."""
    found = entry(diagnostic.code)
    return found.json_message(diagnostic) if found else diagnostic.message


def unknown_forms(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics that no form of the catalogue describes."""
    entries = ((d, entry(d.code)) for d in diagnostics)
    return [d for d, e in entries if e is None or all(form.match(d) is None for form in e.forms)]


def _parse(code: str, text: str) -> Entry:
    _, head, body = text.split("+++\n", 2)
    data = tomllib.loads(head)
    forms = tuple(
        Form(f["title"], f.get("json", f["title"]), f.get("label"), f.get("related"), f.get("tail")) for f in data["form"]
    )
    examples = {heading: Example(source) for heading, source in _EXAMPLE.findall(body)}
    explanation = body.split("\n## ", 1)[0].strip()
    return Entry(
        code, data["name"], forms, explanation, examples.get("Wrong"), examples.get("Right"), data.get("raised", True)
    )


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """The template as a regular expression with a group for each placeholder."""
    parts: list[str] = []
    seen: set[str] = set()
    at = 0
    for match in _PLACEHOLDER.finditer(template):
        name = match[1]
        parts += [re.escape(template[at : match.start()]), f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"]
        seen.add(name)
        at = match.end()
    parts.append(re.escape(template[at:]))
    return re.compile("".join(parts), re.DOTALL)
