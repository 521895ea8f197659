"""Objects inside of objects."""

from typing import Any

import pytest

from kubegate.registry.custom.embedded import check_embedded
from kubegate.registry.custom.structural import prune

EMBEDDED = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "one": EMBEDDED,
                "many": {"type": "array", "items": EMBEDDED},
                "named": {"type": "object", "additionalProperties": EMBEDDED},
            },
        }
    },
}
POD = {"apiVersion": "v1", "kind": "Pod"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"one": {**POD, "metadata": {"name": "A_b", "labels": {"a": "b"}}, "more": 1}}, []),
        ({"one": {}}, ["spec.one.apiVersion: Required value", "spec.one.kind: Required value"]),
        ({"many": [POD, {**POD, "kind": 5}]}, ["spec.many[1].kind: Invalid value: 5: must be a string"]),
        ({"named": {"x": {**POD, "kind": ""}}}, ['spec.named[x].kind: Invalid value: "": must not be empty']),
        (
            {"one": {**POD, "apiVersion": "a/b/c"}},
            ['spec.one.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
        ),
        (
            {"one": {**POD, "metadata": {"name": "a/b"}}},
            ["spec.one.metadata.name: Invalid value: \"a/b\": may not contain '/'"],
        ),
        (
            {"one": {**POD, "metadata": {"labels": {"a": 3}}}},
            ['spec.one.metadata: Invalid value: {"labels":{"a":3}}: '],
        ),
    ],
)
def test_embedded_objects(spec: dict[str, Any], expected: list[str]) -> None:
    said = [str(error) for error in check_embedded({"spec": spec}, SCHEMA)]
    assert len(said) == len(expected)
    assert all(text.startswith(start) for text, start in zip(said, expected, strict=True))


def test_unknown_metadata_goes() -> None:
    value = {"spec": {"one": {**POD, "metadata": {"name": "a", "other": 1}, "more": 2}}}
    assert prune(value, SCHEMA) == ["spec.one.metadata.other"]
    assert value["spec"]["one"] == {**POD, "metadata": {"name": "a"}, "more": 2}
