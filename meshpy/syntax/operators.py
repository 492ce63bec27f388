"""Binary operators: precedence climbing over a flat list (syntax reference, section 3)."""

from __future__ import annotations

from meshpy.syntax import ast
from meshpy.syntax.tokens import Token

_LEVELS = (
    {"PIPE": "|>", "SLOT_PIPE": "|>"},
    {"OR": "or", "OR_OR": "or"},
    {"AND": "and", "AND_AND": "and"},
    {"EQ_EQ": "==", "NOT_EQ": "!="},
    {"LT": "<", "GT": ">", "LT_EQ": "<=", "GT_EQ": ">="},
    {"DOT_DOT": ".."},
    {"DIAMOND": "<>", "PLUS_PLUS": "++"},
    {"PLUS": "+", "MINUS": "-"},
    {"STAR": "*", "SLASH": "/", "PERCENT": "%"},
)
#: Kind -> (level, name); a higher level binds tighter, and all are left associative.
_OPERATORS = {kind: (level, name) for level, kinds in enumerate(_LEVELS) for kind, name in kinds.items()}


def climb(parts: list) -> ast.Expr:
    """Puts ``operand operator operand ...`` together. A loop over a stack of pending operators, not a recursion.

    Algorithm: Dijkstra's shunting yard (MR 35, Mathematisch Centrum, 1961).
    """
    if len(parts) == 3:
        return _join(parts[0], parts[1], parts[2])
    operands = [parts[0]]
    pending: list[Token] = []
    levels: list[int] = []
    for at in range(1, len(parts), 2):
        operator = parts[at]
        level = _OPERATORS[operator.kind][0]
        while levels and levels[-1] >= level:
            levels.pop()
            rhs = operands.pop()
            operands[-1] = _join(operands[-1], pending.pop(), rhs)
        pending.append(operator)
        levels.append(level)
        operands.append(parts[at + 1])
    while pending:
        rhs = operands.pop()
        operands[-1] = _join(operands[-1], pending.pop(), rhs)
    return operands[0]


def _join(lhs: ast.Expr, operator: Token, rhs: ast.Expr) -> ast.Expr:
    level, name = _OPERATORS[operator.kind]
    if level == 0:
        slot = int(operator.text[1:-1]) if operator.kind == "SLOT_PIPE" else 1
        return ast.Pipe(lhs.start, rhs.end, lhs, rhs, slot)
    return ast.Binary(lhs.start, rhs.end, name, lhs, rhs, operator.start, operator.end)
