"""Limit ranges."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.api.quantity import Quantity
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.defaults import round_up_resources
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import quantity
from kubegate.registry.validation.names import qualified_name
from kubegate.registry.validation.resources import (
    check_container_resource_name,
    check_resource_name,
    is_overcommit_allowed,
)

_KEYS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_MAX_MILLI = (2**63 - 1) // 1000


def _default(limits: Object) -> None:
    for item in (limits.get("spec") or {}).get("limits") or ():
        for key in _KEYS:
            round_up_resources(item.get(key))
        if item.get("type") != "Container":
            continue
        default = dict(item.get("default") or {})
        for name, value in (item.get("max") or {}).items():
            default.setdefault(name, value)
        request = dict(item.get("defaultRequest") or {})
        for source in (default, item.get("min") or {}):
            for name, value in source.items():
                request.setdefault(name, value)
        for key, amounts in (("default", default), ("defaultRequest", request)):
            if amounts:
                item[key] = amounts


def _validate(limits: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, limits)
    seen: set[str] = set()
    for index, item in enumerate((limits.get("spec") or {}).get("limits") or ()):
        path, kind = f"spec.limits[{index}]", item.get("type") or ""
        _check_type(errors, f"{path}.type", kind)
        if kind in seen:
            errors.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        _check_item(errors, path, item, kind)
    return errors


def _check_type(errors: list[FieldError], path: str, kind: str) -> None:
    complaints = qualified_name(kind)
    errors += [invalid(path, kind, text) for text in complaints]
    if not complaints and "/" not in kind and kind not in _TYPES:
        errors.append(invalid(path, kind, "must be a standard limit type or fully qualified"))


def _check_item(errors: list[FieldError], path: str, item: Object, kind: str) -> None:
    amounts: dict[str, dict[str, Quantity]] = {}
    check = check_container_resource_name if kind in ("Pod", "Container") else check_resource_name
    for key in _KEYS:
        listed = item.get(key) or {}
        bounded = "storage" in (item.get("min") or {}) or "storage" in (item.get("max") or {})
        if key == "maxLimitRequestRatio" and kind == "PersistentVolumeClaim" and not bounded:
            text = "either minimum or maximum storage value is required, but neither was provided"
            errors.append(required(f"{path}.limits", text))
        if kind == "Pod" and key in ("default", "defaultRequest"):
            if listed:
                errors.append(forbidden(f"{path}.{key}", "may not be specified when `type` is 'Pod'"))
            listed = {}
        for name in listed:
            check(errors, f"{path}.{key}[{name}]", name)
        amounts[key] = {name: quantity(value) for name, value in listed.items()}
    for name in dict.fromkeys(name for key in _KEYS for name in amounts[key]):
        _check_amounts(errors, path, name, {key: amounts[key][name] for key in _KEYS if name in amounts[key]})


def _check_amounts(errors: list[FieldError], path: str, name: str, given: dict[str, Quantity]) -> None:
    low, high = given.get("min"), given.get("max")
    limit, request, ratio = given.get("default"), given.get("defaultRequest"), given.get("maxLimitRequestRatio")

    def complain(key: str, value: Quantity, text: str) -> None:
        errors.append(invalid(f"{path}.{key}[{name}]", str(value), text))

    if low is not None and high is not None and low > high:
        complain("min", low, f"min value {low} is greater than max value {high}")
    if request is not None and low is not None and low > request:
        complain("defaultRequest", request, f"min value {low} is greater than default request value {request}")
    if request is not None and high is not None and request > high:
        complain("defaultRequest", request, f"default request value {request} is greater than max value {high}")
    if request is not None and limit is not None and request > limit:
        text = f"default request value {request} is greater than default limit value {limit}"
        complain("defaultRequest", request, text)
    if limit is not None and low is not None and low > limit:
        complain("default", low, f"min value {low} is greater than default value {limit}")
    if limit is not None and high is not None and limit > high:
        complain("default", high, f"default value {limit} is greater than max value {high}")
    if ratio is not None and ratio < Quantity(1):
        complain("maxLimitRequestRatio", ratio, f"ratio {ratio} is less than 1")
    if ratio is not None and low is not None and high is not None:
        bound = _ratio(ratio, low, high)
        if bound is not None:
            complain("maxLimitRequestRatio", ratio, f"ratio {ratio} is greater than max/min = {bound:f}")
    if not is_overcommit_allowed(name) and limit is not None and request is not None and limit != request:
        text = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        complain("defaultRequest", request, text)


def _ratio(ratio: Quantity, low: Quantity, high: Quantity) -> float | None:
    """max/min if the ratio is above it."""
    value, smallest, greatest = float(ratio.value()), low.value(), high.value()
    if max(ratio.value(), smallest, greatest) < _MAX_MILLI:
        value, smallest, greatest = ratio.milli_value() / 1000, low.milli_value(), high.milli_value()
    bound = greatest / smallest if smallest else float("inf")
    return bound if value > bound else None


LIMIT_RANGE = Strategy(
    resource="limitranges",
    default=_default,
    validate=_validate,
    validate_update=lambda limits, old, context: _validate(limits, context),
)
