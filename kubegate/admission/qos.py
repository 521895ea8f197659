"""The quality of service class of a pod, as far as admission needs it.

Source: kubernetes ``pkg/apis/core/v1/helper/qos``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubegate.admission.pods import containers
from kubegate.api.quantity import Quantity

_COMPUTE = ("cpu", "memory")


def is_best_effort(pod: dict[str, Any]) -> bool:
    """True if the pod asks for no CPU or memory at all (its status counts first, if it says)."""
    known = (pod.get("status") or {}).get("qosClass")
    if known:
        return bool(known == "BestEffort")
    spec = pod.get("spec") or {}
    own = spec.get("resources")
    wishes = [own] if own else [container.get("resources") for container in containers(spec, "containers", "initContainers")]
    return not _asks(wish or {} for wish in wishes)


def _asks(wishes: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        Quantity.of(amount).sign() > 0
        for wish in wishes
        for kind in ("requests", "limits")
        for name, amount in (wish.get(kind) or {}).items()
        if name in _COMPUTE
    )
