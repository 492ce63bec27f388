"""The formatter (toolchain reference, section 5): one canonical layout for a file that parses.

It works on the concrete tree, so that every comment survives and what the AST normalises (redundant parentheses, the
spelling of an operator, ``def``) stays as written. Most constructs are one line with blanks decided by the two tokens
they stand between; blocks, arms, pipes, closures and bracketed lists have a layout of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from meshpy.diagnostics import Diagnostic
from meshpy.syntax.cst import (
    Comment,
    Cst,
    RecordedPass,
    Trivia,
    attach_comments,
    cst_value,
    first_token,
    last_token,
)
from meshpy.syntax.layout_doc import BLANK, HARD, Cat, Doc, Element, Listing, Nest, Text, has_break, render
from meshpy.syntax.lexer import lex
from meshpy.syntax.parser import Reductions, parse_file, run, tables
from meshpy.syntax.tables import Rule
from meshpy.syntax.tokens import Token

#: Terminals whose text differs from that of the raw token they were made of.
_SPELLED = {"GT": ">", "PARAM_BAR": "|", "MAP_OPEN": "%{", "JSON_OPEN": "json {", "ELSE_IF": "else if"}

_NO_BLANK_BEFORE = frozenset("RPAR RBRACK RBRACE COMMA DOT CALL_LP INDEX_LB QUESTION COLON INTERP_END".split())
_NO_BLANK_AFTER = frozenset("LPAR CALL_LP FN_LP LBRACK INDEX_LB FOR_LB MAP_OPEN DOT AT INTERP_START".split())
#: Words before a parenthesis of their own.
_TIGHT_WORDS = frozenset("DERIVING CLUSTER TEST DESCRIBE SETUP TEARDOWN".split())
#: Productions that stand directly behind what they belong to.
_TIGHT_NODES = frozenset("fn_params gen_params type_args ctor_args variant_fields".split())
#: Productions whose symbols belong to the line or block around them.
_OPEN_NODES = frozenset("do_block else_ifs else_if else_part".split())
#: What may stand between `do` and `end`, and how its parts are separated.
_BODIES = {
    "statements": "statements",
    "module_body": "members",
    "actor_body": "members",
    "impl_members": "members",
    "interface_members": "members",
    "service_members": "members",
    "supervisor_members": "members",
    "child_members": "statements",
    "describe_members": "members",
    "struct_members": "tight",
    "variants": "tight",
    "arms": "tight",
}
_OPENERS = frozenset(("DO", "DO_TRAIL", "DO_ARM", "ELSE"))
_PIPES = ("PIPE", "SLOT_PIPE")
_ITEMS = frozenset(
    "fn_def module_def import_decl from_import from_import_group struct_def sum_type type_alias interface_def impl_def "
    "actor_def service_def supervisor_def extern_fn expr_fn block_fn test_block describe".split()
)
_IMPORTS = frozenset(("import_decl", "from_import", "from_import_group"))
#: A `do` closure with one of these as its only statement is a block.
_BLOCK_VALUES = frozenset(("struct_lit", "map_lit", "struct_update"))


@dataclass(slots=True)
class FormatResult:
    """``text`` is None when the file does not parse: then it must be left alone, and ``diagnostics`` say why."""

    text: str | None
    diagnostics: list[Diagnostic]


def format_source(
    source: bytes | str, path: str, *, width: int = 100, indent: int = 2, is_test: bool = False,
    is_interface: bool = False,
) -> FormatResult:  # fmt: skip
    """The canonical text of a file, in lines of at most ``width`` columns where lists can be broken."""
    _, diagnostics = parse_file(source, path, is_test, is_interface)
    if diagnostics:
        return FormatResult(None, diagnostics)
    data = source.encode() if isinstance(source, str) else source
    token_pass = RecordedPass(lex(data.decode()), is_test=is_test, is_interface=is_interface)
    roots: list[Cst] = []
    failure = run(token_pass, _reductions(roots))
    assert failure is None, "the same tables have just accepted the file"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20 * len(token_pass.seen) + 10_000))  # the deepest tree is a chain of all tokens
    try:
        formatter = _Formatter(attach_comments(data, token_pass.seen), width)
        text = render(formatter.file(roots[-1], token_pass.seen[-1]), width, indent)
    finally:
        sys.setrecursionlimit(limit)
    return FormatResult(text + "\n" if text else "", [])


def _reductions(roots: list[Cst]) -> Reductions:
    """Reductions that build the concrete tree and leave its root in ``roots``."""

    def maker(rule: Rule) -> Callable[[list], object]:
        def make(values: list) -> object:
            value = cst_value(rule, values[len(values) - rule.size :])
            if rule.function == "source_file":
                roots.append(value)
            return value

        return make

    return [(rule.size, rule.origin, rule.plan and maker(rule)) for rule in tables().rules]


def _comment(comment: Comment) -> Doc:
    return Text(comment.text, is_comment=True, ends_line=not comment.is_block)


def _ends_line(comment: Doc) -> bool:
    return isinstance(comment, Text) and comment.ends_line


def _comments(comments: list[Comment]) -> list[Doc]:
    return [_comment(comment) for comment in comments]


def _is_empty(node: Cst | Token) -> bool:
    return isinstance(node, Cst) and first_token(node) is None


class _Formatter:
    def __init__(self, trivia: dict[int, Trivia], width: int) -> None:
        self.trivia = trivia
        self.width = width
        self.interpolations = 0

    # ---- Comments ----------------------------------------------------------------------------------------------

    def trivia_of(self, tokens: list[Token | None]) -> list[Trivia]:
        return [trivia for token in tokens if (trivia := self.trivia.get(id(token)))]

    def take_before(self, token: Token | None) -> tuple[list[Comment], bool]:
        """The comments before a token, which then are not printed with it, and whether a blank line precedes it."""
        trivia = self.trivia.get(id(token))
        if trivia is None:
            return [], False
        comments, trivia.before = trivia.before, []
        return comments, trivia.blank

    def take_behind(self, token: Token | None) -> list[Doc]:
        trivia = self.trivia.get(id(token))
        if trivia is None:
            return []
        comments, trivia.behind = trivia.behind, []
        return _comments(comments)

    def leading(self, token: Token) -> list[Doc]:
        """The comments before a token, to be printed in front of what it opens."""
        return _comments(self.take_before(token)[0])

    def dropped(self, token: Token) -> list[Doc]:
        """The comments of a token that is not printed."""
        return [*self.leading(token), *self.take_behind(token)]

    # ---- Tokens and lines --------------------------------------------------------------------------------------

    def token(self, token: Token) -> Doc:
        text: Doc = Text(_SPELLED.get(token.tag, token.text))
        trivia = self.trivia.get(id(token))
        if trivia is None or not (trivia.before or trivia.behind):
            return text
        behind = [part for comment in trivia.behind for part in (Text(" "), _comment(comment))]
        return Cat([*_comments(trivia.before), text, *behind])

    def doc(self, node: Cst | Token) -> Doc:
        if isinstance(node, Token):
            return self.token(node)
        # Comments in front go first, so that they do not change the layout of what they stand before.
        comments, _ = self.take_before(node.first)
        method = _METHODS.get(node.name)
        doc = method(self, node) if method else self.line(node.children)
        return Cat([*_comments(comments), doc]) if comments else doc

    def line(self, children: list[Cst | Token]) -> Doc:
        """Symbols on one line, with blocks between an opener and what ends them."""
        flat: list[Cst | Token] = []
        work = list(reversed(children))
        while work:
            child = work.pop()
            if isinstance(child, Cst) and child.name in _OPEN_NODES:
                work += reversed(child.children)
            elif not (_is_empty(child) or (isinstance(child, Token) and child.tag in ("NL", "ARM"))):
                flat.append(child)
        parts: list[Doc] = []
        orphans: list[Doc] = []
        if len(flat) > 1 and isinstance(flat[-1], Token) and flat[-1].tag == "COMMA":
            orphans = self.dropped(flat.pop())
        before: Cst | Token | None = None
        at = 0
        while at < len(flat):
            child = flat[at]
            if before is not None and _blank_between(before, child):
                parts.append(Text(" "))
            parts.append(self.doc(child))
            before = child
            at += 1
            if isinstance(child, Token) and child.tag in _OPENERS:
                at = self.block(flat, at, parts)
                before = None
        parts += orphans
        return Cat(parts) if len(parts) != 1 else parts[0]

    def block(self, flat: list[Cst | Token], at: int, parts: list[Doc]) -> int:
        """Lays out the block whose opener stands before ``flat[at]``; returns the index of what ends it."""
        if isinstance(flat[at], Cst) and flat[at].name in ("bar_params", "state"):
            bars = self.doc(flat[at])
            parts += [Text(" "), bars] if bars.flat else []
            at += 1
        entries: list[_Entry] = []
        style = "statements"
        while isinstance(flat[at], Cst):
            body = flat[at]
            style = _BODIES.get(body.name, style)
            entries += self.entries([body] if body.name == "after" else body.children)
            at += 1
        dangling, _ = self.take_before(first_token(flat[at]))
        inside = self.separated(entries, dangling, style)
        if inside:
            parts.append(Nest(Cat([HARD, *inside])))
        parts.append(HARD)
        return at

    def module_def(self, node: Cst) -> Doc:
        """A module's body holds statements, but is laid out like members."""
        children = [
            Cst("module_body", child.children) if isinstance(child, Cst) and child.name == "statements" else child
            for child in node.children
        ]  # fmt: skip
        return self.line(children)

    # ---- Bodies ------------------------------------------------------------------------------------------------

    def entries(self, nodes: list[Cst | Token]) -> list[_Entry]:
        entries = []
        for node in nodes:
            if isinstance(node, Token):  # NL
                continue
            while node.name == "top":
                node = node.children[0]
            comments, blank = self.take_before(first_token(node))
            behind = self.take_behind(last_token(node))
            entries.append(_Entry(node, comments, blank, self.doc(node), behind))
        return entries

    def separated(self, entries: list[_Entry], dangling: list[Comment], style: str) -> list[Doc]:
        """The entries of a body and the comments before its end, with the breaks and blank lines between them."""
        parts: list[Doc] = []
        last: _Entry | None = None
        for entry in entries:
            if last is not None:
                parts.append(BLANK if self.is_separated(last, entry, style) else HARD)
            for index, comment in enumerate(entry.comments):
                if index:
                    parts.append(BLANK if comment.blank else HARD)
                parts.append(_comment(comment))
            if entry.comments:
                parts.append(BLANK if entry.blank else HARD)
            parts.append(entry.doc)
            parts += entry.behind
            last = entry
        for index, comment in enumerate(dangling):
            if index or last:
                alone = style == "top" and not index and last is not None and last.is_item
                parts.append(BLANK if comment.blank or alone else HARD)
            parts.append(_comment(comment))
        return parts

    def is_separated(self, last: _Entry, entry: _Entry, style: str) -> bool:
        """Whether a blank line stands between two entries of a body."""
        source = entry.comments[0].blank if entry.comments else entry.blank
        if style == "tight":
            return False
        clauses = not entry.comments and entry.clause_of is not None and entry.clause_of == last.clause_of
        if style == "members":
            tall = has_break(entry.doc) or has_break(last.doc) or max(entry.doc.flat, last.doc.flat) > self.width
            return (tall or source) and not (clauses and not source and not tall)
        if style == "top":
            if last.node.name in _IMPORTS and entry.node.name in _IMPORTS:
                return bool(entry.comments)
            if entry.is_item or last.is_item:
                return not clauses
        return source

    def file(self, root: Cst, end: Token) -> Doc:
        nodes = root.children[0].children if root.children else []
        entries = self.entries(nodes)
        dangling, _ = self.take_before(end)
        return Cat(self.separated(entries, dangling, "top"))

    # ---- Bracketed lists ---------------------------------------------------------------------------------------

    def elements(self, nodes: list[Cst | Token]) -> list[Element]:
        elements: list[Element] = []
        for node in nodes:
            if isinstance(node, Token) and node.tag == "COMMA":
                elements[-1].behind += self.dropped(node)
                continue
            before, _ = self.take_before(first_token(node))
            behind = self.take_behind(last_token(node))
            elements.append(Element(self.doc(node), _comments(before), behind))
        # Behind a comment that ends its line the next element begins, and so do the comments before it.
        for element, after in pairwise(elements):
            ended = next((at for at, comment in enumerate(element.behind) if _ends_line(comment)), len(element.behind))
            after.before[:0] = element.behind[ended + 1 :]
            del element.behind[ended + 1 :]
        return elements

    def listing(
        self, opening: Token, nodes: list[Cst | Token], closing: Token, *, head: list[Doc] | None = None,
        more: list[Doc] | None = None, final_comma: bool = True, lead: str = "", tail: str = "", broken: bool = False,
    ) -> Doc:  # fmt: skip
        """A list in brackets; ``head`` stands before the opening one, ``more`` behind it on its line."""
        elements = self.elements(nodes)
        comments, _ = self.take_before(closing)
        trivia = self.trivia.get(id(opening))
        if trivia and trivia.behind and all(comment.is_block for comment in trivia.behind):
            # They would be found in front of the first element once it stands on the same line.
            if elements:
                elements[0].before[:0] = self.take_behind(opening)
            else:
                comments[:0], trivia.behind = trivia.behind, []
        behind = self.take_behind(closing)
        opened = Cat([*(head or ()), self.token(opening), *(more or ())])
        doc = Listing(
            opened, elements, self.token(closing), final_comma=final_comma, lead=lead, tail=tail,
            dangling=_comments(comments), broken=broken,
        )  # fmt: skip
        return Cat([doc, *behind]) if behind else doc

    def bracketed(self, node: Cst) -> Doc:
        """``[word] open [elements] close``: parameters, `spawn(...)`, tuples, lists, maps."""
        at = next(at for at, child in enumerate(node.children) if _is_opening(child))
        parts: list[Doc] = []
        for child in node.children[:at]:
            parts.append(self.doc(child))
        parts += self.leading(node.children[at])
        inside = _unwrapped(node.children[at + 1 : -1])
        parts.append(self.listing(node.children[at], inside, node.children[-1]))
        return Cat(parts)

    def call(self, node: Cst) -> Doc:
        callee, opening, *rest = node.children
        parts = [self.doc(callee), *self.leading(opening)]
        trailing = rest.pop() if isinstance(rest[-1], Cst) and rest[-1].name == "trailing_closure" else None
        parts.append(self.listing(opening, _unwrapped(rest[:-1]), rest[-1]))
        if trailing is not None:
            parts += [Text(" "), self.doc(trailing)]
        return Cat(parts)

    def group_expr(self, node: Cst) -> Doc:
        opening, inner, closing = node.children
        # A comment may hang on an operator or on either end of an operand, depending on the line it stands in.
        parts = inner.children if isinstance(inner, Cst) else [inner]
        before = [*map(first_token, parts), closing]
        behind = [opening, *map(last_token, parts)]
        if not any(t.before for t in self.trivia_of(before)) and not any(t.behind for t in self.trivia_of(behind)):
            return Cat([self.token(opening), self.doc(inner), self.token(closing)])
        return self.listing(opening, [inner], closing, final_comma=False, broken=True)

    def tuple_expr(self, node: Cst) -> Doc:
        opening, first, comma, *rest = node.children
        return self.listing(opening, [first, comma, *_unwrapped(rest[:-1])], rest[-1])

    def struct_lit(self, node: Cst) -> Doc:
        """Two fields or more stand on lines of their own."""
        base, opening, *rest = node.children
        fields = _unwrapped(rest[:-1])
        count = sum(isinstance(field, Cst) for field in fields)
        blank = HARD if base.last.text == "json" else Text(" ")  # on one line it would be a json literal
        head = [self.doc(base), *self.leading(opening), blank]
        return self.listing(
            opening, fields, rest[-1], head=head, final_comma=False, lead=" ", tail=" ", broken=count > 1
        )  # fmt: skip

    def struct_update(self, node: Cst) -> Doc:
        opening, base, bar, *rest = node.children
        more = [self.doc(base), Text(" "), self.token(bar)]
        return self.listing(opening, _unwrapped(rest[:-1]), rest[-1], more=more, final_comma=False, lead=" ")

    def json_lit(self, node: Cst) -> Doc:
        opening, *rest = node.children
        return self.listing(opening, _unwrapped(rest[:-1]), rest[-1], final_comma=False, lead=" ", tail=" ")

    def import_group(self, node: Cst) -> Doc:
        *head, opening, names, closing = node.children
        parts = [self.line(head), Text(" ")]
        return Cat([*parts, self.listing(opening, names.children, closing, final_comma=False, broken=True)])

    # ---- Tight forms -------------------------------------------------------------------------------------------

    def tight(self, node: Cst) -> Doc:
        """No blanks, but one behind each comma; a comma at the end is dropped."""
        parts: list[Doc] = []
        flat = _unwrapped(node.children)
        for child, follower in zip(flat, [*flat[1:], None]):
            if not (isinstance(child, Token) and child.tag == "COMMA"):
                parts.append(self.doc(child))
            elif isinstance(follower, Token) and follower.tag == "GT":
                parts += self.dropped(child)
            else:
                parts += [self.token(child), Text(" ")]
        return Cat(parts)

    def unary(self, node: Cst) -> Doc:
        operator, operand = node.children
        blank = [Text(" ")] if operator.tag == "NOT" else []
        return Cat([self.token(operator), *blank, self.doc(operand)])

    def bars(self, node: Cst) -> Doc:
        """``|x, y|``; empty bars say nothing."""
        if len(node.children) == 2 and not any(self.trivia.get(id(bar)) for bar in node.children):
            return Text("")
        return Cat([self.doc(child) for child in node.children])

    def interpolated(self, node: Cst) -> Doc:
        self.interpolations += 1
        try:
            parts = [self.doc(part) for child in node.children for part in _string_parts(child)]
        finally:
            self.interpolations -= 1
        return Cat(parts)

    # ---- Operators ---------------------------------------------------------------------------------------------

    def binary(self, node: Cst) -> Doc:
        """Operands and operators on a line; each stage of a pipe on one of its own."""
        stages: list[list[Cst | Token]] = [[]]
        operators: list[Token] = []
        for child in node.children:
            if isinstance(child, Token) and child.tag in _PIPES:
                operators.append(child)
                stages.append([])
            else:
                stages[-1].append(child)
        if self.interpolations or [operator.tag for operator in operators] == ["SLOT_PIPE"]:
            return self.operation(node.children)
        head = self.operation(stages[0])
        if not operators:
            return head
        parts: list[Doc] = []
        for operator, stage in zip(operators, stages[1:]):
            comments, _ = self.take_before(operator)
            for comment in comments:
                parts += [HARD, _comment(comment)]
            parts += [HARD, self.token(operator), Text(" "), self.operation(stage)]
        return Cat([head, Nest(Cat(parts))])

    def operation(self, children: list[Cst | Token]) -> Doc:
        parts: list[Doc] = []
        for child in children:
            if not (isinstance(child, Token) and child.tag in _BINARY):
                parts.append(self.doc(child))
            elif child.tag == "DOT_DOT":
                parts.append(self.token(child))
            else:
                parts += [Text(" "), self.token(child), Text(" ")]
        return Cat(parts) if len(parts) > 1 else parts[0]

    # ---- Arms --------------------------------------------------------------------------------------------------

    def arm(self, node: Cst) -> Doc:
        """``pattern [when guard] -> body``, also ``after timeout -> body``."""
        *head, body = [child for child in node.children if not (isinstance(child, Token) and child.tag == "ARM")]
        commented = (trivia := self.trivia.get(id(head[-1]))) is not None and bool(trivia.behind)
        line = self.line(head)
        if body.name == "do_arm_body":
            end = next(at for at, part in enumerate(body.children) if isinstance(part, Token) and part.tag == "END")
            parts = [line, Text(" "), self.line(body.children[: end + 1])]
            rest = [part for part in body.children[end + 1 :] if isinstance(part, Cst)]
            if rest:
                parts += [HARD, *self.separated(self.entries(rest[0].children), [], "statements")]
            return Cat(parts)
        entries = self.entries(body.children)
        if len(entries) == 1 and not commented and not entries[0].comments and not _defines(entries[0].node):
            return Cat([line, Text(" "), entries[0].doc, *entries[0].behind])
        return Cat([line, Nest(Cat([HARD, *self.separated(entries, [], "statements")]))])

    # ---- Closures ----------------------------------------------------------------------------------------------

    def arrow_closure(self, node: Cst) -> Doc:
        first = [child for child in node.children if not (isinstance(child, Cst) and child.name == "clauses")]
        end = first.pop()
        more = [child for child in node.children if isinstance(child, Cst) and child.name == "clauses"]
        clauses = [first, *(clause.children for clause in (more[0].children if more else ()))]
        heads: list[Doc] = []
        bodies: list[list[_Entry] | Doc] = []
        above = [_comments(self.take_before(clause[0])[0]) if clause is not first else [] for clause in clauses]
        one_line = True
        for clause in clauses:
            if isinstance(clause[-1], Cst) and clause[-1].name == "do_block":
                heads.append(self.line(clause[:-1]))
                bodies.append(self.line(clause[-1:]))
                continue
            body = clause[-1].children if isinstance(clause[-1], Cst) and clause[-1].name == "statements" else []
            head = clause[:-1] if body else clause
            # On one line a comment behind the arrow would be one before the body.
            behind = self.trivia.get(id(head[-1]))
            one_line = one_line and not (behind and behind.behind)
            heads.append(self.line(head))
            bodies.append(self.entries(body))
        dangling, _ = self.take_before(end)
        if one_line and not dangling and not any(above) and all(isinstance(body, list) and _is_inline(body) for body in bodies):
            parts: list[Doc] = []
            for head, body in zip(heads, bodies):
                parts += [Text(" " if parts else ""), head, *(Cat([Text(" "), entry.doc]) for entry in body)]
            return Cat([*parts, Text(" "), self.token(end)])
        parts = []
        for number, (head, body) in enumerate(zip(heads, bodies)):
            last = number == len(heads) - 1
            if isinstance(body, Doc):
                clause_doc = Cat([head, Text(" "), body])
            elif one_line and len(bodies) > 1 and _is_inline(body):
                clause_doc = Cat([head, *(Cat([Text(" "), entry.doc]) for entry in body)])
            else:
                inside = self.separated(body, dangling if last else [], "statements")
                clause_doc = Cat([head, Nest(Cat([HARD, *inside])) if inside else Text("")])
            lines = [part for comment in above[number] for part in (HARD, comment)]
            parts.append(clause_doc if not number else Nest(Cat([*lines, HARD, clause_doc])))
        if dangling and not (isinstance(bodies[-1], list) and not (one_line and len(bodies) > 1 and _is_inline(bodies[-1]))):
            parts.append(Nest(Cat([part for comment in dangling for part in (HARD, _comment(comment))])))
        return Cat([*parts, HARD, self.token(end)])

    def do_closure(self, node: Cst) -> Doc:
        *head, block = node.children
        statements = block.children[1].children if len(block.children) == 3 else []
        if len(statements) == 1 and not _is_block_value(statements[0]):
            tokens = (block.children[0], first_token(statements[0]), block.children[2])
            before = [token for token in tokens[1:] if self.trivia.get(id(token)) and self.trivia[id(token)].before]
            behind = self.trivia.get(id(tokens[0]))
            if not before and not (behind and behind.behind):
                last = last_token(statements[0])
                comments = self.take_behind(last)
                body = self.doc(statements[0])
                if not comments and not has_break(body):
                    do, end = self.token(tokens[0]), self.token(tokens[2])
                    return Cat([self.line(head), Text(" "), do, Text(" "), body, Text(" "), end])
                do, end = self.token(tokens[0]), self.token(tokens[2])
                return Cat([self.line(head), Text(" "), do, Nest(Cat([HARD, body, *comments])), HARD, end])
        return self.line(node.children)


@dataclass(slots=True)
class _Entry:
    """A statement, member or arm of a body: comments before it, whether a blank line precedes it, comments behind."""

    node: Cst
    comments: list[Comment]
    blank: bool
    doc: Doc
    behind: list[Doc]

    @property
    def is_item(self) -> bool:
        return self.node.name in _ITEMS

    @property
    def clause_of(self) -> str | None:
        """The name of the function that this is a clause of."""
        node = self.node
        if node.name in ("fn_def", "impl_fn"):
            node = node.children[-1]
        if node.name not in ("expr_fn", "block_fn"):
            return None
        return node.children[0].children[1].text


def _is_opening(child: Cst | Token) -> bool:
    return isinstance(child, Token) and child.tag in ("LPAR", "CALL_LP", "FN_LP", "LBRACK", "MAP_OPEN")


def _unwrapped(children: list[Cst | Token]) -> list[Cst | Token]:
    """The elements of a list, which is a production of its own when it is not empty."""
    flat: list[Cst | Token] = []
    for child in children:
        if isinstance(child, Cst) and child.name in _LISTS:
            flat += child.children
        else:
            flat.append(child)
    return flat


_LISTS = frozenset("args params exprs entries fields patterns types names variant_field_list".split())
_BINARY = frozenset(
    "PIPE SLOT_PIPE OR OR_OR AND AND_AND EQ_EQ NOT_EQ LT GT LT_EQ GT_EQ DOT_DOT DIAMOND PLUS_PLUS PLUS MINUS STAR SLASH "
    "PERCENT".split()
)


def _string_parts(child: Cst | Token) -> list[Cst | Token]:
    """The pieces of an interpolated string, down to tokens and expressions."""
    if isinstance(child, Cst) and child.name == "string_parts":
        return [piece for part in child.children for piece in (part.children if _is_piece(part) else [part])]
    return [child]


def _is_piece(part: Cst | Token) -> bool:
    return isinstance(part, Cst) and part.name in ("string_part", "string_text")


def _is_inline(entries: list[_Entry]) -> bool:
    """Whether a closure's body can stand on the line of its arrow."""
    if len(entries) > 1:
        return False
    return all(
        not (entry.comments or entry.behind or has_break(entry.doc) or _defines(entry.node)) for entry in entries
    )  # fmt: skip


def _defines(statement: Cst) -> bool:
    """Whether a statement starts with ``fn`` of a definition, which right behind an arrow would start a closure."""
    return statement.first.tag == "FN_DEF"


def _is_block_value(statement: Cst) -> bool:
    return statement.name == "expr_stmt" and isinstance(statement.children[0], Cst) and (
        statement.children[0].name in _BLOCK_VALUES
    )  # fmt: skip


def _blank_between(left: Cst | Token, right: Cst | Token) -> bool:
    if isinstance(right, Cst):
        if right.name in _TIGHT_NODES:
            return False
    elif right.tag in _NO_BLANK_BEFORE:
        return False
    if isinstance(left, Token):
        if left.tag in _NO_BLANK_AFTER:
            return False
        if left.tag in _TIGHT_WORDS and isinstance(right, Token) and right.tag in ("LPAR", "CALL_LP"):
            return False
    return True


_METHODS = {
    "module_def": _Formatter.module_def,
    "call": _Formatter.call,
    **dict.fromkeys("fn_params group_params list_lit map_lit spawn send link".split(), _Formatter.bracketed),
    "group_expr": _Formatter.group_expr,
    "tuple_expr": _Formatter.tuple_expr,
    "struct_lit": _Formatter.struct_lit,
    "struct_update": _Formatter.struct_update,
    "json_lit": _Formatter.json_lit,
    "from_import_group": _Formatter.import_group,
    **dict.fromkeys("gen_params type_args sugared_type negative_pat".split(), _Formatter.tight),
    "unary": _Formatter.unary,
    "bar_params": _Formatter.bars,
    "state": _Formatter.bars,
    "interpolated": _Formatter.interpolated,
    "binary": _Formatter.binary,
    "arm": _Formatter.arm,
    "after": _Formatter.arm,
    "arrow_closure": _Formatter.arrow_closure,
    "do_closure": _Formatter.do_closure,
}
