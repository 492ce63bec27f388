from __future__ import annotations
from dataclasses import dataclass
@dataclass(slots=True)
class SyntaxMessage:
    start: int
    end: int
    text: str
    related: tuple[tuple[int, int, str], ...] = ()

def explain(tables, states, shifted, token, token_pass):
    return SyntaxMessage(token.start, token.end, f"at {token!r} expected {sorted(tables.actions[states[-1]])} ctx {tables.contexts[states[-1]]}")
