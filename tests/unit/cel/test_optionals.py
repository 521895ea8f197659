"""Optional values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("optional.of(1).or(optional.of(2)).value()", 1),
        ("optional.none().or(optional.of(2)).value()", 2),
        ("optional.none().orValue('x')", "x"),
        ("optional.of(null).hasValue()", True),
        ("optional.ofNonZeroValue(0).hasValue()", False),
        ("optional.ofNonZeroValue(0u).hasValue()", False),
        ("optional.ofNonZeroValue(false).hasValue()", False),
        ("optional.ofNonZeroValue([]).hasValue()", False),
        ("optional.ofNonZeroValue({}).hasValue()", False),
        ("optional.ofNonZeroValue(null).hasValue()", False),
        ("optional.ofNonZeroValue(b'').hasValue()", False),
        ("optional.ofNonZeroValue(duration('0s')).hasValue()", False),
        ("optional.ofNonZeroValue('x').value()", "x"),
        ("optional.of(1) == optional.of(1)", True),
        ("optional.none() == optional.of(1)", False),
        ("optional.of(2).optMap(x, x * 2).value()", 4),
        ("optional.none().optMap(x, x * 2).hasValue()", False),
        ("optional.of(2).optFlatMap(x, optional.of(x + 1)).value()", 3),
        ("optional.unwrap([optional.of(1), optional.none()])", [1]),
        ("[optional.of(1), optional.none()].unwrapOpt()", [1]),
        ("object.?m.?a.orValue(0)", 1),
        ("object.?m.?b.orValue(0)", 0),
        ("object.?nil.?x.hasValue()", False),
        ("object.?s.?x.hasValue()", False),
        ("object.?l[0].orValue(9)", 3),
        ("object.l[?9].hasValue()", False),
        ("object.m[?'a'].value()", 1),
        ("object[?'m'].a.value()", 1),
        ("object.?m.a.value()", 1),
        ("has(object.?m.a)", True),
        ("has(object.?x.a)", False),
        ("{?'a': optional.of(1), ?'b': optional.none()}", {"a": 1}),
        ("object.?l.orValue([]).map(x, x + 1)", [4, 2, 3]),
        ("optional.none().orValue(1) + 1", 2),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optional.none().value()", "optional.none() dereference"),
        ("object.?l.?a", "unsupported index type 'string' in list"),
        ("[?object.i]", "cannot initialize optional list element from non-optional value 5"),
        ("{?'a': object.i}", "cannot initialize optional map element from non-optional value 5"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "optional.of(2).optFlatMap(x, x)",
            ["26: found no matching overload for '_?_:_' applied to '(bool, int, optional_type(dyn))'"],
        ),
        ("optional.of(1).optMap(1, 2)", ["23: optMap() variable name must be a simple identifier"]),
        ("{?'a': 1}", ["8: expected type 'optional_type(int)' but found 'int'"]),
        ("[?1]", ["3: expected type 'optional_type(int)' but found 'int'"]),
        (
            "object.?m.map(x, x)",
            [
                (
                    "7: expression of type 'optional_type(dyn)' cannot be range of a comprehension (must "
                    "be list, map, or dynamic)"
                )
            ],
        ),
        (
            "optional.of([1]).map(x, x)",
            [
                (
                    "12: expression of type 'optional_type(list(int))' cannot be range of a comprehension "
                    "(must be list, map, or dynamic)"
                )
            ],
        ),
        (
            "optional.of('a') + 'b'",
            ["18: found no matching overload for '_+_' applied to '(optional_type(string), string)'"],
        ),
        ("optional.of(1).value().size()", ["28: found no matching overload for 'size' applied to 'int.()'"]),
        (
            "optional.none() ? 1 : 2",
            ["17: found no matching overload for '_?_:_' applied to '(optional_type(dyn), int, int)'"],
        ),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
