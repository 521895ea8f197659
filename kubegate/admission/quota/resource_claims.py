"""Resource claims: their number, and the devices of each class that they may end up with.

Source: kubernetes ``pkg/quota/v1/evaluator/core/resource_claims.go``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from kubegate.admission.interface import Operation, Review
from kubegate.admission.quota import amounts
from kubegate.admission.quota.amounts import ONE, Amounts
from kubegate.admission.quota.evaluator import count_name
from kubegate.admission.quota.scopes import Scope
from kubegate.api.names import Object
from kubegate.api.quantity import Quantity

COUNT = count_name("resourceclaims.resource.k8s.io")
_BY_CLASS = ".deviceclass.resource.k8s.io/devices"
_MAX_DEVICES = 32
"""A request for all devices counts as this many: more no claim can get."""


class ResourceClaims:
    """Measures ResourceClaims; of alternatives the most demanding counts for each class."""

    def handles(self, review: Review) -> bool:
        return review.operation is Operation.CREATE and not review.subresource

    def usage(self, obj: Object, now: datetime) -> Amounts:
        usage: Amounts = {COUNT: ONE}
        devices = (obj.get("spec") or {}).get("devices") or {}
        for request in devices.get("requests") or ():
            alternatives = request.get("firstAvailable") or [request.get("exactly") or request]
            largest: Amounts = {}
            for alternative in alternatives:
                largest = amounts.maximum(largest, _devices(alternative))
            usage = amounts.add(usage, largest)
        return usage

    def matching(self, names: Collection[str]) -> list[str]:
        return [name for name in names if name == COUNT or name.endswith(_BY_CLASS)]

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        return False

    def complaint(self, names: Collection[str], obj: Object) -> str:
        return ""


def _devices(request: dict[str, Any]) -> Amounts:
    name = request.get("deviceClassName")
    if not name:
        return {}
    mode = request.get("allocationMode") or "ExactCount"
    number = _MAX_DEVICES if mode == "All" else request.get("count") or 1
    return {name + _BY_CLASS: Quantity(number)}
