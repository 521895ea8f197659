"""A request as a question to the authorizers.

Source: k8s.io/apiserver ``endpoints/filters/authorization``.
"""

from __future__ import annotations

from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.selectors import fields, labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.labels import Operator

_OPERATORS = {
    Operator.IN: "In",
    Operator.EQUALS: "In",
    Operator.DOUBLE_EQUALS: "In",
    Operator.NOT_IN: "NotIn",
    Operator.NOT_EQUALS: "NotIn",
    Operator.EXISTS: "Exists",
    Operator.DOES_NOT_EXIST: "DoesNotExist",
}


def attributes_of(info: RequestInfo, user: User) -> Attributes:
    """What is asked of the authorizers."""
    if not info.is_resource:
        return Attributes(user=user, verb=info.verb, is_resource=False, path=info.path)
    by_field, by_label, errors = None, None, []
    if info.field_selector:
        by_field, error = _field_requirements(info.field_selector)
        errors += [error] if error else []
    if info.label_selector:
        by_label, error = _label_requirements(info.label_selector)
        errors += [error] if error else []
    return Attributes(
        user=user,
        verb=info.verb,
        group=info.group,
        version=info.version,
        resource=info.resource,
        subresource=info.subresource,
        namespace=info.namespace,
        name=info.name,
        path=info.path,
        field_requirements=by_field,
        label_requirements=by_label,
        selector_errors=tuple(errors),
    )


def _field_requirements(text: str) -> tuple[tuple[SelectorRequirement, ...] | None, str]:
    try:
        selector = fields.parse(text)
    except SelectorError as error:
        return None, error.message
    pairs = [
        SelectorRequirement(part.field, "In" if part.operator == "=" else "NotIn", (part.value,))
        for part in selector.requirements
    ]
    return tuple(pairs) or None, ""


def _label_requirements(text: str) -> tuple[tuple[SelectorRequirement, ...] | None, str]:
    try:
        selector = labels.parse(text)
    except SelectorError as error:
        return None, error.message
    # Requirements with other operators (gt, lt) cannot be expressed: they are left out, which only widens what is asked.
    known = [part for part in selector.requirements if part.operator in _OPERATORS]
    found = [SelectorRequirement(part.key, _OPERATORS[part.operator], tuple(part.values)) for part in known]
    return tuple(found) or None, ""
