"""The arithmetic of rollouts: how far each ReplicaSet may be scaled now.

Source: kubernetes ``pkg/controller/deployment/rolling.go`` and ``util/deployment_util.go``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kubegate.api.names import Object, annotations_of

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"


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


def replicas_of(obj: Object) -> int:
    """``spec.replicas``, 1 if it is not given."""
    value = obj["spec"].get("replicas")
    return 1 if value is None else int(value)


def _available(obj: Object) -> int:
    return int((obj.get("status") or {}).get("availableReplicas") or 0)


def is_resized(sizes: Sizes, sets: list[Object]) -> bool:
    """Whether the wanted number changed since the active ReplicaSets were last scaled."""
    found = (annotations_of(s).get(DESIRED) for s in sets if replicas_of(s))
    return any(text is not None and text != str(sizes.wanted) for text in found)


def resize(sizes: Sizes, newest: Object | None, old: list[Object], *, rolling: bool) -> dict[str, int]:
    """The new sizes when only the wanted number changed: in proportion, if several ReplicaSets are active."""
    known = [s for s in [newest, *old] if s is not None]
    active = [s for s in known if replicas_of(s)]
    if len(active) <= 1:
        target = active[0] if active else newest or max(known, key=_created, default=None)
        return {target["metadata"]["name"]: sizes.wanted} if target is not None else {}
    if newest is not None and _saturated(sizes, newest):
        return {s["metadata"]["name"]: 0 for s in old if replicas_of(s)}
    return _in_proportion(sizes, active) if rolling else {}


def _created(obj: Object) -> str:
    return str(obj["metadata"].get("creationTimestamp") or "")


def _saturated(sizes: Sizes, newest: Object) -> bool:
    desired = annotations_of(newest).get(DESIRED)
    return desired == str(sizes.wanted) and replicas_of(newest) == sizes.wanted == _available(newest)


def _in_proportion(sizes: Sizes, active: list[Object]) -> dict[str, int]:
    most = sizes.most if sizes.wanted else 0
    change = most - sum(map(replicas_of, active))
    ordered = sorted(active, key=_created, reverse=change > 0)
    ordered.sort(key=replicas_of, reverse=True)
    steps, added = {}, 0
    for target in ordered:
        now, left = replicas_of(target), change - added
        share = _share(sizes, target, most)
        part = min(share, left) if change > 0 else max(share, left)
        part = part if change else 0
        steps[target["metadata"]["name"]] = max(now + part, 0)
        added += part
    first = ordered[0]["metadata"]["name"]
    steps[first] = max(steps[first] + change - added, 0)
    return steps


def _share(sizes: Sizes, target: Object, most: int) -> int:
    now, before = replicas_of(target), annotations_of(target).get(MAX, "")
    if not sizes.wanted:
        return -now
    base = int(before) if before.isdigit() and int(before) else now or 1
    return math.floor(now * most / base + 0.5) - now


def recreate(sizes: Sizes, newest: Object, old: list[Object]) -> dict[str, int]:
    """First the old pods go, then the new ones come."""
    active = [s for s in old if replicas_of(s)]
    if active:
        return {s["metadata"]["name"]: 0 for s in active}
    if any((s.get("status") or {}).get("replicas") for s in old):
        return {}
    return {newest["metadata"]["name"]: sizes.wanted}


def rolling(sizes: Sizes, newest: Object, old: list[Object]) -> dict[str, int]:
    """New sizes of the ReplicaSets, by name."""
    steps: dict[str, int] = {}
    name, now = newest["metadata"]["name"], replicas_of(newest)
    total = now + sum(map(replicas_of, old))
    if now > sizes.wanted:
        return {name: sizes.wanted}
    if now < sizes.wanted and total < sizes.most:
        return {name: now + min(sizes.most - total, sizes.wanted - now)}
    return _scale_down(sizes, newest, old, total, steps)


def _scale_down(sizes: Sizes, newest: Object, old: list[Object], total: int, steps: dict[str, int]) -> dict[str, int]:
    if not any(map(replicas_of, old)):
        return steps
    least = sizes.wanted - sizes.unavailable
    spare = total - least - (replicas_of(newest) - _available(newest))
    if spare <= 0:
        return steps
    ordered = sorted(old, key=lambda s: s["metadata"].get("creationTimestamp") or "")
    for target in ordered:
        sick = min(replicas_of(target) - _available(target), spare)
        if sick > 0:
            steps[target["metadata"]["name"]] = replicas_of(target) - sick
            spare -= sick
    available = _available(newest) + sum(map(_available, old))
    healthy = available - least
    for target in ordered:
        name = target["metadata"]["name"]
        size = steps.get(name, replicas_of(target))
        cut = min(size, healthy)
        if cut > 0:
            steps[name] = size - cut
            healthy -= cut
    return steps
