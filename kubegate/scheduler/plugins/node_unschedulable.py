"""NodeUnschedulable: cordoned nodes take no pods, unless the pod tolerates the taint that stands for it."""

from __future__ import annotations

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import tolerates
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "NodeUnschedulable"
_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_REFUSAL = unresolvable(NAME, "node(s) were unschedulable")


class _Prepared(Prepared):
    def __init__(self, tolerated: bool) -> None:
        self._tolerated = tolerated

    def check(self, node: NodeInfo) -> Rejection | None:
        return _REFUSAL if node.unschedulable and not self._tolerated else None


class NodeUnschedulable:
    """See the module."""

    name = NAME
    concerns = frozenset({"nodes/add", "nodes/update", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared:
        return _Prepared(any(tolerates(toleration, _TAINT) for toleration in pod.tolerations))
