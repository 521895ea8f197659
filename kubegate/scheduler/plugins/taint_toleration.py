"""TaintToleration: taints keep pods out (NoSchedule, NoExecute) or make a node less liked (PreferNoSchedule)."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared, normalized
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import keeps_out, tolerates, untolerated
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "TaintToleration"
_REFUSAL = unresolvable(NAME, "node(s) had untolerated taint(s)")


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo) -> None:
        self._tolerations = pod.tolerations

    def check(self, node: NodeInfo) -> Rejection | None:
        if not node.taints or untolerated(node.taints, self._tolerations, keeps_out) is None:
            return None
        return _REFUSAL


class TaintToleration:
    """See the module."""

    name = NAME
    weight = 3
    concerns = frozenset({"nodes/add", "nodes/update", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared:
        return _Prepared(pod)

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int]:
        soft = [part for part in pod.tolerations if part.get("effect") in (None, "", "PreferNoSchedule")]
        return normalized([_disliked(node, soft) for node in nodes], reverse=True)


def _disliked(node: NodeInfo, tolerations: Sequence[dict[str, object]]) -> int:
    """How many PreferNoSchedule taints the pod does not tolerate."""
    soft = (taint for taint in node.taints if taint.get("effect") == "PreferNoSchedule")
    return sum(not any(tolerates(toleration, taint) for toleration in tolerations) for taint in soft)
