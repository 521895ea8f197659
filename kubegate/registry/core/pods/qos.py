"""The quality-of-service class of a pod.

Source: ``pkg/apis/core/helper/qos``.
"""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.api.quantity import Quantity
from kubegate.registry.validation.basics import quantity

_COUNTED = ("cpu", "memory")


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from requests and limits of CPU and memory."""
    pod = spec.get("resources") or {}
    if pod.get("requests") or pod.get("limits"):
        parts = [pod]
    else:
        parts = [
            container.get("resources") or {} for key in ("containers", "initContainers") for container in spec.get(key) or ()
        ]
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}
    guaranteed = True
    for part in parts:
        _add(requests, part.get("requests"))
        if _add(limits, part.get("limits")) != set(_COUNTED):
            guaranteed = False
    if not requests and not limits:
        return "BestEffort"
    if guaranteed and len(requests) == len(limits) and all(limits.get(name) == requests[name] for name in requests):
        return "Guaranteed"
    return "Burstable"


def _add(total: dict[str, Quantity], amounts: Object | None) -> set[str]:
    found: set[str] = set()
    for name in _COUNTED:
        amount = quantity((amounts or {}).get(name))
        if amount.mantissa > 0:
            found.add(name)
            total[name] = total[name].add(amount) if name in total else amount
    return found
