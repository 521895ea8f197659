"""``format`` and ``strings.quote``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "'%s'.format([object])",
            (
                '{"big":9223372036854775807, "e":[], "f":1.500000, "i":5, "l":[3, 1, 2], "m":{"a":1}, '
                '"min":-9223372036854775808, "mixed":[1, "a", 1.500000], "nil":null, "s":"text"}'
            ),
        ),
        ("'%s'.format([1.0])", "1"),
        ("'%s'.format([1e10])", "1e+10"),
        ("'%s'.format([0.1])", "0.1"),
        ("'%s'.format([b'abc'])", "abc"),
        ("'%s'.format([null])", "null"),
        ("'%s'.format([type(1)])", "int"),
        ("'%s'.format([timestamp(0)])", "1970-01-01T00:00:00Z"),
        ("'%s'.format([duration('90s')])", "90s"),
        ("'%s'.format([{'b': 1.0, 'a': [true, null, 'q\"']}])", '{"a":[true, null, "q\\""], "b":1.000000}'),
        ("'%s'.format([[timestamp(0), duration('1s')]])", '[timestamp("1970-01-01T00:00:00Z"), duration("1s")]'),
        ("'%s'.format([{1: 2, true: 'a'}])", '{1:2, true:"a"}'),
        ("'%s'.format([[b'x', 1u, type(1)]])", '[b"x", 1, int]'),
        ("'%d'.format([1u])", "1"),
        ("'%f'.format([2.71828])", "2.718280"),
        ("'%.0f'.format([2.5])", "2"),
        ("'%f'.format([double('inf')])", "∞"),
        ("'%e'.format([1052.032911275])", "1.052033×10⁰³"),
        ("'%.3e'.format([0.0])", "0.000×10⁰⁰"),
        ("'%e'.format([-1e-10])", "-1.000000×10⁻¹⁰"),
        ("'%x'.format(['hello'])", "68656c6c6f"),
        ("'%X'.format([b'hello'])", "68656C6C6F"),
        ("'%x'.format([-30])", "-1e"),
        ("'%o'.format([-8])", "-10"),
        ("'%b'.format([-5])", "-101"),
        ("'%b'.format([true])", "1"),
        ("'%%'.format([])", "%"),
        ("'%d%%'.format([5])", "5%"),
        ("object.s.format([1])", "text"),
        ("'%s'.format(object.l)", "3"),
        ("'%d'.format(object.l)", "3"),
        ("strings.quote('\\a\\b\\f\\n\\r\\t\\v\\\\\"é')", '"\\a\\b\\f\\n\\r\\t\\v\\\\\\"é"'),
        ("'%.1234567f'.format([1.5])", "%!(BADPREC)1.500000"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "'%d'.format([object.s])",
            "error during formatting: decimal clause can only be used on integers, was given string",
        ),
        (
            "'%x'.format([object.f])",
            ("error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given double"),
        ),
        (
            "'%b'.format([object.s])",
            "error during formatting: only integers and bools can be formatted as binary, was given string",
        ),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'%'.format([])", ["11: index 0 out of range"]),
        ("'%z'.format([1])", ['12: could not parse formatting clause: unrecognized formatting clause "z"']),
        (
            "'%.f'.format([1.0])",
            [
                (
                    "13: could not parse formatting clause: error while parsing precision: error while "
                    'converting precision to integer: strconv.Atoi: parsing "": invalid syntax'
                )
            ],
        ),
        (
            "'%.3'.format([1.0])",
            [
                (
                    "13: could not parse formatting clause: error while parsing precision: could not find "
                    "end of precision specifier"
                )
            ],
        ),
        ("'%d %d'.format([1])", ["15: index 1 out of range"]),
        (
            "'%s'.format([optional.of(1)])",
            [
                (
                    "25: error during formatting: string clause can only be used on strings, bools, bytes, "
                    "ints, doubles, maps, lists, types, durations, and timestamps, was given optional_type"
                )
            ],
        ),
        (
            "'%d'.format([1.5])",
            ["14: error during formatting: decimal clause can only be used on integers, was given double"],
        ),
        ("'%f'.format([1])", ["14: error during formatting: fixed-point clause can only be used on doubles, was given int"]),
        ("'%e'.format([1])", ["14: error during formatting: scientific clause can only be used on doubles, was given int"]),
        (
            "'%x'.format([1.5])",
            [
                (
                    "14: error during formatting: only integers, byte buffers, and strings can be "
                    "formatted as hex, was given double"
                )
            ],
        ),
        ("'%o'.format(['x'])", ["14: error during formatting: octal clause can only be used on integers, was given string"]),
        (
            "'%b'.format(['x'])",
            ["14: error during formatting: only integers and bools can be formatted as binary, was given string"],
        ),
        ("'%s'.format([])", ["12: index 0 out of range"]),
        ("'%5d'.format([1])", ['13: could not parse formatting clause: unrecognized formatting clause "5"']),
        ("'%-d'.format([1])", ['13: could not parse formatting clause: unrecognized formatting clause "-"']),
        ("'%s %s'.format(['a'])", ["15: index 1 out of range"]),
        ("'%s'.format(['a', 'b'])", ["12: too many arguments supplied to string.format (expected 1, got 2)"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
