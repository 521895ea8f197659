"""The functions of strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'tacocat'.charAt(7)", ""),
        ("'tacocat'.indexOf('none')", -1),
        ("'tacocat'.indexOf('')", 0),
        ("'tacocat'.indexOf('', 3)", 3),
        ("'tacocat'.indexOf('a', 3)", 5),
        ("'tacocat'.indexOf('a', 30)", -1),
        ("'tacocat'.lastIndexOf('at')", 5),
        ("'tacocat'.lastIndexOf('')", 7),
        ("'tacocat'.lastIndexOf('at', 5)", 5),
        ("'tacocat'.lastIndexOf('', 3)", 3),
        ("'tacocat'.lastIndexOf('at', 30)", -1),
        ("'tacocatcat'.lastIndexOf('elongated')", -1),
        ("'hello wello'.replace('', '_')", "_h_e_l_l_o_ _w_e_l_l_o_"),
        ("'hello'.replace('l', '', 0)", "hello"),
        ("''.split('')", []),
        ("''.split(',')", [""]),
        ("'abc'.split('')", ["a", "b", "c"]),
        ("'abc'.split('', 2)", ["a", "bc"]),
        ("'a,b,c'.split(',', -1)", ["a", "b", "c"]),
        ("'a,b,c'.split(',', 1)", ["a,b,c"]),
        ("'abc'.split('x', 0)", []),
        ("' \\u0085\\u00a0x\\u3000\\u200b'.trim()", "x\u3000\u200b"),
        ("'é'.upperAscii()", "é"),
        ("''.indexOf('x')", -1),
        ("''.lastIndexOf('x')", -1),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'tacocat'.charAt(-1)", "index out of range: -1"),
        ("'tacocat'.indexOf('a', -1)", "index out of range: -1"),
        ("'tacocat'.lastIndexOf('at', -1)", "index out of range: -1"),
        ("'tacocat'.substring(40)", "index out of range: 40"),
        ("'tacocat'.substring(-1)", "index out of range: -1"),
        ("'tacocat'.substring(1, 50)", "index out of range: 50"),
        ("'tacocat'.substring(49, 1)", "invalid substring range. start: 49, end: 1"),
        ("'tacocat'.substring(-1, 2)", "index out of range: -1"),
        ("object.mixed.join('-')", "join: invalid input: 1"),
        ("object.l.join()", "join: invalid input: 3"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("['a', object.i].join('-')", ["13: expected type 'string' but found 'dyn'"]),
        ("[1, 2].join('-')", ["12: found no matching overload for 'join' applied to 'list(int).(string)'"]),
        ("'x'.join('')", ["9: found no matching overload for 'join' applied to 'string.(string)'"]),
        ("'abc'.reverse()", ["14: found no matching overload for 'reverse' applied to 'string.()'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
