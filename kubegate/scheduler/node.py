"""A node as the scheduler sees it: what it offers and what the pods on it have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kubegate.api.names import Object
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.requests import PODS, Amounts, amounts


class NodeInfo:
    """A node with its pods (by uid). ``add`` and ``remove`` keep the sums; ``copy`` is for trying things out."""

    def __init__(self, node: Object) -> None:
        self.pods: dict[str, PodInfo] = {}
        self.requested: Counter[str] = Counter()
        self.assumed_cpu = 0
        self.assumed_memory = 0
        self.ports: Counter[tuple[str, str, int]] = Counter()
        self.replace(node)

    def replace(self, node: Object) -> None:
        """Take over a newer state of the node itself."""
        meta, spec, status = node.get("metadata") or {}, node.get("spec") or {}, node.get("status") or {}
        self.object = node
        self.name: str = meta.get("name") or ""
        self.labels: Mapping[str, str] = meta.get("labels") or {}
        self.taints: Sequence[Object] = tuple(spec.get("taints") or ())
        self.unschedulable = bool(spec.get("unschedulable"))
        self.allocatable: Amounts = amounts(status.get("allocatable"))
        self.pod_limit = self.allocatable.get(PODS, 0)

    def __repr__(self) -> str:
        return f"NodeInfo({self.name})"

    @property
    def images(self) -> Sequence[Object]:
        """The images that the node has."""
        return (self.object.get("status") or {}).get("images") or ()

    def add(self, pod: PodInfo) -> None:
        """A pod takes its share."""
        self.pods[pod.uid] = pod
        self._count(pod, 1)

    def remove(self, pod: PodInfo) -> None:
        """A pod gives it back; ignored if it is not here."""
        held = self.pods.pop(pod.uid, None)
        if held is not None:
            self._count(held, -1)

    def _count(self, pod: PodInfo, sign: int) -> None:
        for name, amount in pod.requests.items():
            self.requested[name] += sign * amount
        cpu, memory = pod.assumed_requests
        self.assumed_cpu += sign * cpu
        self.assumed_memory += sign * memory
        for port in pod.host_ports:
            self.ports[port] += sign
            if not self.ports[port]:
                del self.ports[port]

    def copy(self) -> NodeInfo:
        """The same node, to be changed without consequences."""
        other = NodeInfo.__new__(NodeInfo)
        other.__dict__.update(self.__dict__)
        other.pods = dict(self.pods)
        other.requested = self.requested.copy()
        other.ports = self.ports.copy()
        return other
