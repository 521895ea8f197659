"""Label and field selectors of a request, as authorizers see them.

A selector that cannot be parsed is left out and named in ``Attributes.selector_errors``; a request is then decided as
one without it, which is the stricter question. Conditions on labels that compare numbers are left out too: a review
cannot express them. Source: kubernetes ``pkg/registry/authorization/util/helpers.go``, KEP-4601.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kubegate.authz.interface import SelectorRequirement
from kubegate.selectors import fields, labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors
from kubegate.selectors.requirement import Operator

FIELD_SELECTOR = "spec.resourceAttributes.fieldSelector"
LABEL_SELECTOR = "spec.resourceAttributes.labelSelector"

_LABEL_OPERATORS = {
    Operator.IN: "In",
    Operator.EQUALS: "In",
    Operator.DOUBLE_EQUALS: "In",
    Operator.NOT_IN: "NotIn",
    Operator.NOT_EQUALS: "NotIn",
    Operator.EXISTS: "Exists",
    Operator.DOES_NOT_EXIST: "DoesNotExist",
}


class Parsed(NamedTuple):
    """What could be read (None: nothing), and what could not."""

    requirements: tuple[SelectorRequirement, ...] | None = None
    error: str = ""


def raw_fields(text: str) -> Parsed:
    """Of ``?fieldSelector=`` or ``rawSelector``; an empty text means that there is none."""
    if not text:
        return Parsed()
    try:
        selector = fields.parse(text)
    except SelectorError as error:
        return Parsed(None, error.message)
    return Parsed(
        tuple(
            SelectorRequirement(part.field, "In" if part.operator == "=" else "NotIn", (part.value,))
            for part in selector.requirements
        )
    )


def raw_labels(text: str) -> Parsed:
    """Of ``?labelSelector=`` or ``rawSelector``; an empty text means that there is none."""
    if not text:
        return Parsed()
    try:
        selector = labels.parse(text)
    except SelectorError as error:
        return Parsed(None, error.message)
    return Parsed(
        tuple(
            SelectorRequirement(part.key, _LABEL_OPERATORS[part.operator], tuple(sorted(part.values)))
            for part in selector.requirements
            if part.operator in _LABEL_OPERATORS
        )
    )


def field_requirements(requirements: Sequence[Mapping[str, Any]]) -> Parsed:
    """Of the requirements in a review: those with one value count, the others are errors."""
    good, errors = [], []
    for requirement in requirements:
        operator, values = requirement.get("operator") or "", requirement.get("values") or []
        if len(values) > 1:
            errors.append("fieldSelectors do not yet support multiple values")
        elif operator in ("In", "NotIn") and values:
            good.append(SelectorRequirement(requirement.get("key") or "", operator, tuple(values)))
        else:
            errors.append(f"fieldSelectors do not yet support {operator}")
    return Parsed(tuple(good) or None, "; ".join(errors))


def label_requirements(requirements: Sequence[Mapping[str, Any]]) -> Parsed:
    """Of the requirements in a review: those that are valid count, the others are errors."""
    good, errors = [], []
    for requirement in requirements:
        key, operator = requirement.get("key") or "", requirement.get("operator") or ""
        values = requirement.get("values") or []
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            errors.append(f"{operator!r} is not a valid label selector operator")
        elif label_key_errors(key) or any(map(label_value_errors, values)) or bool(values) is not operator.endswith("In"):
            errors.append(f"the requirement on {key!r} is not valid")
        else:
            good.append(SelectorRequirement(key, operator, tuple(values)))
    return Parsed(tuple(good) or None, "; ".join(errors))


def errors_of(field: Parsed, label: Parsed) -> tuple[str, ...]:
    """The texts for ``selector_errors``: which selector was ignored, wholly or in part."""
    found = []
    for path, parsed in ((FIELD_SELECTOR, field), (LABEL_SELECTOR, label)):
        if parsed.error:
            partly = "partially ignored" if parsed.requirements else "ignored"
            found.append(f"{path} {partly} due to parse error")
    return tuple(found)
