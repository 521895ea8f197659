"""DynamicResources: claims of devices. Devices themselves are not allocated here; a pod waits until its claims are.

A pod whose claims exist and are allocated and reserved by a driver's controller runs where the allocation is reachable.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import selector_matches
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "DynamicResources"
NO_HELP = "no new claims to deallocate"
"""What the plugin says when it is asked to help a pod that fits nowhere."""

_UNREACHABLE = unresolvable(NAME, "resourceclaim not available on the node")
_CANNOT_ALLOCATE = unresolvable(NAME, "cannot allocate all claims")


class _Prepared(Prepared):
    def __init__(self, claims: Sequence[Object]) -> None:
        self._allocations = [(claim.get("status") or {}).get("allocation") for claim in claims]

    def check(self, node: NodeInfo) -> Rejection | None:
        for allocation in self._allocations:
            if allocation is None:
                return _CANNOT_ALLOCATE
            selector = allocation.get("nodeSelector")
            if selector is not None and not selector_matches(selector, node.labels, node.name):
                return _UNREACHABLE
        return None


class DynamicResources:
    """See the module."""

    name = NAME
    weight = 2
    concerns = frozenset({"resourceclaims.resource.k8s.io/add", "resourceclaims.resource.k8s.io/update", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        claims = []
        for reference in pod.spec.get("resourceClaims") or ():
            name = _claim_name(pod, reference)
            if name is None:
                waiting = f"pod {quote(f'{pod.namespace}/{pod.name}')}: ResourceClaim not created yet"
                return unresolvable(NAME, waiting)
            claim = cluster.find("resourceclaims.resource.k8s.io", pod.namespace, name)
            if claim is None:
                return unresolvable(NAME, f"resourceclaim.resource.k8s.io {quote(name)} not found")
            claims.append(claim)
        return _Prepared(claims) if claims else None

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        return None


def _claim_name(pod: PodInfo, reference: Object) -> str | None:
    """The claim that a reference means; those made from templates are named in the pod's status."""
    if name := reference.get("resourceClaimName"):
        return str(name)
    statuses = pod.status.get("resourceClaimStatuses") or ()
    made: Object = next((part for part in statuses if part.get("name") == reference.get("name")), {})
    return made.get("resourceClaimName") or None
