"""NodeVolumeLimits: a CSI driver may attach only so many volumes to a node (CSINode)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kubegate.scheduler.claims import CLAIMS, CLASSES, VOLUMES, class_name, volume_name
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection

NAME = "NodeVolumeLimits"
_NODES = "csinodes.storage.k8s.io"
_REFUSAL = Rejection(NAME, ("node(s) exceed max volume count",))


class _Prepared(Prepared):
    def __init__(self, wanted: set[tuple[str, str]], cluster: Cluster) -> None:
        self._wanted = wanted
        self._cluster = cluster

    def check(self, node: NodeInfo) -> Rejection | None:
        limits = _limits(node.name, self._cluster)
        if not limits:
            return None
        attached = {volume for pod in node.pods.values() for volume in _volumes(pod, self._cluster)}
        used = Counter(driver for driver, _ in attached)
        new = Counter(driver for driver, _ in self._wanted - attached)
        if any(driver in limits and used[driver] + count > limits[driver] for driver, count in new.items()):
            return _REFUSAL
        return None


def _limits(node_name: str, cluster: Cluster) -> dict[str, int]:
    found = cluster.find(_NODES, "", node_name) or {}
    drivers = (found.get("spec") or {}).get("drivers") or ()
    counts = {driver.get("name") or "": (driver.get("allocatable") or {}).get("count") for driver in drivers}
    return {name: count for name, count in counts.items() if count is not None}


def _volumes(pod: PodInfo, cluster: Cluster) -> Iterator[tuple[str, str]]:
    """(driver, handle) of each claimed CSI volume of a pod; one that is not bound yet counts by its claim."""
    for _, name in pod.volumes():
        claim = cluster.find(CLAIMS, pod.namespace, name) if name else None
        if claim is None:
            continue
        bound = cluster.find(VOLUMES, "", volume_name(claim)) if volume_name(claim) else None
        if bound is not None:
            source = (bound.get("spec") or {}).get("csi")
            if source:
                yield source.get("driver") or "", source.get("volumeHandle") or ""
        else:
            provisioner = (cluster.find(CLASSES, "", class_name(claim)) or {}).get("provisioner") or ""
            if provisioner:
                yield provisioner, f"{pod.namespace}/{name}"


class NodeVolumeLimits:
    """See the module."""

    name = NAME
    concerns = frozenset({"nodes/add", "pods/delete", f"{_NODES}/add", f"{_NODES}/update", "persistentvolumeclaims/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | None:
        wanted = set(_volumes(pod, cluster))
        return _Prepared(wanted, cluster) if wanted else None
