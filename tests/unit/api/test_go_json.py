"""The messages of Go's JSON decoder."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubegate.api.go_json import syntax_error, type_error

MESSAGES = [
    ("", "unexpected end of JSON input"),
    ("{", "unexpected end of JSON input"),
    ('{"a":1', "unexpected end of JSON input"),
    ("hello", "invalid character 'h' looking for beginning of value"),
    ("{bad}", "invalid character 'b' looking for beginning of object key string"),
    ("{'a':1}", r"invalid character '\'' looking for beginning of object key string"),
    ('{"a" 1}', "invalid character '1' after object key"),
    ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
    ("[1 2]", "invalid character '2' after array element"),
    ("{} x", "invalid character 'x' after top-level value"),
    ("nope", "invalid character 'o' in literal null (expecting 'u')"),
    ("text", "invalid character 'e' in literal true (expecting 'r')"),
    ('"a\nb"', r"invalid character '\n' in string literal"),
    (r'"\x"', "invalid character 'x' in string escape code"),
    (r'"\u12g4"', r"invalid character 'g' in \u hexadecimal character escape"),
    ("-x", "invalid character 'x' in numeric literal"),
    ("1.x", "invalid character 'x' after decimal point in numeric literal"),
    ("1ex", "invalid character 'x' in exponent of numeric literal"),
    ("01", "invalid character '1' after top-level value"),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_messages(text: str, message: str) -> None:
    assert syntax_error(text) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_json_has_no_message(value: object) -> None:
    assert syntax_error(json.dumps(value)) == ""
    assert syntax_error(json.dumps(value, ensure_ascii=False, indent=1)) == ""


@given(st.text(alphabet='{}[]:," \\u0019eE+-.tfn'))
def test_it_agrees_with_a_json_parser_on_what_is_json(text: str) -> None:
    try:
        json.loads(text)
        good = True
    except ValueError:
        good = False
    assert (syntax_error(text) == "") is good


def test_type_errors() -> None:
    assert type_error(True, "A.b", "string") == "json: cannot unmarshal bool into Go struct field A.b of type string"
    assert type_error([], "", "int") == "json: cannot unmarshal array into Go value of type int"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
def test_what_nests_too_deep_is_not_read(text: str) -> None:
    assert syntax_error(text) == "exceeded max depth"
