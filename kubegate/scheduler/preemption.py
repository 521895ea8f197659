"""Preemption: which pods of lower priority would have to go so that a pod fits somewhere?

Source: kube-scheduler ``plugins/defaultpreemption`` and ``framework/preemption``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.cycle import Cycle, Unfit
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.plugins.dynamic_resources import NO_CLAIMS, NO_HELP
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import NOT_HELPFUL, Rejection, histogram, joined, unresolvable

NAME = "DefaultPreemption"
BUDGETS = "poddisruptionbudgets.policy"
_NO_VICTIMS = unresolvable(NAME, "No preemption victims found for incoming pod")
_NOT_HELPFUL = unresolvable(NAME, NOT_HELPFUL)
_MIN_CANDIDATES, _MIN_CANDIDATES_PERCENT = 100, 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node and who would have to leave it, the most important first; ``violations`` counts those whose disruption
    budget would be violated."""

    node: str
    victims: Sequence[PodInfo]
    violations: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A candidate, or why there is none. ``keep``: a nomination from before stays."""

    candidate: Candidate | None = None
    message: str = ""
    keep: bool = False


@dataclass(slots=True)
class Preemption:
    """Tries out the removal of pods, node by node."""

    cycle: Cycle
    cluster: Cluster
    _budgets: list[Object] = field(default_factory=list)

    def help(self, pod: PodInfo, unfit: Unfit) -> Outcome:
        """As `attempt`; what it comes to is added to what is told of the pod."""
        if unfit.prepared is None and unfit.diagnosis.after:
            return Outcome(keep=True)
        outcome = self.attempt(pod, unfit)
        if outcome.candidate is None:
            unfit.diagnosis.after = joined([_devices(pod, unfit), f"preemption: {outcome.message}"])
        return outcome

    def attempt(self, pod: PodInfo, unfit: Unfit) -> Outcome:
        """The best way to make room for a pod that fits nowhere."""
        if pod.spec.get("preemptionPolicy") == "Never":
            return Outcome(message="not eligible due to preemptionPolicy=Never.", keep=True)
        if self._waits(pod, unfit):
            return Outcome(message="not eligible due to a terminating pod on the nominated node.", keep=True)
        self._budgets = list(self.cluster.all(BUDGETS))
        candidates, refusals = self._candidates(pod, unfit, unfit.prepared or ())
        if not candidates:
            count = unfit.diagnosis.node_count
            return Outcome(message=f"0/{count} nodes are available: {histogram(count, refusals, _NOT_HELPFUL)}.")
        return Outcome(_best(candidates))

    def _waits(self, pod: PodInfo, unfit: Unfit) -> bool:
        """Are victims of an earlier attempt still about to leave the nominated node?"""
        node = self.cluster.nodes.get(pod.nominated_node)
        if node is None:
            return False
        refusal = unfit.diagnosis.of_node(node.name)
        if refusal is not None and not refusal.resolvable:
            return False
        return any(other.priority < pod.priority and _preempted(other) for other in node.pods.values())

    def _candidates(
        self, pod: PodInfo, unfit: Unfit, prepared: Sequence[Prepared]
    ) -> tuple[list[Candidate], dict[str, Rejection]]:
        names = [name for name, refusal in unfit.diagnosis.nodes.items() if refusal.resolvable]
        enough = max(len(names) * _MIN_CANDIDATES_PERCENT // 100, _MIN_CANDIDATES)
        found: list[Candidate] = []
        refusals: dict[str, Rejection] = {}
        for name in names:
            tried = self._try(pod, self.cluster.nodes[name], prepared)
            if isinstance(tried, Rejection):
                refusals[name] = tried
                continue
            found.append(tried)
            if len(found) >= enough and any(not candidate.violations for candidate in found):
                break
        return found, refusals

    def _try(self, pod: PodInfo, real: NodeInfo, prepared: Sequence[Prepared]) -> Candidate | Rejection:
        """Remove all who may be removed; if the pod then fits, take back as many as possible, budgets first."""
        potential = [other for other in real.pods.values() if other.priority < pod.priority]
        if not potential:
            return _NO_VICTIMS
        node, views = real.copy(), [part.copy() for part in prepared]
        for other in potential:
            _remove(other, node, views)
        if (refusal := self.cycle.refusal(pod, node, views)) is not None:
            return refusal
        potential = by_importance(potential)
        protected, others = self._split(potential)
        victims: list[PodInfo] = []
        violations = 0
        for other in (*protected, *others):
            node.add(other)
            for view in views:
                view.added(other, node)
            if self.cycle.refusal(pod, node, views) is not None:
                _remove(other, node, views)
                victims.append(other)
                violations += other in protected
        if not victims:
            return _NO_VICTIMS
        victims.sort(key=lambda victim: -victim.priority)
        return Candidate(real.name, victims, violations)

    def _split(self, pods: Iterable[PodInfo]) -> tuple[list[PodInfo], list[PodInfo]]:
        """Those whose removal would violate a disruption budget, and the others."""
        allowed = [(budget.get("status") or {}).get("disruptionsAllowed") or 0 for budget in self._budgets]
        protected: list[PodInfo] = []
        others: list[PodInfo] = []
        for pod in pods:
            violated = False
            for index, budget in enumerate(self._budgets):
                if _covers(budget, pod):
                    allowed[index] -= 1
                    violated = violated or allowed[index] < 0
            (protected if violated else others).append(pod)
        return protected, others


def _devices(pod: PodInfo, unfit: Unfit) -> str:
    """What the helper for devices says."""
    return NO_HELP if pod.spec.get("resourceClaims") and unfit.prepared is not None else NO_CLAIMS


def _remove(pod: PodInfo, node: NodeInfo, views: Sequence[Prepared]) -> None:
    node.remove(pod)
    for view in views:
        view.removed(pod, node)


def _covers(budget: Object, pod: PodInfo) -> bool:
    """Does the budget count the pod? (One that is already being disrupted is not counted again.)"""
    if not pod.labels or (budget["metadata"].get("namespace") or "") != pod.namespace:
        return False
    selector = selector_of((budget.get("spec") or {}).get("selector"))
    if selector.empty or not selector.matches(pod.labels):
        return False
    return pod.name not in ((budget.get("status") or {}).get("disruptedPods") or {})


def by_importance(pods: Sequence[PodInfo]) -> list[PodInfo]:
    """The more important first: of higher priority, then longer running. Of two that have not started, the later one."""

    def key(numbered: tuple[int, PodInfo]) -> tuple[int, str, int]:
        index, pod = numbered
        return -pod.priority, _started(pod), index if pod.status.get("startTime") else -index

    return [pod for _, pod in sorted(enumerate(pods), key=key)]


def _started(pod: PodInfo) -> str:
    """When it started; a pod that has not started is as late as can be."""
    return pod.status.get("startTime") or "9999"


def _preempted(pod: PodInfo) -> bool:
    if not pod.terminating:
        return False
    conditions = pod.status.get("conditions") or ()
    target: Object = next((part for part in conditions if part.get("type") == "DisruptionTarget"), {})
    return target.get("status") == "True" and target.get("reason") == "PreemptionByScheduler"


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """Fewest violated budgets, then the least important victims, fewest of them, the latest start; then the first."""
    smallest: tuple[Callable[[Candidate], int], ...] = (
        lambda candidate: candidate.violations,
        lambda candidate: candidate.victims[0].priority,
        lambda candidate: sum(pod.priority + 2**31 for pod in candidate.victims),
        lambda candidate: len(candidate.victims),
    )
    left = list(candidates)
    for measure in smallest:
        least = min(map(measure, left))
        left = [candidate for candidate in left if measure(candidate) == least]
    latest = max(map(_earliest_start, left))
    return next(candidate for candidate in left if _earliest_start(candidate) == latest)


def _earliest_start(candidate: Candidate) -> str:
    """The earliest start of the most important victims."""
    highest = candidate.victims[0].priority
    return min(_started(pod) for pod in candidate.victims if pod.priority == highest)
