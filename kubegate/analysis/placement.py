"""Where a pod would run: one decision of the scheduler over the objects of a state. Nothing is bound or evicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from kubegate.admission.interface import Cluster as Objects
from kubegate.api.names import Object
from kubegate.scheduler.changes import WATCHED
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.cycle import Chosen, Cycle
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.preemption import Preemption
from kubegate.scheduler.profile import default_profile


@dataclass(frozen=True, slots=True)
class Placement:
    """``nodes`` are all that are equally good (the scheduler takes one of them at random); without any, ``message`` says
    why, ``refusals`` why each node was refused (plugin, reason), and preemption would free ``nominated`` of ``victims``."""

    nodes: tuple[str, ...] = ()
    message: str = ""
    refusals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    by_plugin: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    nominated: str = ""
    victims: Sequence[str] = ()
    """NAMESPACE/NAME."""


class Scheduling:
    """Decides for one pod after the other; each finds those before it in place."""

    def __init__(self, objects: Objects) -> None:
        """The nodes of ``objects``, and the pods that are on them (pods that wait for a node are left out)."""
        self.cluster = Cluster()
        for resource in WATCHED:
            for obj in objects.list(resource):
                self._take(resource, obj)
        profile = default_profile()
        self.scheduler_name = profile.scheduler_name
        # Which of equally good nodes is taken does not matter here: all of them are told.
        self._cycle = Cycle(profile, self.cluster, Random(0))
        self._preemption = Preemption(self._cycle, self.cluster)

    def _take(self, resource: str, obj: Object) -> None:
        if resource == "nodes":
            self.cluster.put_node(obj)
        elif resource == "pods":
            pod = PodInfo(obj)
            if pod.node_name and not pod.finished:
                self.cluster.put_pod(pod, pod.node_name)
        else:
            self.cluster.put(resource, obj)

    def place(self, pod: Object) -> Placement:
        """The decision on an admitted pod. Ones with scheduling gates, or of another scheduler, are not looked at."""
        info = PodInfo(pod)
        name = info.spec.get("schedulerName") or self.scheduler_name
        if name != self.scheduler_name:
            return Placement(message=f"the scheduler {name} decides on it")
        if info.gated:
            return Placement(message="Scheduling is blocked due to non-empty scheduling gates")
        if info.node_name:
            return Placement((info.node_name,))
        found = self._cycle.decide(info)
        if isinstance(found, Chosen):
            return Placement(tuple(sorted(found.best)), scores=found.scores, by_plugin=found.by_plugin)
        outcome = self._preemption.help(info, found)
        refusals = {}
        for node in self.cluster.nodes:
            refusal = found.diagnosis.of_node(node)
            if refusal is not None:
                refusals[node] = refusal.plugin, refusal.message
        candidate = outcome.candidate
        return Placement(
            message=found.diagnosis.message,
            refusals=refusals,
            nominated=candidate.node if candidate else "",
            victims=[f"{victim.namespace}/{victim.name}" for victim in candidate.victims] if candidate else (),
        )

    def bind(self, pod: Object, node: str) -> None:
        """Put a pod on a node, so that the next one finds it there; ``pod`` needs a uid of its own."""
        self.cluster.put_pod(PodInfo({**pod, "spec": {**pod["spec"], "nodeName": node}}), node)

    def describe(self, placement: Placement) -> list[str]:
        """Node by node."""
        lines = []
        for node in self.cluster.nodes:
            if node in placement.refusals:
                plugin, reason = placement.refusals[node]
                lines.append(f"{node}: {plugin}: {reason}")
            elif node in placement.scores:
                parts = ", ".join(f"{plugin} {score}" for plugin, score in sorted(placement.by_plugin[node].items()))
                lines.append(f"{node}: score {placement.scores[node]} ({parts})")
            elif node in placement.nodes:
                lines.append(f"{node}: the only one that fits")
        if placement.nominated:
            lines.append(f"preemption would free {placement.nominated} of {', '.join(placement.victims)}")
        return lines
