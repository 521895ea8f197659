"""PodTopologySpread: matching pods are spread evenly over the values of a node label.

A hard constraint (DoNotSchedule) filters: the skew, that is the pods of a domain less those of the emptiest one, stays
within maxSkew. A soft one (ScheduleAnyway) scores. Pods without constraints that belong to a Service or controller are
spread softly over hosts and zones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import MAX_SCORE, Prepared
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.node_selection import keeps_out, pod_accepts, untolerated
from kubegate.scheduler.plugins.default_selector import default_selector
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection, unresolvable
from kubegate.selectors.requirement import LabelSelector, Operator, Requirement

NAME = "PodTopologySpread"
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_NO_LABEL = unresolvable(NAME, "node(s) didn't match pod topology spread constraints (missing required label)")
_SKEW = Rejection(NAME, ("node(s) didn't match pod topology spread constraints",))


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint; ``respect_affinity`` and ``respect_taints`` tell which nodes count as domains at all."""

    key: str
    max_skew: int
    selector: LabelSelector
    min_domains: int = 1
    respect_affinity: bool = True
    respect_taints: bool = False

    def counts(self, pod: PodInfo, node: NodeInfo) -> bool:
        """Is the node's domain one that the pod is spread over?"""
        if self.respect_affinity and not pod_accepts(pod.object, node.labels, node.name):
            return False
        return not self.respect_taints or untolerated(node.taints, pod.tolerations, keeps_out) is None

    def matching(self, node: NodeInfo, namespace: str) -> int:
        """How many of the node's pods count."""
        return sum(_alike(self, other, namespace) for other in node.pods.values())


def _alike(constraint: Constraint, other: PodInfo, namespace: str) -> bool:
    return other.namespace == namespace and not other.terminating and constraint.selector.matches(other.labels)


def _constraints(pod: PodInfo, action: str) -> Iterator[Constraint]:
    for part in pod.spec.get("topologySpreadConstraints") or ():
        if (part.get("whenUnsatisfiable") or "DoNotSchedule") != action:
            continue
        selector = selector_of(part.get("labelSelector"))
        same = [key for key in part.get("matchLabelKeys") or () if key in pod.labels]
        if same:
            own = (Requirement(key, Operator.EQUALS, (pod.labels[key],)) for key in same)
            selector = LabelSelector((*selector.requirements, *own))
        yield Constraint(
            part.get("topologyKey") or "",
            part.get("maxSkew") or 1,
            selector,
            part.get("minDomains") or 1,
            (part.get("nodeAffinityPolicy") or "Honor") == "Honor",
            (part.get("nodeTaintsPolicy") or "Ignore") == "Honor",
        )


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo, constraints: Sequence[Constraint], cluster: Cluster) -> None:
        self._pod = pod
        self._constraints = constraints
        self._counts: list[dict[str, int]] = [{} for _ in constraints]
        for node in cluster.nodes.values():
            for constraint, counts in self._domains(node):
                value = node.labels[constraint.key]
                counts[value] = counts.get(value, 0) + constraint.matching(node, pod.namespace)

    def _domains(self, node: NodeInfo) -> Iterator[tuple[Constraint, dict[str, int]]]:
        if not all(constraint.key in node.labels for constraint in self._constraints):
            return
        for constraint, counts in zip(self._constraints, self._counts, strict=True):
            if constraint.counts(self._pod, node):
                yield constraint, counts

    def check(self, node: NodeInfo) -> Rejection | None:
        for constraint, counts in zip(self._constraints, self._counts, strict=True):
            if constraint.key not in node.labels:
                return _NO_LABEL
            # Without any domain the minimum is infinite, with fewer than minDomains it is zero.
            least = 0 if len(counts) < constraint.min_domains else min(counts.values(), default=math.inf)
            here = counts.get(node.labels[constraint.key], 0) + constraint.selector.matches(self._pod.labels)
            if here - least > constraint.max_skew:
                return _SKEW
        return None

    def added(self, pod: PodInfo, node: NodeInfo) -> None:
        self._change(pod, node, 1)

    def removed(self, pod: PodInfo, node: NodeInfo) -> None:
        self._change(pod, node, -1)

    def _change(self, pod: PodInfo, node: NodeInfo, sign: int) -> None:
        for constraint, counts in self._domains(node):
            if pod.namespace == self._pod.namespace and constraint.selector.matches(pod.labels):
                value = node.labels[constraint.key]
                counts[value] = counts.get(value, 0) + sign

    def copy(self) -> Prepared:
        other = _Prepared.__new__(_Prepared)
        other.__dict__.update(self.__dict__)
        other._counts = [dict(counts) for counts in self._counts]
        return other


class PodTopologySpread:
    """See the module."""

    name = NAME
    weight = 2
    concerns = frozenset(
        {"nodes/add", "nodes/update", "nodes/delete", "pods/add", "pods/update", "pods/delete", "pending/update"}
    )

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | None:
        constraints = list(_constraints(pod, "DoNotSchedule"))
        return _Prepared(pod, constraints, cluster) if constraints else None

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        own = bool(pod.spec.get("topologySpreadConstraints"))
        constraints = list(_constraints(pod, "ScheduleAnyway")) if own else _default_constraints(pod, cluster)
        if not constraints:
            return None
        return _scores(pod, constraints, nodes, cluster, complete=own)


def _default_constraints(pod: PodInfo, cluster: Cluster) -> list[Constraint]:
    selector = default_selector(pod, cluster)
    if selector is None:
        return []
    return [Constraint(HOSTNAME, 3, selector), Constraint(ZONE, 5, selector)]


def _scores(
    pod: PodInfo, constraints: Sequence[Constraint], nodes: Sequence[NodeInfo], cluster: Cluster, *, complete: bool
) -> list[int]:
    """``complete``: nodes that lack one of the labels are left out (score 0)."""
    judged = [not complete or all(part.key in node.labels for part in constraints) for node in nodes]
    chosen = [node for node, good in zip(nodes, judged, strict=True) if good]
    sums = [0.0] * len(nodes)
    for constraint in constraints:
        counts = _domain_counts(pod, constraint, constraints, chosen, cluster, complete=complete)
        size = len(chosen) if constraint.key == HOSTNAME else len(counts)
        weight = math.log(size + 2)
        for index, node in enumerate(nodes):
            value = node.labels.get(constraint.key)
            if not judged[index] or value is None:
                continue
            found = constraint.matching(node, pod.namespace) if constraint.key == HOSTNAME else counts[value]
            sums[index] += found * weight + (constraint.max_skew - 1)
    return _inverted([math.floor(total + 0.5) for total in sums], judged)


def _domain_counts(
    pod: PodInfo,
    constraint: Constraint,
    constraints: Sequence[Constraint],
    chosen: Sequence[NodeInfo],
    cluster: Cluster,
    *,
    complete: bool,
) -> dict[str, int]:
    """The matching pods of each domain that one of the chosen nodes is in, counted over all nodes of the cluster."""
    if constraint.key == HOSTNAME:
        return {}
    counts = {node.labels.get(constraint.key, ""): 0 for node in chosen}
    for node in cluster.nodes.values():
        if complete and not all(part.key in node.labels for part in constraints):
            continue
        value = node.labels.get(constraint.key, "")
        if value in counts and constraint.counts(pod, node):
            counts[value] += constraint.matching(node, pod.namespace)
    return counts


def _inverted(scores: Sequence[int], judged: Sequence[bool]) -> list[int]:
    """Few matching pods are good."""
    found = [score for score, good in zip(scores, judged, strict=True) if good]
    if not found:
        return [0] * len(scores)
    lowest, highest = min(found), max(found)
    if not highest:
        return [MAX_SCORE if good else 0 for good in judged]
    return [
        MAX_SCORE * (highest + lowest - score) // highest if good else 0 for score, good in zip(scores, judged, strict=True)
    ]
