"""What the extensions of a schema may be."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.registry.custom.schema_checks import check_schema

TEXT = {"type": "string"}
SET, MAP = {"x-kubernetes-list-type": "set"}, {"x-kubernetes-list-type": "map"}
KEY = {"x-kubernetes-list-map-keys": ["k"]}
ATOMIC = "must be atomic as item of a list with x-kubernetes-list-type=set"


def listed(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **more}


def keyed(key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return listed({"type": "object", "required": ["k"], "properties": {"k": key}, **more}, **MAP, **KEY)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({**TEXT, **SET}, '.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'),
        (
            listed(TEXT, **{"x-kubernetes-list-type": "bag"}),
            '.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
        ),
        (
            listed(TEXT, **KEY),
            ".x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty",
        ),
        (
            listed(TEXT, **KEY, **SET),
            '.x-kubernetes-list-type: Invalid value: "set": must be map if x-kubernetes-list-map-keys is non-empty',
        ),
        (
            listed({"type": "object"}, **MAP),
            ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
        ),
        (
            listed({"type": "object"}, **MAP, **KEY),
            '.x-kubernetes-list-map-keys: Invalid value: ["k"]: entries must all be names of item properties',
        ),
        (
            keyed({"type": "object"}),
            '.items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s '
            "x-kubernetes-list-type is map",
        ),
        (
            keyed({**TEXT, "nullable": True}),
            ".items.properties[k].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, "
            "so it cannot be nullable",
        ),
        (
            keyed(TEXT, required=[]),
            ".items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, "
            "so it must have a default or be a required property",
        ),
        (
            keyed(TEXT, nullable=True),
            ".items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map",
        ),
        (
            listed({**TEXT, "nullable": True}, **SET),
            ".items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set",
        ),
        (listed({"type": "object"}, **SET), f".items.x-kubernetes-map-type: Invalid value: null: {ATOMIC}"),
        (listed(listed(TEXT, **SET), **SET), f'.items.x-kubernetes-list-type: Invalid value: "set": {ATOMIC}'),
        (
            {**TEXT, "x-kubernetes-map-type": "atomic"},
            '.type: Invalid value: "string": must be object if x-kubernetes-map-type is specified',
        ),
        (
            {"type": "object", "x-kubernetes-map-type": "x"},
            '.x-kubernetes-map-type: Unsupported value: "x": supported values: "atomic", "granular"',
        ),
        (
            {"type": "object", "x-kubernetes-preserve-unknown-fields": False},
            ".x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined",
        ),
        (
            listed(TEXT, uniqueItems=True),
            ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ),
        (
            {"type": "object", "properties": {"b": TEXT}, "additionalProperties": TEXT},
            ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
        ),
        ({**TEXT, "definitions": {"d": TEXT}}, ".definitions: Forbidden: definitions is not supported"),
        ({**TEXT, "id": "i"}, ".id: Forbidden: id is not supported"),
    ],
)
def test_complaints(schema: dict[str, Any], expected: str) -> None:
    found = check_schema({"type": "object", "properties": {"a": schema}}, "S")
    assert [str(error) for error in found] == [f"S.properties[a]{expected}"]


@pytest.mark.parametrize(
    "schema",
    [
        listed(TEXT, **SET),
        listed({"type": "object", "x-kubernetes-map-type": "atomic"}, **SET),
        listed(listed(TEXT, **{"x-kubernetes-list-type": "atomic"}), **SET),
        keyed(TEXT),
        {"x-kubernetes-int-or-string": True},
        {"x-kubernetes-preserve-unknown-fields": True},
    ],
)
def test_what_is_right(schema: dict[str, Any]) -> None:
    assert check_schema({"type": "object", "properties": {"a": schema}}, "S") == []
