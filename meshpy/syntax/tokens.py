"""The token and the sets of token kinds that the lexer and the token pass share."""

from __future__ import annotations

KEYWORD_TEXTS = (
    "actor after alias and break call case cast cond continue def do else end false fn for if impl import in "
    "interface json let link match module monitor nil not or pub receive return self send service spawn struct "
    "supervisor terminate trait trap true type when where while with"
).split()

#: Reserved word -> kind.
KEYWORDS: dict[str, str] = {word: word.upper() for word in KEYWORD_TEXTS}
KEYWORD_KINDS = frozenset(KEYWORDS.values())

#: Operator or punctuation -> kind. ``|N>`` is SLOT_PIPE.
OPERATORS: dict[str, str] = {
    "==": "EQ_EQ", "!=": "NOT_EQ", "<=": "LT_EQ", ">=": "GT_EQ", "&&": "AND_AND", "||": "OR_OR", "|>": "PIPE",
    "..": "DOT_DOT", "<>": "DIAMOND", "++": "PLUS_PLUS", "->": "ARROW", "=>": "FAT_ARROW", "::": "COLON_COLON",
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "%": "PERCENT", "<": "LT", ">": "GT", "!": "BANG",
    "=": "EQ", "?": "QUESTION", "|": "BAR", "(": "LPAR", ")": "RPAR", "[": "LBRACK", "]": "RBRACK", "{": "LBRACE",
    "}": "RBRACE", ",": "COMMA", ".": "DOT", ":": "COLON", ";": "SEMI", "@": "AT",
}  # fmt: skip

OPENERS = {"LPAR": "RPAR", "LBRACK": "RBRACK", "LBRACE": "RBRACE"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}


class Token:
    """One token.

    ``kind`` is what the lexer saw, ``tag`` the terminal of the grammar that the token pass made of it. ``text`` is the
    source text (for ERROR: the message). ``start`` and ``end`` are byte offsets; ``nl`` tells that a line ended between
    this token and the one before.
    """

    __slots__ = ("kind", "tag", "text", "start", "end", "nl")

    def __init__(self, kind: str, text: str, start: int, end: int, nl: bool) -> None:
        self.kind = self.tag = kind
        self.text = text
        self.start = start
        self.end = end
        self.nl = nl

    def __repr__(self) -> str:
        return f"{self.tag}({self.text!r} {self.start}:{self.end})"
