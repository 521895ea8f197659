"""Version 1 of autoscalers: a CPU target in a field, and all that it has no field for in annotations.

Source: ``pkg/apis/autoscaling/v1/conversion.go``.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.decode import decode
from kubegate.api.status import StatusError

KIND = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")
METRICS = "autoscaling.alpha.kubernetes.io/metrics"
CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics"
CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
ROUND_TRIP = (METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR)

_SOURCES = ("object", "pods", "resource", "containerResource", "external")
_COMMON_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_ZERO = "0"


def to_version_2(obj: Object) -> Object:
    """What an autoscaler of version 1 says, as version 2 would."""
    made = {**obj, "apiVersion": "autoscaling/v2", "metadata": dict(obj.get("metadata") or {})}
    annotations = made["metadata"].get("annotations") or {}
    spec = dict(obj.get("spec") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    metrics = [] if target is None else [_cpu({"type": "Utilization", "averageUtilization": target}, "target")]
    others = [_new_metric(item, "target") for item in _read_list(annotations.get(METRICS))]
    metrics += others if _are_of_their_types(spec={"metrics": others}) else []
    if metrics:
        spec["metrics"] = metrics
    behavior = _lowered(_read(annotations.get(BEHAVIOR)))
    if isinstance(behavior, dict) and _are_of_their_types(spec={"behavior": behavior}):
        spec["behavior"] = behavior
    made["spec"] = spec
    made["status"] = _new_status(obj.get("status") or {}, annotations)
    drop_round_trip(made)
    return made


def to_version_1(obj: Object) -> Object:
    """What an autoscaler of version 2 says, as far as version 1 can: the rest in annotations."""
    made = {**obj, "apiVersion": "autoscaling/v1", "metadata": dict(obj.get("metadata") or {})}
    spec, status = dict(obj.get("spec") or {}), obj.get("status") or {}
    metrics, behavior = spec.pop("metrics", None) or [], spec.pop("behavior", None)
    first_cpu = next((item for item in metrics if _is_cpu(item)), None)
    if first_cpu is not None and (used := _utilization(first_cpu, "target")) is not None:
        spec["targetCPUUtilizationPercentage"] = used
    made["spec"] = spec
    kept = {key: status[key] for key in _COMMON_STATUS if status.get(key) is not None}
    made["status"] = {"currentReplicas": 0, "desiredReplicas": 0, **kept}
    current = status.get("currentMetrics") or []
    for item in current:
        if _is_cpu(item) and (used := _utilization(item, "current")) is not None:
            made["status"]["currentCPUUtilizationPercentage"] = used
    extra: dict[str, Any] = {}
    others = [item for item in metrics if not _is_cpu(item) or _utilization(item, "target") is None]
    if others:
        extra[METRICS] = [_old_metric(item, "target") for item in others]
    if current:
        extra[CURRENT_METRICS] = [_old_metric(item, "current") for item in current]
    if status.get("conditions"):
        extra[CONDITIONS] = [_condition(item) for item in status["conditions"]]
    if behavior is not None:
        extra[BEHAVIOR] = _raised(behavior)
    if extra:
        written = {key: json.dumps(value, separators=(",", ":"), ensure_ascii=False) for key, value in extra.items()}
        made["metadata"]["annotations"] = {**(made["metadata"].get("annotations") or {}), **written}
    return made


def drop_round_trip(obj: Object) -> None:
    """Version 2 has fields for all that these annotations say."""
    meta = obj.get("metadata") or {}
    annotations = meta.get("annotations")
    if annotations and any(key in annotations for key in ROUND_TRIP):
        kept = {key: value for key, value in annotations.items() if key not in ROUND_TRIP}
        if kept:
            meta["annotations"] = kept
        else:
            del meta["annotations"]


def _is_cpu(metric: Object) -> bool:
    return metric.get("type") == "Resource" and (metric.get("resource") or {}).get("name") == "cpu"


def _utilization(metric: Object, of: str) -> int | None:
    found: int | None = (metric["resource"].get(of) or {}).get("averageUtilization")
    return found


def _cpu(amounts: Object, of: str) -> Object:
    return {"type": "Resource", "resource": {"name": "cpu", of: amounts}}


def _new_status(status: Object, annotations: Object) -> Object:
    made: Object = {key: status[key] for key in _COMMON_STATUS if status.get(key) is not None}
    made.setdefault("desiredReplicas", 0)
    if not made.get("currentReplicas"):
        made.pop("currentReplicas", None)
    made["currentMetrics"] = None
    used = status.get("currentCPUUtilizationPercentage")
    if used is not None:
        made["currentMetrics"] = [_cpu({"averageUtilization": used}, "current")]
    current = [_new_metric(item, "current") for item in _read_list(annotations.get(CURRENT_METRICS))]
    if current and _are_of_their_types(status={"currentMetrics": current}):
        made["currentMetrics"] = current
    conditions = _read_list(annotations.get(CONDITIONS))
    if conditions and _are_of_their_types(status={"conditions": conditions}):
        made["conditions"] = conditions
    return made


def _read(text: str | None) -> Any:
    """Annotations that cannot be read count as absent."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _are_of_their_types(**parts: Object) -> bool:
    """Whether parts that annotations said can be read as parts of an autoscaler; else the annotation counts as absent."""
    try:
        decode(
            orjson.dumps({"apiVersion": KIND.api_version, "kind": KIND.kind, **parts}), "application/json", KIND, "Ignore"
        )
    except (StatusError, orjson.JSONEncodeError):
        return False
    return True


def _read_list(text: str | None) -> list[Object]:
    found = _read(text)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _condition(condition: Object) -> Object:
    keys = ("type", "status", "lastTransitionTime", "reason", "message")
    return {key: condition.get(key) for key in keys if condition.get(key) or key in keys[:3]}


def _old_metric(metric: Object, of: str) -> Object:
    made: Object = {"type": metric.get("type") or ""}
    for key in _SOURCES:
        source = metric.get(key)
        if source is not None:
            made[key] = _old_source(key, source, of)
    return made


def _old_source(kind: str, source: Object, of: str) -> Object:
    amounts, metric = source.get(of) or {}, source.get("metric") or {}
    value, average = amounts.get("value"), amounts.get("averageValue")
    whole, each = f"{of}Value", f"{of}AverageValue"
    if kind == "object":
        made = {"target": source.get("describedObject"), "metricName": metric.get("name")}
        return made | {whole: value or _ZERO} | _given(selector=metric.get("selector"), averageValue=average)
    if kind == "pods":
        return {"metricName": metric.get("name"), each: average or _ZERO} | _given(selector=metric.get("selector"))
    if kind == "external":
        made = {"metricName": metric.get("name")} | _given(metricSelector=metric.get("selector"))
        if of == "current":
            return made | {whole: value or _ZERO} | _given(**{each: average})
        return made | _given(**{whole: value, each: average})
    made = {"name": source.get("name")} | _given(**{f"{of}AverageUtilization": amounts.get("averageUtilization")})
    made |= {each: average or _ZERO} if of == "current" else _given(**{each: average})
    return made | _given(container=source.get("container"))


def _given(**values: Any) -> Object:
    return {key: value for key, value in values.items() if value is not None}


def _new_metric(metric: Object, of: str) -> Object:
    made: Object = {"type": metric.get("type") or ""}
    for key in _SOURCES:
        source = metric.get(key)
        if isinstance(source, dict):
            made[key] = _new_source(key, source, of)
    return made


def _new_source(kind: str, source: Object, of: str) -> Object:
    value, used = source.get(f"{of}Value"), source.get(f"{of}AverageUtilization")
    average = source.get("averageValue" if kind == "object" else f"{of}AverageValue")
    if kind == "object" and average is not None and value == _ZERO:
        value = None
    amounts = _given(value=value, averageValue=average, averageUtilization=used)
    if of == "target":
        if used is not None:
            how = "Utilization"
        else:
            how = "AverageValue" if average is not None else "Value"
        amounts = {"type": how, **amounts}
    if kind in ("resource", "containerResource"):
        return {"name": source.get("name")} | {of: amounts} | _given(container=source.get("container"))
    selector = source.get("metricSelector" if kind == "external" else "selector")
    made: Object = {"metric": {"name": source.get("metricName") or "", **_given(selector=selector)}, of: amounts}
    return {"describedObject": source.get("target") or {}, **made} if kind == "object" else made


def _raised(behavior: Object) -> Object:
    """The behaviour with the names that the server's own types have (its annotation was written so)."""
    return {"ScaleUp": _raised_rules(behavior.get("scaleUp")), "ScaleDown": _raised_rules(behavior.get("scaleDown"))}


def _raised_rules(rules: Object | None) -> Object | None:
    if rules is None:
        return None
    policies = [
        {"Type": item.get("type"), "Value": item.get("value"), "PeriodSeconds": item.get("periodSeconds")}
        for item in rules.get("policies") or ()
    ]
    return {
        "StabilizationWindowSeconds": rules.get("stabilizationWindowSeconds"),
        "SelectPolicy": rules.get("selectPolicy"),
        "Policies": policies,
        "Tolerance": rules.get("tolerance"),
    }


def _lowered(value: Any) -> Any:
    """The inverse of `_raised`; empty values were not written in the first place."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lowered(item) for key, item in value.items() if item is not None}
    return [_lowered(item) for item in value] if isinstance(value, list) else value
