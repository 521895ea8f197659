"""The scheduler's picture of the cluster, kept by the events of the API.

Pods that were just bound are *assumed* to run where they were sent, before the API confirms it, so that the next pod sees
their share taken. The other kinds are kept as plain objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from kubegate.api.names import Object
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo

_NONE: Mapping[str, Object] = MappingProxyType({})


class Cluster:
    """Nodes, pods and what else plugins look at."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.pods: dict[str, PodInfo] = {}
        """The pods that are (assumed to be) on nodes, by uid."""
        self.nominated: dict[str, tuple[PodInfo, str]] = {}
        """The pods that wait for preemption on a node, by uid."""
        self._on: dict[str, dict[str, PodInfo]] = defaultdict(dict)
        self._node_of: dict[str, str] = {}
        self._affine: dict[str, PodInfo] = {}
        self._objects: dict[str, dict[tuple[str, str], Object]] = defaultdict(dict)

    # Nodes and pods

    def put_node(self, node: Object) -> None:
        """A node appears or changes."""
        name = (node.get("metadata") or {}).get("name") or ""
        if known := self.nodes.get(name):
            known.replace(node)
            return
        self.nodes[name] = made = NodeInfo(node)
        for pod in self._on[name].values():
            made.add(pod)

    def drop_node(self, name: str) -> None:
        """A node is gone; its pods are remembered in case it comes back."""
        self.nodes.pop(name, None)

    def put_pod(self, pod: PodInfo, node_name: str) -> None:
        """A pod is on a node, or changed there."""
        self.drop_pod(pod.uid)
        self.pods[pod.uid] = pod
        self._on[node_name][pod.uid] = pod
        self._node_of[pod.uid] = node_name
        if pod.has_affinity:
            self._affine[pod.uid] = pod
        if node := self.nodes.get(node_name):
            node.add(pod)

    def drop_pod(self, uid: str) -> None:
        """A pod is gone or finished."""
        known = self.pods.pop(uid, None)
        if known is None:
            return
        self._affine.pop(uid, None)
        node_name = self._node_of.pop(uid)
        del self._on[node_name][uid]
        if node := self.nodes.get(node_name):
            node.remove(known)

    def placed(self, *, with_affinity: bool) -> Iterator[tuple[PodInfo, NodeInfo]]:
        """All pods on known nodes, or only those that say something about other pods."""
        if not with_affinity:
            yield from ((pod, node) for node in self.nodes.values() for pod in node.pods.values())
            return
        for uid, pod in self._affine.items():
            if node := self.nodes.get(self._node_of[uid]):
                yield pod, node

    def nominate(self, pod: PodInfo, node_name: str) -> None:
        """A pod waits for room on a node; "" forgets it."""
        if node_name:
            self.nominated[pod.uid] = (pod, node_name)
        else:
            self.nominated.pop(pod.uid, None)

    def nominated_to(self, node_name: str) -> list[PodInfo]:
        """The pods that wait for room on a node."""
        return [pod for pod, name in self.nominated.values() if name == node_name]

    # Other kinds

    def put(self, resource: str, obj: Object) -> None:
        """An object of another kind appears or changes."""
        meta = obj.get("metadata") or {}
        self._objects[resource][meta.get("namespace") or "", meta.get("name") or ""] = obj

    def drop(self, resource: str, namespace: str, name: str) -> None:
        """It is gone."""
        self._objects[resource].pop((namespace, name), None)

    def find(self, resource: str, namespace: str, name: str) -> Object | None:
        """One object, or None."""
        return self._objects[resource].get((namespace, name))

    def all(self, resource: str) -> Iterable[Object]:
        """All objects of a kind."""
        return self._objects[resource].values()

    def in_namespace(self, resource: str, namespace: str) -> Iterable[Object]:
        """Those of one namespace."""
        return (obj for (where, _), obj in self._objects[resource].items() if where == namespace)

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """The labels of a namespace; none if it is unknown."""
        found = self.find("namespaces", "", namespace) or _NONE
        return (found.get("metadata") or {}).get("labels") or {}
