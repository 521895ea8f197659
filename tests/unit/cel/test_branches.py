"""The branches of expressions, where they stand, and which of them an evaluation takes."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.cel.branches import WHOLE, branches
from kubegate.cel.environment import Environment
from kubegate.cel.lexer import Malformed
from kubegate.cel.spans import parse_with_spans
from kubegate.cel.trace import recording
from kubegate.cel.types import DYN

ENVIRONMENT = Environment({"o": DYN})


def parts(text: str) -> list[str]:
    tree, spans = parse_with_spans(text)
    found = branches(tree, text)
    return sorted(text[slice(*spans[branch.node])] for branch in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o.a == 1", []),
        ("o.a && o.b && o.c", ["o.a", "o.b", "o.c"]),
        ("(o.a && o.b) && o.c", ["o.a", "o.b", "o.c"]),
        ("o.a || (o.b && !o.c)", ["!o.c", "(o.b && !o.c)", "o.a", "o.b"]),
        ("o.a && true", ["o.a"]),
        ("o.a ? 1 : o.b", ["1", "o.b"]),
        ("o.l.all(x, x.a && x.b)", ["x.a", "x.a && x.b", "x.b"]),
        ("o.l.exists(x, x > 1)", ["x > 1"]),
        ("o.l.exists_one(x, x > 1)", ["x > 1"]),
        ("o.l.filter(x, x > 1)", ["x > 1"]),
        ("o.l.map(x, x + 1)", ["x + 1"]),
        ("o.l.map(x, x > 1, x + 1)", ["x + 1", "x > 1"]),
        ("o.l.transformMap(k, v, v > 1, v + 1)", ["v + 1", "v > 1"]),
        ("o.?a.optMap(x, x + 1).hasValue()", ["x + 1"]),
    ],
)
def test_branches(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def taken(text: str, *objects: dict[str, Any]) -> set[str]:
    """``part=outcome`` of everything that the evaluations go through."""
    with recording():
        program = ENVIRONMENT.compile(text)
    for value in objects:
        program.evaluate({"o": value})
    assert program.trace is not None
    tree, spans = parse_with_spans(text)
    names = {number: text[slice(*spans[b.node])] for number, b in enumerate(branches(tree, text))} | {WHOLE: "*"}
    return {f"{names[number]}={outcome}" for number, outcome in program.trace.taken}


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("o.a == 1", {"a": 1}, {"*=true"}),
        ("o.a && o.b", {"a": False, "b": True}, {"*=false", "o.a=false"}),
        ("o.a && o.b", {"a": True, "b": False}, {"*=false", "o.a=true", "o.b=false"}),
        ("o.a || o.b", {"a": True}, {"*=true", "o.a=true"}),
        ("o.a || o.b", {"b": True}, {"*=true", "o.b=true"}),
        ("o.a ? true : o.b", {"a": True}, {"*=true", "true=evaluated"}),
        ("o.l.all(x, x > 1)", {"l": []}, {"*=true"}),
        ("o.l.all(x, x > 1)", {"l": [2]}, {"*=true", "x > 1=evaluated"}),
        ("o.?a.optMap(x, x + 1).hasValue()", {}, {"*=false"}),
        ("o.?a.optMap(x, x + 1).hasValue()", {"a": 1}, {"*=true", "x + 1=evaluated"}),
        ("o.l.map(x, x + 1)", {"l": [1]}, {"*=evaluated", "x + 1=evaluated"}),
    ],
)
def test_what_an_evaluation_takes(text: str, value: dict[str, Any], expected: set[str]) -> None:
    assert taken(text, value) == expected


def test_evaluations_add_up() -> None:
    assert taken("o.a && o.b", {"a": False}, {"a": True, "b": True}) == {
        *("*=true", "*=false", "o.a=true", "o.a=false", "o.b=true"),
    }


@pytest.mark.parametrize("text", ["o.a && o.b || !o.c", "o.l.exists(x, x.a == 'b') ? 1 : 2", "o.s.matches('^a')"])
def test_recording_changes_no_value_and_no_cost(text: str) -> None:
    value = {"o": {"a": True, "b": False, "c": True, "l": [{"a": "b"}], "s": "abc"}}
    plain = ENVIRONMENT.compile(text)
    with recording():
        traced = ENVIRONMENT.compile(text)
    assert plain.trace is None
    assert traced.run(value) == plain.run(value)


@pytest.mark.parametrize("text", ["", "a ==", "o.l.all(1, true)", "(" * 300 + "o" + ")" * 300, "(" * 100 + "o" + ")" * 200])
def test_what_is_no_expression_has_no_places(text: str) -> None:
    with pytest.raises(Malformed):
        parse_with_spans(text)
