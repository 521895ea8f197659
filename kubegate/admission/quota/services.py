"""Services: their number, and the load balancers and node ports they take.

Source: kubernetes ``pkg/quota/v1/evaluator/core/services.go``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from kubegate.admission.interface import Operation, Review
from kubegate.admission.quota.amounts import ONE, Amounts
from kubegate.admission.quota.evaluator import count_name
from kubegate.admission.quota.scopes import Scope
from kubegate.api.names import Object
from kubegate.api.quantity import ZERO, Quantity

COUNT = count_name("services")
_NAMES = (COUNT, "services", "services.loadbalancers", "services.nodeports")


class Services:
    """Measures Services."""

    def handles(self, review: Review) -> bool:
        return review.operation in (Operation.CREATE, Operation.UPDATE) and not review.subresource

    def usage(self, obj: Object, now: datetime) -> Amounts:
        spec = obj.get("spec") or {}
        usage = {COUNT: ONE, "services": ONE, "services.loadbalancers": ZERO, "services.nodeports": ZERO}
        ports = spec.get("ports") or []
        if spec.get("type") == "NodePort":
            usage["services.nodeports"] = Quantity(len(ports))
        elif spec.get("type") == "LoadBalancer":
            usage["services.loadbalancers"] = ONE
            if spec.get("allocateLoadBalancerNodePorts") is False:
                ports = [port for port in ports if port.get("nodePort")]
            usage["services.nodeports"] = Quantity(len(ports))
        return usage

    def matching(self, names: Collection[str]) -> list[str]:
        return [name for name in names if name in _NAMES]

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        return False

    def complaint(self, names: Collection[str], obj: Object) -> str:
        return ""
