"""Bounds of a LimitRange: minimum, maximum, and the ratio of limit to request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from kubegate.admission.pods import containers
from kubegate.admission.quota import amounts, pod_resources
from kubegate.admission.quota.amounts import Amounts
from kubegate.api.names import Object
from kubegate.api.quantity import ZERO, Quantity

_MAX_MILLI = (2**63 - 1) // 1000
"""Up to here values are compared in thousandths, above in units."""

Rule: TypeAlias = Callable[[str, str, Quantity, Amounts, Amounts], str]


def of_pod(pod: Object, limits: Iterable[dict[str, Any]]) -> list[str]:
    """What the containers of a pod, and the pod as a whole, violate."""
    spec = pod.get("spec") or {}
    faults = []
    for limit in limits:
        if limit.get("type") == "Container":
            for container in containers(spec, "containers", "initContainers"):
                resources = container.get("resources") or {}
                faults += _judge(limit, amounts.read(resources.get("requests")), amounts.read(resources.get("limits")))
        elif limit.get("type") == "Pod":
            whole = (pod_resources.requests(spec, overhead=False), pod_resources.limits(spec, overhead=False))
            faults += _judge(limit, *whole)
    return _unique(faults)


def of_claim(claim: Object, limits: Iterable[dict[str, Any]]) -> list[str]:
    """What the requests of a volume claim violate."""
    requests = amounts.read(((claim.get("spec") or {}).get("resources") or {}).get("requests"))
    faults = []
    for limit in limits:
        if limit.get("type") == "PersistentVolumeClaim":
            faults += _apply(limit, "min", _minimum, requests, {})
            faults += _apply(limit, "max", _maximum_request, requests, {})
    return _unique(faults)


def _unique(faults: list[str]) -> list[str]:
    return list(dict.fromkeys(faults))


def _judge(limit: dict[str, Any], requests: Amounts, limits: Amounts) -> list[str]:
    return [
        *_apply(limit, "min", _minimum, requests, limits),
        *_apply(limit, "max", _maximum, requests, limits),
        *_apply(limit, "maxLimitRequestRatio", _ratio, requests, limits),
    ]


def _apply(limit: dict[str, Any], field: str, rule: Rule, requests: Amounts, limits: Amounts) -> list[str]:
    bounds = amounts.read(limit.get(field))
    found = (rule(limit["type"], name, bounds[name], requests, limits) for name in sorted(bounds))
    return [fault for fault in found if fault]


def _values(*quantities: Quantity) -> tuple[int, ...]:
    """Comparable numbers: thousandths if all are small enough, else units."""
    units = tuple(quantity.value() for quantity in quantities)
    return tuple(quantity.milli_value() for quantity in quantities) if max(units) <= _MAX_MILLI else units


def _minimum(kind: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    request, limit = requests.get(name), limits.get(name)
    said = f"minimum {name} usage per {kind} is {bound}"
    if request is None:
        return f"{said}.  No request is specified"
    requested, limited, enforced = _values(request, limit or ZERO, bound)
    if requested < enforced:
        return f"{said}, but request is {request}"
    if limit is not None and limited < enforced:
        return f"{said}, but limit is {limit}"
    return ""


def _maximum(kind: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    request, limit = requests.get(name), limits.get(name)
    said = f"maximum {name} usage per {kind} is {bound}"
    if limit is None:
        return f"{said}.  No limit is specified"
    requested, limited, enforced = _values(request or ZERO, limit, bound)
    if limited > enforced:
        return f"{said}, but limit is {limit}"
    if request is not None and requested > enforced:
        return f"{said}, but request is {request}"
    return ""


def _maximum_request(kind: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    request = requests.get(name)
    said = f"maximum {name} usage per {kind} is {bound}"
    if request is None:
        return f"{said}.  No request is specified"
    requested, enforced = _values(request, bound)
    return f"{said}, but request is {request}" if requested > enforced else ""


def _ratio(kind: str, name: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    said = f"{name} max limit to request ratio per {kind} is {bound}"
    requested, limited, _ = _values(requests.get(name, ZERO), limits.get(name, ZERO), bound)
    if not requested:
        return f"{said}, but no request is specified or request is 0"
    if not limited:
        return f"{said}, but no limit is specified or limit is 0"
    ratio = limited / requested
    small = bound.value() <= _MAX_MILLI
    exceeded = ratio * 1000 > bound.milli_value() if small else ratio > bound.value()
    return f"{said}, but provided ratio is {ratio:f}" if exceeded else ""
