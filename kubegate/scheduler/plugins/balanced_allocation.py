"""NodeResourcesBalancedAllocation: does the pod bring the node's use of CPU and memory into balance or out of it?

The balance is one less the standard deviation of the used fractions, which for two resources is half their difference; the
score is how much the pod improves it, mapped to the upper half of the range.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import MAX_SCORE
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.requests import CPU, MEMORY

NAME = "NodeResourcesBalancedAllocation"
_RESOURCES = (CPU, MEMORY)


class BalancedAllocation:
    """See the module. Pods that request nothing are not judged, lest they all go to one node."""

    name = NAME
    weight = 1

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        wanted = [pod.requests.get(name, 0) for name in _RESOURCES]
        if not any(wanted):
            return None
        return [_score(node, wanted) for node in nodes]


def _score(node: NodeInfo, wanted: Sequence[int]) -> int:
    used = [node.requested[name] for name in _RESOURCES]
    offered = [node.allocatable.get(name, 0) for name in _RESOURCES]
    better = _balance([a + b for a, b in zip(used, wanted, strict=True)], offered) - _balance(used, offered)
    return MAX_SCORE // 2 + (MAX_SCORE // 2 + better) // 2


def _balance(used: Sequence[int], offered: Sequence[int]) -> int:
    fractions = [min(taken / total, 1.0) for taken, total in zip(used, offered, strict=True) if total]
    deviation = abs(fractions[0] - fractions[1]) / 2 if len(fractions) == 2 else 0.0
    return int((1 - deviation) * MAX_SCORE)
