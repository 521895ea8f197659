"""The cases about scheduling: the pod is admitted as any, then the scheduler decides."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.analysis.placement import Placement, Scheduling
from kubegate.api.names import Object
from kubegate.errors import InvalidInput
from kubegate.testing.cases.scheduling import SchedulingCase
from kubegate.testing.running.result import Result
from kubegate.testing.stages.admission.claims import explained
from kubegate.testing.stages.admission.runner import ADMINISTRATOR
from kubegate.testing.stages.admission.subset import shown
from kubegate.testing.stages.admission.things import Thing, Things
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import Suite
from kubegate.testing.suites.users import user_of


@dataclass(frozen=True)
class SchedulingRunner:
    """Runs the scheduling cases of one suite."""

    file: str
    suite: Suite
    gate: Gate

    def run(self) -> Iterator[Result]:
        """A result a case (and object), in the order of the file."""
        things = Things(Path(self.file), self.gate)
        for index, case in enumerate(self.suite.spec.scheduling):
            at = ("spec", "scheduling", index)
            with placed(self.file, at):
                for thing in things.find(case.pod, case.podFile, case.namespace):
                    if thing.object is None:
                        raise InvalidInput(f"there is no {thing.title} among policies and objects")
                    yield self._result(case, thing, things, at)

    def _result(self, case: SchedulingCase, thing: Thing, things: Things, at: tuple[str | int, ...]) -> Result:
        title = case.name or f"{thing.title}: {_outcome(case)}"
        with self.gate.cluster.imagining():
            for obj in case.given:
                self.gate.place(things.written(obj, case.namespace).object or {})
            judgement = self._admitted(case, thing, things)
            pod = _pod(thing, judgement)
            if pod is None:
                why = judgement.refusal.message if judgement.refusal else "it makes no pod"
                failure = f"refused before it could be scheduled: {why}"
                return Result(self.file, title, failure, explained(judgement), at=at, judgement=judgement)
            scheduling = Scheduling(self.gate.cluster)
            placements = list(_placements(scheduling, pod, case.copies))
        failure = "; ".join(_wrong(case, placements))
        lines = scheduling.describe(placements[-1]) if failure else []
        return Result(self.file, title, failure, "\n".join(lines), at=at, judgement=judgement)

    def _admitted(self, case: SchedulingCase, thing: Thing, things: Things) -> Judgement:
        self.gate.trace = False
        self.gate.cluster.remove(thing.resource.key, thing.namespace, thing.name)
        thing = replace(thing, object=things.changed(thing, case.change))
        user = user_of(case.user, self.suite.spec.users) if case.user else ADMINISTRATOR
        request = Request(Operation.CREATE, thing.resource, thing.namespace, thing.name, object=thing.object)
        return self.gate.ask(request, user)


def _pod(thing: Thing, judgement: Judgement) -> Object | None:
    """The admitted pod, of a workload the one that it makes."""
    if thing.resource.gvr.qualified == "pods":
        return judgement.result
    return judgement.pods[0].result if judgement.pods else None


def _placements(scheduling: Scheduling, pod: Object, copies: int) -> Iterator[Placement]:
    for number in range(copies):
        meta = {**pod["metadata"], "uid": str(uuid.uuid4())}
        if number:
            meta["name"] = f"{meta.get('name')}-{number}"
        pod = {**pod, "metadata": meta}
        placement = scheduling.place(pod)
        yield placement
        if placement.nodes:
            scheduling.bind(pod, placement.nodes[0])


def _outcome(case: SchedulingCase) -> str:
    if not case.expects_node:
        return "not scheduled"
    nodes = case.nodeIn or ([case.node] if case.node else list(case.nodes or ()))
    return f"on {' or '.join(nodes)}" if nodes else "scheduled"


def _wrong(case: SchedulingCase, placements: list[Placement]) -> Iterator[str]:
    """What the case claims and is not so."""
    last = placements[-1]
    for number, placement in enumerate(placements, 1):
        if case.expects_node and not placement.nodes:
            which = f"copy {number} is" if len(placements) > 1 else "it is"
            yield f"{which} not scheduled: {placement.message}"
            return
    if last.nodes and not case.expects_node:
        yield f"it lands on {' or '.join(last.nodes)}"
        return
    if case.nodes is not None:
        counts = dict(Counter(placement.nodes[0] for placement in placements))
        if counts != {node: count for node, count in case.nodes.items() if count}:
            yield f"nodes are {shown(counts)}, not {shown(case.nodes)}"
    if case.node is not None and last.nodes != (case.node,):
        yield f"it lands on {' or '.join(last.nodes)}, not {case.node}"
    if case.nodeIn is not None and set(last.nodes) != set(case.nodeIn):
        yield f"it may land on {' or '.join(last.nodes)}, not {' or '.join(case.nodeIn)}"
    if case.message is not None and case.message != last.message:
        yield f"message is {shown(last.message)}, not {shown(case.message)}"
    if case.messageContains is not None and case.messageContains not in last.message:
        yield f"message is {shown(last.message)}, without {shown(case.messageContains)}"
    for node, part in case.refusals.items():
        plugin, reason = last.refusals.get(node, ("", "not refused"))
        if part not in f"{plugin}: {reason}":
            yield f"{node} is refused for {shown(f'{plugin}: {reason}')}, without {shown(part)}"
    if case.nominated is not None and case.nominated != last.nominated:
        yield f"nominated is {shown(last.nominated)}, not {shown(case.nominated)}"
    if case.victims is not None and sorted(case.victims) != sorted(last.victims):
        yield f"victims are {shown(list(last.victims))}, not {shown(case.victims)}"
