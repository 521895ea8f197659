"""Numbers, order and equality: overflow, division, types that do not go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("object.i < 1.5", False),
        ("object.i && false", False),
        ("b'abc' + b'd'", b"abcd"),
        ("b'a' < b'b'", True),
        ("1.0 < 2", True),
        ("1 < 2u", True),
        ("object == null", False),
        ("dyn(null) == object.nil", True),
        ("[1, 2] == [2, 1]", False),
        ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
        ("dyn(1.0) == dyn(1)", True),
        ("double('NaN') == double('NaN')", False),
        ("0.1 + 0.2", 0.30000000000000004),
        ("-0.0", -0.0),
        ("string(1e21)", "1e+21"),
        ("string(100000.0)", "100000"),
        ("string(1000000.0)", "1e+06"),
        ("string(123456789.0)", "1.23456789e+08"),
        ("string(0.0001)", "0.0001"),
        ("string(0.00001)", "1e-05"),
        ("string(-0.0)", "-0"),
        ("string(1e308 * 10.0)", "+Inf"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object.big + 1", "integer overflow"),
        ("object.min - 1", "integer overflow"),
        ("-object.min", "integer overflow"),
        ("object.big * 2", "integer overflow"),
        ("object.min / -1", "integer overflow"),
        ("object.min % -1", "integer overflow"),
        ("object.i / 0", "division by zero"),
        ("object.i % 0", "modulus by zero"),
        ("uint(object.i) - 6u", "unsigned integer overflow"),
        ("18446744073709551615u + uint(object.i)", "unsigned integer overflow"),
        ("18446744073709551615u * uint(object.i)", "unsigned integer overflow"),
        ("uint(object.i) / 0u", "division by zero"),
        ("uint(object.i) % 0u", "modulus by zero"),
        ("object.nil + 1", "no such overload: _+_"),
        ("object.s + 1", "no such overload"),
        ("object.l + 1", "no such overload"),
        ("object.m + object.m", "no such overload: _+_"),
        ("object.i < 'a'", "no such overload"),
        ("object.s < 1", "no such overload"),
        ("object.m < object.m", "no such overload: _<_"),
        ("object.l < object.l", "no such overload: _<_"),
        ("object.nil < 1", "no such overload: _<_"),
        ("!object.i", "no such overload"),
        ("-object.s", "no such overload"),
        ("-dyn(true)", "no such overload"),
        ("-object.l", "no such overload: -_"),
        ("object.s - 1", "no such overload"),
        ("object.l - 1", "no such overload: _-_"),
        ("object.s * 1", "no such overload"),
        ("object.s / 1", "no such overload"),
        ("object.s % 1", "no such overload"),
        ("object.nil % 1", "no such overload: _%_"),
        ("object.i && true", "no such overload"),
        ("true && object.i", "no such overload"),
        ("object.s ? 1 : 2", "no such overload"),
        ("object.i || object.b", "no such overload"),
        ("object.missing && object.other", "no such key: missing"),
        ("double('NaN') < 1.0", "NaN values cannot be ordered"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object.f % 2.0", ["10: found no matching overload for '_%_' applied to '(dyn, double)'"]),
        ("-5u", ["1: found no matching overload for '-_' applied to '(uint)'"]),
        ("object.s - 'a'", ["10: found no matching overload for '_-_' applied to '(dyn, string)'"]),
        ("b'abc'[0]", ["7: found no matching overload for '_[_]' applied to '(bytes, int)'"]),
        ("size(b'\\u00e9')", ["6: unable to unescape string"]),
        ("'a' * 2", ["5: found no matching overload for '_*_' applied to '(string, int)'"]),
        ("1 == 1u", ["3: found no matching overload for '_==_' applied to '(int, uint)'"]),
        ("[1, 'a']", ["5: expected type 'int' but found 'string'"]),
        ("[1, 2u] == [1, 2]", ["5: expected type 'int' but found 'uint'"]),
        ("{'a': 1, 2: 'b'}", ["10: expected type 'string' but found 'int'", "13: expected type 'int' but found 'string'"]),
        ("null == 1", ["6: found no matching overload for '_==_' applied to '(null, int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
