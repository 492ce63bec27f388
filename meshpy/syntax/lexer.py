"""Source text to raw tokens (syntax reference, section 1).

One compiled pattern recognises a token with the blanks before it; a stack of modes handles what is not regular:
interpolations inside strings (a string inside a ``${...}`` inside a string ...) and nested block comments. A plain
string, without interpolation, is one STRING token; otherwise STRING_START, then STRING_CONTENT and INTERP_START ...
INTERP_END, then STRING_END.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from meshpy.syntax.tokens import CLOSERS, KEYWORDS, OPENERS, OPERATORS, Token

_NEWLINE = r"(?:\r\n?|\n)"
_OPERATOR = "|".join(re.escape(text) for text in sorted(OPERATORS, key=len, reverse=True))

# Numbered groups: `lastindex` tells which alternative matched. Possessive quantifiers (`*+`) keep a failed match of
# an unterminated literal linear. Only single characters are repeated so: a possessive group fails wrongly before
# Python 3.11.5.
_WORD, _LINES, _ATOM, _SLOT, _COMMENT_BLOCK, _COMMENT, _NUMBER, _PLAIN, _HEREDOC, _QUOTE, _OP, _REGEX, _BAD = range(1, 14)
_CODE = re.compile(
    rf"""[ \t]*+(?:
      ([^\W\d]\w*+)
    | ({_NEWLINE}(?:[ \t]*{_NEWLINE})*)
    | (:[a-z_]\w*+)
    | (\|[0-9]++>)
    | (\#=)
    | (\#[^\r\n]*+)
    | (0[xX][0-9a-fA-F_]*+ | 0[bB][01_]*+ | 0[oO][0-7_]*+
        | [0-9][0-9_]*+(?:\.[0-9][0-9_]*+)?(?:[eE][+-]?[0-9_]*+)?)
    | ("(?!"")[^"\\$\#]*+(?:(?:\\.|[$\#](?!\{{))[^"\\$\#]*+)*")
    | (\"\"\"[^"\\$\#]*+(?:(?:\\.|[$\#](?!\{{)|"(?!""))[^"\\$\#]*+)*\"\"\")
    | ("(?:"")?)
    | ({_OPERATOR})
    | (~r/[^/\\]*+(?:\\.[^/\\]*+)*/[A-Za-z]*+)
    | (\Z|.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"#=|=#")
_STRING_PIECE = re.compile(r"[^\"\\$#]*+(?:(?:\\.|[$#](?!\{))[^\"\\$#]*+)*", re.DOTALL)
_HEREDOC_PIECE = re.compile(r"[^\"\\$#]*+(?:(?:\\.|[$#](?!\{)|\"(?!\"\"))[^\"\\$#]*+)*", re.DOTALL)
_WORD_REST = re.compile(r"\w*+")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_BASES = {"x": 16, "X": 16, "b": 2, "B": 2, "o": 8, "O": 8}

MAX_SLOT = 2**32 - 1


@dataclass(slots=True)
class Comments:
    """What the comments before one token say: ``##`` lines, and ``#@`` lines right above it."""

    doc: list[str] = field(default_factory=list)
    directives: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LexResult:
    """``tokens`` ends with several EOF tokens, so that lookahead needs no bounds check.

    ``mates`` maps the index of a bracket, STRING_START or INTERP_START to that of its partner, and back; unbalanced
    ones are absent. ``comments`` is keyed by the start of the token that follows them.
    """

    tokens: list[Token]
    mates: dict[int, int]
    comments: dict[int, Comments]
    module_doc: str | None


def number_value(text: str) -> int | float | None:
    """The value of a number literal (not negative), or None when it is malformed: no digits behind a prefix or ``e``.

    The range of Int is checked by the tree builder, which sees a sign before the literal.
    """
    digits = text.replace("_", "")
    base = _BASES.get(digits[1:2]) if digits[0] == "0" else None
    try:
        if base:
            return int(digits[2:], base)
        if "." in digits or "e" in digits or "E" in digits:
            return float(digits)
        return int(digits) if len(digits) < 4000 else int(digits[:4000])
    except ValueError:
        return None


def lex(text: str) -> LexResult:
    """Splits ``text``. Mistakes become ERROR tokens, whose ``text`` is the message; nothing is raised."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.mates: dict[int, int] = {}
        self.comments: dict[int, Comments] = {}
        self.module_doc: list[str] = []
        self.pending: Comments | None = None
        # Open brackets by kind since the last interpolation border, and how deep braces are nested there.
        self.open: dict[str, list[int]] = {opener: [] for opener in OPENERS}
        self.braces = 0
        # Open interpolations: (heredoc, string token, interpolation token, self.open and self.braces outside).
        self.modes: list[tuple[bool, int, int, dict[str, list[int]], int]] = []

    def run(self) -> LexResult:
        text = self.text
        pos = 1 if text.startswith("\ufeff") else 0
        nl = False
        while pos is not None and pos <= len(text):
            pos, nl = self.code(pos, nl)
        end = len(text)
        for _ in range(5):
            self.tokens.append(Token("EOF", "", end, end, nl))
        if self.pending:
            self.comments[end] = self.pending
        if not text.isascii():
            self.to_bytes()
        return LexResult(self.tokens, self.mates, self.comments, "\n".join(self.module_doc) or None)

    def code(self, pos: int, nl: bool) -> tuple[int | None, bool]:
        """Lexes from ``pos`` until something changes the mode; returns where to go on (None: at the end) and ``nl``."""
        text, tokens, mates = self.text, self.tokens, self.mates
        append = tokens.append
        keyword = KEYWORDS.get
        is_ascii = text.isascii()
        for match in _CODE.finditer(text, pos):
            group = match.lastindex
            lexeme = match[group]
            if group == _LINES:
                nl = True
                continue
            if group == _COMMENT:
                self.comment(lexeme)
                continue
            start, end = match.span(group)
            if group == _COMMENT_BLOCK:
                return self.block_comment(start, nl), nl
            if self.pending is not None:
                self.comments[start] = self.pending
                self.pending = None
            if group == _WORD:
                kind = keyword(lexeme, "IDENT")
                if not is_ascii and not lexeme.isascii() and not (lexeme[0].isalpha() or unicodedata.category(lexeme[0]) in ("Nl", "Pc")):
                    append(Token("ERROR", f"unexpected character: '{lexeme[0]}'", start, start + 1, nl))
                    return start + 1, False
                append(Token(kind, lexeme, start, end, nl))
            elif group == _OP:
                kind = OPERATORS[lexeme]
                if kind in OPENERS:
                    self.open[kind].append(len(tokens))
                    if kind == "LBRACE":
                        self.braces += 1
                elif kind in CLOSERS:
                    if kind == "RBRACE":
                        if self.braces == 0 and self.modes:
                            return self.interpolation_end(start, nl), False
                        self.braces -= self.braces > 0
                    opened = self.open[CLOSERS[kind]]
                    if opened:
                        mate = opened.pop()
                        mates[mate] = len(tokens)
                        mates[len(tokens)] = mate
                append(Token(kind, lexeme, start, end, nl))
            elif group == _PLAIN or group == _HEREDOC:
                append(Token("STRING", lexeme, start, end, nl))
            elif group == _NUMBER:
                value = number_value(lexeme)
                if value is None:
                    append(Token("ERROR", f"invalid number literal: {lexeme}", start, end, nl))
                else:
                    append(Token("FLOAT" if isinstance(value, float) else "INT", lexeme, start, end, nl))
            elif group == _ATOM:
                append(Token("ATOM", lexeme, start, end, nl))
            elif group == _QUOTE:
                append(Token("STRING_START", lexeme, start, end, nl))
                return self.string(end, len(lexeme) == 3, len(tokens) - 1), False
            elif group == _SLOT:
                if len(lexeme) < 14 and 2 <= int(lexeme[1:-1]) <= MAX_SLOT:
                    append(Token("SLOT_PIPE", lexeme, start, end, nl))
                else:
                    message = "invalid slot pipe: position must be 2 or greater (use |> for the first argument)"
                    append(Token("ERROR", message, start, end, nl))
            elif group == _REGEX:
                if set(lexeme[lexeme.rindex("/") + 1 :]) <= set("ims"):
                    append(Token("REGEX", lexeme, start, end, nl))
                else:
                    append(Token("ERROR", "invalid regex flags: only `i`, `m` and `s` are known", start, end, nl))
            elif not lexeme:  # the end of the text
                break
            elif lexeme in " \t":  # blanks at the end: the prefix gave one back
                continue
            elif text.startswith("~r/", start):
                append(Token("ERROR", "unterminated regex literal", start, start + 3, nl))
                return None, False
            elif tokens and tokens[-1].end == start and tokens[-1].kind in ("IDENT", *KEYWORDS.values()) and _is_mark(lexeme):
                return self.continue_word(start), False
            else:
                append(Token("ERROR", f"unexpected character: '{lexeme}'", start, end, nl))
            nl = False
        if self.modes:
            _, _, opened, _, _ = self.modes[-1]
            self.give_up(opened, "unterminated string interpolation")
        return None, nl

    def comment(self, lexeme: str) -> None:
        if lexeme.startswith("##!"):
            self.module_doc.append(_without_blank(lexeme[3:]))
        elif lexeme.startswith("##"):
            self.pending = self.pending or Comments()
            self.pending.doc.append(_without_blank(lexeme[2:]))
        elif lexeme.startswith("#@"):
            self.pending = self.pending or Comments()
            self.pending.directives.append(_without_blank(lexeme[2:]))

    def block_comment(self, start: int, nl: bool) -> int | None:
        depth = 0
        for edge in _COMMENT_EDGE.finditer(self.text, start):
            depth += 1 if edge[0] == "#=" else -1
            if depth == 0:
                return edge.end()
        self.tokens.append(Token("ERROR", "unterminated block comment", start, start + 2, nl))
        self.modes.clear()
        return None

    def string(self, pos: int, heredoc: bool, opened: int) -> int | None:
        """Lexes string text from ``pos`` to the closing quote or the next interpolation."""
        text, tokens = self.text, self.tokens
        match = (_HEREDOC_PIECE if heredoc else _STRING_PIECE).match(text, pos)
        end = match.end()
        if end > pos:
            tokens.append(Token("STRING_CONTENT", text[pos:end], pos, end, False))
        quote = '"""' if heredoc else '"'
        if text.startswith(quote, end):
            self.mates[opened] = len(tokens)
            self.mates[len(tokens)] = opened
            tokens.append(Token("STRING_END", quote, end, end + len(quote), False))
            return end + len(quote)
        if end + 1 < len(text) and text[end] in "$#":
            self.modes.append((heredoc, opened, len(tokens), self.open, self.braces))
            self.open = {opener: [] for opener in OPENERS}
            self.braces = 0
            tokens.append(Token("INTERP_START", text[end : end + 2], end, end + 2, False))
            return end + 2
        self.give_up(opened, "unterminated string literal")
        return None

    def interpolation_end(self, start: int, nl: bool) -> int | None:
        heredoc, opened, interpolation, self.open, self.braces = self.modes.pop()
        self.mates[interpolation] = len(self.tokens)
        self.mates[len(self.tokens)] = interpolation
        self.tokens.append(Token("INTERP_END", "}", start, start + 1, nl))
        return self.string(start + 1, heredoc, opened)

    def give_up(self, index: int, message: str) -> None:
        """Replaces everything from token ``index`` on, which swallows the rest of the text, by one ERROR."""
        opened = self.tokens[index]
        del self.tokens[index:]
        self.mates = {a: b for a, b in self.mates.items() if a < index and b < index}
        self.tokens.append(Token("ERROR", message, opened.start, opened.end, opened.nl))
        self.modes.clear()

    def continue_word(self, start: int) -> int:
        """Adds a combining mark, which is alphabetic but no ``\\w``, and what follows it to the word before."""
        text = self.text
        end = start
        while end < len(text) and _is_mark(text[end]):
            end = _WORD_REST.match(text, end + 1).end()
        word = self.tokens[-1]
        word.kind = word.tag = "IDENT"
        word.text += text[start:end]
        word.end = end
        return end

    def to_bytes(self) -> None:
        """Turns character offsets into byte offsets: one merge of the tokens with the characters beyond ASCII."""
        wide = [(match.start(), len(match[0].encode("utf-8", "surrogatepass")) - 1) for match in _NON_ASCII.finditer(self.text)]
        wide.append((len(self.text) + 1, 0))
        shift = at = 0
        comments = {}
        next_wide = wide[0][0]
        for token in self.tokens:
            start, end = token.start, token.end
            while next_wide < start:
                shift += wide[at][1]
                at += 1
                next_wide = wide[at][0]
            token.start = start + shift
            if start in self.comments:
                comments[token.start] = self.comments[start]
            while next_wide < end:
                shift += wide[at][1]
                at += 1
                next_wide = wide[at][0]
            token.end = end + shift
        self.comments = comments


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc")


def _without_blank(text: str) -> str:
    return text[1:] if text.startswith(" ") else text
