"""Costs and budgets."""

from __future__ import annotations

import pytest

from kubegate.cel.environment import Environment
from kubegate.cel.errors import CostExceeded
from kubegate.cel.types import DYN

ENVIRONMENT = Environment({"items": DYN, "text": DYN})


def cost(expression: str, **bindings: object) -> int:
    return ENVIRONMENT.compile(expression).run(bindings)[1]


def test_calls_cost() -> None:
    assert cost("true") == 0
    assert cost("text == 'a'", text="a") >= 1


def test_loops_cost_by_length() -> None:
    few, many = (cost("items.all(i, i > 0)", items=[1] * n) for n in (10, 100))
    assert 8 * few < many < 12 * few


def test_long_texts_cost_more() -> None:
    assert cost("text.contains('b')", text="a" * 10_000) > 100 * cost("text.contains('b')", text="a" * 10)


def test_an_expression_stops_at_its_budget() -> None:
    program = ENVIRONMENT.compile("items.all(a, items.all(b, items.all(c, a + b + c >= 0)))")
    with pytest.raises(CostExceeded, match="operation cancelled: actual cost limit exceeded"):
        program.evaluate({"items": list(range(100))}, budget=10_000)
