"""What a syntax error is called: from the parser's state and the token pass to one message (syntax reference, section 6).

The message is looked for in this order: what the token itself says (a lexical error), a block that was not closed, the
production under way (a table keyed by the production and the symbol before the dot), and last the set of terminals
that could follow, computed by trying each of them on the stack of states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshpy.syntax.layout import Frame, TokenPass
from meshpy.syntax.tables import ACCEPT, Tables
from meshpy.syntax.tokens import Token


@dataclass(slots=True)
class SyntaxMessage:
    """One message about bytes ``start`` to ``end``, with related places (start, end, text)."""

    start: int
    end: int
    text: str
    related: tuple[tuple[int, int, str], ...] = ()


def _block(name: str) -> str:
    return f"expected `end` to close {name}"


#: What a missing `end` is called, by the head of the block.
_MISSING_END = {
    "if": _block("`do` block"),
    "while": _block("`do` block"),
    "trail": _block("`do` block"),
    "else": "expected `end`",
    "case": _block("`case` block"),
    "match": _block("`case` block"),
    "arm": _block("case arm `do` block"),
    "for": _block("`for` block"),
    "receive": _block("`receive` block"),
    "clo": "unclosed closure -- expected `end`",
    "clause": "unclosed closure clause -- expected `end`",
    "def": _block("function body"),
    "module": _block("module body"),
    "struct": _block("struct body"),
    "type": _block("sum type body"),
    "interface": _block("interface body"),
    "sig": _block("default method body"),
    "impl": _block("impl body"),
    "actor": _block("actor body"),
    "terminate": _block("`terminate` block"),
    "service": _block("service body"),
    "call": _block("call handler body"),
    "cast": _block("cast handler body"),
    "supervisor": _block("supervisor body"),
    "child": _block("child spec body"),
    "test": _block("`test` block"),
    "describe": _block("`describe` block"),
    "setup": _block("`do` block"),
}

#: What may stand in a body that takes members only.
_MEMBERS = {
    "struct": "expected field name",
    "type": "expected variant name",
    "interface": "expected method signature (fn)",
    "impl": "expected `fn`, `type`, or `end` in impl body",
    "service": "expected `fn`, `call`, `cast`, or `end` in service body",
    "supervisor": "expected `strategy`, `max_restarts`, `max_seconds`, `child`, or `end` in supervisor body",
    "child": "expected `start`, `restart`, `shutdown`, or `end` in child spec body",
    "describe": "expected `test`, `describe`, `setup`, `teardown`, or `end` in describe body",
}

_PUB = "expected `fn`, `module`, `struct`, `interface`, `type`, or `supervisor` after `pub`"
_PARAMETER = "expected parameter name or pattern"

#: Production and the symbol before the dot -> message.
_AT = {
    "let_stmt/LET": "expected identifier or pattern after `let`",
    "as_pat/AS": "expected identifier after `as`",
    "for_expr/FOR": "expected loop variable name or {key, value} destructuring after `for`",
    "arrow_closure/FN_CLO": "expected closure parameters, `->`, or `do`",
    "bare_spawn/SPAWN": "expected `(` after `spawn`",
    "send/SEND": "expected `(` after `send`",
    "link/LINK": "expected `(` after `link`",
    "fn_head/FN_DEF": "expected function name",
    "extern_fn/FN_DEF": "expected function name",
    "cluster_deco/CLUSTER": "expected `fn` or `def` after `@cluster`",
    "fn_def/cluster_deco": "expected `fn` or `def` after `@cluster`",
    "struct_def/PUB": _PUB,
    "impl_fn/PUB": "expected `fn` or `type` in impl body",
    "fn_def/PUB": "expected `fn` or `def`",
    "extern_fn/PUB": "expected `fn` or `def`",
    "module_def/MODULE": "expected module name",
    "import_decl/IMPORT": "expected module name",
    "from_import/FROM": "expected module name",
    "from_import/IMPORT": "expected import name",
    "from_import_group/LPAR": "expected import name",
    "struct_def/STRUCT": "expected struct name",
    "deriving/LPAR": "expected trait name in deriving clause",
    "deriving/CALL_LP": "expected trait name in deriving clause",
    "schema_option/TABLE": 'expected string literal after `table` (e.g., table "people")',
    "schema_option/PRIMARY_KEY": "expected atom literal after `primary_key` (e.g., primary_key :uuid)",
    "schema_option/TIMESTAMPS": "expected `true` or `false` after `timestamps`",
    "relation/RELATION": "expected atom literal (e.g., :user) after relationship kind",
    "relation/COMMA": "expected target type name after comma in relationship declaration",
    "type_alias/TYPE_ALIAS": "expected type alias name",
    "sum_type/TYPE_SUM": "expected sum type name",
    "interface_def/INTERFACE": "expected interface name",
    "method_sig/FN_SIG": "expected method name",
    "assoc_name/TYPE_ASSOC": "expected associated type name",
    "assoc_type/TYPE_ASSOC": "expected associated type name",
    "impl_def/IMPL": "expected trait name",
    "actor_def/ACTOR": "expected actor name",
    "service_def/SERVICE": "expected service name",
    "call_handler/CALL": "expected call handler name",
    "cast_handler/CAST": "expected cast handler name",
    "state/PARAM_BAR": "expected state parameter name",
    "supervisor_def/SUPERVISOR": "expected supervisor name",
    "child/CHILD": "expected child spec name",
    "test_block/LPAR": "expected test label (a plain string)",
    "describe/LPAR": "expected test label (a plain string)",
    "member/DOT": "expected identifier",
}

#: The first of these that could follow names what is missing behind something complete.
_MISSING = {
    "DO": "`do`",
    "EQ": "`=`",
    "ARROW_ARM": "`->`",
    "ARROW_FN": "`->`",
    "ARROW": "`->`",
    "FAT_ARROW": "`=>`",
    "IN": "`in`",
    "PUB": "`pub`",
    "FOR": "`for`",
    "IMPORT": "`import`",
    "COLON": "`:`",
    "STRING": "a plain string",
    "CALL_LP": "`(`",
    "PARAM_BAR": "`|`",
    "GT": "`>`",
    "INTERP_END": "`}`",
    "IDENT": "identifier",
    "COLON_COLON": "`::`",
    "COMMA": "`,`",
}

_CLOSING = {"PAREN": ("RPAR", "`)`"), "BRACK": ("RBRACK", "`]`"), "BRACE": ("RBRACE", "`}`"), "INTERP": ("INTERP_END", "`}`")}
_FIELDS = {"STRUCT_LB": "field name in struct literal", "JSON_OPEN": "identifier key in json literal"}
_CUTS = frozenset(("EOF", "END", "ELSE", "RPAR", "RBRACK", "RBRACE", "INTERP_END", "STRING_END"))


def explain(tables: Tables, states: list[int], token: Token, token_pass: TokenPass) -> SyntaxMessage:
    """Why ``token`` cannot follow: ``states`` is the parser's stack, in which no action is defined for it."""
    if token.tag == "ERROR":
        return SyntaxMessage(token.start, token.end, token.text)
    frame = token_pass.frame
    possible = {tag for tag in tables.actions[states[-1]] if _can_follow(tables, states, tag)}
    if token.tag in _CUTS and "END" in possible:
        cut = token_pass.unclosed if token.tag in ("RPAR", "RBRACK", "RBRACE", "INTERP_END") else frame
        if cut is not None and cut.head in _MISSING_END:
            return _missing_end(token, cut)
    text = (
        _misplaced(tables, states, token, frame, possible)
        or _under_way(tables, states, token, frame, possible)
        or _from_set(token, frame, possible)
    )
    if token.tag == "KEY" and ("`::`" in text or "`=>`" in text or "`:`" in text):
        return SyntaxMessage(token.end, token.end + 1, text)
    return SyntaxMessage(token.start, token.end, text)


def _missing_end(token: Token, frame: Frame) -> SyntaxMessage:
    opener = frame.opener
    note = "closure started here" if frame.head == "clo" else "`do` block started here"
    return SyntaxMessage(token.start, token.end, _MISSING_END[frame.head], ((opener.start, opener.end, note),))


def _can_follow(tables: Tables, states: Sequence[int], tag: str) -> bool:
    """Whether the terminal would be shifted, after whatever reductions it triggers."""
    pushed: list[int] = []
    below = len(states)
    while True:
        action = tables.actions[pushed[-1] if pushed else states[below - 1]].get(tag)
        if action is None:
            return False
        if action == ACCEPT or not action & 1:
            return True
        rule = tables.rules[action >> 1]
        kept = len(pushed) - rule.size
        if kept >= 0:
            del pushed[kept:]
        else:
            pushed.clear()
            below += kept
        pushed.append(tables.gotos[pushed[-1] if pushed else states[below - 1]][rule.origin])


def _misplaced(
    tables: Tables, states: list[int], token: Token, frame: Frame, possible: set[str]
) -> str | None:
    """Mistakes known by the token itself."""
    tag = token.tag
    around = {context for state in states[-4:] for context in tables.contexts[state]}
    if tag == "STRING_START" and "STRING" in possible and "FN_CLO" not in possible:
        if "schema_option/TABLE" not in around:
            return "string interpolation not allowed in patterns" if "INT" in possible else None
    if tag == "PLUS" and "bound/path" in around and "IDENT" not in possible:
        return "expected `,` -- one trait for each bound: `where T: Eq, T: Hash`"
    if tag == "STAR" and "from_import/IMPORT" in around:
        return "glob imports are not allowed; import names explicitly"
    if tag == "AS" and any(context.startswith(("import_decl/", "from_import", "path/")) for context in around):
        return "import aliases are not supported"
    if tag == "KEY" and frame.kind == "BRACE" and frame.opener.tag == "MAP_OPEN" and "INT" in possible:
        return "expected `=>`"
    if tag == "KEY" and "IDENT" in possible and "KEY" not in possible:
        if "let_stmt/LET" in around or "SELF" in possible and "FN_CLO" not in possible or frame.head == "struct":
            return "expected `::` -- a type annotation is written `name :: Type`"
    if tag == "IDENT" and frame.kind == "BRACE" and "KEY" in possible and "INT" not in possible:
        return f"expected `:` -- a field is written `{token.text}: value`"
    return None


def _under_way(
    tables: Tables, states: list[int], token: Token, frame: Frame, possible: set[str]
) -> str | None:
    """The message of the production that the parser is in."""
    contexts = tables.contexts[states[-1]]
    for context, text in _AT.items():
        if context in contexts:
            return text
    member = "END" in possible or any(context.endswith("/NL") for context in contexts)
    if member and frame.kind == "BLOCK" and frame.head in _MEMBERS and not frame.hd:
        return _MEMBERS[frame.head]
    hd = frame.hd
    if hd == "def" and "EQ" in possible and "DO" in possible:
        return "expected `=` or `do` for function body"
    if hd == "clo" and "ARROW_FN" in possible:
        return "expected `->` or `do` after closure parameters"
    if hd == "clause" and "ARROW_FN" in possible:
        return "expected `->` or `do` after closure clause parameters"
    if hd == "bars" and "PARAM_BAR" in possible and frame.head == "trail":
        return "expected `|` to close trailing closure parameters"
    if frame.kind == "BRACE" and "KEY" in possible and "INT" not in possible and token.tag not in _CUTS:
        return f"expected {_FIELDS.get(frame.opener.tag, 'field name in struct update')}"
    if "IDENT" in possible and any(
        context in ("deriving/LPAR", "deriving/CALL_LP") for state in states[-4:] for context in tables.contexts[state]
    ):
        return _AT["deriving/LPAR"]
    return None


def _from_set(token: Token, frame: Frame, possible: set[str]) -> str:
    """The message that the set of possible terminals suggests."""
    closing = _CLOSING.get(frame.kind)
    if closing and closing[0] in possible and (token.tag in _CUTS or "INT" not in possible and "LPAR" not in possible):
        return f"expected {closing[1]}"
    if "INT" in possible and "LPAR" in possible:
        if "FN_CLO" in possible:
            return "expected expression"
        return _PARAMETER if "SELF" in possible else "expected pattern"
    if "LPAR" in possible and "IDENT" in possible:
        return "expected type name"
    if "NL" in possible or "EOF" in possible:  # a whole statement stands before
        if token.tag == "EQ":
            return "expected expression -- a variable is bound with `let`"
        return "expected expression"
    for tag, spelling in _MISSING.items():
        if tag in possible:
            return f"expected {spelling}"
    return "expected expression"
