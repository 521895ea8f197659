"""What a pod requests of a node.

Source: k8s.io/component-helpers ``resource.PodRequests``, kube-scheduler ``util.GetNonzeroRequests``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from kubegate.api.names import Object
from kubegate.api.quantity import Quantity

Amounts: TypeAlias = dict[str, int]
"""Resource -> amount: thousandths of a CPU, bytes, pieces."""

CPU, MEMORY, PODS = "cpu", "memory", "pods"

ASSUMED: Mapping[str, int] = {CPU: 100, MEMORY: 200 * 1024 * 1024}
"""What scoring takes a container to use that requests nothing."""

_POD_LEVEL = (CPU, MEMORY)


def amounts(quantities: Mapping[str, Any] | None) -> Amounts:
    """A resource list as numbers."""
    return {
        name: Quantity.of(value).milli_value() if name == CPU else Quantity.of(value).value()
        for name, value in (quantities or {}).items()
    }


def _add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _maximum(total: Amounts, other: Mapping[str, int]) -> None:
    for name, amount in other.items():
        total[name] = max(total.get(name, 0), amount)


def _container(container: Object, allocated: Mapping[str, Amounts], missing: Mapping[str, int]) -> Amounts:
    found = amounts((container.get("resources") or {}).get("requests"))
    _maximum(found, allocated.get(container.get("name") or "", {}))
    return {**missing, **found} if missing else found


def _allocated(pod: Object) -> dict[str, Amounts]:
    """What running containers really have: more than is requested while a resize is pending."""
    status = pod.get("status") or {}
    found = {}
    for part in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        held = amounts((part.get("resources") or {}).get("requests"))
        if held:
            found[part.get("name") or ""] = held
    return found


def pod_requests(pod: Object, missing: Mapping[str, int] | None = None) -> Amounts:
    """The most that a pod needs at any time; ``missing`` stands for what a container does not request.

    Containers run together; init containers one after the other before them, except restartable ones (sidecars), which
    go on running. Requests of the pod itself replace those of its containers; the overhead comes on top.
    """
    spec = pod.get("spec") or {}
    missing = missing or {}
    allocated = _allocated(pod)
    total: Amounts = {}
    for container in spec.get("containers") or ():
        _add(total, _container(container, allocated, missing))
    peak: Amounts = {}
    sidecars: Amounts = {}
    for container in spec.get("initContainers") or ():
        needed = _container(container, allocated, missing)
        if container.get("restartPolicy") == "Always":
            _add(total, needed)
            _add(sidecars, needed)
            needed = dict(sidecars)
        else:
            _add(needed, sidecars)
        _maximum(peak, needed)
    _maximum(total, peak)
    for name, amount in amounts((spec.get("resources") or {}).get("requests")).items():
        if name in _POD_LEVEL or name.startswith("hugepages-"):
            total[name] = amount
    _add(total, amounts(spec.get("overhead")))
    return total
