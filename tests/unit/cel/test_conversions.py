"""Conversions between types, timestamps and durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("type(object.l) == list", True),
        ("type(timestamp(0)) == google.protobuf.Timestamp", True),
        ("type(duration('1s')) == google.protobuf.Duration", True),
        ("int(object.f)", 1),
        ("double('0x1p4')", 16.0),
        ("bool('TRUE')", True),
        ("bool('True')", True),
        ("bool('1')", True),
        ("string(duration('1h1h'))", "7200s"),
        ("string(duration('-1.5h'))", "-5400s"),
        ("string(duration('0'))", "0s"),
        ("duration('1us') == duration('1µs')", True),
        ("string(timestamp('2024-01-01T00:00:00.123456789Z'))", "2024-01-01T00:00:00.123456789Z"),
        ("string(timestamp('2024-01-01T00:00:00+02:00'))", "2023-12-31T22:00:00Z"),
        ("int(timestamp('1969-12-31T23:59:59.5Z'))", -1),
        ("int(duration('1.5s'))", 1500000000),
        ("timestamp(0).getHours('+02:30')", 2),
        ("timestamp(0).getMinutes('02:30')", 30),
        ("timestamp(0).getDate()", 1),
        ("timestamp(0).getDayOfMonth()", 0),
        ("timestamp(0).getFullYear('-01:00')", 1969),
        ("timestamp(0).getMilliseconds()", 0),
        ("duration('1h').getHours()", 1),
        ("duration('1.5s').getMilliseconds()", 1500),
        ("duration('90s').getSeconds()", 90),
        ("string(timestamp(0) - duration('1s'))", "1969-12-31T23:59:59Z"),
        ("string(duration('1s') - duration('2s'))", "-1s"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int(object.s)", "type conversion error from 'string' to 'int'"),
        ("int(9223372036854775807u + uint(object.i))", "integer overflow"),
        ("int(1e19 * object.f)", "integer overflow"),
        ("int(object.nil)", "no such overload: int(null_type)"),
        ("int(object.l)", "no such overload: int(list)"),
        ("uint(-1.5 * object.f)", "unsigned integer overflow"),
        ("uint(object.s)", "type conversion error from 'string' to 'uint'"),
        ("uint(0 - object.i)", "unsigned integer overflow"),
        ("double(object.s)", "type conversion error from 'string' to 'double'"),
        ("bool(object.s)", "type conversion error from 'string' to 'bool'"),
        ("bool(object.i)", "no such overload: bool(int)"),
        ("string(object.l)", "no such overload: string(list)"),
        ("string(object.m)", "no such overload: string(map)"),
        ("string(object.nil)", "no such overload: string(null_type)"),
        ("bytes(object.i)", "no such overload: bytes(int)"),
        ("duration(object.s)", "type conversion error from 'string' to 'google.protobuf.Duration'"),
        ("timestamp(object.s)", "type conversion error from 'string' to 'google.protobuf.Timestamp'"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "timestamp overflow"),
        ("timestamp('0001-01-01T00:00:00Z') - duration('1s')", "timestamp overflow"),
        ("timestamp(0).getHours('Nowhere/City')", "unknown time zone Nowhere/City"),
        ("timestamp(0).getHours('-25:99')", "unknown time zone -25:99"),
        ("timestamp(0).getHours('bad')", "unknown time zone bad"),
        ("timestamp(0).getSeconds(object.s)", "unknown time zone text"),
        ("duration('2540400h') + duration('2540400h')", "integer overflow"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int('9223372036854775808')", "type conversion error from 'string' to 'int'"),
        ("double('1_000')", "type conversion error from 'string' to 'double'"),
        ("bool('tRUE')", "type conversion error from 'string' to 'bool'"),
        ("bool('yes')", "type conversion error from 'string' to 'bool'"),
        ("string(b'\\xff')", "invalid UTF-8 in bytes, cannot convert to string"),
    ],
)
def test_folding_fails(instantiation: Callable[[str], str], text: str, message: str) -> None:
    assert instantiation(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int(b)", ["4: found no matching overload for 'int' applied to '(bool)'"]),
        ("duration('1d')", ["10: invalid duration argument"]),
        ("duration('')", ["10: invalid duration argument"]),
        ("duration('1')", ["10: invalid duration argument"]),
        ("duration('9223372036854775808ns')", ["10: invalid duration argument"]),
        ("duration('320000000h')", ["10: invalid duration argument"]),
        ("timestamp('2024-01-01')", ["11: invalid timestamp argument"]),
        ("timestamp('2024-01-01T00:00:00')", ["11: invalid timestamp argument"]),
        ("timestamp('2024-01-01T00:00:00+25:00')", ["11: invalid timestamp argument"]),
        ("timestamp('0000-01-01T00:00:00Z')", ["11: invalid timestamp argument"]),
        ("timestamp(253402300800)", ["11: invalid timestamp argument"]),
        ("timestamp(-62135596801)", ["11: invalid timestamp argument"]),
        ("duration('90s').getDayOfYear()", ["29: found no matching overload for 'getDayOfYear' applied to 'duration.()'"]),
        ("timestamp(0) + timestamp(0)", ["14: found no matching overload for '_+_' applied to '(timestamp, timestamp)'"]),
        ("duration('1s') * 2", ["16: found no matching overload for '_*_' applied to '(duration, int)'"]),
        ("-duration('1s')", ["1: found no matching overload for '-_' applied to '(duration)'"]),
        ("duration('290y')", ["10: invalid duration argument"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
