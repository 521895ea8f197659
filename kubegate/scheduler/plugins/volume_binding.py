"""VolumeBinding: bound claims lead to where their volume is, waiting ones need a volume that can be reached from the node.

A claim that waits for its pod (WaitForFirstConsumer) is given the smallest suitable volume that the node can reach, else
one is to be provisioned there. What was found is told by `Found`, and carried out before the pod is bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubegate.api.names import Object, name_of
from kubegate.api.quantity import Quantity
from kubegate.scheduler.claims import (
    CLASSES,
    NO_PROVISIONER,
    VOLUMES,
    ClaimProblem,
    capacity,
    claims_of,
    class_name,
    is_bound,
    is_for,
    requested_size,
    suits,
    volume_name,
    waits_for_pod,
)
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import selector_matches
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "VolumeBinding"
_NODE_CONFLICT = unresolvable(NAME, "node(s) didn't match PersistentVolume's node affinity")
_NO_VOLUME = unresolvable(NAME, "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")
_BIND_CONFLICT = unresolvable(NAME, "node(s) didn't find available persistent volumes to bind")
_NOT_ENOUGH = unresolvable(NAME, "node(s) did not have enough free storage")
_ORDER = [reason for refusal in (_NODE_CONFLICT, _BIND_CONFLICT, _NOT_ENOUGH, _NO_VOLUME) for reason in refusal.reasons]
_DRIVERS, _CAPACITIES = "csidrivers.storage.k8s.io", "csistoragecapacities.storage.k8s.io"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a node's storage for a pod is to come from: (claim, volume) pairs to bind, and claims to provision for."""

    bindings: Sequence[tuple[Object, Object]] = ()
    provisions: Sequence[Object] = ()


class _Prepared(Prepared):
    def __init__(self, bound: Sequence[Object], waiting: Sequence[Object], cluster: Cluster) -> None:
        self._cluster = cluster
        self._volumes = [cluster.find(VOLUMES, "", volume_name(claim)) for claim in bound]
        self._waiting = sorted(waiting, key=requested_size)

    def check(self, node: NodeInfo) -> Rejection | None:
        found = self.find(node)
        refusals = [self._out_of_reach(node), found if isinstance(found, Rejection) else None]
        reasons = [reason for refusal in refusals if refusal is not None for reason in refusal.reasons]
        return unresolvable(NAME, *sorted(reasons, key=_ORDER.index)) if reasons else None

    def _out_of_reach(self, node: NodeInfo) -> Rejection | None:
        """The first bound volume that is gone or cannot be reached from the node."""
        for volume in self._volumes:
            if volume is None:
                return _NO_VOLUME
            if not _reaches(volume, node):
                return _NODE_CONFLICT
        return None

    def find(self, node: NodeInfo) -> Found | Rejection:
        """Storage for the waiting claims on a node."""
        bindings: list[tuple[Object, Object]] = []
        provisions: list[Object] = []
        for claim in self._waiting:
            taken = {name_of(volume) for _, volume in bindings}
            volume = None if _node_chosen(claim) else self._smallest(claim, node, taken)
            if volume is not None:
                bindings.append((claim, volume))
            elif (refusal := self._cannot_provision(claim, node)) is not None:
                return refusal
            else:
                provisions.append(claim)
        return Found(bindings, provisions)

    def _smallest(self, claim: Object, node: NodeInfo, taken: set[str]) -> Object | None:
        fitting = [
            volume
            for volume in self._cluster.all(VOLUMES)
            if name_of(volume) not in taken and suits(volume, claim) and _reaches(volume, node)
        ]
        return min(fitting, key=lambda volume: (not is_for(volume, claim), capacity(volume)), default=None)

    def _cannot_provision(self, claim: Object, node: NodeInfo) -> Rejection | None:
        chosen = (claim["metadata"].get("annotations") or {}).get("volume.kubernetes.io/selected-node")
        if chosen and chosen != node.name:
            return _BIND_CONFLICT
        found = self._cluster.find(CLASSES, "", class_name(claim)) or {}
        provisioner = found.get("provisioner") or ""
        if provisioner in ("", NO_PROVISIONER) or not _allowed(found.get("allowedTopologies"), node.labels):
            return _BIND_CONFLICT
        return None if self._has_room(claim, found, node) else _NOT_ENOUGH

    def _has_room(self, claim: Object, storage_class: Object, node: NodeInfo) -> bool:
        """Does the driver, if it tells how much it has, have enough that is reachable from the node?"""
        driver = self._cluster.find(_DRIVERS, "", storage_class.get("provisioner") or "")
        if driver is None or not (driver.get("spec") or {}).get("storageCapacity"):
            return True
        size = requested_size(claim)
        for offer in self._cluster.all(_CAPACITIES):
            limit = offer.get("maximumVolumeSize") or offer.get("capacity")
            if offer.get("storageClassName") != name_of(storage_class) or limit is None:
                continue
            reachable = offer.get("nodeTopology") is not None and selector_of(offer["nodeTopology"]).matches(node.labels)
            if reachable and not Quantity.of(limit) < size:
                return True
        return False


def _node_chosen(claim: Object) -> bool:
    return "volume.kubernetes.io/selected-node" in (claim["metadata"].get("annotations") or {})


def _reaches(volume: Object, node: NodeInfo) -> bool:
    required = ((volume.get("spec") or {}).get("nodeAffinity") or {}).get("required")
    return required is None or selector_matches(required, node.labels, node.name)


def _allowed(terms: Iterable[Object] | None, labels: Mapping[str, str]) -> bool:
    """Topology selector terms: any of them, all of its label expressions."""

    def matches(term: Object) -> bool:
        parts = term.get("matchLabelExpressions") or ()
        return all(labels.get(part.get("key") or "") in (part.get("values") or ()) for part in parts)

    terms = list(terms or ())
    return not terms or any(map(matches, terms))


class VolumeBinding:
    """See the module."""

    name = NAME
    concerns = frozenset(
        {
            "nodes/add",
            "nodes/update",
            "persistentvolumeclaims/add",
            "persistentvolumeclaims/update",
            "persistentvolumes/add",
            "persistentvolumes/update",
            f"{CLASSES}/add",
            f"{CLASSES}/update",
            f"{_CAPACITIES}/add",
            f"{_CAPACITIES}/update",
            f"{_DRIVERS}/update",
        }
    )

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        try:
            claims = list(claims_of(pod, cluster))
        except ClaimProblem as problem:
            return unresolvable(NAME, str(problem))
        if not claims:
            return None
        bound = [claim for claim in claims if is_bound(claim)]
        waiting = [claim for claim in claims if not volume_name(claim) and waits_for_pod(claim, cluster)]
        if len(bound) + len(waiting) < len(claims):
            return unresolvable(NAME, "pod has unbound immediate PersistentVolumeClaims")
        return _Prepared(bound, waiting, cluster)

    def find(self, pod: PodInfo, node: NodeInfo, cluster: Cluster) -> Found:
        """What has to be bound and provisioned for a pod that was given to a node."""
        prepared = self.prepare(pod, cluster)
        found = prepared.find(node) if isinstance(prepared, _Prepared) else Found()
        return found if isinstance(found, Found) else Found()
