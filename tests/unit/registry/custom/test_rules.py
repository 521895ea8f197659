"""Rules of schemas: whether they are right, what they may cost, and what they say of values."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.registry.custom.rule_checks import check_rules
from kubegate.registry.custom.rule_evaluation import evaluate
from kubegate.registry.custom.rules import compile_tree
from kubegate.registry.custom.sizes import REQUEST_BYTES, Extent, extent, occurrences
from kubegate.registry.custom.spelling import escaped, field_path
from kubegate.registry.custom.values import ABSENT

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
BOUNDS = "maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared"
ADVICE = f"(try simplifying the rule, or adding {BOUNDS})"


def with_rule(schema: Schema, rule: str = "true", **fields: Any) -> Schema:
    return {**schema, "x-kubernetes-validations": [{"rule": rule, **fields}]}


def root(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def complaints(schema: Schema) -> list[str]:
    return [str(error) for error in check_rules(schema, "S")]


RULE = "S.properties[a].x-kubernetes-validations[0]"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rule": " "}, f"{RULE}.rule: Required value: rule is not specified"),
        ({"message": " "}, f'{RULE}.message: Invalid value: " ": message must be non-empty if specified'),
        ({"message": "a\nb"}, f'{RULE}.message: Invalid value: "a\\nb": message must not contain line breaks'),
        (
            {"rule": "true &&\ntrue"},
            f"{RULE}.message: Required value: message must be specified if rule contains line breaks",
        ),
        (
            {"messageExpression": " "},
            f"{RULE}.messageExpression: Required value: messageExpression must be non-empty if specified",
        ),
        (
            {"reason": "Bad"},
            f'{RULE}.reason: Unsupported value: "Bad": supported values: "FieldValueDuplicate", "FieldValueForbidden", '
            '"FieldValueInvalid", "FieldValueRequired"',
        ),
        ({"fieldPath": ".nothing"}, f'{RULE}.fieldPath: Invalid value: ".nothing": fieldPath must be a valid path'),
        ({"fieldPath": "b"}, f'{RULE}.fieldPath: Invalid value: "b": fieldPath must be a valid path'),
        (
            {"optionalOldSelf": True},
            f"{RULE}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
        ),
    ],
)
def test_the_fields_of_rules(fields: dict[str, Any], expected: str) -> None:
    schema = root(a=with_rule(root(b=TEXT), fields.pop("rule", "true"), **fields))
    assert complaints(schema) == [expected]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("self.b", "cel expression must evaluate to a bool"),
        ("1 +", None),
        ("self.c == 1", "compilation failed: ERROR: <input>:1:5: undefined field 'c'\n | self.c == 1\n | ....^"),
        ("self.b == 1", None),
        ("object.x", None),
    ],
)
def test_rules_that_do_not_compile(rule: str, message: str | None) -> None:
    (found,) = complaints(root(a=with_rule(root(b=TEXT), rule)))
    assert found.startswith(f'{RULE}.rule: Invalid value: {{"Rule":')
    assert "compilation failed: ERROR: <input>:1:" in found if message is None else found.endswith(message)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("self.spec.count > 1", ""),
        ("has(self.spec.inner.text) && self.spec.inner.text != ''", ""),
        ("self.metadata.name == 'a'", ""),
        ("self.spec.other > 1", "undefined field 'other'"),
        ("self.spec > 1", "found no matching overload for '_>_' applied to '(selfType.spec, int)'"),
    ],
)
def test_rules_see_what_is_inside_of_parts(rule: str, problem: str) -> None:
    spec = root(count={"type": "integer"}, inner=root(text={"type": "string", "maxLength": 9}))
    found = complaints(with_rule(root(spec=spec), rule))
    assert [problem in text for text in found] == ([True] if problem else [])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1", "messageExpression must evaluate to a string"),
        ("nothing", "messageExpression compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing' (in "),
    ],
)
def test_message_expressions(expression: str, message: str) -> None:
    (found,) = complaints(root(a=with_rule(root(b=TEXT), messageExpression=expression)))
    assert f"{RULE}.messageExpression: Invalid value: " in found
    assert message in found


def test_old_values_are_not_known_within_lists_that_have_no_keys() -> None:
    schema = root(a={"type": "array", "maxItems": 9, "items": with_rule({**TEXT, "maxLength": 9}, "self == oldSelf")})
    assert complaints(schema) == [
        'S.properties[a].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used '
        "on the uncorrelatable portion of the schema within S.properties[a]"
    ]
    keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}
    item = with_rule({"type": "object", "required": ["k"], "properties": {"k": {**TEXT, "maxLength": 9}}}, "self == oldSelf")
    assert complaints(root(a={"type": "array", "maxItems": 9, "items": item, **keyed})) == []


CONTAINS = "self.all(x, x.contains('gpu'))"


def listed(length: int | None = None, count: int | None = None) -> Schema:
    item = TEXT if length is None else {**TEXT, "maxLength": length}
    schema: Schema = {"type": "array", "items": item}
    return schema if count is None else {**schema, "maxItems": count}


@pytest.mark.parametrize(
    ("length", "count", "factor"),
    [(16, 909_090, "1.000000"), (63, 333_333, "1.000002"), (253, 94_339, "1.000004"), (1024, 24_154, "1.000017")],
)
def test_how_long_a_list_may_be_for_a_rule(length: int, count: int, factor: str) -> None:
    assert complaints(root(a=with_rule(listed(length, count), CONTAINS))) == []
    (found,) = complaints(root(a=with_rule(listed(length, count + 1), CONTAINS)))
    assert found == f"{RULE}.rule: Forbidden: estimated rule cost exceeds budget by factor of {factor}x {ADVICE}"


def test_a_list_without_a_bound() -> None:
    assert complaints(root(a=with_rule(listed(), CONTAINS))) == [
        f"{RULE}.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x {ADVICE}",
        f"{RULE}.rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
        "S: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by "
        f"factor of more than 100x {ADVICE}",
    ]


def test_a_rule_costs_as_often_as_its_value_occurs() -> None:
    item = with_rule({**TEXT, "maxLength": 4096}, "self.contains('a')")
    once = complaints(root(a={"type": "array", "maxItems": 1, "items": item}))
    often = complaints(root(a={"type": "array", "maxItems": 1_000_000, "items": item}))
    assert once == []
    assert "estimated rule cost exceeds budget by factor of more than 100x" in often[0]


def test_message_expressions_cost_too() -> None:
    fields = {"messageExpression": "'min is ' + string(self.min)"}
    errors = complaints(root(a=with_rule(root(min={"type": "integer"}), "self.min > 1", **fields)))
    assert errors[0] == (
        f"{RULE}.messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than "
        f"100x {ADVICE}"
    )
    fields = {"messageExpression": "'min is %d'.format([self.min])"}
    assert complaints(root(a=with_rule(root(min={"type": "integer"}), "self.min > 1", **fields))) == []


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        (TEXT, 2, REQUEST_BYTES - 2),
        ({**TEXT, "maxLength": 10}, 2, 40),
        ({**TEXT, "format": "byte", "maxLength": 10}, 2, 10),
        ({**TEXT, "enum": ["a", "abc"]}, 2, 3),
        ({**TEXT, "format": "date"}, 12, 12),
        ({**TEXT, "format": "duration"}, 3, 32),
        ({"type": "integer"}, 1, 0),
        ({"type": "boolean"}, 4, 0),
        ({"x-kubernetes-int-or-string": True}, 1, REQUEST_BYTES - 2),
        ({"type": "array", "items": TEXT, "maxItems": 3}, 2, 3),
        ({"type": "array", "items": {"type": "integer"}}, 2, (REQUEST_BYTES - 2) // 2),
        ({"type": "object", "additionalProperties": TEXT, "maxProperties": 4}, 2, 4),
        ({"type": "object", "additionalProperties": TEXT}, 2, (REQUEST_BYTES - 2) // 8),
        ({"type": "object", "required": ["ab"], "properties": {"ab": TEXT, "c": TEXT}}, 10, 0),
        ({"type": "object", "required": ["ab"], "properties": {"ab": {**TEXT, "default": "x"}}}, 2, 0),
    ],
)
def test_extents(schema: Schema, least: int, most: int) -> None:
    found = extent(schema)
    assert found is not None
    assert (found.least, found.most) == (least, most)


def test_extents_at_paths() -> None:
    found = extent(
        root(a=listed(5, 3), m={"type": "object", "additionalProperties": {**TEXT, "maxLength": 2}}), resource=True
    )
    assert found is not None
    assert found.at(("a",)) == 3
    assert found.at(("a", "@items")) == 20
    assert found.at(("m", "@values")) == 8
    assert found.at(("metadata", "name")) == REQUEST_BYTES - 2
    assert found.at(("nothing",)) is None
    assert Extent(9).cardinality() == REQUEST_BYTES // 10
    assert extent({"type": "array"}) is None
    assert [occurrences(schema) for schema in (listed(), listed(1, 5), TEXT)] == [None, 5, 1]


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("a", "a"),
        ("namespace", "__namespace__"),
        ("a-b", "a__dash__b"),
        ("a.b/c", "a__dot__b__slash__c"),
        ("a__b", "a__underscores__b"),
        ("1a", None),
        ("a b", None),
    ],
)
def test_spelling(name: str, spelled: str | None) -> None:
    assert escaped(name) == spelled


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (".a", "a"),
        (".a.b", "a.b"),
        ("['a'].b", "a.b"),
        (".a['x.y']", "a.x.y"),
        (".m['k']", "m[k]"),
        (".m.k", "m[k]"),
        (".a.z", None),
        (".l[0]", None),
        ("a", None),
        ("", None),
    ],
)
def test_paths(path: str, shown: str | None) -> None:
    labels = {"type": "object", "additionalProperties": TEXT}
    schema = root(a={"type": "object", "properties": {"b": TEXT, "x.y": TEXT}}, m=labels, l=listed())
    assert field_path(path, schema) == shown


def said(schema: Schema, value: Any, old: Any = ABSENT) -> list[str]:
    return [str(error) for error in evaluate(compile_tree(schema), value, old)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "a: Invalid value: failed rule: self.n > 3"),
        ({"message": " too small "}, "a: Invalid value: too small"),
        ({"messageExpression": "'got %d'.format([self.n])"}, "a: Invalid value: got 1"),
        ({"messageExpression": "string(self.n / 0)", "message": "m"}, "a: Invalid value: m"),
        ({"messageExpression": "' '", "message": "m"}, "a: Invalid value: m"),
        ({"messageExpression": "'a\\nb'"}, "a: Invalid value: failed rule: self.n > 3"),
        ({"messageExpression": "lists.range(2000).map(i, 'abc').join()"}, "a: Invalid value: failed rule: self.n > 3"),
        ({"reason": "FieldValueForbidden", "message": "m"}, "a: Forbidden: m"),
        ({"reason": "FieldValueRequired", "message": "m", "fieldPath": ".n"}, "a.n: Required value: m"),
        ({"fieldPath": ".n", "message": "m"}, "a.n: Invalid value: m"),
    ],
)
def test_what_is_said(fields: dict[str, Any], expected: str) -> None:
    schema = root(a=with_rule(root(n={"type": "integer"}), "self.n > 3", **fields))
    (found,) = said(schema, {"a": {"n": 1}})
    assert found == expected
    assert said(schema, {"a": {"n": 4}}) == []


def test_rules_about_old_values() -> None:
    schema = root(n=with_rule({"type": "integer"}, "self > oldSelf", message="must grow"))
    assert said(schema, {"n": 1}) == []
    assert said(schema, {"n": 2}, {"n": 1}) == []
    assert said(schema, {"n": 1}, {"n": 2}) == ["n: Invalid value: 1: must grow"]
    assert said(schema, {"n": 1}, {"n": 1}) == ["n: Invalid value: 1: must grow"]


def test_old_values_that_may_be_absent() -> None:
    rule = "oldSelf.hasValue() ? self == oldSelf.value() : self < 5"
    schema = root(n=with_rule({"type": "integer"}, rule, optionalOldSelf=True, message="no"))
    assert said(schema, {"n": 1}) == []
    assert said(schema, {"n": 6}) == ["n: Invalid value: 6: no"]
    assert said(schema, {"n": 6}, {"n": 6}) == []
    assert said(schema, {"n": 6}, {"n": 7}) == ["n: Invalid value: 6: no"]


def test_what_did_not_change_is_left_alone() -> None:
    schema = root(n=with_rule({"type": "integer"}, "self > 5"), m=TEXT)
    assert said(schema, {"n": 1, "m": "b"}, {"n": 1, "m": "a"}) == []
    assert said(schema, {"n": 2, "m": "b"}, {"n": 1, "m": "a"}) == ["n: Invalid value: 2: failed rule: self > 5"]


def test_what_is_left_alone_is_a_warning() -> None:
    low = with_rule({"type": "integer"}, "self > 5", message="low")
    schema = root(
        n=low, m=TEXT, l={"type": "array", "items": low}, k=with_rule({"type": "integer"}, "self > oldSelf", message="grow")
    )
    tree, old = compile_tree(schema), {"n": 1, "l": [2], "k": 3, "m": "a"}
    warnings: list[str] = []
    found = [str(error) for error in evaluate(tree, {**old, "m": "b"}, old, warnings=warnings)]
    assert found == ["k: Invalid value: 3: grow"]
    assert warnings == ["n: Invalid value: 1: low", "l[0]: Invalid value: 2: low"]
    changed = [str(error) for error in evaluate(tree, {**old, "k": 4, "l": [2, 6]}, old)]
    assert changed == ["l[0]: Invalid value: 2: low"]  # items of a list without keys are only as old as the list


def test_messages_have_a_price() -> None:
    endless = "'a' + string([1, 2, 3].map(a, lists.range(3000).map(b, a * b).size()).sum())"
    schema = root(n=with_rule({"type": "integer"}, "self > 5", messageExpression=endless))
    assert said(schema, {"n": 1}) == ["n: Invalid value: 1: a9000"]
    endless = "string(lists.range(90000).map(a, a).size())"
    schema = root(n=with_rule({"type": "integer"}, "self > 5", messageExpression=endless), m=with_rule(TEXT, "false"))
    limit = f'no further validation rules will be run due to call cost exceeds limit for messageExpression: "{endless}"'
    assert said(schema, {"n": 1, "m": "a"}) == [f'n: Invalid value: "integer": {limit}']


def test_rules_see_formats_and_names_as_cel_spells_them() -> None:
    date = {"type": "string", "format": "date-time"}
    schema = with_rule(root(**{"a-b": date}), "self.a__dash__b.getFullYear() == 2024")
    assert said(schema, {"a-b": "2024-01-01T00:00:00Z"}) == []
    assert said(schema, {"a-b": "2023-01-01T00:00:00Z"})[0].endswith("failed rule: self.a__dash__b.getFullYear() == 2024")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "self.n / (self.n - 1) > 1",
            'a: Invalid value: "object": division by zero evaluating rule: self.n / (self.n - 1) > 1',
        ),
        ("self.m > 1", 'a: Invalid value: "object": no such key: m evaluating rule: self.m > 1'),
        (
            "self.any + 1 > 1",
            "a: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, function "
            "or macro signature for rule: self.any + 1 > 1",
        ),
        (
            "lists.range(200).all(i, lists.range(200).all(j, lists.range(200).all(k, i + j + k >= 0)))",
            "a: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no further validation rules "
            "will be run due to call cost exceeds limit for rule: lists.range(200).all(i, lists.range(200).all(j, "
            "lists.range(200).all(k, i + j + k >= 0)))",
        ),
    ],
)
def test_rules_that_fail(rule: str, expected: str) -> None:
    number = {"type": "integer"}
    schema = root(a=with_rule(root(n=number, m=number, any={"x-kubernetes-int-or-string": True}), rule))
    assert said(schema, {"a": {"n": 1, "any": "x"}}) == [expected]


def test_rules_share_a_budget() -> None:
    rule, text = {"rule": "lists.range(20).all(i, self + self != '')"}, "x" * 100_000
    assert said(root(a={**TEXT, "x-kubernetes-validations": [rule] * 5}), {"a": text}) == []
    found = said(root(a={**TEXT, "x-kubernetes-validations": [rule] * 60}), {"a": text})
    assert found == [
        'a: Invalid value: "string": validation failed due to running out of cost budget, no further validation '
        "rules will be run"
    ]


FREE: Schema = {"x-kubernetes-preserve-unknown-fields": True}


@pytest.mark.parametrize(
    ("schema", "rule", "said"),
    [
        (root(a=FREE), "self.a == 1", "undefined field 'a'"),
        (root(a={"type": "array", "items": FREE}), "self.a.size() > 1", "undefined field 'a'"),
        (root(a={"type": "object", "additionalProperties": FREE}), "self.a.size() > 1", "undefined field 'a'"),
        (root(a={"type": "object", "additionalProperties": True}), "self.a.b == 1", "undefined field 'b'"),
        ({**FREE, "type": "object"}, "self.b == 1", "undefined field 'b'"),
        (root(a={"x-kubernetes-int-or-string": True}), "self.a.b == 1", ""),
    ],
)
def test_rules_do_not_see_what_has_no_schema(schema: Schema, rule: str, said: str) -> None:
    found = complaints(root(o=with_rule(schema, rule)))
    assert len(found) == bool(said)
    assert all(said in text for text in found)


def test_values_without_a_type_cannot_have_rules() -> None:
    unseen = "internal error: failed to retrieve type information for x-kubernetes-validations"
    assert complaints(root(a=with_rule(FREE))) == [f"S.properties[a].x-kubernetes-validations: Internal error: {unseen}"]


def test_old_values_that_a_broken_rule_does_not_use() -> None:
    found = complaints(root(a=with_rule(TEXT, "self.b", optionalOldSelf=True)))
    assert [text.partition(": ")[0] for text in found] == [f"{RULE}.rule", f"{RULE}.optionalOldSelf"]


@pytest.mark.parametrize(
    ("wrong", "count"), [("S.properties[b].type", 1), ("S.properties[a].type", 0), ("S.properties[a]", 0)]
)
def test_rules_are_not_compiled_at_and_above_wrong_places(wrong: str, count: int) -> None:
    assert len(check_rules(root(a=with_rule(TEXT, "self.b"), b=TEXT), "S", wrong={wrong})) == count
