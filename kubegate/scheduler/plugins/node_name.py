"""NodeName: a pod that names its node runs there or nowhere (only seen when scheduling is simulated for such a pod)."""

from __future__ import annotations

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "NodeName"
_REFUSAL = unresolvable(NAME, "node(s) didn't match the requested node name")


class _Prepared(Prepared):
    def __init__(self, wanted: str) -> None:
        self._wanted = wanted

    def check(self, node: NodeInfo) -> Rejection | None:
        return None if node.name == self._wanted else _REFUSAL


class NodeName:
    """See the module."""

    name = NAME
    concerns = frozenset({"nodes/add"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | None:
        return _Prepared(pod.node_name) if pod.node_name else None
