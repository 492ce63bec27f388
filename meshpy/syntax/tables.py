"""The LALR(1) tables of grammar/mesh.lark: made by Lark, kept in a cache keyed by the content of the grammar.

Lark reads the grammar, expands it and computes the automaton (DeRemer and Pennello, "Efficient Computation of LALR(1)
Look-Ahead Sets", TOPLAS 4(4), 1982); any conflict is an error there. From its automaton come plain lists, small enough
to load from JSON in a few milliseconds, so that a start needs neither Lark nor the construction of about a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshpy.cache import Store, read_table

#: Part of the cache key: raise it when the format below changes.
_FORMAT = 4
#: The action that ends a parse; state 0 is where it starts.
ACCEPT = -1

Plan = Callable[[Any], Callable[[list[Any]], Any]]


@dataclass(slots=True)
class Rule:
    """One production. ``plan(function)(values)`` makes its value; those of its symbols are the last ones of ``values``.

    ``function`` names the builder's method ('' when the plan needs none); ``size`` is the number of symbols. Without a
    plan the production is a *unit*: one symbol, whose value stays as it is.
    """

    origin: str
    function: str
    size: int
    plan: Plan | None


@dataclass(slots=True)
class Tables:
    """An automaton. ``actions[state][terminal]`` is ``2 * state`` for a shift, ``2 * rule + 1`` for a reduction;
    ``gotos[state][origin]`` a state. ``contexts[state]`` names the productions under way in that state, for messages.
    ``units`` remembers where a chain of unit productions leads (see ``after_units``).
    """

    rules: list[Rule]
    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    contexts: list[list[str]]
    units: dict[str, dict[tuple[int, int], int]] = field(default_factory=dict)

    def after_units(self, below: int, state: int, tag: str) -> int:
        """The state on ``below`` after all unit productions that start in ``state`` before terminal ``tag``.

        Nearly half of the reductions of a file are such chains (a name is a primary, which is a postfix, which is ...);
        where one ends depends on these three alone, so that each chain is walked once for a process (after Aho and Ullman,
        "A Technique for Speeding up LR(k) Parsers", SIAM J. Comput. 2(2), 1973).
        """
        rules = self.rules
        at = state
        while (action := self.actions[at].get(tag)) is not None and action & 1 and action != ACCEPT:
            rule = rules[action >> 1]
            if rule.plan is not None:
                break
            at = self.gotos[below][rule.origin]
        self.units.setdefault(tag, {})[below, state] = at
        return at


def grammar_path() -> Path:
    """The grammar file: beside this module in an installed package, in ``grammar/`` of the source tree otherwise."""
    installed = Path(__file__).with_name("mesh.lark")
    return installed if installed.exists() else Path(__file__).parents[2] / "grammar" / "mesh.lark"


def load_tables() -> Tables:
    """The tables of the grammar, from the cache if it has them; an unusable cache is rebuilt or done without."""
    return _from_data(json.loads(packed_tables()))


def packed_tables() -> bytes:
    """The tables as they are kept under ``table_key()``, made when they are not there."""
    packed = read_table(table_key())
    if packed is None:
        grammar = grammar_path().read_text(encoding="utf-8")
        packed = json.dumps(build(grammar), separators=(",", ":"), sort_keys=True).encode()
        Store("tables").write(table_key(), packed)
    return packed


def table_key() -> str:
    """Under which the cache has the tables of the present grammar."""
    return hashlib.sha256(f"grammar {_FORMAT} ".encode() + grammar_path().read_bytes()).hexdigest()


def build(grammar: str) -> dict[str, Any]:
    """Computes the tables as JSON data. Raises ``lark.exceptions.GrammarError`` on a conflict."""
    from lark.load_grammar import load_grammar
    from lark.parser_frontends import ParserConf
    from lark.parsers.lalr_analysis import LALR_Analyzer

    loaded, _ = load_grammar(grammar, "mesh.lark", [], False)
    _, rules, _ = loaded.compile(["source"], "*")
    analyzer = LALR_Analyzer(ParserConf(rules, {}, ["source"]), strict=True)
    analyzer.compute_lalr()

    lists = {_function(rule) for rule in rules if any(symbol.name.startswith("__") for symbol in rule.expansion)}
    number = {rule: index for index, rule in enumerate(rules)}
    start = analyzer.lr0_start_states["source"]
    itemsets = [start]  # breadth first, so that equal grammars give equal numbers
    states = {id(start): 0}
    for itemset in itemsets:
        for _, target in sorted(itemset.transitions.items(), key=lambda edge: edge[0].name):
            if states.setdefault(id(target), len(itemsets)) == len(itemsets):
                itemsets.append(target)
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for itemset in itemsets:
        row = {_tag(symbol): 2 * states[id(target)] for symbol, target in itemset.transitions.items() if symbol.is_term}
        for symbol, reductions in itemset.lookaheads.items():
            (rule,) = reductions
            row[_tag(symbol)] = 2 * number[rule] + 1
        actions.append(row)
        gotos.append(
            {symbol.name: states[id(target)] for symbol, target in itemset.transitions.items() if not symbol.is_term}
        )
    actions[gotos[0]["source"]]["EOF"] = ACCEPT
    return {
        "rules": [[rule.origin.name, *_plan(rule, _function(rule) in lists)] for rule in rules],
        "actions": actions,
        "gotos": gotos,
        "contexts": [sorted({_context(item) for item in itemset.kernel}) for itemset in itemsets],
    }


def _tag(symbol: Any) -> str:
    terminal = symbol.name
    return "EOF" if terminal == "$END" else terminal.lstrip("_")


def _function(rule: Any) -> str:
    return rule.alias or rule.origin.name


def _context(item: Any) -> str:
    """``rule/symbol``: a production under way and its symbol right before the dot."""
    before = item.rule.expansion[item.index - 1].name if item.index else ""
    return f"{_function(item.rule)}/{before.lstrip('_') if before.isupper() else before}"


def _plan(rule: Any, is_list: bool) -> tuple[str, int, str]:
    """(builder function, number of symbols, source of the plan) of a production."""
    options = rule.options
    gaps = [0] * (len(rule.expansion) + 1)
    if options.empty_indices:
        gaps = [len(ones) for ones in "".join(str(int(bit)) for bit in options.empty_indices).split("0")]
    size = len(rule.expansion)
    parts = ["None"] * gaps[0]
    for index, symbol in enumerate(rule.expansion):
        if symbol.name.startswith("__"):
            parts.append(f"*v[{index - size}]")
        elif not (symbol.is_term and symbol.filter_out):
            parts.append(f"v[{index - size}]")
        parts += ["None"] * gaps[index + 1]
    if rule.origin.name.startswith("__"):
        if parts and parts[0].startswith("*"):
            return "", size, f"extend({parts[0][1:]}, {', '.join(parts[1:])})"
        return "", size, f"[{', '.join(parts)}]"
    if options.expand1 and not rule.alias and len(parts) == 1 and not parts[0].startswith("*"):
        return "", size, parts[0]
    return _function(rule), size, f"f([{', '.join(parts)}])" if is_list else f"f({', '.join(parts)})"


def _extend(items: list[Any], *more: Any) -> list[Any]:
    items.extend(more)
    return items


def _from_data(data: dict[str, Any]) -> Tables:
    plans: dict[str, Plan] = {}
    rules = []
    for origin, function, size, source in data["rules"]:
        if size == 1 and source == "v[-1]":
            rules.append(Rule(origin, function, size, None))
            continue
        if source not in plans:
            plans[source] = eval(f"lambda f: lambda v: {source}", {"extend": _extend})  # noqa: S307
        rules.append(Rule(origin, function, size, plans[source]))
    return Tables(rules, data["actions"], data["gotos"], data["contexts"])
