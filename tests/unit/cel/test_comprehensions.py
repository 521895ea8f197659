"""Macros with one and two variables, and how they are misused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2, 3].all(x, x > 0)", True),
        ("[1, 2, 3].all(i, x, x > i)", True),
        ("[].all(x, false)", True),
        ("[].exists(x, true)", False),
        ("[1, 1].exists_one(x, x == 1)", False),
        ("[1, 1].existsOne(x, x == 1)", False),
        ("[1, 2].existsOne(i, x, x == 2)", True),
        ("[1, 2].exists_one(i, x, x == 2)", True),
        ("{'a': 1}.all(k, k == 'a')", True),
        ("{'a': 1}.exists(k, v, v == 1)", True),
        ("{'a': 1}.map(k, k)", ["a"]),
        ("{'a': 1}.filter(k, true)", ["a"]),
        ("[1, 2].map(x, x > 1, x)", [2]),
        ("[1, 2].filter(x, x > 1)", [2]),
        ("[[1, 2], [3]].map(x, x.map(y, y * 2))", [[2, 4], [6]]),
        ("[1, 2].transformList(i, v, i * v)", [0, 2]),
        ("[1, 2].transformList(i, v, i > 0, v)", [2]),
        ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
        ("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v)", {"b": 2}),
        ("[1, 2].transformMap(i, v, v * 2)", {0: 2, 1: 4}),
        ("{'a': 'x'}.transformMapEntry(k, v, {v: k})", {"x": "a"}),
        ("object.l.exists(x, x.foo || x == 3)", True),
        ("[1].exists(x, [2].exists(x, x == 2))", True),
        ("[1].map(object, object)", [1]),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{'a': 'x', 'b': 'x'}.transformMapEntry(k, v, {v: k})", "insert failed: key x already exists"),
        ("object.i.all(k, v, true)", "unsupported comprehension range type: types.Int"),
        ("object.i.all(x, true)", "got 'types.Int', expected iterable type"),
        ("object.s.map(x, x)", "got 'types.String', expected iterable type"),
        ("object.nil.exists(x, x)", "got 'types.Null', expected iterable type"),
        ("object.l.exists(x, x)", "no such overload"),
        ("object.l.all(x, x.foo)", "no such key: foo"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{'a': 'x'}.transformMapEntry(k, v, 1)",
            ["29: found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'"],
        ),
        ("object.l.all(x, 'a')", ["17: expected type 'bool' but found 'string'"]),
        ("object.l.filter(x, 1)", ["16: found no matching overload for '_?_:_' applied to '(int, list(dyn), list(dyn))'"]),
        ("object.l.all(x, x > 1 && y)", ["26: undeclared reference to 'y' (in container '')"]),
        ("[1].map(x, y)", ["12: undeclared reference to 'y' (in container '')"]),
        (
            "[1].all(x)",
            ["8: undeclared reference to 'all' (in container '')", "9: undeclared reference to 'x' (in container '')"],
        ),
        (
            "[1].all(x, x, x, x)",
            [
                "8: undeclared reference to 'all' (in container '')",
                "9: undeclared reference to 'x' (in container '')",
                "12: undeclared reference to 'x' (in container '')",
                "15: undeclared reference to 'x' (in container '')",
                "18: undeclared reference to 'x' (in container '')",
            ],
        ),
        ("[1].all(x, x, true)", ["12: duplicate variable name: x"]),
        ("[1].all(i, 1, true)", ["12: argument must be a simple name"]),
        ("[1].all('a', true)", ["9: argument must be a simple name"]),
        ("[1].all(x.y, true)", ["10: argument must be a simple name"]),
        ("[1].map()", ["8: undeclared reference to 'map' (in container '')"]),
        (
            "[1].map(x)",
            ["8: undeclared reference to 'map' (in container '')", "9: undeclared reference to 'x' (in container '')"],
        ),
        (
            "[1].map(x, true, 1, 2)",
            ["8: undeclared reference to 'map' (in container '')", "9: undeclared reference to 'x' (in container '')"],
        ),
        ("[1].filter(1, true)", ["12: argument is not an identifier"]),
        ("[1].exists_one(x.y, true)", ["17: argument must be a simple name"]),
        ("[1].transformList(1, v, v)", ["19: argument must be a simple name"]),
        ("[1].transformMap(k, 2, k)", ["21: argument must be a simple name"]),
        (
            "1.all(x, true)",
            ["1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
        ),
        (
            "'abc'.all(x, true)",
            ["1: expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)"],
        ),
        ("has(object)", ["5: invalid argument to has() macro"]),
        ("has(object.m['a'])", ["13: invalid argument to has() macro"]),
        ("has(object.m.a, 1)", ["4: undeclared reference to 'has' (in container '')"]),
        ("has()", ["4: undeclared reference to 'has' (in container '')"]),
        (
            "object.has(a)",
            ["11: undeclared reference to 'has' (in container '')", "12: undeclared reference to 'a' (in container '')"],
        ),
        (
            "all([1], x, true)",
            ["4: undeclared reference to 'all' (in container '')", "10: undeclared reference to 'x' (in container '')"],
        ),
        ("[1].all(__result__, true)", ["9: iteration variable overwrites accumulator variable"]),
        ("[1].all(@x, true)", ["9: Syntax error: token recognition error at: '@'"]),
        (
            "cel.bind(x, 1, x)",
            [
                "1: undeclared reference to 'cel' (in container '')",
                "9: undeclared reference to 'bind' (in container '')",
                "10: undeclared reference to 'x' (in container '')",
                "16: undeclared reference to 'x' (in container '')",
            ],
        ),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
