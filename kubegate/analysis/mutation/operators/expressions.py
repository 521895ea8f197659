"""Mutants of CEL expressions, made in their text: one operator, constant or condition changed.

Whether a mutant compiles is not known here; what is changed keeps its spelling otherwise, so that a patch shows one change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kubegate.cel.ast import Call, Literal, Node, walk
from kubegate.cel.branches import branches
from kubegate.cel.lexer import Malformed, Token, tokenize
from kubegate.cel.spans import Span, parse_with_spans

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_LOGICAL = {"&&": "||", "||": "&&"}
_NEUTRAL = {"operand of &&": "true", "operand of ||": "false"}
_FUNCTIONS = {
    "startsWith": "endsWith",
    "endsWith": "startsWith",
    "contains": "startsWith",
    "all": "exists",
    "exists": "all",
    "exists_one": "exists",
    "existsOne": "exists",
    "isLessThan": "isGreaterThan",
    "isGreaterThan": "isLessThan",
    "lowerAscii": "upperAscii",
    "upperAscii": "lowerAscii",
    "min": "max",
    "max": "min",
}
_NUMBER = re.compile(r"\d+")
_QUOTED = re.compile(r"""(?P<open>[bBrR]*(?:\"\"\"|'''|"|'))(?P<inside>.*?)(?P<close>\"\"\"|'''|"|')\Z""", re.DOTALL)


class ExpressionMutant(NamedTuple):
    """``offset``: the code point at which the text was changed."""

    operator: str
    offset: int
    text: str


def expression_mutants(text: str) -> Iterator[ExpressionMutant]:
    """Every mutant of an expression, each text once, by place; nothing of a text that is no expression."""
    try:
        tokens = tokenize(text)
        tree, spans = parse_with_spans(text)
    except Malformed:
        return
    found = [*_of_tokens(text, tokens), *_of_conditions(text, tree, spans)]
    seen = {text}
    for mutant in sorted(found, key=lambda mutant: mutant.offset):
        if mutant.text not in seen:
            seen.add(mutant.text)
            yield mutant


def _of_tokens(text: str, tokens: list[Token]) -> Iterator[ExpressionMutant]:
    for index, token in enumerate(tokens):
        called = index + 1 < len(tokens) and tokens[index + 1].kind == "("
        for operator, changed in _changes(token, called):
            end = token.pos + len(token.text)
            yield ExpressionMutant(operator, token.pos, text[: token.pos] + changed + text[end:])


def _changes(token: Token, called: bool) -> Iterator[tuple[str, str]]:
    kind = token.kind
    if kind in _NEGATED:
        yield "comparison flipped", _NEGATED[kind]
    if kind in _BOUNDARY:
        yield "boundary moved", _BOUNDARY[kind]
    if kind in _LOGICAL:
        yield "logical operator swapped", _LOGICAL[kind]
    elif kind == "!":
        yield "negation dropped", ""
    elif kind in ("true", "false"):
        yield "constant changed", "false" if kind == "true" else "true"
    elif kind in ("int", "uint", "float"):
        yield "constant changed", _more(token.text)
    elif kind in ("string", "bytes"):
        yield "string changed", _other_text(token.text)
    elif kind == "name" and called and token.text in _FUNCTIONS:
        yield "function swapped", _FUNCTIONS[token.text]


def _of_conditions(text: str, tree: Node, spans: dict[Node, Span]) -> Iterator[ExpressionMutant]:
    for node in walk(tree):
        if isinstance(node, Call) and node.function == "@in" and node in spans:
            start, end = spans[node]
            yield ExpressionMutant("membership negated", start, f"{text[:start]}!({text[start:end]}){text[end:]}")
        if isinstance(node, Call) and node.function == "_?_:_" and node.args[0] in spans:
            yield from _replaced(text, spans[node.args[0]], ("true", "false"))
    for branch in branches(tree, text):
        value = _NEUTRAL.get(branch.role)
        if value is not None and branch.node in spans:
            yield from _replaced(text, spans[branch.node], (value,))
    if not isinstance(tree, Literal):
        yield from _replaced(text, spans[tree], ("true", "false"))


def _replaced(text: str, span: Span, values: tuple[str, ...]) -> Iterator[ExpressionMutant]:
    for value in values:
        yield ExpressionMutant(f"condition replaced by {value}", span[0], text[: span[0]] + value + text[span[1] :])


def _more(number: str) -> str:
    """One more; of hexadecimal numbers and of exponents the part that is counted in."""
    if number[:2].lower() == "0x":
        digits = number.rstrip("uU")
        return hex(int(digits, 16) + 1) + number[len(digits) :]
    return _NUMBER.sub(lambda match: str(int(match[0]) + 1), number, count=1)


def _other_text(token: str) -> str:
    """Another text in the same quotes: amounts such as ``1Gi`` and ``30s`` stay amounts, all else is prolonged."""
    match = _QUOTED.match(token)
    if match is None:
        return token
    inside = match["inside"]
    changed = _more(inside) if inside[:1].isdigit() else f"{inside}x"
    return match["open"] + changed + match["close"]
