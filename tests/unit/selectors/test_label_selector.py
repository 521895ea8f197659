"""LabelSelector objects."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.selectors import label_selector
from kubegate.selectors.errors import SelectorError


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


def test_absent_selects_nothing_and_empty_everything() -> None:
    assert not label_selector.from_object(None).matches({})
    assert label_selector.from_object({}).matches({})
    assert label_selector.from_object({"matchLabels": {}, "matchExpressions": None}).matches({})


def test_canonical_text_keeps_equal_values() -> None:
    selector = {
        "matchLabels": {"z": "1", "a": "2"},
        "matchExpressions": [expression("m", "In", "y", "x", "x"), {"key": "b", "operator": "DoesNotExist"}],
    }
    assert str(label_selector.from_object(selector)) == "a=2,!b,m in (x,x,y),z=1"


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ({"matchExpressions": [expression("a", "Gt", "1")]}, '"Gt" is not a valid label selector operator'),
        ({"matchExpressions": [expression("a", "In")]}, "values set can't be empty"),
        ({"matchExpressions": [expression("a", "Exists", "x")]}, "values set must be empty"),
        ({"matchLabels": {"-": "x"}}, 'key: Invalid value: "-"'),
    ],
)
def test_what_validation_refuses_is_not_read_either(selector: dict[str, Any], message: str) -> None:
    with pytest.raises(SelectorError, match=message.replace("[", r"\[")):
        label_selector.from_object(selector)


@pytest.mark.parametrize(
    ("part", "field", "reason"),
    [
        (expression("a", "In"), "values", "FieldValueRequired"),
        (expression("a", "NotIn"), "values", "FieldValueRequired"),
        (expression("a", "Exists", "x"), "values", "FieldValueForbidden"),
        (expression("a", "Nope"), "operator", "FieldValueInvalid"),
        (expression("-", "Exists"), "key", "FieldValueInvalid"),
        (expression("a", "In", "ok", "not ok"), "values[1]", "FieldValueInvalid"),
    ],
)
def test_validation_of_expressions(part: dict[str, Any], field: str, reason: str) -> None:
    (error,) = label_selector.validate({"matchExpressions": [part]}, "spec.selector")
    assert (error.field, error.reason) == (f"spec.selector.matchExpressions[0].{field}", reason)


def test_validation_of_labels_has_one_error_a_fault() -> None:
    errors = label_selector.validate({"matchLabels": {"": "b c"}}, "s")
    assert [error.value for error in errors] == ["", "", "b c"]


def test_bad_values_can_be_spared() -> None:
    selector = {"matchExpressions": [expression("a", "In", "-")]}
    assert label_selector.validate(selector, "s") != []
    assert label_selector.validate(selector, "s", allow_invalid_values=True) == []


def test_plain_maps() -> None:
    assert label_selector.from_labels({"a": "1"}).matches({"a": "1", "b": "2"})
    assert label_selector.from_labels(None).matches({})
