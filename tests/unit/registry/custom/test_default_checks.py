"""Defaults of schemas: they are values of the schema, without unknown fields, and good by its rules."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.registry.custom.default_checks import check_defaults

Schema = dict[str, Any]
NUMBER: Schema = {"type": "integer"}
POINT: Schema = {"type": "object", "properties": {"x": NUMBER}}
EMBEDDED: Schema = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "x-kubernetes-preserve-unknown-fields": True,
}
UNKNOWN = "must not have unknown fields"
LIMIT = {"rule": "self < 3", "message": "too much"}


def with_rules(schema: Schema, *rules: Schema) -> Schema:
    return {**schema, "x-kubernetes-validations": list(rules)}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({**NUMBER, "default": 2}, []),
        (
            {"type": "string", "default": 5},
            ['S.default: Invalid value: "integer":  in body must be of type string: "integer"'],
        ),
        ({**POINT, "default": {"x": 1, "y": 2}}, [f'S.default: Invalid value: {{"x":1,"y":2}}: {UNKNOWN}']),
        ({"type": "array", "items": POINT, "default": [{"y": 2}]}, [f'S.default: Invalid value: [{{"y":2}}]: {UNKNOWN}']),
        (
            {**POINT, "default": {"x": "a", "y": 2}},
            [
                f'S.default: Invalid value: {{"x":"a","y":2}}: {UNKNOWN}',
                'S.default.x: Invalid value: "string": x in body must be of type integer: "string"',
            ],
        ),
        ({**with_rules(NUMBER, LIMIT), "default": 5}, ["S.default: Invalid value: 5: too much"]),
        (
            {**with_rules(NUMBER, {"rule": "self != oldSelf", "message": "stays"}), "default": 5},
            ["S.default: Invalid value: 5: stays"],
        ),
        ({**with_rules(NUMBER, LIMIT), "default": 2}, []),
        (
            {**EMBEDDED, "default": {"metadata": {"name": "a"}}},
            ["S.default.apiVersion: Required value", "S.default.kind: Required value"],
        ),
        ({**POINT, "properties": {"x": {**NUMBER, "default": "a"}}}, ["S.properties[x].default"]),
        ({"type": "array", "items": {**NUMBER, "default": "a"}}, ["S.items.default"]),
        ({"type": "object", "additionalProperties": {**NUMBER, "default": "a"}}, []),
    ],
)
def test_defaults(schema: Schema, expected: list[str]) -> None:
    found = [str(error) for error in check_defaults(schema, "S")]
    assert len(found) == len(expected)
    assert all(text.startswith(wanted) for text, wanted in zip(found, expected, strict=True)), found
