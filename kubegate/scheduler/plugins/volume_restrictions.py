"""VolumeRestrictions: some volumes cannot be mounted twice on a node, and ReadWriteOncePod claims not twice at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.scheduler.claims import CLAIMS
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "VolumeRestrictions"
_DISK = Rejection(NAME, ("node(s) had no available disk",))
_IN_USE = Rejection(NAME, ("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",))


def _same_disk(field: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], bool]:
    return lambda left, right: left.get(field) == right.get(field)


def _same_writable(field: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], bool]:
    """The same thing, unless both only read it."""
    return lambda left, right: left.get(field) == right.get(field) and not (left.get("readOnly") and right.get("readOnly"))


def _same_image(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """RADOS block devices: a shared monitor, the same pool and image."""
    if not set(left.get("monitors") or ()) & set(right.get("monitors") or ()):
        return False
    if (left.get("pool") or "rbd", left.get("image")) != (right.get("pool") or "rbd", right.get("image")):
        return False
    return not (left.get("readOnly") and right.get("readOnly"))


_CONFLICTS = {
    "gcePersistentDisk": _same_writable("pdName"),
    "awsElasticBlockStore": _same_disk("volumeID"),
    "iscsi": _same_writable("iqn"),
    "rbd": _same_image,
}


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo, exclusive: frozenset[str]) -> None:
        self._pod = pod
        self._exclusive = exclusive
        volumes = [volume for volume, _ in pod.volumes()]
        self._disks = [(kind, volume[kind]) for volume in volumes for kind in _CONFLICTS if volume.get(kind)]

    @property
    def empty(self) -> bool:
        return not self._exclusive and not self._disks

    def check(self, node: NodeInfo) -> Rejection | None:
        if any(self._conflicts(volume) for other in node.pods.values() for volume, _ in other.volumes()):
            return _DISK
        return _IN_USE if any(self._shares(other) for other in node.pods.values()) else None

    def _shares(self, other: PodInfo) -> bool:
        """Does another pod use one of the exclusive claims?"""
        return other.namespace == self._pod.namespace and any(name in self._exclusive for name in other.named_claims())

    def _conflicts(self, volume: Object) -> bool:
        return any(volume.get(kind) and _CONFLICTS[kind](source, volume[kind]) for kind, source in self._disks)


class VolumeRestrictions:
    """See the module."""

    name = NAME
    concerns = frozenset({"nodes/add", "pods/delete", "persistentvolumeclaims/add", "persistentvolumeclaims/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        exclusive = set()
        for name in pod.named_claims():
            claim = cluster.find(CLAIMS, pod.namespace, name)
            if claim is None:
                return unresolvable(NAME, f"persistentvolumeclaim {quote(name)} not found")
            if "ReadWriteOncePod" in (claim["spec"].get("accessModes") or ()):
                exclusive.add(name)
        held = _held(pod, exclusive, cluster)
        prepared = _Everywhere(pod, frozenset(exclusive), held) if held else _Prepared(pod, frozenset(exclusive))
        return None if prepared.empty else prepared


class _Everywhere(_Prepared):
    """An exclusive claim is in use somewhere: until that pod is gone no node will do, only its own by preemption."""

    def __init__(self, pod: PodInfo, exclusive: frozenset[str], held: frozenset[str]) -> None:
        super().__init__(pod, exclusive)
        self._held = held

    def check(self, node: NodeInfo) -> Rejection | None:
        return super().check(node) or (_IN_USE if self._held else None)

    def removed(self, pod: PodInfo, node: NodeInfo) -> None:
        self._held = self._held - {pod.uid}

    def added(self, pod: PodInfo, node: NodeInfo) -> None:
        if self._shares(pod):
            self._held = self._held | {pod.uid}

    def copy(self) -> Prepared:
        return _Everywhere(self._pod, self._exclusive, self._held)


def _held(pod: PodInfo, exclusive: set[str], cluster: Cluster) -> frozenset[str]:
    """The pods (by uid) that use one of the exclusive claims."""
    if not exclusive:
        return frozenset()
    mine = (other for other in cluster.pods.values() if other.namespace == pod.namespace)
    return frozenset(other.uid for other in mine if any(name in exclusive for name in other.named_claims()))
