"""The questions of the token pass that need a look ahead: loops over raw tokens that jump over balanced brackets."""

from __future__ import annotations

from meshpy.syntax.tokens import Token

_BINARY = (
    "PIPE SLOT_PIPE PLUS MINUS STAR SLASH PERCENT EQ_EQ NOT_EQ LT LT_EQ GT_EQ AND_AND OR_OR AND OR DOT_DOT DIAMOND "
    "PLUS_PLUS "
)
#: Rules L2 to L5, L8, L9 of section 4.2: a newline behind one of these ends nothing.
_CONTINUES_AFTER = frozenset(
    (_BINARY + "NOT BANG EQ ARROW ARROW_ARM ARROW_FN FAT_ARROW COLON_COLON COLON WHEN IN WHERE ALT_BAR DOT DECORATOR")
    .split()
)  # fmt: skip
#: Rules L1 and L6: a newline before one of these ends nothing.
_CONTINUES_BEFORE = frozenset(
    "PIPE SLOT_PIPE PLUS STAR SLASH EQ_EQ NOT_EQ LT GT LT_EQ GT_EQ AND_AND OR_OR AND OR DOT_DOT DIAMOND PLUS_PLUS DOT "
    "QUESTION FAT_ARROW".split()
)


def newline_vanishes(tokens: list[Token], i: int, prev: str, import_list: bool, closure: bool) -> bool:
    """Whether the newline before token ``i`` separates nothing; ``prev`` is the terminal before it."""
    if prev in _CONTINUES_AFTER:
        return True
    kind = tokens[i].kind
    if kind in _CONTINUES_BEFORE:
        return True
    if prev == "COMMA":
        return not import_list
    if kind == "PERCENT":
        return tokens[i + 1].kind != "LBRACE"
    return closure and kind == "BAR"


# The same for scans over raw tokens, where a bar can only be one of a pattern.
_RAW_CONTINUES_AFTER = _CONTINUES_AFTER | {"BAR", "COMMA"}

# What rules an arm head out when it stands before the first `->`.
_NO_HEAD = frozenset(
    "SEMI EOF END ELSE DO FN DEF LET RETURN EQ FAT_ARROW IF CASE MATCH WHILE FOR RECEIVE SPAWN AFTER PIPE SLOT_PIPE "
    "RPAR RBRACK RBRACE INTERP_END".split()
)
_RAW_ENDS = frozenset(
    "IDENT INT FLOAT STRING STRING_END ATOM REGEX RPAR RBRACK RBRACE END SELF TRUE FALSE NIL BREAK CONTINUE QUESTION"
    .split()
)  # fmt: skip
_RAW_STARTS = frozenset(
    "IDENT INT FLOAT STRING STRING_START ATOM REGEX TRUE FALSE NIL SELF NOT AT ACTOR BREAK CALL CAST CONTINUE IMPL "
    "IMPORT INTERFACE LINK MODULE PUB SEND SERVICE STRUCT SUPERVISOR TERMINATE TYPE".split()
)
_JUMPS = frozenset(("LPAR", "LBRACK", "LBRACE", "STRING_START"))


class ArmScan:
    """The arm-head test of section 2.15 for one block of arms.

    It remembers the last scan as (start, index of the deciding token, answer): each boundary in between has the same
    answer, so that all the tests of one block together take linear time.
    """

    __slots__ = ("start", "stop", "answer")

    def __init__(self) -> None:
        self.start = self.stop = -1
        self.answer = False

    def is_head(self, tokens: list[Token], mates: dict[int, int], i: int) -> bool:
        """Whether an arm head (``pattern [when guard] ->``) starts at token ``i``."""
        if self.start <= i < self.stop:
            return self.answer
        self.start = i
        answer = guard = False
        at = i
        prev = ""
        while True:
            t = tokens[at]
            kind = t.kind
            if prev == "DOT":
                kind = "IDENT"
            elif kind == "JSON" and tokens[at + 1].kind != "LBRACE":
                kind = "IDENT"
            if kind == "ARROW":
                answer = True
                break
            if kind in _NO_HEAD or (kind == "PERCENT" and not guard):
                break
            if at > i:
                if t.nl and not (prev in _RAW_CONTINUES_AFTER or kind in _CONTINUES_BEFORE):
                    break
                if prev in _RAW_ENDS and kind in _RAW_STARTS:
                    if not (t.text == "as" and tokens[at + 1].kind == "IDENT"):
                        break
                    kind = "AS"
            if kind == "WHEN":
                guard = True
            if kind in _JUMPS:
                mate = mates.get(at)
                if mate is None:
                    break
                at = mate
                kind = tokens[at].kind
            prev = kind
            at += 1
        self.stop = max(at, i + 1)
        self.answer = answer
        return answer


_NAMES = ("IDENT", "JSON", "AFTER")


def is_definition(tokens: list[Token], mates: dict[int, int], i: int) -> bool:
    """Ambiguity A1: whether ``fn``/``def`` at token ``i``, which starts a statement, defines a function."""
    name = tokens[i + 1]
    if name.kind not in _NAMES or name.nl:
        return False
    at = i + 2
    kind = tokens[at].kind
    if kind in ("COMMA", "COLON_COLON", "DOT", "BAR"):
        return False
    if kind == "LPAR" and name.text[0].isupper():
        mate = mates.get(at)
        if mate is None:
            return True
        at = mate + 1
        kind = tokens[at].kind
        if kind in ("COMMA", "COLON_COLON", "BAR") or tokens[at].text == "as":
            return False
    if kind == "ARROW":
        return _behind_type(tokens, mates, at + 1) in ("DO", "EQ", "WHERE", "WHEN")
    if kind == "WHEN":
        return not _reaches_arrow(tokens, mates, at)
    return True


def _reaches_arrow(tokens: list[Token], mates: dict[int, int], at: int) -> bool:
    """Whether the guard at ``at`` runs up to a ``->``, as that of a closure does."""
    prev = tokens[at].kind
    while True:
        at += 1
        t = tokens[at]
        kind = t.kind
        if prev == "DOT":
            kind = "IDENT"
        if kind == "ARROW":
            return True
        if kind in ("EQ", "DO", "END", "FN", "DEF", "SEMI", "EOF", "RPAR", "RBRACK", "RBRACE", "INTERP_END"):
            return False
        if t.nl and not (prev in _RAW_CONTINUES_AFTER or kind in _CONTINUES_BEFORE):
            return False
        if kind in _JUMPS:
            mate = mates.get(at)
            if mate is None:
                return False
            at = mate
            kind = tokens[at].kind
        prev = kind


def _behind_type(tokens: list[Token], mates: dict[int, int], at: int) -> str:
    """The kind of the token behind the type that starts at ``at``; '' without a complete type, or on a new line."""
    angles = 0
    while True:
        t = tokens[at]
        if t.kind == "LPAR":
            mate = mates.get(at)
            if mate is None:
                return ""
            at = mate + 1
        elif t.kind in _NAMES:
            at += 1
            if t.text == "Fun" and tokens[at].kind == "LPAR":
                mate = mates.get(at)
                if mate is None or tokens[mate + 1].kind != "ARROW":
                    return ""
                at = mate + 2
                continue
            while tokens[at].kind == "DOT":
                at += 2
        elif not (t.kind == "GT" and angles and tokens[at - 1].kind == "COMMA"):  # a trailing comma
            return ""
        # Behind an operand: sugar, closing brackets, then what continues the type.
        while tokens[at].kind == "QUESTION" or (tokens[at].kind == "GT" and angles):
            angles -= tokens[at].kind == "GT"
            at += 1
        kind = tokens[at].kind
        if kind == "LT":
            angles += 1
        elif kind == "GT_EQ" and angles == 1:
            return "EQ"
        elif not (kind == "BANG" or (kind == "COMMA" and angles)):
            return "" if angles or tokens[at].nl else kind
        at += 1


def is_sum_type(tokens: list[Token], i: int) -> bool:
    """Ambiguity A6: whether ``type`` at token ``i`` is followed by a name, type parameters and ``do``."""
    at = i + 2
    if tokens[at].kind == "LT":
        while tokens[at].kind in ("LT", "IDENT", "COMMA"):
            at += 1
        if tokens[at].kind == "GT":
            at += 1
    return tokens[at].kind == "DO"


_TYPE_TOKENS = frozenset(("IDENT", "DOT", "COMMA", "QUESTION", "BANG", "LT", "GT", "LPAR", "RPAR", "ARROW"))


def splits_greater_equal(tokens: list[Token], i: int) -> bool:
    """Whether ``>=`` at token ``i`` closes type arguments and starts a value: ``let x :: List<Int>= v``."""
    closed = unclosed = 0
    while i > 0:
        i -= 1
        t = tokens[i]
        if t.kind == "GT":
            closed += 1
        elif t.kind == "LT":
            if closed:
                closed -= 1
            else:
                unclosed += 1
        elif t.tag in ("ARROW_FN", "ARROW_ARM"):
            return False
        elif t.tag in ("COLON_COLON", "ARROW", "TYPE_ALIAS", "TYPE_ASSOC", "FN_DEF"):
            if unclosed == 1:
                return True
            if t.tag != "ARROW":
                return False
        elif t.kind not in _TYPE_TOKENS:
            return False
    return False
