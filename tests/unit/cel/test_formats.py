"""Named formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            (
                "format.dns1123Label().validate('a' + "
                "'0123456789012345678901234567890123456789012345678901234567890123').value()"
            ),
            ["must be no more than 63 bytes"],
        ),
        (
            "format.dns1123Subdomain().validate('A..b').value()",
            [
                (
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
                    "'-' or '.', and must start and end with an alphanumeric character (e.g. "
                    "'example.com', regex used for validation is "
                    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                )
            ],
        ),
        (
            "format.dns1035Label().validate('9a').value()",
            [
                (
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
                    "with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', "
                    " or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                )
            ],
        ),
        (
            "format.qualifiedName().validate('a/b/c').value()",
            [
                (
                    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must "
                    "start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                    "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') "
                    "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
                )
            ],
        ),
        (
            "format.qualifiedName().validate('').value()",
            [
                "name part must be non-empty",
                (
                    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start "
                    "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
                ),
            ],
        ),
        ("format.qualifiedName().validate('/x').value()", ["prefix part must be non-empty"]),
        ("format.dns1123LabelPrefix().validate('abc-').hasValue()", False),
        ("format.dns1123SubdomainPrefix().validate('abc.-').hasValue()", False),
        (
            "format.dns1035LabelPrefix().validate('9').value()",
            [
                (
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
                    "with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', "
                    " or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                )
            ],
        ),
        (
            "format.labelValue().validate('-a').value()",
            [
                (
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
                    "or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
                    "'my_value',  or '12345', regex used for validation is "
                    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                )
            ],
        ),
        ("format.uri().validate('no').value()", ['parse "no": invalid URI for request']),
        ("format.uri().validate('/x').hasValue()", False),
        ("format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", False),
        ("format.byte().validate('!!').value()", ["invalid base64"]),
        ("format.byte().validate('aGk=').hasValue()", False),
        ("format.date().validate('2024-13-01').value()", ["invalid date"]),
        ("format.date().validate('2024-12-01').hasValue()", False),
        ("format.datetime().validate('2024-12-01T00:00:00Z').hasValue()", False),
        ("format.datetime().validate('x').value()", ["invalid datetime"]),
        ("format.named('datetime').value().validate('x').value()", ["invalid datetime"]),
        ("format.named('uri').value() == format.uri()", True),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "format.nothing()",
            [
                "1: undeclared reference to 'format' (in container '')",
                "15: undeclared reference to 'nothing' (in container '')",
            ],
        ),
        ("format.validate('x')", ["1: undeclared reference to 'format' (in container '')"]),
        ("string(format.uuid())", ["7: found no matching overload for 'string' applied to '(kubernetes.NamedFormat)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
