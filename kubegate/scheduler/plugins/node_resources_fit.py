"""NodeResourcesFit: what the pod requests is still free; of the nodes that have it, the emptiest is liked best."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import MAX_SCORE, Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.requests import CPU, MEMORY
from kubegate.scheduler.verdict import Rejection

NAME = "NodeResourcesFit"
_FIRST = {CPU: 0, MEMORY: 1, "ephemeral-storage": 2}


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo) -> None:
        wanted = [(name, amount) for name, amount in pod.requests.items() if amount > 0]
        self._wanted = sorted(wanted, key=lambda part: (_FIRST.get(part[0], 3), part[0]))

    def check(self, node: NodeInfo) -> Rejection | None:
        reasons, resolvable = [], True
        if len(node.pods) + 1 > node.pod_limit:
            reasons.append("Too many pods")
        for name, amount in self._wanted:
            offered = node.allocatable.get(name, 0)
            if amount > offered - node.requested[name]:
                reasons.append(f"Insufficient {name}")
                resolvable = resolvable and amount <= offered
        return Rejection(NAME, tuple(reasons), resolvable) if reasons else None


class NodeResourcesFit:
    """See the module."""

    name = NAME
    weight = 1
    concerns = frozenset({"nodes/add", "nodes/update", "pods/delete", "pods/update", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared:
        return _Prepared(pod)

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int]:
        cpu, memory = pod.assumed_requests
        return [
            _mean(
                _free(node.allocatable.get(CPU, 0), node.assumed_cpu + cpu),
                _free(node.allocatable.get(MEMORY, 0), node.assumed_memory + memory),
            )
            for node in nodes
        ]


def _free(offered: int, taken: int) -> int | None:
    """The free part in percent; None if the node does not offer the resource at all."""
    if not offered:
        return None
    return 0 if taken > offered else (offered - taken) * MAX_SCORE // offered


def _mean(*parts: int | None) -> int:
    found = [part for part in parts if part is not None]
    return sum(found) // len(found) if found else 0
