"""Fields, indexes, presence and membership."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("object.l[1.0]", 1),
        ("object.l[0u]", 3),
        ("{1.5: 2}", {1.5: 2}),
        ("{'a': 1, 'a': 2}", {"a": 2}),
        ("{dyn(1): 1, dyn(1u): 2}", {1: 2}),
        ("has(object.s.x)", False),
        ("has(object.i.x)", False),
        ("has(object.nil.x)", False),
        ("has(object.m.a)", True),
        ("object.l in [1]", False),
        ("1 in object.m", False),
        ("'a' in object.m", True),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object.s.missing", "no such key: missing"),
        ("object.i.missing", "no such key: missing"),
        ("object.nil.missing", "no such key: missing"),
        ("object.l.missing", "unsupported index type 'string' in list"),
        ("object.l['a']", "unsupported index type 'string' in list"),
        ("object.l[-1]", "index out of bounds: -1"),
        ("object.l[3]", "index out of bounds: 3"),
        ("object.l[1.5]", "unsupported index value 1.5 in list"),
        ("object.m['b']", "no such key: b"),
        ("object.m[1]", "no such key: 1"),
        ("object.m[null]", "no such key: 0"),
        ("object.m[true]", "no such key: true"),
        ("object.s[0]", "no such key: 0"),
        ("object.i[0]", "no such key: 0"),
        ("object.nil[0]", "no such key: 0"),
        ("{1: 'a'}[2]", "no such key: 2"),
        ("{true: 'a'}[false]", "no such key: false"),
        ("has(object.l.x)", "unsupported index type 'string' in list"),
        ("has(object.x.y)", "no such key: x"),
        ("1 in object.s", "no such overload"),
        ("1 in object.i", "no such overload"),
        ("object.i.contains('a')", "no such overload"),
        ("object.s.contains(object.i)", "no such overload"),
        ("size(object.i)", "no such overload: size"),
        ("object.i.size()", "no such overload: size"),
        ("size(object.nil)", "no such overload: size"),
        ("object.s.startsWith(object.i)", "no such overload"),
        ("object.i.startsWith('a')", "no such overload"),
        ("object.s.matches(object.i)", "no such overload"),
        ("object.s.matches('(' + object.s)", "error parsing regexp: missing closing ): `(text`"),
        ("object.i.matches('a')", "no such overload: matches"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{null: 1}", "unsupported key type"),
        ("{[1]: 2}", "unsupported key type"),
    ],
)
def test_folding_fails(instantiation: Callable[[str], str], text: str, message: str) -> None:
    assert instantiation(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{1: 'a'}[1.0]", ["9: found no matching overload for '_[_]' applied to '(map(int, string), double)'"]),
        ("{1: 'a'}[1u]", ["9: found no matching overload for '_[_]' applied to '(map(int, string), uint)'"]),
        ("{1: 'a'}[1.5]", ["9: found no matching overload for '_[_]' applied to '(map(int, string), double)'"]),
        ("object.l.contains(1)", ["18: found no matching overload for 'contains' applied to 'dyn.(int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
