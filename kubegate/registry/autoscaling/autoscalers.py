"""Horizontal pod autoscalers, in their version 2.

Source: ``pkg/apis/autoscaling``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.autoscaling.version_1 import drop_round_trip
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import NOT_POSITIVE, check_name, check_nonnegative, quantity
from kubegate.registry.validation.names import dns1123_label, path_segment_name
from kubegate.registry.validation.resources import check_container_resource_name

_SOURCES = ("object", "external", "pods", "resource", "containerResource")
_TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"]
_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_DOWN = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
_MAX_PERIOD, _MAX_WINDOW = 1800, 3600


def _default(obj: Object) -> None:
    drop_round_trip(obj)
    spec = obj.setdefault("spec", {})
    spec.setdefault("maxReplicas", 0)
    reference = spec.setdefault("scaleTargetRef", {})
    for key in ("kind", "name"):
        reference.setdefault(key, "")
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    for metric in spec["metrics"]:
        for key in _SOURCES:
            target = (metric.get(key) or {}).get("target") or {}
            for amount in ("value", "averageValue"):
                if target.get(amount) is not None:
                    target[amount] = str(quantity(target[amount]))
    behavior = spec.get("behavior")
    if behavior is not None:
        for key, rules in (("scaleUp", _UP), ("scaleDown", _DOWN)):
            behavior[key] = _with_rules(behavior.get(key) or {}, rules)
    status = obj.setdefault("status", {})
    status.setdefault("desiredReplicas", 0)
    status.setdefault("currentMetrics", None)


def _with_rules(given: Object, rules: dict[str, Any]) -> Object:
    merged = dict(given)
    for key, value in rules.items():
        if merged.get(key) is None:
            merged[key] = [dict(item) for item in value] if isinstance(value, list) else value
    return merged


def _validate(obj: Object, context: WriteContext, *, min_zero: bool = False) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    low, high = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if low is not None and low < 1:
        errors.append(invalid("spec.minReplicas", low, "must be greater than or equal to 1"))
    if high == 0:
        errors.append(required("spec.maxReplicas", "must be set and greater than 0"))
    elif high < 1:
        errors.append(invalid("spec.maxReplicas", high, "must be greater than 0"))
    if low is not None and high < low:
        errors.append(invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`"))
    target = spec.get("scaleTargetRef") or {}
    # The one kind of the core group that can be scaled.
    _check_reference(errors, "spec.scaleTargetRef", target, core=target.get("kind") == "ReplicationController")
    _check_metrics(errors, spec.get("metrics") or [], low)
    for key in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(key)
        if rules is not None:
            _check_rules(errors, f"spec.behavior.{key}", rules)
    return errors


def _check_reference(errors: list[FieldError], path: str, reference: Object, *, core: bool) -> None:
    """Complain about a reference; ``core`` tells whether it may be to the core group."""
    for key in ("kind", "name"):
        value = reference.get(key) or ""
        if not value:
            errors.append(required(f"{path}.{key}"))
        else:
            errors += [invalid(f"{path}.{key}", value, text) for text in path_segment_name(value)]
    version = reference.get("apiVersion") or ""
    group, slash, _ = version.rpartition("/")
    if version.count("/") > 1:
        errors.append(invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    elif not (slash and group) and not core:
        errors.append(invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))


def _check_metrics(errors: list[FieldError], metrics: list[Object], low: int | None) -> None:
    outside = False
    for index, metric in enumerate(metrics):
        _check_metric(errors, f"spec.metrics[{index}]", metric)
        outside = outside or metric.get("type") in ("Object", "External")
    if low == 0 and not outside:
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(forbidden("spec.metrics", text))


def _check_metric(errors: list[FieldError], path: str, metric: Object) -> None:
    kind = metric.get("type") or ""
    if not kind:
        errors.append(required(f"{path}.type", "must specify a metric source type"))
    unknown = [] if kind in _TYPES else [not_supported(f"{path}.type", kind, _TYPES)]
    errors += unknown
    given = [key for key in _SOURCES if metric.get(key) is not None]
    if given:
        _check_source(errors, f"{path}.{given[0]}", given[0], metric[given[0]])
    expected = kind[:1].lower() + kind[1:]
    if not unknown and expected not in given:
        text = "must populate information for the given metric source"
        errors.append(required(f"{path}.{expected}", text))
    errors += unknown  # the server says it twice
    if len(given) > 1:
        text = "must populate the given metric source only"
        errors += [forbidden(f"{path}.{key}", text) for key in given if unknown or key != expected]


def _check_source(errors: list[FieldError], path: str, kind: str, source: Object) -> None:
    if kind == "object":
        _check_reference(errors, f"{path}.describedObject", source.get("describedObject") or {}, core=True)
    if kind in ("object", "pods", "external"):
        name, place = (source.get("metric") or {}).get("name") or "", f"{path}.metric.name"
        if not name:
            errors.append(required(place, "must specify a metric name"))
        errors += [invalid(place, name, text) for text in path_segment_name(name)]
    else:
        _check_resource(errors, path, kind, source)
    _check_target(errors, f"{path}.target", kind, source.get("target") or {})


def _check_resource(errors: list[FieldError], path: str, kind: str, source: Object) -> None:
    name, container = source.get("name") or "", source.get("container") or ""
    if not name:
        errors.append(required(f"{path}.name", "must specify a resource name"))
    elif kind == "containerResource":
        check_container_resource_name(errors, f"{path}.name", name)
    if kind == "containerResource" and not container:
        errors.append(required(f"{path}.container", "must specify a container"))
    elif kind == "containerResource":
        check_name(errors, f"{path}.container", container, dns1123_label)


def _check_target(errors: list[FieldError], path: str, kind: str, target: Object) -> None:
    of = target.get("type") or ""
    if not of:
        errors.append(required(f"{path}.type", "must specify a metric target type"))
    if of not in ("Utilization", "Value", "AverageValue"):
        text = "must be either Utilization, Value, or AverageValue"
        errors.append(invalid(f"{path}.type", of, text))
    value, average, utilization = target.get("value"), target.get("averageValue"), target.get("averageUtilization")
    if value is not None and quantity(value).mantissa <= 0:
        errors.append(invalid(f"{path}.value", str(quantity(value)), "must be positive"))
    if average is not None and quantity(average).mantissa <= 0:
        errors.append(invalid(f"{path}.averageValue", str(quantity(average)), "must be positive"))
    if utilization is not None and utilization < 1:
        errors.append(invalid(f"{path}.averageUtilization", utilization, "must be greater than 0"))
    if kind in ("resource", "containerResource"):
        if utilization is None and average is None:
            text = "must set either a target raw value or a target utilization"
            errors.append(required(f"{path}.averageUtilization", text))
        if utilization is not None and average is not None:
            text = "may not set both a target raw value and a target utilization"
            errors.append(forbidden(f"{path}.averageValue", text))
    elif kind == "pods":
        if average is None:
            errors.append(required(f"{path}.averageValue", "must specify a positive target averageValue"))
    elif value is None and average is None:
        text = "must set either a target value for metric or a per-pod target"
        if kind == "object":
            text = "must set either a target value or averageValue"
        errors.append(required(f"{path}.averageValue", text))
    elif kind == "external" and value is not None and average is not None:
        text = "may not set both a target value for metric and a per-pod target"
        errors.append(forbidden(f"{path}.value", text))


def _check_rules(errors: list[FieldError], path: str, rules: Object) -> None:
    window, select = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    if window is not None and window < 0:
        errors.append(invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"))
    if window is not None and window > _MAX_WINDOW:
        text = f"must be less than or equal to {_MAX_WINDOW}"
        errors.append(invalid(f"{path}.stabilizationWindowSeconds", window, text))
    if select is not None and select not in ("Max", "Min", "Disabled"):
        errors.append(not_supported(f"{path}.selectPolicy", select, ["Disabled", "Max", "Min"]))
    policies = rules.get("policies") or []
    if not policies:
        errors.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(policies):
        place, kind = f"{path}.policies[{index}]", policy.get("type") or ""
        if kind not in ("Percent", "Pods"):
            errors.append(not_supported(f"{place}.type", kind, ["Percent", "Pods"]))
        if (policy.get("value") or 0) <= 0:
            errors.append(invalid(f"{place}.value", policy.get("value") or 0, NOT_POSITIVE))
        period = policy.get("periodSeconds") or 0
        if period <= 0:
            errors.append(invalid(f"{place}.periodSeconds", period, NOT_POSITIVE))
        if period > _MAX_PERIOD:
            text = f"must be less than or equal to {_MAX_PERIOD}"
            errors.append(invalid(f"{place}.periodSeconds", period, text))
    tolerance = rules.get("tolerance")
    if tolerance is not None and quantity(tolerance).mantissa < 0:
        errors.append(invalid(f"{path}.tolerance", str(quantity(tolerance)), NEGATIVE))


def _validate_status(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_nonnegative(errors, "status", obj.get("status") or {}, "currentReplicas", "desiredReplicas")
    return errors


def _initial_status() -> Object:
    return {"desiredReplicas": 0, "currentMetrics": None}


HORIZONTAL_POD_AUTOSCALER = Strategy(
    resource="horizontalpodautoscalers.autoscaling",
    has_status=True,
    initial_status=_initial_status,
    default=_default,
    validate=_validate,
    validate_update=lambda obj, old, context: _validate(obj, context),
    subresources={"status": Subresource(validate=_validate_status)},
)
