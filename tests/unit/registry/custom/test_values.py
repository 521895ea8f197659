"""Values of custom resources against their schemas."""

from typing import Any

import pytest

from kubegate.api.field_errors import invalid
from kubegate.registry.custom.rule_evaluation import evaluate
from kubegate.registry.custom.rules import compile_tree
from kubegate.registry.custom.structural import default, drop_nulls, prune
from kubegate.registry.custom.values import ABSENT, validate, validate_lists

PORTS = {
    "type": "array",
    "maxItems": 2,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port"],
    "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer", "maximum": 9}}},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "pattern": "^a+$", "maxLength": 3, "minLength": 2},
                "count": {"type": "integer", "minimum": 1, "maximum": 10, "exclusiveMaximum": True},
                "mode": {"type": "string", "enum": ["a", "b"]},
                "ports": PORTS,
                "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "when": {"type": "string", "format": "date-time"},
                "any": {"x-kubernetes-int-or-string": True},
                "maybe": {"type": "string", "nullable": True},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 1},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "image": {"type": "string", "default": "busybox"},
                "one": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            },
        }
    },
}


def complaints(spec: dict[str, Any], old: Any = ABSENT) -> list[str]:
    value = {"spec": {"name": "aa", **spec}}
    return [str(error) for error in validate(value, SCHEMA, old)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"count": 5, "any": "5%", "maybe": None, "when": "2020-01-01T00:00:00Z", "one": 1}, []),
        ({"name": "b"}, ['spec.name: Invalid value: "b": spec.name in body should be at least 2 chars long']),
        ({"name": "bb"}, ["spec.name: Invalid value: \"bb\": spec.name in body should match '^a+$'"]),
        ({"name": 5}, ['spec.name: Invalid value: "integer": spec.name in body must be of type string: "integer"']),
        ({"name": "aaaa"}, ["spec.name: Too long: may not be more than 3 bytes"]),
        ({"name": "a"}, ['spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long']),
        ({"count": 0}, ["spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1"]),
        ({"count": 10}, ["spec.count: Invalid value: 10: spec.count in body should be less than 10"]),
        (
            {"count": 1.5},
            [
                'spec.count: Invalid value: "number": spec.count in body must be of type integer: "number"',
                '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.count',
            ],
        ),
        ({"mode": "c"}, ['spec.mode: Unsupported value: "c": supported values: "a", "b"']),
        ({"when": "soon"}, ['spec.when: Invalid value: "soon": spec.when in body must be of type date-time: "soon"']),
        ({"any": 1.5}, ['spec.any: Invalid value: "number": spec.any in body must be of type integer,string: "number"']),
        ({"image": None}, ['spec.image: Invalid value: "null": spec.image in body must be of type string: "null"']),
        ({"labels": {"a": "1", "b": "2"}}, ["spec.labels: Too many: 2: must have at most 1 item"]),
        ({"ports": [{}]}, ["spec.ports[0].port: Required value"]),
        ({"ports": [{"port": 1}, {"port": 2}, {"port": 3}]}, ["spec.ports: Too many: 3: must have at most 2 items"]),
    ],
)
def test_complaints(spec: dict[str, Any], expected: list[str]) -> None:
    assert complaints(spec) == expected


def test_a_required_field() -> None:
    assert [str(error) for error in validate({"spec": {}}, SCHEMA)] == ["spec.name: Required value"]


def test_alternatives() -> None:
    expected = '<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found none valid'
    assert complaints({"one": True})[0] == expected


def test_what_did_not_change_is_not_complained_about() -> None:
    old = {"spec": {"name": "zzzz", "ports": [{"port": 99}]}}
    assert complaints({"name": "zzzz", "ports": [{"port": 1}, {"port": 99}]}, old) == []
    assert len(complaints({"name": "zzzy", "ports": [{"port": 99}]}, old)) == 1


def test_items_stand_once_in_sets_and_map_lists() -> None:
    value = {"spec": {"tags": ["a", "b", "a"], "ports": [{"port": 1, "x": 1}, {"port": 1}]}}
    assert [str(error) for error in validate_lists(value, SCHEMA)] == [
        'spec.tags[2]: Duplicate value: "a"',
        'spec.ports[1]: Duplicate value: {"port":1}',
    ]


def test_pruning_drops_what_the_schema_does_not_know() -> None:
    value = {
        "apiVersion": "x/v1",
        "metadata": {"name": "x", "odd": 1},
        "top": 1,
        "spec": {"name": "a", "no": 1, "free": {"a": {"b": 1}}, "ports": [{"port": 1, "no": 1}], "labels": {"k": "v"}},
    }
    assert prune(value, SCHEMA) == ["top", "spec.no", "spec.ports[0].no"]
    assert value["spec"] == {"name": "a", "free": {"a": {"b": 1}}, "ports": [{"port": 1}], "labels": {"k": "v"}}
    assert value["metadata"] == {"name": "x", "odd": 1}


def test_defaults() -> None:
    for spec in ({"name": "a"}, {"name": "a", "image": None}):
        value = {"spec": dict(spec)}
        default(value, SCHEMA)
        assert value == {"spec": {"name": "a", "image": "busybox"}}
    untouched: dict[str, Any] = {}
    default(untouched, SCHEMA)
    assert untouched == {}


RULES = {
    "type": "object",
    "x-kubernetes-validations": [
        {"rule": "self.low <= self.high", "messageExpression": "'low ' + string(self.low)", "message": "order"},
        {
            "rule": "!has(self.name) || self.name != 'bad'",
            "reason": "FieldValueForbidden",
            "fieldPath": ".name",
            "message": "no",
        },
    ],
    "properties": {
        "low": {"type": "integer"},
        "high": {"type": "integer"},
        "name": {"type": "string"},
        "fixed": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "fixed is fixed"}]},
        "x-y": {"type": "string"},
        "list": {"type": "array", "items": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 0"}]}},
    },
}


@pytest.mark.parametrize(
    ("value", "old", "expected"),
    [
        ({"low": 1, "high": 2}, ABSENT, []),
        ({"low": 3, "high": 2}, ABSENT, ["spec: Invalid value: low 3"]),
        ({"low": 1, "high": 2, "name": "bad"}, ABSENT, ["spec.name: Forbidden: no"]),
        ({"low": 1, "high": 2, "fixed": "a"}, ABSENT, []),
        (
            {"low": 1, "high": 2, "fixed": "b"},
            {"low": 1, "high": 2, "fixed": "a"},
            ['spec.fixed: Invalid value: "b": fixed is fixed'],
        ),
        ({"low": 3, "high": 2}, {"low": 3, "high": 2}, []),
        ({"low": 1, "high": 2, "list": [1, 0]}, ABSENT, ["spec.list[1]: Invalid value: 0: failed rule: self > 0"]),
    ],
)
def test_rules(value: Any, old: Any, expected: list[str]) -> None:
    tree = compile_tree({"type": "object", "properties": {"spec": RULES}})
    before = ABSENT if old is ABSENT else {"spec": old}
    assert [str(error) for error in evaluate(tree, {"spec": value}, before)] == expected


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        ("^[[:alpha:]]+$", "ab", True),
        ("^(a+)+$", "a" * 40 + "!", False),
    ],
)
def test_patterns_are_those_of_go(pattern: str, value: str, fits: bool) -> None:
    assert [*validate({"a": value}, {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}})] == (
        [] if fits else [invalid("a", value, f"a in body should match '{pattern}'")]
    )


NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ({"a": "x"}, {"minProperties": 2, "properties": {"a": NUMBER}}, ["should have at least 2 properties"]),
        ({"a": "x"}, {"maxProperties": 0, "properties": {"a": NUMBER}}, ["must have at most 0 items"]),
        (None, {"type": "string", "nullable": True, "enum": ["a"]}, ["Unsupported value: null"]),
        (None, {"type": "string", "nullable": True, "enum": ["a", None]}, []),
        (None, {"type": "string", "nullable": True, "anyOf": [{"pattern": "a"}]}, []),
        ({}, {"required": ["a"], "allOf": [{"required": ["a"]}]}, ["None validated", "Required value"]),
    ],
)
def test_checks_that_end_early_or_say_the_same(value: Any, schema: dict[str, Any], expected: list[str]) -> None:
    found = sorted(str(error) for error in validate({"v": value}, {"properties": {"v": schema}}))
    assert len(found) == len(expected)
    assert all(text in error for text, error in zip(expected, found, strict=True)), found


def test_of_alternatives_the_one_that_agrees_most_is_heard() -> None:
    first = {"required": ["x"]}
    second = {"properties": {"a": {"pattern": "a"}, "b": {"minimum": 1}, "c": {"minLength": 1}}, "required": ["y", "z"]}
    found = validate({"a": "a", "b": 2, "c": ""}, {"oneOf": [first, second]})
    assert [error.field for error in found] == ["<nil>", "c", "y", "z"]


NULLS: dict[str, Any] = {
    "properties": {
        "plain": NUMBER,
        "nullable": {**NUMBER, "nullable": True},
        "filled": {**NUMBER, "default": 1},
        "list": {"type": "array", "items": {**NUMBER, "default": 2}},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"plain": NUMBER}}},
        "counts": {"type": "object", "additionalProperties": {**NUMBER, "default": 3}},
    }
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"plain": None}, {"filled": 1}),
        ({"nullable": None, "filled": None}, {"nullable": None, "filled": 1}),
        ({"filled": 5, "unknown": None}, {"filled": 5, "unknown": None}),
        ({"filled": 5, "list": [None, 7]}, {"filled": 5, "list": [2, 7]}),
        ({"filled": 5, "map": {"a": {"plain": None}, "b": None}}, {"filled": 5, "map": {"a": {}}}),
        ({"filled": 5, "counts": {"a": None}}, {"filled": 5, "counts": {"a": 3}}),
    ],
)
def test_nulls_that_may_not_be_are_dropped_or_filled_in(value: Any, expected: Any) -> None:
    drop_nulls(value, NULLS)
    default(value, NULLS)
    assert value == expected


def test_maps_inside_of_what_is_preserved_are_pruned_by_their_schema() -> None:
    below = {"type": "object", "properties": {"a": NUMBER}}
    schema = {"properties": {"m": {"x-kubernetes-preserve-unknown-fields": True, "additionalProperties": below}}}
    value = {"m": {"k": {"a": 1, "b": 2}}}
    assert prune(value, schema) == ["m.k.b"]
    assert value == {"m": {"k": {"a": 1}}}
