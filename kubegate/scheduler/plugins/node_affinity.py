"""NodeAffinity: nodeSelector and node affinity, required and preferred."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared, normalized
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import pod_accepts, preferred_terms, required_terms, term_matches
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "NodeAffinity"
_REFUSAL = unresolvable(NAME, "node(s) didn't match Pod's node affinity/selector")


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo, nodes: frozenset[str] | None) -> None:
        self._pod = pod.object
        self.nodes = nodes

    def check(self, node: NodeInfo) -> Rejection | None:
        return None if pod_accepts(self._pod, node.labels, node.name) else _REFUSAL


class NodeAffinity:
    """See the module."""

    name = NAME
    weight = 2
    concerns = frozenset({"nodes/add", "nodes/update", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        required = required_terms(pod.object)
        if required is None and not pod.spec.get("nodeSelector"):
            return None
        nodes = _named_nodes((required or {}).get("nodeSelectorTerms") or ())
        if nodes is not None and not nodes:
            return unresolvable(NAME, "pod affinity terms conflict")
        return _Prepared(pod, nodes)

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        preferred = [part for part in preferred_terms(pod.object) if part.get("weight")]
        if not preferred:
            return None
        return normalized([_liked(node, preferred) for node in nodes])


def _liked(node: NodeInfo, preferred: Sequence[Object]) -> int:
    return sum(part["weight"] for part in preferred if term_matches(part.get("preference") or {}, node.labels, node.name))


def _named_nodes(terms: Sequence[Object]) -> frozenset[str] | None:
    """The nodes that the terms name, if every one of them names nodes."""
    found: frozenset[str] = frozenset()
    for term in terms:
        named = [
            frozenset(field.get("values") or ())
            for field in term.get("matchFields") or ()
            if field.get("key") == "metadata.name" and field.get("operator") == "In"
        ]
        if not named:
            return None
        found |= frozenset.intersection(*named)
    return found if terms else None
