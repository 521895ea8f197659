"""DynamicResources: claims of devices. Devices themselves are not allocated here; a pod waits until its claims are.

A pod whose claims exist and are allocated and reserved by a driver's controller runs where the allocation is reachable.
Until its claims exist it is not looked at, and nothing is told of it.
Source: kube-scheduler ``plugins/dynamicresources``.
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
NO_CLAIMS, NO_HELP = "no new claims to deallocate", "still not schedulable"
"""What the plugin says when it is asked to help a pod that fits nowhere: one without claims to look at, and others."""

_CLAIMS, _CLASSES = "resourceclaims.resource.k8s.io", "deviceclasses.resource.k8s.io"
_MOST_USERS = 256
_UNREACHABLE = unresolvable(NAME, "resourceclaim not available on the node")
_CANNOT_ALLOCATE = unresolvable(NAME, "cannot allocate all claims")
_IN_USE = unresolvable(NAME, "resourceclaim in use")


class ClaimMissing(Exception):
    """A claim of the pod cannot be used yet; the text says which and why."""


class _Prepared(Prepared):
    def __init__(self, claims: Sequence[Object]) -> None:
        self._allocations = [_allocation(claim) for claim in claims]

    def check(self, node: NodeInfo) -> Rejection | None:
        if None in self._allocations:
            return _CANNOT_ALLOCATE
        selectors = [allocation.get("nodeSelector") for allocation in self._allocations if allocation]
        if all(not selector or selector_matches(selector, node.labels, node.name) for selector in selectors):
            return None
        return _UNREACHABLE


class DynamicResources:
    """See the module."""

    name = NAME
    weight = 2
    concerns = frozenset({f"{_CLAIMS}/add", f"{_CLAIMS}/update", f"{_CLASSES}/add", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        try:
            claims = claims_of(pod, cluster)
        except ClaimMissing as missing:
            return unresolvable(NAME, str(missing))
        for claim in claims:
            if _allocation(claim) is not None and not _usable(claim, pod):
                return _IN_USE
            complaint = _class_missing(claim, cluster) if _allocation(claim) is None else ""
            if complaint:
                return unresolvable(NAME, complaint)
        return _Prepared(claims) if claims else None

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        return None


def claims_of(pod: PodInfo, cluster: Cluster) -> list[Object]:
    """The pod's claims; raises `ClaimMissing` for the first that is not there for it."""
    claims: list[Object] = []
    for reference in pod.spec.get("resourceClaims") or ():
        own = not reference.get("resourceClaimName")
        name = _claim_name(pod, reference)
        if name is None:
            continue
        claim = cluster.find(_CLAIMS, pod.namespace, name)
        if claim is None:
            raise ClaimMissing(f"resourceclaim.resource.k8s.io {quote(name)} not found")
        if claim["metadata"].get("deletionTimestamp"):
            raise ClaimMissing(f"resourceclaim {quote(name)} is being deleted")
        owners = claim["metadata"].get("ownerReferences") or ()
        if own and not any(owner.get("controller") and owner.get("uid") == pod.uid for owner in owners):
            text = f"ResourceClaim {pod.namespace}/{name} was not created for pod {pod.namespace}/{pod.name}"
            raise ClaimMissing(f"{text} (pod is not owner)")
        claims.append(claim)
    return claims


def _allocation(claim: Object) -> Object | None:
    found: Object | None = (claim.get("status") or {}).get("allocation")
    return found


def _usable(claim: Object, pod: PodInfo) -> bool:
    users = (claim.get("status") or {}).get("reservedFor") or ()
    return len(users) < _MOST_USERS or any(user.get("uid") == pod.uid for user in users)


def _class_missing(claim: Object, cluster: Cluster) -> str:
    """The first request for a class of devices that does not exist."""
    for request in ((claim.get("spec") or {}).get("devices") or {}).get("requests") or ():
        name = request.get("name") or ""
        wanted = [(name, request["exactly"])] if request.get("exactly") else []
        wanted += [(f"{name}/{part.get('name')}", part) for part in request.get("firstAvailable") or ()]
        for label, part in wanted:
            device_class = part.get("deviceClassName") or ""
            if cluster.find(_CLASSES, "", device_class) is None:
                return f"request {label}: device class {device_class} does not exist"
    return ""


def _claim_name(pod: PodInfo, reference: Object) -> str | None:
    """The claim that a reference means; those made from templates are named in the pod's status (None: none is needed).

    Raises `ClaimMissing` if the status does not tell yet."""
    if name := reference.get("resourceClaimName"):
        return str(name)
    made: Object | None = next((part for part in pod.made_claims if part.get("name") == reference.get("name")), None)
    if made is None:
        raise ClaimMissing(f"pod {quote(f'{pod.namespace}/{pod.name}')}: ResourceClaim not created yet")
    return made.get("resourceClaimName") or None
