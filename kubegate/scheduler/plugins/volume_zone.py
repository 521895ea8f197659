"""VolumeZone: a volume that is labelled with a zone or region is only reachable from nodes with the same label."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.go import quote
from kubegate.api.names import Object, labels_of
from kubegate.scheduler.claims import CLAIMS, CLASSES, VOLUMES, WAIT, class_name, volume_name
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "VolumeZone"
_REFUSAL = unresolvable(NAME, "node(s) had no available volume zone")

_LABELS = {
    # the label, and by which other name a node may have it
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}


class _Prepared(Prepared):
    def __init__(self, wanted: Sequence[tuple[str, frozenset[str]]]) -> None:
        self._wanted = wanted

    def check(self, node: NodeInfo) -> Rejection | None:
        if not any(label in node.labels for label in _LABELS):
            return None
        for label, values in self._wanted:
            if node.labels.get(label, node.labels.get(_LABELS[label])) not in values:
                return _REFUSAL
        return None


class VolumeZone:
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
        }
    )

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        wanted: list[tuple[str, frozenset[str]]] = []
        for name in pod.named_claims():
            claim = cluster.find(CLAIMS, pod.namespace, name)
            if claim is None:
                return unresolvable(NAME, f"persistentvolumeclaim {quote(name)} not found")
            if not volume_name(claim):
                if (problem := _cannot_wait(claim, cluster)) is not None:
                    return unresolvable(NAME, problem)
                continue
            volume = cluster.find(VOLUMES, "", volume_name(claim))
            if volume is None:
                return unresolvable(NAME, f"persistentvolume {quote(volume_name(claim))} not found")
            labels = [(label, _values(text)) for label, text in labels_of(volume).items() if label in _LABELS]
            wanted += [(label, values) for label, values in labels if values]
        return _Prepared(wanted) if wanted else None


def _values(text: str) -> frozenset[str]:
    """A volume may be in several zones: ``a__b``; none if one of them has no name."""
    values = frozenset(part.strip() for part in text.split("__"))
    return frozenset() if "" in values else values


def _cannot_wait(claim: Object, cluster: Cluster) -> str | None:
    """Why an unbound claim cannot be bound later."""
    name = class_name(claim)
    if not name:
        return "PersistentVolumeClaim had no pv name and storageClass name"
    found = cluster.find(CLASSES, "", name)
    if found is None:
        return f"storageclass.storage.k8s.io {quote(name)} not found"
    return None if found.get("volumeBindingMode") == WAIT else "PersistentVolume had no name"
