"""What a namespace consumes altogether: the status of a ResourceQuota, counted from the objects that are there.

Source: kubernetes ``pkg/controller/resourcequota`` and ``quota.CalculateUsage``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from kubegate.admission.quota import amounts
from kubegate.admission.quota.amounts import Amounts
from kubegate.admission.quota.evaluator import count_name
from kubegate.admission.quota.evaluators import ALIASES, evaluator_of
from kubegate.admission.quota.scopes import of_quota
from kubegate.api.names import Object, namespace_of
from kubegate.api.quantity import ZERO


class Objects(Protocol):
    """Where the objects are counted."""

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """All objects of a resource in a namespace."""
        ...


_MEASURED = ("pods", "services", "persistentvolumeclaims", "resourceclaims.resource.k8s.io")


def status_of(quota: Object, cluster: Objects, now: datetime) -> dict[str, Any]:
    """The status that the quota should have: ``hard`` as specified, and what is ``used`` of it."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    return {"hard": dict(hard), "used": amounts.write(used_of(quota, cluster, now))}


def used_of(quota: Object, cluster: Objects, now: datetime) -> Amounts:
    """What the objects in the quota's namespace and scopes consume of the resources that it limits."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    used: Amounts = dict.fromkeys(hard, ZERO)
    scopes = of_quota(quota)
    for resource in resources_of(hard):
        evaluator = evaluator_of(resource)
        if evaluator is None:
            continue
        names = evaluator.matching(hard)
        for obj in cluster.list(resource, namespace_of(quota)) if names else ():
            if all(evaluator.in_scope(scope, obj) for scope in scopes):
                used = amounts.add(used, amounts.mask(evaluator.usage(obj, now), names))
    return used


def resources_of(hard: Iterable[str]) -> list[str]:
    """The resources whose objects consume some of these quota resources."""
    names = set(hard)
    found = [resource for resource in _MEASURED if (e := evaluator_of(resource)) is not None and e.matching(names)]
    counted = {name.removeprefix(count_name("")) for name in names if name.startswith(count_name(""))}
    counted |= {name for name in names if name in ALIASES}
    return found + sorted(counted - set(found))
