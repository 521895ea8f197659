"""Go's durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubegate.api.duration import SECOND, format_duration, parse_duration
from kubegate.errors import InvalidInput

TABLE = [
    ("0", 0, "0s"),
    ("3s", 3 * SECOND, "3s"),
    ("1h30m", 5400 * SECOND, "1h30m0s"),
    ("1.5s", SECOND * 3 // 2, "1.5s"),
    ("-5s", -5 * SECOND, "-5s"),
    ("100us", 100_000, "100µs"),
    (".5s", SECOND // 2, "500ms"),
    ("1ns", 1, "1ns"),
]


@pytest.mark.parametrize(("text", "nanoseconds", "printed"), TABLE)
def test_parse_and_print(text: str, nanoseconds: int, printed: str) -> None:
    assert parse_duration(text) == nanoseconds
    assert format_duration(nanoseconds) == printed


BAD = [
    ("", 'time: invalid duration ""'),
    ("5", 'time: missing unit in duration "5"'),
    ("3 s", 'time: unknown unit " s" in duration "3 s"'),
    ("x", 'time: invalid duration "x"'),
    ("1s.", 'time: invalid duration "1s."'),
    ("9999999h", 'time: invalid duration "9999999h"'),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_duration(text)
    assert error.value.message == message


@given(st.integers(-(2**62), 2**62))
def test_what_is_printed_parses_to_the_same(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds
