"""The arithmetic of rollouts: how far each ReplicaSet may be scaled now.

Source: kubernetes ``pkg/controller/deployment/rolling.go`` and ``util/deployment_util.go``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kubegate.api.names import Object, annotations_of


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many pods are wanted, may be more, may be missing."""

    wanted: int
    surge: int
    unavailable: int

    @property
    def most(self) -> int:
        """Upper bound of all pods."""
        return self.wanted + self.surge


def _resolve(value: Any, total: int, *, up: bool) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value)


def _rolling_update(found: Object) -> Object | None:
    strategy = found["spec"].get("strategy") or {}
    if (strategy.get("type") or "RollingUpdate") != "RollingUpdate":
        return None
    return strategy.get("rollingUpdate") or {}


def max_surge(found: Object) -> int:
    """Pods above the wanted number."""
    return _fences(found)[0]


def max_unavailable(found: Object) -> int:
    """Pods that may be missing."""
    return _fences(found)[1]


def _fences(found: Object) -> tuple[int, int]:
    rules, total = _rolling_update(found), found["spec"].get("replicas")
    total = 1 if total is None else total
    if rules is None or not total:
        return 0, 0
    surge = _resolve(rules.get("maxSurge"), total, up=True)
    missing = _resolve(rules.get("maxUnavailable"), total, up=False)
    if not surge and not missing:
        missing = 1
    return surge, min(missing, total)


def _replicas(obj: Object) -> int:
    value = obj["spec"].get("replicas")
    return 1 if value is None else int(value)


def _available(obj: Object) -> int:
    return int((obj.get("status") or {}).get("availableReplicas") or 0)


def recreate(sizes: Sizes, newest: Object, old: list[Object]) -> dict[str, int]:
    """First the old pods go, then the new ones come."""
    active = [s for s in old if _replicas(s)]
    if active:
        return {s["metadata"]["name"]: 0 for s in active}
    if any((s.get("status") or {}).get("replicas") for s in old):
        return {}
    return {newest["metadata"]["name"]: sizes.wanted}


def rolling(sizes: Sizes, newest: Object, old: list[Object]) -> dict[str, int]:
    """New sizes of the ReplicaSets, by name."""
    steps: dict[str, int] = {}
    name, now = newest["metadata"]["name"], _replicas(newest)
    resized = annotations_of(newest).get("deployment.kubernetes.io/desired-replicas")
    active = [s for s in [newest, *old] if _replicas(s)]
    if len(active) == 1 and resized not in (None, str(sizes.wanted)):
        return {active[0]["metadata"]["name"]: sizes.wanted}
    total = now + sum(map(_replicas, old))
    if now > sizes.wanted:
        return {name: sizes.wanted}
    if now < sizes.wanted and total < sizes.most:
        return {name: now + min(sizes.most - total, sizes.wanted - now)}
    return _scale_down(sizes, newest, old, total, steps)


def _scale_down(sizes: Sizes, newest: Object, old: list[Object], total: int, steps: dict[str, int]) -> dict[str, int]:
    if not any(map(_replicas, old)):
        return steps
    least = sizes.wanted - sizes.unavailable
    spare = total - least - (_replicas(newest) - _available(newest))
    if spare <= 0:
        return steps
    ordered = sorted(old, key=lambda s: s["metadata"].get("creationTimestamp") or "")
    for target in ordered:
        sick = min(_replicas(target) - _available(target), spare)
        if sick > 0:
            steps[target["metadata"]["name"]] = _replicas(target) - sick
            spare -= sick
    available = _available(newest) + sum(map(_available, old))
    healthy = available - least
    for target in ordered:
        name = target["metadata"]["name"]
        size = steps.get(name, _replicas(target))
        cut = min(size, healthy)
        if cut > 0:
            steps[name] = size - cut
            healthy -= cut
    return steps
