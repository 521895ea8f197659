"""Label selectors and node selectors inside objects."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.registry.validation.names import dns1123_subdomain, label_value, qualified_name
from kubegate.selectors.label_selector import validate

_IN = ("In", "NotIn")
_EXISTS = ("Exists", "DoesNotExist")
NOT_AN_OPERATOR = "not a valid selector operator"
_NEEDS_VALUES = "must be specified when `operator` is 'In' or 'NotIn'"
_NO_VALUES = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"


def check_label_selector(errors: list[FieldError], path: str, selector: Object | None) -> None:
    """Complain about a ``LabelSelector``."""
    errors += validate(selector, path)


def is_empty_selector(selector: Object | None) -> bool:
    """True if the selector has no requirement (it then selects everything)."""
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))


def check_node_selector(errors: list[FieldError], path: str, selector: Object) -> None:
    """Complain about a ``NodeSelector``."""
    terms = selector.get("nodeSelectorTerms") or []
    if not terms:
        errors.append(required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
    for index, term in enumerate(terms):
        check_node_selector_term(errors, f"{path}.nodeSelectorTerms[{index}]", term)


def check_node_selector_term(errors: list[FieldError], path: str, term: Object, *, label_values: bool = True) -> None:
    """Complain about one term of a ``NodeSelector``."""
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        _check_node_expression(errors, f"{path}.matchExpressions[{index}]", requirement, label_values)
    for index, requirement in enumerate(term.get("matchFields") or ()):
        _check_node_field(errors, f"{path}.matchFields[{index}]", requirement)


def _check_node_expression(errors: list[FieldError], path: str, requirement: Object, label_values: bool) -> None:
    operator, values = requirement.get("operator") or "", requirement.get("values") or []
    if operator in _IN:
        if not values:
            errors.append(required(f"{path}.values", _NEEDS_VALUES))
    elif operator in _EXISTS:
        if values:
            errors.append(forbidden(f"{path}.values", _NO_VALUES))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(required(f"{path}.values", text))
    else:
        errors.append(invalid(f"{path}.operator", operator, NOT_AN_OPERATOR))
    key = requirement.get("key") or ""
    errors += [invalid(f"{path}.key", key, text) for text in qualified_name(key)]
    if label_values:
        for index, value in enumerate(values):
            errors += [invalid(f"{path}.values[{index}]", value, text) for text in label_value(value)]


def _check_node_field(errors: list[FieldError], path: str, requirement: Object) -> None:
    operator, values = requirement.get("operator") or "", requirement.get("values") or []
    if operator not in _IN:
        errors.append(invalid(f"{path}.operator", operator, NOT_AN_OPERATOR))
    elif len(values) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(required(f"{path}.values", text))
    key = requirement.get("key") or ""
    if key != "metadata.name":
        errors.append(invalid(f"{path}.key", key, "not a valid field selector key"))
        return
    for index, value in enumerate(values):
        errors += [invalid(f"{path}.values[{index}]", value, text) for text in dns1123_subdomain(value)]
