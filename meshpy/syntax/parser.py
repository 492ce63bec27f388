"""The parser: drives Lark's LALR tables over the terminals of the token pass, with recovery at the next item.

The loop is ours and not Lark's for three reasons: it hands the values of a production to the tree builder in one call
(Lark hashes the production, then goes through a chain of wrappers), it leaves the stack of states intact for messages,
and it starts from tables alone, without importing Lark.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from typing import Any

from meshpy.diagnostics import Diagnostic, Label, Severity
from meshpy.syntax import ast
from meshpy.syntax.builder import Builder
from meshpy.syntax.errors import SyntaxMessage, explain
from meshpy.syntax.layout import RETIRED_CLUSTERED, TokenPass
from meshpy.syntax.lexer import LexResult, lex
from meshpy.syntax.tables import ACCEPT, Tables, load_tables

#: Keywords that start an item: where parsing goes on after an error, if they stand in column 1.
_ITEM_STARTS = frozenset(
    "FN DEF PUB MODULE IMPORT STRUCT TYPE INTERFACE IMPL ACTOR SERVICE SUPERVISOR AT".split()
)
_ITEM_WORDS = frozenset(("from", "extern"))


@cache
def tables() -> Tables:
    """The tables of the grammar, loaded once for a process."""
    return load_tables()


#: (number of symbols, origin, what makes the value from the stack of values) for each rule; None for a unit.
Reductions = list[tuple[int, str, Callable[[list[Any]], Any] | None]]


def _reductions(builder: Builder) -> Reductions:
    return [
        (rule.size, rule.origin, rule.plan and rule.plan(getattr(builder, rule.function) if rule.function else None))
        for rule in tables().rules
    ]


def parse_file(
    source: bytes | str, path: str, is_test: bool, is_interface: bool
) -> tuple[ast.SourceFile, list[Diagnostic]]:
    """See ``meshpy.syntax.parse``."""
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "invalid UTF-8"
        return ast.SourceFile(0, len(data), []), [_diagnostic(path, error.start, error.end, message, len(data))]
    raw = lex(text)
    try:
        builder, reductions = _idle.pop()
    except IndexError:
        builder = Builder()
        reductions = _reductions(builder)
    builder.begin(data, raw.comments)
    messages: list[SyntaxMessage] = []
    first: int | None = 0
    while first is not None:
        token_pass = TokenPass(raw, first, is_test=is_test, is_interface=is_interface)
        done = len(builder.body)
        failure = run(token_pass, reductions)
        found = [SyntaxMessage(token.start, token.end, RETIRED_CLUSTERED) for token in token_pass.retired]
        found += (SyntaxMessage(*error) for error in builder.errors)
        found += (failure,) if failure else ()
        messages += _first_of_each_item(found, builder.body[done:])
        builder.errors.clear()
        first = _next_item(raw, data, first, token_pass.index) if failure else None
    diagnostics = [
        _diagnostic(path, message.start, message.end, message.text, len(data), message.related) for message in messages
    ]
    file = ast.SourceFile(0, len(data), builder.body, raw.module_doc)
    _idle.append((builder, reductions))
    return file, diagnostics


#: Builders that nobody uses now: to bind their functions to the rules takes as long as parsing a small file.
_idle: list[tuple[Builder, Reductions]] = []


def _first_of_each_item(messages: list[SyntaxMessage], items: list[ast.Stmt]) -> list[SyntaxMessage]:
    """In source order, one message for each item: what follows the first one is often only its consequence."""
    ends = [item.end for item in items]
    kept: dict[int, SyntaxMessage] = {}
    for message in sorted(messages, key=lambda message: message.start):
        kept.setdefault(bisect_left(ends, message.end), message)
    return [*kept.values()]


def run(token_pass: TokenPass, reductions: Reductions) -> SyntaxMessage | None:
    """Parses to the end or to the first error, which it explains. The functions of the reductions keep the result."""
    table = tables()
    actions, gotos = table.actions, table.gotos
    units = table.units
    states = [0]
    values: list[object] = []
    state = 0
    tag = ""
    push_state, push_value = states.append, values.append
    try:
        for token in token_pass.terminals():
            tag = token.tag
            action = actions[state][tag]
            while action & 1:
                if action == ACCEPT:
                    return None
                size, origin, make = reductions[action >> 1]
                if make is None:
                    below = states[-2]
                    chains = units.get(tag) or units.setdefault(tag, {})
                    known = chains.get((below, state))
                    state = states[-1] = table.after_units(below, state, tag) if known is None else known
                elif size == 1:
                    values[-1] = make(values)
                    state = states[-1] = gotos[states[-2]][origin]
                else:
                    value = make(values)
                    if size:
                        del states[-size:]
                        del values[-size:]
                    push_value(value)
                    state = gotos[states[-1]][origin]
                    push_state(state)
                action = actions[state][tag]
            state = action >> 1
            push_state(state)
            push_value(token)
    except KeyError:
        if tag in actions[state]:
            raise  # not ours
        return explain(table, states, token, token_pass)
    return None


def _next_item(raw: LexResult, data: bytes, first: int, failed: int) -> int | None:
    """The index of the next token that starts an item in column 1, outside all brackets."""
    tokens, mates = raw.tokens, raw.mates
    at = first + 1
    while tokens[at].kind != "EOF":
        token = tokens[at]
        mate = mates.get(at)
        if mate is not None and mate > at:
            at = mate
        elif at >= failed and (token.kind in _ITEM_STARTS or token.text in _ITEM_WORDS):
            if token.nl and data[token.start - 1] in b"\r\n":
                return at
        at += 1
    return None


def _diagnostic(
    path: str, start: int, end: int, text: str, size: int, related: tuple[tuple[int, int, str], ...] = ()
) -> Diagnostic:
    """A parse error as a diagnostic; its primary label is at least one byte wide where the file has that byte."""
    if end <= start:
        end = min(start + 1, size)
    labels = [Label(path, start, max(start, end), text)]
    labels += (Label(path, from_, to, note) for from_, to, note in related)
    return Diagnostic("P0001", Severity.ERROR, f"Parse error: {text}", tuple(labels))
