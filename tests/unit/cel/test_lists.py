"""Lists and sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[[1],[2]].flatten(0)", [[1], [2]]),
        ("object.l.sort()", [1, 2, 3]),
        ("object.e.sum()", 0),
        ("object.e.first().hasValue()", False),
        ("object.e.sort()", []),
        ("[{'n':'b'},{'n':'a'}].sortBy(e, e.n).map(e, e.n)", ["a", "b"]),
        ("object.l.sortBy(x, -x)", [3, 2, 1]),
        ("[].sortBy(e, e)", []),
        ("lists.range(-1)", []),
        ("lists.range(0)", []),
        ("[true, false].min()", False),
        ("[b'b', b'a'].min()", b"a"),
        ("string([timestamp(1), timestamp(0)].max())", "1970-01-01T00:00:01Z"),
        ("string([duration('1s'), duration('2s')].sum())", "3s"),
        ("string([1u].sum())", "1"),
        ("[1,2,3].lastIndexOf(4)", -1),
        ("object.l.indexOf(2)", 2),
        ("object.s.indexOf('x')", 2),
        ("sets.contains([], [])", True),
        ("sets.intersects([], [])", False),
        ("sets.equivalent([], [1])", False),
        ("sets.equivalent([1, 1], [1])", True),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1,2,3,4].slice(-1, 2)", "cannot slice(-1, 2), negative indexes not supported"),
        ("[1,2,3,4].slice(0, 10)", "cannot slice(0, 10), list is length 4"),
        ("[[1],[2]].flatten(-1)", "level must be non-negative"),
        ("object.mixed.sort()", "list elements must have the same type"),
        ("object.mixed.max()", "no such overload"),
        ("object.mixed.isSorted()", "no such overload"),
        ("object.mixed.sum()", "no such overload"),
        ("object.e.max()", "max called on empty list"),
        ("object.e.min()", "min called on empty list"),
        ("object.nil.sort()", "no such overload: sort(null_type)"),
        ("object.s.sort()", "no such overload: sort(string)"),
        ("[object.nil].sort()", "list elements must be comparable"),
        ("object.l.sortBy(x, object)", "list elements must be comparable"),
        ("object.s.sortBy(x, x)", "got 'types.String', expected iterable type"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[1,[2,[3]]].flatten()",
            ["4: expected type 'int' but found 'list(dyn)'", "7: expected type 'int' but found 'list(int)'"],
        ),
        (
            "[[1,[2,[3]]]].flatten(2)",
            ["5: expected type 'int' but found 'list(dyn)'", "8: expected type 'int' but found 'list(int)'"],
        ),
        ("[1,2].flatten()", ["14: found no matching overload for 'flatten' applied to 'list(int).()'"]),
        ("[[1],[2]].sort()", ["15: found no matching overload for 'sort' applied to 'list(list(int)).()'"]),
        ("[1,2].sortBy(1, 2)", ["14: argument is not an identifier"]),
        ("[1].sortBy(e.f, 2)", ["13: argument is not an identifier"]),
        ("[1.0, 1].distinct()", ["7: expected type 'double' but found 'int'"]),
        ("dyn([1.0, 1, 1u, 'a', 'a', null, null]).distinct()", ["11: expected type 'double' but found 'int'"]),
        ("lists.range('a')", ["12: found no matching overload for 'lists.range' applied to '(string)'"]),
        ("['a', 'b'].sum()", ["15: found no matching overload for 'sum' applied to 'list(string).()'"]),
        ("[9223372036854775807, object.i].sum()", ["29: expected type 'int' but found 'dyn'"]),
        ("[1, 2].indexOf('a')", ["15: found no matching overload for 'indexOf' applied to 'list(int).(string)'"]),
        (
            "sets.contains([1], [1.0])",
            ["14: found no matching overload for 'sets.contains' applied to '(list(int), list(double))'"],
        ),
        ("sets.contains(dyn([1]), [1.0, 1u])", ["31: expected type 'double' but found 'uint'"]),
        ("sets.contains('a', 'b')", ["14: found no matching overload for 'sets.contains' applied to '(string, string)'"]),
        (
            "'abc'.sortBy(x, x)",
            ["1: sortBy can only be applied to a list, identifier, comprehension, call or select expression"],
        ),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
