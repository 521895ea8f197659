"""Pods: their number, and what they request and are limited to, until they end.

Source: kubernetes ``pkg/quota/v1/evaluator/core/pods.go``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from kubegate.admission.interface import Operation, Review
from kubegate.admission.plugins.extended_resource_toleration import is_extended_resource
from kubegate.admission.pods import containers
from kubegate.admission.quota import amounts, pod_resources
from kubegate.admission.quota.amounts import ONE, Amounts
from kubegate.admission.quota.evaluator import count_name
from kubegate.admission.quota.scopes import Scope, matches_pod
from kubegate.api.names import Object

COUNT = count_name("pods")
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_KNOWN = frozenset(
    {COUNT, "pods", *_COMPUTE, *(f"requests.{name}" for name in _COMPUTE), *(f"limits.{name}" for name in _COMPUTE)}
)
_MANDATORY = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
"""Where these are limited, every container must say how much it wants."""


class Pods:
    """Measures pods."""

    def handles(self, review: Review) -> bool:
        wanted = {Operation.CREATE: "", Operation.UPDATE: "resize"}
        return wanted.get(review.operation) == review.subresource

    def usage(self, obj: Object, now: datetime) -> Amounts:
        counted = {COUNT: ONE}
        if not is_alive(obj, now):
            return counted
        spec = pod_resources.held_spec(obj)
        return amounts.add(counted, _usage(pod_resources.requests(spec), pod_resources.limits(spec)))

    def matching(self, names: Collection[str]) -> list[str]:
        return [name for name in names if name in _KNOWN or _is_prefixed(name)]

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        return matches_pod(scope, obj)

    def complaint(self, names: Collection[str], obj: Object) -> str:
        spec = obj.get("spec") or {}
        required = _MANDATORY.intersection(names)
        if not required or pod_resources.has_pod_level(spec):
            return ""
        missing: dict[str, set[str]] = {}
        for container in containers(spec, "containers", "initContainers"):
            for name in required - _specified(container).keys():
                missing.setdefault(name, set()).add(container.get("name") or "")
        if not missing:
            return ""
        return "must specify " + "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def is_alive(pod: Object, now: datetime) -> bool:
    """False for pods that ended, and for those that should be gone by now (their node may be lost)."""
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return False
    meta = pod.get("metadata") or {}
    deleted, grace = meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
    if not deleted or grace is None:
        return True
    return now <= datetime.fromisoformat(deleted) + timedelta(seconds=grace)


def _specified(container: dict[str, Any]) -> Amounts:
    resources = container.get("resources") or {}
    return _usage(amounts.read(resources.get("requests")), amounts.read(resources.get("limits")))


def _usage(requests: Amounts, limits: Amounts) -> Amounts:
    usage = {"pods": ONE}
    for name in _COMPUTE:
        if name in requests:
            usage[name] = usage[f"requests.{name}"] = requests[name]
        if name in limits:
            usage[f"limits.{name}"] = limits[name]
    for name, amount in requests.items():
        if name.startswith("hugepages-"):
            usage[name] = usage[f"requests.{name}"] = amount
        elif is_extended_resource(name):
            usage[f"requests.{name}"] = amount
    return usage


def _is_prefixed(name: str) -> bool:
    if name.startswith(("hugepages-", "requests.hugepages-")):
        return True
    return name.startswith("requests.") and "/" in name and "kubernetes.io/" not in name
