"""What is wrong with a review that could be read.

Source: kubernetes ``pkg/apis/authorization/validation``, apimachinery ``pkg/apis/meta/v1/validation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import METADATA_FIELDS
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors

_SHOWN = tuple(field for field in METADATA_FIELDS if field != "managedFields")
_IDENTITY = ("name", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")
"""Metadata that nobody owns."""


def attributes_errors(spec: Mapping[str, Any]) -> list[FieldError]:
    """Exactly one of the two kinds of attributes must be there."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        detail = "cannot be specified in combination with resourceAttributes"
        return [invalid("spec.nonResourceAttributes", shown_path(path), detail)]
    if resource is None and path is None:
        detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [invalid("spec.resourceAttributes", None, detail)]
    return []


def subject_errors(spec: Mapping[str, Any]) -> list[FieldError]:
    """Somebody must be asked about."""
    if spec.get("user") or spec.get("groups"):
        return []
    return [invalid("spec.user", spec.get("user") or "", "at least one of user or group must be specified")]


def shown_path(path: Mapping[str, Any]) -> dict[str, str]:
    """How messages show nonResourceAttributes: with the names of the server's internal type."""
    return {"Path": path.get("path") or "", "Verb": path.get("verb") or ""}


def selector_errors(spec: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the selectors of resourceAttributes: the field selector first."""
    attributes = spec.get("resourceAttributes")
    if not attributes:
        return []
    errors: list[FieldError] = []
    for name, check in (("fieldSelector", _field_requirement), ("labelSelector", _label_requirement)):
        selector = attributes.get(name)
        if selector is None:
            continue
        path = f"spec.resourceAttributes.{name}"
        raw, requirements = selector.get("rawSelector") or "", selector.get("requirements") or []
        if raw and requirements:
            errors.append(invalid(f"{path}.rawSelector", raw, "may not specified at the same time as requirements"))
        if not raw and not requirements:
            detail = f"when {path} is specified, requirements or rawSelector is required"
            errors.append(required(f"{path}.requirements", detail))
        for index, requirement in enumerate(requirements):
            errors += check(requirement, f"{path}.requirements[{index}]")
    return errors


def _field_requirement(requirement: Mapping[str, Any], path: str) -> list[FieldError]:
    key = [] if requirement.get("key") else [required(f"{path}.key", "must be specified")]
    return key + _operator_errors(requirement, path)


def _label_requirement(requirement: Mapping[str, Any], path: str) -> list[FieldError]:
    key = requirement.get("key") or ""
    errors = _operator_errors(requirement, path)
    errors += [invalid(f"{path}.key", key, detail) for detail in label_key_errors(key)]
    for index, value in enumerate(requirement.get("values") or []):
        errors += [invalid(f"{path}.values[{index}]", value, detail) for detail in label_value_errors(value)]
    return errors


def _operator_errors(requirement: Mapping[str, Any], path: str) -> list[FieldError]:
    """Unknown operators pass: a newer client's are ignored and reported in evaluationError."""
    operator, values = requirement.get("operator"), requirement.get("values")
    if operator in ("In", "NotIn") and not values:
        return [required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")]
    if operator in ("Exists", "DoesNotExist") and values:
        return [forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    return []


def metadata_errors(
    metadata: Mapping[str, Any], spec: Mapping[str, Any], allowed: tuple[str, ...], detail: str, manager: str
) -> list[FieldError]:
    """Metadata must be empty but for the fields in ``allowed``. The message shows it as the server sees it: with the
    ``managedFields`` that it has just written for ``manager``."""
    present = {key: metadata[key] for key in _SHOWN if metadata.get(key) not in (None, "", [], {}, 0)}
    if not set(present) - set(allowed):
        return []
    entry = {
        "manager": manager or "unknown",
        "operation": "Update",
        "apiVersion": "authorization.k8s.io/v1",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fieldsType": "FieldsV1",
        "fieldsV1": _owned(present, spec),
    }
    return [invalid("metadata", {**present, "managedFields": [entry]}, detail)]


def _owned(metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    owned: dict[str, Any] = {}
    mine: dict[str, Any] = {}
    for key in sorted(set(metadata) - set(_IDENTITY)):
        if key in ("labels", "annotations"):
            mine[f"f:{key}"] = _owned_map(metadata[key])
        else:
            mine[f"f:{key}"] = {}
    if mine:
        owned["f:metadata"] = mine
    inside: dict[str, Any] = {}
    for key in sorted(spec):
        if spec[key] in (None, "", []):
            continue
        inside[f"f:{key}"] = _owned_map(spec[key]) if isinstance(spec[key], dict) else {}
    if inside:
        owned["f:spec"] = inside
    return owned


def _owned_map(value: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a map, or of a struct behind a pointer, and the thing itself (``.``)."""
    owned: dict[str, Any] = {".": {}} if value else {}
    for key in sorted(value):
        if value[key] in (None, "", []):
            continue
        owned[f"f:{key}"] = _owned_map(value[key]) if isinstance(value[key], dict) else {}
    return owned
