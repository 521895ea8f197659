"""Numbers and formats of values: ranges of types, bounds, multiples, and what a type with a format says of other types."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.registry.custom.formats import kept_format, valid
from kubegate.registry.custom.values import validate

Schema = dict[str, Any]


def said(value: Any, **schema: Any) -> list[str]:
    return [str(error) for error in validate({"a": value}, {"type": "object", "properties": {"a": schema}})]


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (2147483647, {"type": "integer", "format": "int32"}, ""),
        (2147483648, {"type": "integer", "format": "int32"}, "Checked value must be of type integer with format int32 in a"),
        (-(1 << 63), {"type": "integer", "format": "int64"}, ""),
        (1 << 63, {"type": "integer", "format": "int64"}, "Checked value must be of type integer with format int64 in a"),
        (1e30, {"type": "integer"}, "Checked value must be of type integer (default format) in a"),
        (2147483648, {"type": "integer", "format": "int8"}, ""),
        (3.4e38, {"type": "number", "format": "float"}, ""),
        (3.5e38, {"type": "number", "format": "float"}, "Checked value must be of type number with format float in a"),
        (3.5e38, {"type": "number", "format": "double"}, ""),
    ],
)
def test_ranges(value: Any, schema: Schema, expected: str) -> None:
    assert said(value, **schema) == ([f'<nil>: Invalid value: "": {expected}'] if expected else [])


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (2000000, {"type": "integer", "maximum": 1000000}, "2000000: a in body should be less than or equal to 1000000"),
        (2e7, {"type": "number", "maximum": 1000000}, "2e+07: a in body should be less than or equal to 1e+06"),
        (2, {"type": "number", "maximum": 1.5}, "2: a in body should be less than or equal to 1"),
        (1.5, {"type": "number", "maximum": 1.5, "exclusiveMaximum": True}, "1.5: a in body should be less than 1.5"),
        (1, {"type": "integer", "minimum": 1, "exclusiveMinimum": True}, "1: a in body should be greater than 1"),
        (7, {"type": "integer", "multipleOf": 5}, "7: a in body should be a multiple of 5"),
        (0.3, {"type": "number", "multipleOf": 0.1}, ""),
        (0.35, {"type": "number", "multipleOf": 0.1}, "0.35: a in body should be a multiple of 0.1"),
    ],
)
def test_bounds(value: Any, schema: Schema, expected: str) -> None:
    assert said(value, **schema) == ([f"a: Invalid value: {expected}"] if expected else [])


def test_bounds_that_no_value_of_the_type_can_have() -> None:
    assert said(2, type="integer", maximum=1.5) == [
        '<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in a',
        "a: Invalid value: 2: a in body should be less than or equal to 1.5",
    ]


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (True, {"type": "integer", "format": "int32"}, '"": a in body must be of type int32: ""'),
        ("x", {"type": "integer", "format": "int32"}, '"string": a in body must be of type integer: "string"'),
        ({}, {"type": "string", "format": "date-time"}, '"": a in body must be of type date-time: ""'),
        (5, {"type": "string", "format": "date-time"}, '"int64": a in body must be of type date-time: "int64"'),
        (5, {"type": "string", "format": "none"}, '"integer": a in body must be of type string: "integer"'),
        ([], {"type": "string", "format": "date-time"}, ""),
        ([], {"type": "string"}, '"array": a in body must be of type string: "array"'),
        (5, {"type": "number", "format": "double"}, ""),
    ],
)
def test_values_of_another_type_where_there_is_a_format(value: Any, schema: Schema, expected: str) -> None:
    assert said(value, **schema) == ([f"a: Invalid value: {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("hostname", "a.example", "a_b"),
        ("uuid4", "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-32d3-a456-426614174000"),
        ("byte", "YWI=", ""),
        ("isbn", "978-0321751041", "978-0321751042"),
        ("isbn10", "0321751043", "0321751044"),
        ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("ssn", "111-22-3333", "111223333"),
        ("rgbcolor", "rgb(0, 10,255)", "rgb(0,0,256)"),
        ("quantity", "10Gi", "10X"),
        ("k8s-short-name", "a-b", "a.b"),
        ("k8s-long-name", "a.b", "A"),
        ("date-time", "2024-01-02T03:04:05Z", "yesterday"),
        ("bsonobjectid", "507f1f77bcf86cd799439011", "507f"),
    ],
)
def test_formats(name: str, good: str, bad: str) -> None:
    assert kept_format({"type": "string", "format": name}) == name
    assert (valid(name, good), valid(name, bad)) == (True, False)


def test_too_few_properties_say_how_many_there_are() -> None:
    (error,) = validate({"a": 1}, {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}})
    assert str(error) == "<nil>: Invalid value: 1:  in body should have at least 3 properties"
