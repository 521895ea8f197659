"""One scheduling decision: which node for this pod, or why none. Nothing is changed here.

Source: kube-scheduler ``schedule_one.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.plugins.dynamic_resources import NAME as DEVICES
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.profile import Profile
from kubegate.scheduler.verdict import Diagnosis, Rejection, unresolvable

ENOUGH_NODES = 100
"""A cluster of at most so many nodes is searched completely."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A node for the pod. ``best`` are all nodes that were as good, ``scores`` the weighted sums (none if only one node
    fitted)."""

    node: NodeInfo
    best: Sequence[str]
    scores: dict[str, int] = field(default_factory=dict)
    by_plugin: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unfit:
    """No node. ``prepared`` are the filters as they stood, for trying out preemption; None if a filter refused the pod
    before it looked at nodes."""

    diagnosis: Diagnosis
    prepared: Sequence[Prepared] | None


class Cycle:
    """Decides for one pod after the other; keeps only where in the list of nodes to go on."""

    def __init__(self, profile: Profile, cluster: Cluster, random: Random | None = None) -> None:
        self._profile = profile
        self._cluster = cluster
        self._random = random or Random()
        self._start = 0

    def decide(self, pod: PodInfo) -> Chosen | Unfit:
        """The node that fits and scores best; ties are broken at random."""
        diagnosis = Diagnosis(len(self._cluster.nodes))
        if not self._cluster.nodes:
            return Unfit(diagnosis, None)
        prepared = self.prepare(pod, diagnosis)
        if prepared is None:
            return Unfit(diagnosis, None)
        fitting = self._nominated(pod, prepared) or self._fitting(pod, prepared, diagnosis)
        if not fitting:
            return Unfit(diagnosis, prepared)
        return self._best(pod, fitting)

    def prepare(self, pod: PodInfo, diagnosis: Diagnosis) -> list[Prepared] | None:
        """Every filter's view of the pod; None (and the reason in ``diagnosis``) if one refuses it wherever it goes."""
        prepared: list[Prepared] = []
        limits: dict[str, frozenset[str]] = {}
        for plugin in self._profile.filters:
            found = plugin.prepare(pod, self._cluster)
            if isinstance(found, Rejection):
                diagnosis.before = found
                if plugin.name != DEVICES:
                    diagnosis.after = "not found"  # what the first helper says, which did not get to see the pod
                return None
            if found is not None:
                prepared.append(found)
                if found.nodes is not None:
                    limits[plugin.name] = found.nodes
        if limits:
            # More than one such plugin would need the words "simultaneously"; the default profile has one.
            reason = f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(limits))}]"
            diagnosis.absent = unresolvable(next(iter(limits)), reason)
        return prepared

    def _nominated(self, pod: PodInfo, prepared: Sequence[Prepared]) -> list[NodeInfo]:
        """The node that was freed for the pod, if it fits there now."""
        node = self._cluster.nodes.get(pod.nominated_node)
        if node is None or any(part.nodes is not None and node.name not in part.nodes for part in prepared):
            return []
        return [] if self.refusal(pod, node, prepared) else [node]

    def _fitting(self, pod: PodInfo, prepared: Sequence[Prepared], diagnosis: Diagnosis) -> list[NodeInfo]:
        nodes = list(self._candidates(prepared))
        wanted = nodes_to_find(len(nodes))
        found: list[NodeInfo] = []
        looked_at = 0
        for node in islice(_rotated(nodes, self._start), len(nodes)):
            looked_at += 1
            refusal = self.refusal(pod, node, prepared)
            if refusal is not None:
                diagnosis.nodes[node.name] = refusal
                continue
            found.append(node)
            if len(found) >= wanted:
                break
        self._start = (self._start + looked_at) % max(len(nodes), 1)
        return found

    def _candidates(self, prepared: Sequence[Prepared]) -> Iterator[NodeInfo]:
        limits = [part.nodes for part in prepared if part.nodes is not None]
        names = frozenset.intersection(*limits) if limits else None
        return (node for name, node in self._cluster.nodes.items() if names is None or name in names)

    def refusal(self, pod: PodInfo, node: NodeInfo, prepared: Sequence[Prepared]) -> Rejection | None:
        """The first filter's refusal of a node. Pods of at least this priority that wait for room there count as if they
        were there; but the pod must also fit if they are not, because they may never come."""
        waiting = [
            other
            for other in self._cluster.nominated_to(node.name)
            if other.priority >= pod.priority and other.uid != pod.uid and other.uid not in node.pods
        ]
        if waiting:
            crowded, views = node.copy(), [part.copy() for part in prepared]
            for other in waiting:
                crowded.add(other)
                for view in views:
                    view.added(other, crowded)
            refusal = _first_refusal(crowded, views)
            if refusal is not None:
                return refusal
        return _first_refusal(node, prepared)

    def _best(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Chosen:
        if len(nodes) == 1:
            return Chosen(nodes[0], [nodes[0].name])
        totals = [0] * len(nodes)
        by_plugin: dict[str, dict[str, int]] = {node.name: {} for node in nodes}
        for plugin in self._profile.scores:
            scores = plugin.score(pod, nodes, self._cluster)
            if scores is None:
                continue
            totals = [total + plugin.weight * score for total, score in zip(totals, scores, strict=True)]
            for node, score in zip(nodes, scores, strict=True):
                by_plugin[node.name][plugin.name] = plugin.weight * score
        highest = max(totals)
        best = [node for node, total in zip(nodes, totals, strict=True) if total == highest]
        finals = {node.name: total for node, total in zip(nodes, totals, strict=True)}
        return Chosen(self._random.choice(best), [node.name for node in best], finals, by_plugin)


def _first_refusal(node: NodeInfo, prepared: Sequence[Prepared]) -> Rejection | None:
    for part in prepared:
        refusal = part.check(node)
        if refusal is not None:
            return refusal
    return None


def _rotated(nodes: Sequence[NodeInfo], start: int) -> Iterator[NodeInfo]:
    for index in range(len(nodes)):
        yield nodes[(start + index) % len(nodes)]


def nodes_to_find(count: int) -> int:
    """How many fitting nodes are enough: all of a small cluster, down to 5 % of a very large one."""
    if count <= ENOUGH_NODES:
        return count
    percentage = max(50 - count // 125, 5)
    return max(count * percentage // 100, ENOUGH_NODES)
