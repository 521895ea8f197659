"""InterPodAffinity: pods that want to be near other pods, or not near them.

Nearness is the equality of a node label (the topology key). Counted are the matching pods of each (key, value) pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import MAX_SCORE, Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import AffinityTerm, PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable

NAME = "InterPodAffinity"
HARD_AFFINITY_WEIGHT = 1
"""What another pod's required affinity to this pod is worth as a preference."""

_AFFINITY = unresolvable(NAME, "node(s) didn't match pod affinity rules")
_ANTI_AFFINITY = Rejection(NAME, ("node(s) didn't match pod anti-affinity rules",))
_EXISTING = Rejection(NAME, ("node(s) didn't satisfy existing pods anti-affinity rules",))

Pair: TypeAlias = "tuple[str, str]"


class _Prepared(Prepared):
    """``near``, ``apart``: pods that the pod's own terms are about; ``unwelcome``: pods whose terms are about the pod."""

    def __init__(self, pod: PodInfo, cluster: Cluster) -> None:
        self._pod = pod
        self._cluster = cluster
        self._labels = cluster.namespace_labels(pod.namespace)
        self._near: Counter[Pair] = Counter()
        self._apart: Counter[Pair] = Counter()
        self._unwelcome: Counter[Pair] = Counter()
        wants = bool(pod.required_affinity or pod.required_anti_affinity)
        for other, node in cluster.placed(with_affinity=not wants):
            self._count(other, node, 1)

    @property
    def empty(self) -> bool:
        """No pod has anything to say."""
        return not (self._pod.required_affinity or self._pod.required_anti_affinity or self._unwelcome)

    def check(self, node: NodeInfo) -> Rejection | None:
        if not self._is_near(node):
            return _AFFINITY
        for term in self._pod.required_anti_affinity:
            key = term.topology_key
            if key in node.labels and self._apart[key, node.labels[key]] > 0:
                return _ANTI_AFFINITY
        if self._unwelcome and any(self._unwelcome[pair] > 0 for pair in node.labels.items()):
            return _EXISTING
        return None

    def _is_near(self, node: NodeInfo) -> bool:
        terms = self._pod.required_affinity
        if not all(term.topology_key in node.labels for term in terms):
            return False
        if all(self._near[term.topology_key, node.labels[term.topology_key]] > 0 for term in terms):
            return True
        # The first of a group of pods that want to be near each other may go anywhere.
        alone = not any(count > 0 for count in self._near.values())
        return alone and all(term.matches(self._pod, self._labels) for term in terms)

    def added(self, pod: PodInfo, node: NodeInfo) -> None:
        self._count(pod, node, 1)

    def removed(self, pod: PodInfo, node: NodeInfo) -> None:
        self._count(pod, node, -1)

    def copy(self) -> Prepared:
        other = _Prepared.__new__(_Prepared)
        other.__dict__.update(self.__dict__)
        other._near, other._apart, other._unwelcome = self._near.copy(), self._apart.copy(), self._unwelcome.copy()
        return other

    def _count(self, other: PodInfo, node: NodeInfo, sign: int) -> None:
        labels = self._cluster.namespace_labels(other.namespace)
        near = self._pod.required_affinity
        if near and all(term.matches(other, labels) for term in near):
            _tally(self._near, near, node, sign)
        _tally(self._apart, (term for term in self._pod.required_anti_affinity if term.matches(other, labels)), node, sign)
        about = (term for term in other.required_anti_affinity if term.matches(self._pod, self._labels))
        _tally(self._unwelcome, about, node, sign)


def _tally(counts: Counter[Pair], terms: Iterable[AffinityTerm], node: NodeInfo, sign: int) -> None:
    for term in terms:
        if term.topology_key in node.labels:
            counts[term.topology_key, node.labels[term.topology_key]] += sign


class InterPodAffinity:
    """See the module."""

    name = NAME
    weight = 2
    concerns = frozenset({"nodes/add", "nodes/update", "pods/add", "pods/update", "pods/delete", "pending/update"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | None:
        prepared = _Prepared(pod, cluster)
        return None if prepared.empty else prepared

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        liking = _liking(pod, cluster)
        if not liking:
            return None
        found = [sum(liking[pair] for pair in node.labels.items() if pair in liking) for node in nodes]
        lowest, highest = min(found), max(found)
        if highest == lowest:
            return [0] * len(found)
        return [int(MAX_SCORE * ((score - lowest) / (highest - lowest))) for score in found]


def _liking(pod: PodInfo, cluster: Cluster) -> Counter[Pair]:
    """What each (key, value) pair is worth, by the preferences of the pod and of the pods that are there."""
    liking: Counter[Pair] = Counter()
    labels = cluster.namespace_labels(pod.namespace)
    wants = bool(pod.preferred_affinity or pod.preferred_anti_affinity)
    for other, node in cluster.placed(with_affinity=not wants):
        if wants:
            other_labels = cluster.namespace_labels(other.namespace)
            _weigh(liking, pod.preferred_affinity, other, other_labels, node, 1)
            _weigh(liking, pod.preferred_anti_affinity, other, other_labels, node, -1)
        if other.has_affinity:
            _weigh(liking, other.required_affinity, pod, labels, node, 1)
            _weigh(liking, other.preferred_affinity, pod, labels, node, 1)
            _weigh(liking, other.preferred_anti_affinity, pod, labels, node, -1)
    return liking


def _weigh(
    liking: Counter[Pair],
    terms: Iterable[AffinityTerm],
    about: PodInfo,
    labels: Mapping[str, str],
    node: NodeInfo,
    sign: int,
) -> None:
    for term in terms:
        if term.topology_key in node.labels and term.matches(about, labels):
            weight = term.weight or HARD_AFFINITY_WEIGHT
            liking[term.topology_key, node.labels[term.topology_key]] += sign * weight
