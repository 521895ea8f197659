"""Expressions and patterns written to keep the server busy end soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from kubegate.cel.environment import Environment
from kubegate.cel.errors import CelError, CostExceeded, EvaluationError
from kubegate.cel.types import DYN

ENVIRONMENT = Environment({"object": DYN})


@contextmanager
def soon() -> Iterator[None]:
    """In seconds of this thread's own work, of which most of these need less than one: what explodes needs years."""
    begin = time.thread_time()
    yield
    assert time.thread_time() - begin < 120


@pytest.mark.parametrize(
    "text",
    [
        "object.l.all(a, object.l.all(b, object.l.all(c, object.l.all(d, a + b + c + d >= 0))))",
        "object.l.map(a, object.l.map(b, object.l.map(c, 'x' + string(a + b + c)))).size() > 0",
        "object.l.all(x, object.l.all(y, object.s.matches('^(a|b)*$')))",
        "object.l.all(x, object.l.all(y, !(object.s + object.s).contains('c')))",
        "object.l.transformList(i, v, object.l.transformList(j, w, object.s + 'x')).size() > 0",
    ],
)
def test_costs_bound_evaluation(text: str) -> None:
    program = ENVIRONMENT.compile(text)
    with soon(), pytest.raises((CostExceeded, EvaluationError)):
        program.evaluate({"object": {"l": list(range(300)), "s": "ab" * 20_000}})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*b", "(x+x+)+y"])
def test_patterns_take_linear_time(pattern: str) -> None:
    program = ENVIRONMENT.compile(f"object.s.matches('{pattern}')")
    with soon():
        program.evaluate({"object": {"s": "a" * 50_000 + "!"}})


@pytest.mark.parametrize("pattern", ["a{1000}{1000}", "((a{100}){100}){100}"])
def test_patterns_of_any_size_are_refused(pattern: str) -> None:
    with soon(), pytest.raises(CelError):
        ENVIRONMENT.compile(f"object.s.matches('{pattern}')")


@pytest.mark.parametrize(
    "text",
    ["(" * 5000 + "1" + ")" * 5000, "[" * 5000, "!" * 50_000 + "true", "-" * 9999 + "1", "a." * 30_000, "1+" * 50_000 + "1"],
)
def test_deep_or_long_texts_are_refused_or_read(text: str) -> None:
    with soon(), suppress(CelError):
        ENVIRONMENT.compile(text)


def test_results_do_not_explode() -> None:
    doubled = "object.s"
    for _ in range(12):
        doubled = f"({doubled} + {doubled})"
    with soon(), suppress(CelError, EvaluationError):
        ENVIRONMENT.compile(f"{doubled}.size() > 0").evaluate({"object": {"s": "x" * 10_000}})
