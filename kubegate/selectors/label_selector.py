"""The LabelSelector object of specs: ``{matchLabels: {...}, matchExpressions: [...]}``.

Source: apimachinery ``metav1.LabelSelectorAsSelector`` and ``pkg/apis/meta/v1/validation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.api.field_errors import FieldError, aggregate, forbidden, invalid, required
from kubegate.api.go import quote
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors
from kubegate.selectors.requirement import EVERYTHING, NOTHING, LabelSelector, Operator, Requirement, requirement_errors

_OPERATORS = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
}


def from_object(selector: Mapping[str, Any] | None) -> LabelSelector:
    """The selector that an object means: absent selects nothing, empty everything.

    Raises `SelectorError` for what validation would refuse."""
    if selector is None:
        return NOTHING
    labels = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not labels and not expressions:
        return EVERYTHING
    parts = [_checked(key, Operator.EQUALS, (value or "",)) for key, value in labels.items()]
    for expression in expressions:
        name = expression.get("operator") or ""
        if name not in _OPERATORS:
            raise SelectorError(f"{quote(name)} is not a valid label selector operator")
        parts.append(_checked(expression.get("key") or "", _OPERATORS[name], tuple(expression.get("values") or ())))
    return LabelSelector(parts)


def from_labels(labels: Mapping[str, str] | None) -> LabelSelector:
    """The selector of a plain map (``spec.selector`` of Services and ReplicationControllers); nothing is validated."""
    return LabelSelector(Requirement(key, Operator.EQUALS, (value,)) for key, value in (labels or {}).items())


def _checked(key: str, operator: Operator, values: tuple[str, ...]) -> Requirement:
    if faults := requirement_errors(key, operator, values):
        raise SelectorError(aggregate(faults))
    return Requirement(key, operator, values)


def validate(selector: Mapping[str, Any] | None, path: str, *, allow_invalid_values: bool = False) -> list[FieldError]:
    """What is wrong with the object at ``path``; ``allow_invalid_values`` spares the values of expressions, as updates of
    objects that already had bad ones do."""
    if selector is None:
        return []
    errors = validate_labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or []):
        errors += validate_expression(
            expression, f"{path}.matchExpressions[{index}]", allow_invalid_values=allow_invalid_values
        )
    return errors


def validate_labels(labels: Mapping[str, str] | None, path: str) -> list[FieldError]:
    """What is wrong with a map of labels."""
    errors: list[FieldError] = []
    for key, value in sorted((labels or {}).items()):
        errors += [invalid(path, key, detail) for detail in label_key_errors(key)]
        errors += [invalid(path, value, detail) for detail in label_value_errors(value or "")]
    return errors


def validate_expression(expression: Mapping[str, Any], path: str, *, allow_invalid_values: bool = False) -> list[FieldError]:
    """What is wrong with one of ``matchExpressions``."""
    name, key = expression.get("operator") or "", expression.get("key") or ""
    values = expression.get("values") or []
    errors: list[FieldError] = []
    if name in ("In", "NotIn"):
        if not values:
            errors.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif name in ("Exists", "DoesNotExist"):
        if values:
            errors.append(forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    else:
        errors.append(invalid(f"{path}.operator", name, "not a valid selector operator"))
    errors += [invalid(f"{path}.key", key, detail) for detail in label_key_errors(key)]
    if not allow_invalid_values:
        for index, value in enumerate(values):
            errors += [invalid(f"{path}.values[{index}]", value, detail) for detail in label_value_errors(value)]
    return errors
