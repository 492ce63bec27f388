"""The token pass: layout and context, resolved before LALR parsing (syntax reference, sections 2.15, 2.16 and 4.2).

It turns raw tokens into terminals of the grammar: a newline becomes NL only where it separates two statements, ARM
stands before every arm, and words and brackets whose meaning depends on their surroundings get a terminal of their
own. After it, the grammar is LALR(1) without a conflict.

The state is a stack of frames, one for each open bracket, block or closure. A frame lists its *headers*: constructs
that still wait for their ``do`` (or ``->``, ``=``). Scans ahead are loops that jump over balanced brackets, and each
is bounded or remembered, so that the whole pass takes linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshpy.syntax.lexer import LexResult
from meshpy.syntax.lookahead import ArmScan, is_definition, is_sum_type, newline_vanishes, splits_greater_equal
from meshpy.syntax.tokens import KEYWORD_KINDS, KEYWORDS, Token

#: How deep brackets and blocks may nest: far beyond real programs, and within what recursive stages can bear.
MAX_NESTING = 1000

#: Kinds that can end an operand.
ENDS = frozenset(
    "IDENT INT FLOAT STRING STRING_END ATOM REGEX RPAR RBRACK RBRACE END SELF TRUE FALSE NIL BREAK CONTINUE QUESTION"
    .split()
)  # fmt: skip
#: Kinds that can only start something: behind one of ENDS on the same line they begin a new statement.
STARTS = frozenset(
    "IDENT KEY INT FLOAT STRING STRING_START ATOM REGEX TRUE FALSE NIL SELF NOT AT ACTOR BREAK CALL CASE CAST CONTINUE "
    "DEF FN FOR IF IMPL IMPORT INTERFACE JSON LET LINK MATCH MODULE PUB RECEIVE RETURN SEND SERVICE SPAWN STRUCT "
    "SUPERVISOR TERMINATE TYPE WHILE".split()
)

#: After these a block has just been opened: a statement may start, nothing separates.
_OPENED = frozenset(("", "DO", "DO_TRAIL", "DO_ARM", "ELSE", "ARROW_ARM", "ARROW_FN", "BAR_CLOSED"))
#: Headers that a ``do`` does not end.
_NO_DO = frozenset(("", "arm", "after", "from", "bars", "ext"))
#: Definition headers, in whose ``where`` clause ``T:trait`` may be written without a blank.
_DEFINITION = frozenset(("def", "sig", "impl", "ext"))
#: Blocks whose ``end`` ends an item, handler, member or test block.
_ITEM_BLOCKS = frozenset(
    "def sig module struct type interface impl actor service supervisor terminate call cast child test describe setup"
    .split()
)  # fmt: skip
_TYPE_BODIES = frozenset(("struct", "type", "interface", "impl"))
_ARM_BLOCKS = frozenset(("case", "match", "receive"))
_RELATIONS = frozenset(("belongs_to", "has_many", "has_one"))
_SCHEMA_WORDS = {"table": "TABLE", "primary_key": "PRIMARY_KEY", "timestamps": "TIMESTAMPS"}
_SUPERVISOR_KEYS = frozenset(("strategy", "max_restarts", "max_seconds"))
_CHILD_KEYS = frozenset(("start", "restart", "shutdown"))
_ASSERTIONS = frozenset(("assert", "assert_eq", "assert_ne", "assert_raises"))
_LITERALS = frozenset(("STRING", "STRING_START", "ATOM", "TRUE", "FALSE", "INT", "FLOAT"))
#: What a parenless assertion may begin with, besides STARTS.
_PREFIXES = frozenset(("MINUS", "BANG", "LBRACK"))

RETIRED_CLUSTERED = (
    "legacy `clustered(work)` declarations are no longer supported; migrate to `@cluster` or `@cluster(N)` before "
    "`fn`/`def`"
)


class Frame:
    """An open bracket, block or closure.

    ``kind`` is TOP, PAREN, BRACK, BRACE, INTERP, BLOCK or CLOSURE; ``blocky`` tells that newlines count in it.
    ``head`` is the header whose ``do`` opened it; ``headers`` are those open directly in it, each with its token, and
    ``hd`` the innermost of them. ``opener`` is the token to point at when its end is missing. ``flag`` marks a Fun
    group (PAREN) or an unused chance of an update bar (BRACE).
    """

    __slots__ = ("kind", "head", "headers", "hd", "blocky", "arms", "opener", "flag", "scan")

    def __init__(self, kind: str, head: str, opener: Token, blocky: bool, flag: bool = False) -> None:
        self.kind = kind
        self.head = head
        self.headers: list[tuple[str, Token]] = []
        self.hd = ""
        self.blocky = blocky
        self.arms = head in _ARM_BLOCKS
        self.opener = opener
        self.flag = flag
        self.scan = ArmScan() if self.arms else None


class TokenPass:
    """One run over the raw tokens from index ``first`` on; iterate over ``terminals()``.

    ``index`` is the index of the raw token that the terminal yielded last was made from, or of one behind it. ``unclosed`` is a block or closure frame
    that a closing bracket has just cut off.
    """

    def __init__(self, raw: LexResult, first: int = 0, *, is_test: bool = False, is_interface: bool = False) -> None:
        self.tokens = raw.tokens
        self.mates = raw.mates
        self.index = first
        self.is_test = is_test
        self.is_interface = is_interface
        self.retired: list[Token] = []
        self.unclosed: Frame | None = None
        self.prev = ""
        self.prev_end = raw.tokens[first].start
        self.item_end = False
        self.import_list = False
        self.fun_closed = False
        self.top = Frame("TOP", "", raw.tokens[first], True)
        self.frame = self.top
        self.frames = [self.top]
        self.more: list[Token] = []
        self.words = {"from", "clustered", "table", "primary_key", "timestamps", "child", *_RELATIONS}
        if is_interface:
            self.words.add("extern")
        if is_test:
            self.words.update(("test", "describe", "setup", "teardown", "assert_receive"), _ASSERTIONS)

    # The loop follows the order of checks of section 2.16; rare tokens go through `_HANDLERS`.
    def terminals(self) -> Iterator[Token]:
        tokens = self.tokens
        handlers = _HANDLERS
        words = self.words
        separator = Token("NL", "", 0, 0, False)
        sep = False
        i = self.index
        while True:
            t = tokens[i]
            kind = t.kind
            prev = self.prev
            frame = self.frame

            # Any word is a member name; the library may define members like `Ws.send`.
            if (prev == "DOT" or (prev == "FN_DEF" and self.is_interface)) and (
                kind == "IDENT" or kind in KEYWORD_KINDS
            ):
                self.index = i
                t.tag = self.prev = "IDENT"
                self.prev_end = t.end
                yield t
                i += 1
                continue

            # Names.
            if kind == "IDENT":
                follower = tokens[i + 1].kind
                if follower == "COLON":
                    kind = "KEY"
                elif follower == "ATOM" and self._splits_atom(t, tokens[i + 1]):
                    kind = "KEY"
            elif kind in KEYWORD_KINDS:
                kind = self._keyword(t, i, sep)

            # Separators.
            if frame.blocky:
                if kind == "SEMI":
                    sep = True
                    self._line_ended(frame)
                    i += 1
                    continue
                if t.nl and not newline_vanishes(tokens, i, prev, self.import_list, frame.kind == "CLOSURE"):
                    sep = True
                    self._line_ended(frame)
                elif frame.hd == "sig" and kind in ("FN", "DEF", "TYPE", "END"):
                    sep = True
                    self._line_ended(frame)

                # A boundary between two statements, members or arms.
                opened = prev in _OPENED
                if (
                    sep
                    or opened
                    or (self.item_end and not (kind == "IDENT" and self._is_deriving(t, i)))
                    or (kind in STARTS and self._touches(frame, t, i, prev))
                    or (prev == "RETURN" and frame.arms and not frame.hd and frame.scan.is_head(tokens, self.mates, i))
                ):
                    if not (
                        kind == "END"
                        or kind == "ELSE"
                        or kind == "EOF"
                        or kind == "AFTER"
                        or (kind == "BAR" and frame.kind == "CLOSURE" and not frame.hd)
                    ):
                        if (
                            frame.arms
                            and not frame.hd
                            and prev != "ARROW_ARM"
                            and (prev == "DO" or frame.scan.is_head(tokens, self.mates, i))
                        ):
                            arm = Token("ARM", "", t.start, t.start, False)
                            self._push_header("arm", arm)
                            self.index = i
                            self.prev = "ARM"
                            yield arm
                            start = False
                        else:
                            start = True
                            if not opened:
                                separator.start = separator.end = self.prev_end
                                self.index = i
                                self.prev = "NL"
                                self.import_list = False
                                yield separator
                        prev = self.prev
                    else:
                        start = False
                    sep = False
                else:
                    start = False
            else:
                start = False
            if self.item_end:
                self.item_end = False

            # The terminal of this token.
            self.index = i
            if kind == "IDENT":
                if start and t.text in words:
                    kind = self._word_at_start(t, i)
                elif t.text == "as" and prev in ENDS and tokens[i + 1].kind == "IDENT":
                    kind = "AS"
                elif prev == "END" and t.text == "deriving" and self._is_deriving(t, i):
                    kind = "DERIVING"
                elif start and frame.head == "struct" and _is_unknown_option(t, tokens[i + 1]):
                    kind = self._error(t, f"unknown schema option `{t.text}`")
                if not kind:  # the retired `clustered(...)`: reported and skipped
                    i = self.index + 1
                    continue
                t.tag = self.prev = kind
            else:
                handler = handlers.get(kind)
                if handler is None:
                    t.tag = self.prev = kind
                else:
                    t.tag = kind
                    self.prev = handler(self, t, i, start)
                    i = self.index
            self.prev_end = t.end
            yield t
            if self.more:
                more, self.more = self.more, []
                self.index = i + 1
                for extra in more:
                    self.prev_end = extra.end
                    yield extra
            if kind == "EOF":
                return
            i += 1

    # ---- Frames and headers ------------------------------------------------------------------------------------

    def _push(self, kind: str, head: str, opener: Token, blocky: bool, flag: bool = False) -> None:
        self.frame = Frame(kind, head, opener, blocky, flag)
        self.frames.append(self.frame)
        if len(self.frames) > MAX_NESTING:
            self.more.append(
                Token("ERROR", f"too deeply nested: more than {MAX_NESTING} levels", opener.start, opener.end, False)
            )

    def _pop(self) -> Frame:
        popped = self.frames.pop()
        self.frame = self.frames[-1]
        return popped

    def _push_header(self, name: str, token: Token) -> None:
        self.frame.headers.append((name, token))
        self.frame.hd = name

    def _pop_header(self) -> tuple[str, Token]:
        frame = self.frame
        header = frame.headers.pop()
        frame.hd = frame.headers[-1][0] if frame.headers else ""
        return header

    def _line_ended(self, frame: Frame) -> None:
        self.import_list = False
        if frame.hd == "sig" or frame.hd == "ext":
            self._pop_header()

    def _error(self, t: Token, message: str) -> str:
        t.kind = "ERROR"
        t.text = message
        return "ERROR"

    # ---- Names and boundaries ----------------------------------------------------------------------------------

    def _splits_atom(self, name: Token, atom: Token) -> bool:
        """``name:value`` without a blank, where a name and a colon are due: makes the atom the value."""
        frame = self.frame
        if name.end != atom.start or not (
            frame.kind == "PAREN"
            or frame.kind == "BRACE"
            or (name.kind == "IDENT" and (frame.head in ("supervisor", "child") or frame.hd in _DEFINITION))
        ):
            return False
        colon = Token("COLON", ":", atom.start, atom.start + 1, False)
        atom.text = atom.text[1:]
        atom.start += 1
        atom.kind = KEYWORDS.get(atom.text, "IDENT")
        self.more.append(colon)
        return True

    def _keyword(self, t: Token, i: int, sep: bool) -> str:
        """The kind of a reserved word that may be an ordinary name here."""
        kind = t.kind
        follower = self.tokens[i + 1]
        frame = self.frame
        if kind == "JSON" and not (follower.kind == "LBRACE" and not follower.nl):
            kind = "IDENT"
        elif kind == "AFTER" and not (
            frame.head == "receive"
            and frame.kind == "BLOCK"
            and not frame.hd
            and (t.nl or sep or self.prev == "DO" or self.prev in ENDS)
        ):
            kind = "IDENT"
        if follower.kind == "COLON":
            if kind == "IDENT" or (follower.start == t.end and (frame.kind == "PAREN" or frame.kind == "BRACE")):
                return "KEY"
        elif follower.kind == "ATOM":
            if self._splits_atom(t, follower):
                return "KEY"
        elif follower.kind == "COLON_COLON" and frame.head == "struct" and frame.kind == "BLOCK":
            return "IDENT"
        return kind

    def _is_deriving(self, t: Token, i: int) -> bool:
        return t.text == "deriving" and not t.nl and self.tokens[i + 1].kind == "LPAR"

    def _touches(self, frame: Frame, t: Token, i: int, prev: str) -> bool:
        """Whether ``t``, which can only start something, stands right behind an operand: then a statement ends there."""
        if frame.hd or not (prev in ENDS or (prev == "GT" and frame.head in _TYPE_BODIES)):
            return False
        if t.kind == "IDENT":
            if t.text == "as":
                return self.tokens[i + 1].kind != "IDENT"
            if prev == "END" and t.text == "deriving":
                return not self._is_deriving(t, i)
        return True

    def _word_at_start(self, t: Token, i: int) -> str:
        """The kind of a contextual word at the start of a statement ('' when it is skipped)."""
        text = t.text
        tokens = self.tokens
        follower = tokens[i + 1]
        frame = self.frame
        same_line = not follower.nl
        if text == "from":
            if follower.kind == "IDENT" and same_line:
                self._push_header("from", t)
                return "FROM"
        elif text == "clustered":
            return self._clustered(t, i)
        elif text == "child":
            if frame.head == "supervisor":
                self._push_header("child", t)
                return "CHILD"
        elif text in _SCHEMA_WORDS:
            if frame.head == "struct" and same_line and follower.kind not in ("COLON_COLON", "SEMI", "END", "EOF"):
                return _SCHEMA_WORDS[text]
        elif text in _RELATIONS:
            if frame.head == "struct" and same_line and follower.kind not in ("COLON_COLON", "SEMI", "END", "EOF"):
                return "RELATION"
        elif text == "extern":
            if follower.kind == "STRING":
                self._push_header("ext", t)
                return "EXTERN"
        elif text in ("test", "describe"):
            if frame.kind == "TOP" or frame.head == "describe":
                close = self.mates.get(i + 1)
                if follower.kind == "LPAR" and close and tokens[close + 1].kind == "DO" and not tokens[close + 1].nl:
                    if tokens[i + 2].kind in ("STRING", "STRING_START"):
                        self._push_header(text, t)
                        return text.upper()
        elif text in ("setup", "teardown"):
            if frame.head == "describe":
                at = i + 1
                if follower.kind == "LPAR" and tokens[i + 2].kind == "RPAR":
                    at = i + 3
                if tokens[at].kind == "DO":
                    self._push_header("setup", t)
                    return text.upper()
        elif text in ("assert_receive", *_ASSERTIONS) and same_line:
            starts = follower.kind in STARTS or follower.kind in _PREFIXES
            if not starts and follower.kind == "PERCENT":
                starts = tokens[i + 2].kind == "LBRACE"
            if text == "assert_receive" and (starts or follower.kind == "LPAR"):
                return "ASSERT_RECEIVE"
            if text != "assert_receive" and starts:
                return "ASSERT"
        return "IDENT"

    def _clustered(self, t: Token, i: int) -> str:
        """The retired ``clustered(work) fn ...``: noted, and skipped so that the function is still read."""
        tokens = self.tokens
        last = i + 1
        if tokens[last].kind == "LPAR":
            last = self.mates.get(last, -1)
            if last < 0 or tokens[last].nl or tokens[last + 1].nl:
                return "IDENT"
            if tokens[last + 1].kind not in ("PUB", "FN", "DEF", "LET"):
                return "IDENT"
        elif not (tokens[last].kind == "IDENT" and tokens[last + 1].kind == "FN" and not tokens[last].nl):
            return "IDENT"
        self.retired.append(t)
        self.index = last
        self.prev = "DECORATOR"
        return ""

    # ---- Handlers: (token, index, at the start of a statement?) -> what `prev` becomes; they set `token.tag` ----

    def _header(self, t: Token, i: int, start: bool) -> str:
        self._push_header(t.kind.lower(), t)
        return t.tag

    def _for(self, t: Token, i: int, start: bool) -> str:
        if self.frame.hd != "impl":
            self._push_header("for", t)
        return "FOR"

    def _handler(self, t: Token, i: int, start: bool) -> str:
        if self.frame.head == "service":
            self._push_header(t.kind.lower(), t)
        return t.tag

    def _after(self, t: Token, i: int, start: bool) -> str:
        self._push_header("after", t)
        return "AFTER"

    def _key(self, t: Token, i: int, start: bool) -> str:
        frame = self.frame
        if frame.head == "supervisor":
            if t.text not in _SUPERVISOR_KEYS:
                t.tag = self._error(t, f"unexpected `{t.text}` in supervisor body")
        elif frame.head == "child":
            if t.text not in _CHILD_KEYS:
                t.tag = self._error(t, f"unexpected `{t.text}` in child spec body")
        return "COLON" if self.more else "KEY"

    def _fn(self, t: Token, i: int, start: bool) -> str:
        frame = self.frame
        if frame.head == "interface" and frame.kind == "BLOCK" and not frame.hd and self.prev != "PUB":
            self._push_header("sig", t)
            t.tag = "FN_SIG"
        elif frame.hd == "ext":
            t.tag = "FN_DEF"
        elif self.prev in ("PUB", "DECORATOR") or (start and self._defines(t, i)):
            self._push_header("def", t)
            t.tag = "FN_DEF"
        elif t.kind == "FN":
            self._push_header("clo", t)
            t.tag = "FN_CLO"
        return t.tag

    def _defines(self, t: Token, i: int) -> bool:
        if self.frame.head in ("impl", "service"):
            return True
        if self.prev in ("ARROW_ARM", "ARROW_FN") and not t.nl:
            return False
        return is_definition(self.tokens, self.mates, i)

    def _type(self, t: Token, i: int, start: bool) -> str:
        if self.frame.head in ("interface", "impl"):
            t.tag = "TYPE_ASSOC"
        elif is_sum_type(self.tokens, i):
            self._push_header("type", t)
            t.tag = "TYPE_SUM"
        else:
            t.tag = "TYPE_ALIAS"
        return t.tag

    def _import(self, t: Token, i: int, start: bool) -> str:
        if self.frame.hd == "from":
            self._pop_header()
            self.import_list = self.tokens[i + 1].kind != "LPAR"
        return "IMPORT"

    def _self(self, t: Token, i: int, start: bool) -> str:
        follower = self.tokens[i + 1]
        if follower.kind == "LPAR" and not follower.nl:
            t.tag = "SELF_CALL"
        return t.tag

    def _do(self, t: Token, i: int, start: bool) -> str:
        hd = self.frame.hd
        if hd not in _NO_DO:
            name, token = self._pop_header()
            self._push("BLOCK", name, token if name == "clo" else t, True)
        elif self.prev == "RPAR" and not t.nl:
            t.tag = "DO_TRAIL"
            self._push("BLOCK", "trail", t, True)
        elif self.prev == "ARROW_ARM":
            t.tag = "DO_ARM"
            self._push("BLOCK", "arm", t, True)
        else:
            t.tag = "DO_STRAY"
        return t.tag

    def _end(self, t: Token, i: int, start: bool) -> str:
        if self.frame.kind == "BLOCK" or self.frame.kind == "CLOSURE":
            self.item_end = self._pop().head in _ITEM_BLOCKS
        return "END"

    def _else(self, t: Token, i: int, start: bool) -> str:
        if self.frame.kind == "BLOCK" and self.frame.head == "if":
            opener = self._pop().opener
            follower = self.tokens[i + 1]
            if follower.kind == "IF" and not follower.nl:
                self._push_header("if", follower)
                self.index = i + 1
                t.tag = "ELSE_IF"
            else:
                self._push("BLOCK", "else", opener, True)
        return t.tag

    def _arrow(self, t: Token, i: int, start: bool) -> str:
        hd = self.frame.hd
        if hd == "arm" or hd == "after":
            self._pop_header()
            t.tag = "ARROW_ARM"
        elif (hd == "clo" or hd == "clause") and not (self.prev == "RPAR" and self.fun_closed):
            name, token = self._pop_header()
            if name == "clo":
                self._push("CLOSURE", "clo", token, True)
            t.tag = "ARROW_FN"
        return t.tag

    def _bar(self, t: Token, i: int, start: bool) -> str:
        frame = self.frame
        prev = self.prev
        if frame.hd == "bars":
            self._pop_header()
            t.tag = "PARAM_BAR"
            return "BAR_CLOSED"
        if frame.kind == "CLOSURE" and not frame.hd:
            self._push_header("clause", t)
            t.tag = "CLAUSE_BAR"
        elif prev == "DO_TRAIL" or (prev == "DO" and frame.head in ("call", "cast")):
            self._push_header("bars", t)
            t.tag = "PARAM_BAR"
        elif frame.kind == "BRACE" and frame.flag and not frame.hd:
            frame.flag = False
            t.tag = "UPDATE_BAR"
        else:
            t.tag = "ALT_BAR"
        return t.tag

    def _or_or(self, t: Token, i: int, start: bool) -> str:
        if self.prev != "DO_TRAIL":
            return t.tag
        t.tag = "PARAM_BAR"
        closing = Token("PARAM_BAR", "|", t.start + 1, t.end, False)
        self.more.append(closing)
        return "BAR_CLOSED"

    def _eq(self, t: Token, i: int, start: bool) -> str:
        if self.frame.hd == "def":
            self._pop_header()
        return "EQ"

    def _greater_equal(self, t: Token, i: int, start: bool) -> str:
        if not splits_greater_equal(self.tokens, i):
            return t.tag
        t.tag = "GT"
        self.more.append(Token("EQ", "=", t.start + 1, t.end, False))
        return self._eq(t, i, start)

    def _lpar(self, t: Token, i: int, start: bool) -> str:
        prev = self.prev
        is_fun = prev == "IDENT" and self.tokens[i - 1].text == "Fun" and self.frame.hd != "arm"
        if prev == "FN_CLO" or prev == "CLAUSE_BAR":
            t.tag = "FN_LP"
        elif prev in ENDS or prev in ("SPAWN", "SEND", "LINK", "SELF_CALL"):
            t.tag = "CALL_LP"
        self._push("PAREN", "", t, False, is_fun)
        return t.tag

    def _lbrack(self, t: Token, i: int, start: bool) -> str:
        if self.prev in ENDS:
            t.tag = "INDEX_LB"
        self._push("BRACK", "", t, False)
        return t.tag

    def _lbrace(self, t: Token, i: int, start: bool) -> str:
        if self.prev in ENDS:
            t.tag = "STRUCT_LB"
        elif self.prev == "FOR":
            t.tag = "FOR_LB"
        self._push("BRACE", "", t, False)
        return t.tag

    def _percent(self, t: Token, i: int, start: bool) -> str:
        if self.prev not in ENDS and self.tokens[i + 1].kind == "LBRACE":
            t.tag = "MAP_OPEN"
            self.index = i + 1
            self._push("BRACE", "", t, False, True)
        return t.tag

    def _json(self, t: Token, i: int, start: bool) -> str:
        t.tag = "JSON_OPEN"
        self.index = i + 1
        self._push("BRACE", "", t, False)
        return t.tag

    def _interp_start(self, t: Token, i: int, start: bool) -> str:
        self._push("INTERP", "", t, False)
        return t.tag

    def _closer(self, t: Token, i: int, start: bool) -> str:
        """Closes the nearest bracket if it is of this kind, cutting off blocks left open inside it."""
        frames = self.frames
        at = len(frames) - 1
        while frames[at].blocky and at:
            at -= 1
        self.unclosed = None
        if frames[at].kind == _CLOSED_BY[t.kind]:
            if at != len(frames) - 1:
                self.unclosed = frames[-1]
            self.fun_closed = frames[at].flag
            del frames[at:]
            self.frame = frames[-1]
        return t.tag

    def _at(self, t: Token, i: int, start: bool) -> str:
        """``@cluster`` or ``@cluster(N)``, emitted at once; anything malformed becomes an ERROR with its message."""
        tokens = self.tokens
        word = tokens[i + 1]
        if word.kind != "IDENT" or word.text != "cluster":
            self._malformed(word, "expected `cluster` after `@`")
            return "AT"
        word.tag = "CLUSTER"
        self.more.append(word)
        self.index = i + 1
        opening = tokens[i + 2]
        if opening.kind == "LPAR":
            number, closing = tokens[i + 3], tokens[i + 4]
            if number.kind != "INT":
                self._malformed(number, "expected integer replication count inside `@cluster(...)`")
            elif closing.kind == "COMMA":
                self._malformed(closing, "expected exactly one replication count in `@cluster(N)`")
            elif closing.kind != "RPAR":
                self._malformed(closing, "expected `)` to close `@cluster(...)`")
            else:
                self.more += (opening, number, closing)
                self.index = i + 4
        return "DECORATOR"

    def _malformed(self, at: Token, message: str) -> None:
        self.more.append(Token("ERROR", message, at.start, at.end, False))


def _is_unknown_option(t: Token, follower: Token) -> bool:
    return follower.kind in _LITERALS and not follower.nl


_CLOSED_BY = {"RPAR": "PAREN", "RBRACK": "BRACK", "RBRACE": "BRACE", "INTERP_END": "INTERP"}

_Handler = Callable[[TokenPass, Token, int, bool], str]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(
        "IF WHILE CASE MATCH RECEIVE MODULE STRUCT INTERFACE IMPL ACTOR SERVICE SUPERVISOR TERMINATE".split(),
        TokenPass._header,
    ),
    **dict.fromkeys(_CLOSED_BY, TokenPass._closer),
    "FOR": TokenPass._for,
    "CALL": TokenPass._handler,
    "CAST": TokenPass._handler,
    "AFTER": TokenPass._after,
    "KEY": TokenPass._key,
    "FN": TokenPass._fn,
    "DEF": TokenPass._fn,
    "TYPE": TokenPass._type,
    "IMPORT": TokenPass._import,
    "SELF": TokenPass._self,
    "DO": TokenPass._do,
    "END": TokenPass._end,
    "ELSE": TokenPass._else,
    "ARROW": TokenPass._arrow,
    "BAR": TokenPass._bar,
    "OR_OR": TokenPass._or_or,
    "EQ": TokenPass._eq,
    "GT_EQ": TokenPass._greater_equal,
    "LPAR": TokenPass._lpar,
    "LBRACK": TokenPass._lbrack,
    "LBRACE": TokenPass._lbrace,
    "PERCENT": TokenPass._percent,
    "JSON": TokenPass._json,
    "INTERP_START": TokenPass._interp_start,
    "AT": TokenPass._at,
}
