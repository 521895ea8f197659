"""Regular expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'x'.matches('(?<n>a)')", False),
        ("'abcabc'.findAll('b', 0)", []),
        ("'abcabc'.findAll('b', -5)", ["b", "b"]),
        ("''.findAll('')", [""]),
        ("'abc'.findAll('')", ["", "", "", ""]),
        ("'abc'.findAll('x')", []),
        ("''.find('')", ""),
        ("'abc'.findAll('a*')", ["a", "", "", ""]),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'x'.find('(')", "error parsing regexp: missing closing ): `(`"),
        ("'x'.find(')')", "error parsing regexp: unexpected ): `)`"),
        ("'x'.find('*')", "error parsing regexp: missing argument to repetition operator: `*`"),
        ("'x'.find('a**')", "error parsing regexp: invalid nested repetition operator: `**`"),
        ("'x'.find('a{2,1}')", "error parsing regexp: invalid repeat count: `{2,1}`"),
        ("'x'.find('a{1001}')", "error parsing regexp: invalid repeat count: `{1001}`"),
        ("'x'.find('\\\\8')", "error parsing regexp: invalid escape sequence: `\\8`"),
        ("'x'.find('(?=a)')", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
        ("'x'.find('(?<n')", "error parsing regexp: invalid named capture: `(?<n`"),
        ("'x'.find('[z-a]')", "error parsing regexp: invalid character class range: `z-a`"),
        ("'x'.find('a\\\\')", "error parsing regexp: trailing backslash at end of expression: ``"),
        ("'x'.find('[[:foo:]]')", "error parsing regexp: invalid character class range: `[:foo:]`"),
        ("'x'.find('\\\\pX')", "error parsing regexp: invalid character class range: `\\pX`"),
        ("'x'.find('\\\\p{Foo}')", "error parsing regexp: invalid character class range: `\\p{Foo}`"),
        ("object.s.find('(')", "error parsing regexp: missing closing ): `(`"),
    ],
)
def test_folding_fails(instantiation: Callable[[str], str], text: str, message: str) -> None:
    assert instantiation(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'x'.matches('[')", ["13: invalid matches argument"]),
        ("'x'.matches('(?P<n>a')", ["13: invalid matches argument"]),
        ("'x'.matches('a**')", ["13: invalid matches argument"]),
        ("'x'.matches('*')", ["13: invalid matches argument"]),
        ("'x'.matches('a{2,1}')", ["13: invalid matches argument"]),
        ("'x'.matches('a{1001}')", ["13: invalid matches argument"]),
        ("'x'.matches('\\\\8')", ["13: invalid matches argument"]),
        ("'x'.matches('(?=a)')", ["13: invalid matches argument"]),
        ("'x'.matches('[z-a]')", ["13: invalid matches argument"]),
        ("'x'.matches('a\\\\')", ["13: invalid matches argument"]),
        ("'x'.matches('[[:foo:]]')", ["13: invalid matches argument"]),
        ("'x'.matches('\\\\pX')", ["13: invalid matches argument"]),
        ("'x'.matches(')')", ["13: invalid matches argument"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
