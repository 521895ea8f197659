"""The API's events -> the scheduler's picture, and which of them may help a parked pod.

Source: kube-scheduler ``eventhandlers.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.queue import Queue

WATCHED = (
    "namespaces",
    "nodes",
    "persistentvolumes",
    "persistentvolumeclaims",
    "storageclasses.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "csidrivers.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io",
    "poddisruptionbudgets.policy",
    "services",
    "replicationcontrollers",
    "replicasets.apps",
    "statefulsets.apps",
    "deviceclasses.resource.k8s.io",
    "resourceclaims.resource.k8s.io",
    "pods",
)
"""What the scheduler has to see, in the order in which it is best told at the start: pods last."""


class Observer:
    """Takes note of what happened to objects."""

    def __init__(self, cluster: Cluster, queue: Queue, scheduler_name: str) -> None:
        self._cluster = cluster
        self._queue = queue
        self._scheduler_name = scheduler_name

    def observe(self, resource: str, obj: Object, now: float, *, deleted: bool) -> None:
        """An object appeared, changed or went."""
        if resource == "pods":
            self._pod(PodInfo(obj), now, deleted=deleted)
        elif resource == "nodes":
            self._node(obj, now, deleted=deleted)
        else:
            self._other(resource, obj, now, deleted=deleted)

    def _node(self, node: Object, now: float, *, deleted: bool) -> None:
        name = name_of(node)
        known = self._cluster.nodes.get(name)
        before = _look(known) if known else None
        if deleted:
            self._cluster.drop_node(name)
            self._queue.changed("nodes/delete", now)
            return
        self._cluster.put_node(node)
        if before is None:
            self._queue.changed("nodes/add", now)
        elif before != _look(self._cluster.nodes[name]):
            self._queue.changed("nodes/update", now)

    def _other(self, resource: str, obj: Object, now: float, *, deleted: bool) -> None:
        namespace, name = namespace_of(obj), name_of(obj)
        action = "update" if self._cluster.find(resource, namespace, name) else "add"
        if deleted:
            self._cluster.drop(resource, namespace, name)
            action = "delete"
        else:
            self._cluster.put(resource, obj)
        self._queue.changed(f"{resource}/{action}", now)

    def _pod(self, pod: PodInfo, now: float, *, deleted: bool) -> None:
        known = self._cluster.pods.get(pod.uid)
        if deleted or pod.finished:
            self._gone(pod, known, now)
        elif pod.node_name:
            self._assigned(pod, known, now)
        elif known is None:  # else it is on its way to a node, and this is older than that decision
            self._pending(pod, now)

    def _gone(self, pod: PodInfo, known: PodInfo | None, now: float) -> None:
        self._queue.drop(pod.uid)
        nominated = self._cluster.nominated.pop(pod.uid, None)
        self._cluster.drop_pod(pod.uid)
        if known is not None or nominated is not None:
            self._queue.changed("pods/delete", now)

    def _assigned(self, pod: PodInfo, known: PodInfo | None, now: float) -> None:
        self._queue.drop(pod.uid)
        self._cluster.nominate(pod, "")
        self._cluster.put_pod(pod, pod.node_name)
        if known is None or not known.node_name:
            self._queue.changed("pods/add", now)
        elif known.labels != pod.labels or known.requests != pod.requests:
            self._queue.changed("pods/update", now)

    def _pending(self, pod: PodInfo, now: float) -> None:
        if (pod.spec.get("schedulerName") or "default-scheduler") != self._scheduler_name:
            return
        if pod.terminating:
            self._queue.drop(pod.uid)
            return
        if pod.nominated_node:
            self._cluster.nominate(pod, pod.nominated_node)
        old = self._queue.get(pod.uid)
        if old is None or (old.spec, old.labels, old.made_claims) != (pod.spec, pod.labels, pod.made_claims):
            self._queue.put(pod, now)
        else:
            self._queue.refresh(pod)


def _look(node: NodeInfo) -> tuple[Any, ...]:
    """What filters look at in a node."""
    return node.labels, node.taints, node.unschedulable, node.allocatable
