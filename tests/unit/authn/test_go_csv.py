"""CSV as Go reads it."""

from __future__ import annotations

import pytest

from kubegate.authn.go_csv import read_csv
from kubegate.errors import ConfigurationError

GOOD = [
    ("", []),
    ("\n\n", []),
    ("a,b,c", [["a", "b", "c"]]),
    ("a,b,c\n", [["a", "b", "c"]]),
    ("a,b,c\r\nd\r\n", [["a", "b", "c"], ["d"]]),
    ("a\r", [["a"]]),
    ("a\n\r", [["a"]]),
    (" a , b", [[" a ", " b"]]),
    ("a,,", [["a", "", ""]]),
    (",", [["", ""]]),
    ('"a,b",c', [["a,b", "c"]]),
    ('"a""b"', [['a"b']]),
    ('""', [[""]]),
    ('"a\nb",c\nd', [["a\nb", "c"], ["d"]]),
    ('"a\r\nb"', [["a\nb"]]),
    ("\n\na\n\nb\n", [["a"], ["b"]]),
    ("\ufeffa", [["\ufeffa"]]),
    ("#a,b", [["#a", "b"]]),
]

BAD = [
    ('a"b', 'parse error on line 1, column 2: bare " in non-quoted-field'),
    ('x\na,b"c', 'parse error on line 2, column 4: bare " in non-quoted-field'),
    ('é,b"c', 'parse error on line 1, column 5: bare " in non-quoted-field'),
    ('"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
    ('"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
    ('"a\nb"c', 'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field'),
    ('"a\n', 'parse error on line 1, column 4: extraneous or missing " in quoted-field'),
]


@pytest.mark.parametrize(("text", "records"), GOOD)
def test_records(text: str, records: list[list[str]]) -> None:
    assert read_csv(text) == records


@pytest.mark.parametrize(("text", "message"), BAD)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_csv(text)
    assert str(caught.value) == message
