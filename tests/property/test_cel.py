"""Expressions against a simple model: arithmetic on 64 bits, logic that takes the answer it can get, the two parsers."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.cel import syntax_errors
from kubegate.cel.environment import Environment
from kubegate.cel.errors import CelError, EvaluationError
from kubegate.cel.parser import parse
from kubegate.cel.types import BOOL, DYN, INT

LOW, HIGH = -(1 << 63), (1 << 63) - 1
NUMBERS = st.integers(LOW, HIGH) | st.integers(-3, 3)
ARITHMETIC = Environment({"a": INT, "b": INT})
LOGIC = Environment({"a": BOOL, "b": BOOL, "broken": DYN})

TOKENS = "a b.c 1 2u 's' true null [ ] { } ( ) , : ? + - * ! && || == < in . has(a.b) .all( .? [? x if //c 1.5 b'x'"
PIECES = [*TOKENS.split(), "\n", "\\", "'", '"']


def outcome(act: Any) -> Any:
    """The value, or the message of an error."""
    try:
        return act()
    except EvaluationError as error:
        return error.message


def model(operator: str, a: int, b: int) -> Any:
    if operator in "/%" and b == 0:
        return "division by zero" if operator == "/" else "modulus by zero"
    quotient = 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    found = {"+": a + b, "-": a - b, "*": a * b, "/": quotient, "%": a - quotient * b}[operator]
    if operator == "%" and (a, b) == (LOW, -1):
        return "integer overflow"
    return found if LOW <= found <= HIGH else "integer overflow"


@given(st.sampled_from("+-*/%"), NUMBERS, NUMBERS)
def test_arithmetic(operator: str, a: int, b: int) -> None:
    program = ARITHMETIC.compile(f"a {operator} b")
    assert outcome(lambda: program.evaluate({"a": a, "b": b})) == model(operator, a, b)


FORMULAS = st.recursive(
    st.sampled_from(["a", "b", "true", "false", "broken.x"]),
    lambda inner: st.tuples(inner, st.sampled_from(["&&", "||", "!", "?"]), inner, inner),
    max_leaves=8,
)


def text_of(formula: Any) -> str:
    if isinstance(formula, str):
        return formula
    first, operator, second, third = (part if part in ("&&", "||", "!", "?") else text_of(part) for part in formula)
    if operator == "!":
        return f"!({first})"
    return f"(({first}) ? bool({second}) : bool({third}))" if operator == "?" else f"(({first}) {operator} ({second}))"


def truth(formula: Any, a: bool, b: bool) -> Any:
    """True, False, or None for an error."""
    if isinstance(formula, str):
        return {"a": a, "b": b, "true": True, "false": False, "broken.x": None}[formula]
    first, operator, second, third = formula
    left = truth(first, a, b)
    if operator == "!":
        return None if left is None else not left
    if operator == "?":
        return None if left is None else truth(second if left else third, a, b)
    right, stop = truth(second, a, b), operator == "||"
    if stop in (left, right):
        return stop
    return None if None in (left, right) else not stop


@given(FORMULAS, st.booleans(), st.booleans())
def test_logic(formula: Any, a: bool, b: bool) -> None:
    program = LOGIC.compile(text_of(formula))
    found = outcome(lambda: program.evaluate({"a": a, "b": b, "broken": {}}))
    assert (None if isinstance(found, str) else found) == truth(formula, a, b)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
def test_both_parsers_accept_the_same_texts(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        parse(text)
        complaint = ""
    except CelError as error:
        complaint = error.message
    said = str(syntax_errors.describe(text))
    by_grammar = "the expression cannot be parsed" in said or "Syntax error" not in said
    assert by_grammar == ("Syntax error" not in complaint)
