"""The scheduler: follows the cluster, decides for one pod after the other, and carries the decisions out.

It has no thread and no clock of its own: whoever runs it feeds it the API's events (`Scheduler.observe`) and calls
`Scheduler.step` while there is something to do.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import ParamSpec

from kubegate.api.names import Object
from kubegate.errors import KubegateError
from kubegate.scheduler import reports, storage
from kubegate.scheduler.changes import Observer
from kubegate.scheduler.claims import CLAIMS
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.cycle import Chosen, Cycle, Unfit
from kubegate.scheduler.interface import Api
from kubegate.scheduler.plugins import dynamic_resources
from kubegate.scheduler.plugins.volume_binding import VolumeBinding
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.preemption import Candidate, Preemption
from kubegate.scheduler.profile import Profile, default_profile
from kubegate.scheduler.queue import Entry, Queue

P = ParamSpec("P")
_log = logging.getLogger(__name__)
_REMEMBERED_EVENTS = 4096


@dataclass(slots=True)
class _Waiting:
    """A decided pod whose claims are being bound."""

    entry: Entry
    node: str
    until: float


class Scheduler:
    """See the module. ``clock`` gives monotonic seconds, ``now`` the time of day."""

    def __init__(
        self,
        api: Api,
        clock: Callable[[], float],
        *,
        profile: Profile | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Random | None = None,
        initial_backoff: float = 1.0,
        max_backoff: float = 10.0,
    ) -> None:
        self._profile = profile or default_profile()
        self._api = api
        self._clock = clock
        self._now = now
        self.cluster = Cluster()
        concerns = {plugin.name: plugin.concerns for plugin in self._profile.filters}
        self.queue = Queue(concerns, initial_backoff=initial_backoff, max_backoff=max_backoff)
        self._cycle = Cycle(self._profile, self.cluster, random)
        self._preemption = Preemption(self._cycle, self.cluster)
        self._observer = Observer(self.cluster, self.queue, self._profile.scheduler_name)
        self._waiting: dict[str, _Waiting] = {}
        self._trying: Entry | None = None
        self._told: OrderedDict[str, str] = OrderedDict()

    def observe(self, resource: str, obj: Object, *, deleted: bool = False) -> None:
        """An object appeared, changed or went."""
        self._observer.observe(resource, obj, self._clock(), deleted=deleted)
        if self._waiting and resource in (CLAIMS, "pods"):
            self._go_on()

    def step(self) -> bool:
        """Decide for one pod and carry it out; False if none is to be tried now."""
        self._recover()
        self._expire()
        entry = self._trying = self.queue.pop(self._clock())
        if entry is None:
            return False
        if not self._has_claims(entry.pod):
            self.queue.park(entry, frozenset({dynamic_resources.NAME}), self._clock())
            self._trying = None
            return True
        decision = self._cycle.decide(entry.pod)
        if isinstance(decision, Chosen):
            self._assign(entry, decision)
        else:
            self._refuse(entry, decision)
        self._trying = None
        return True

    def _has_claims(self, pod: PodInfo) -> bool:
        """Are the pod's claims of devices there? It is not looked at before, and nothing is told of it."""
        try:
            dynamic_resources.claims_of(pod, self.cluster)
        except dynamic_resources.ClaimMissing:
            return False
        return True

    def _recover(self) -> None:
        """If the attempt before this one crashed, the pod is tried again later, unless it was bound or went since."""
        entry, self._trying = self._trying, None
        if entry is not None and self.queue.get(entry.pod.uid) is not None:
            self.cluster.drop_pod(entry.pod.uid)
            self.queue.retry(entry, self._clock())

    def idle_seconds(self) -> float | None:
        """How long there is nothing to do unless something happens; None: for ever."""
        now = self._clock()
        times = [self.queue.next_time(now), *(max(waiting.until - now, 0.0) for waiting in self._waiting.values())]
        return min((time for time in times if time is not None), default=None)

    # A pod got a node

    def _assign(self, entry: Entry, chosen: Chosen) -> None:
        pod, node = entry.pod, chosen.node
        found = VolumeBinding().find(pod, node, self.cluster)
        self.cluster.put_pod(pod, node.name)
        if not found.bindings and not found.provisions:
            self._bind(entry, node.name)
            return
        try:
            storage.request(found, node.name, self._api)
        except KubegateError as error:
            self._fail(entry, f"binding volumes: {error}")
            return
        self._waiting[pod.uid] = _Waiting(entry, node.name, self._clock() + storage.BIND_SECONDS)

    def _go_on(self) -> None:
        """Bind the pods whose claims have been bound; forget those that are gone."""
        for uid, waiting in list(self._waiting.items()):
            if uid not in self.cluster.pods:
                del self._waiting[uid]
            elif storage.all_bound(waiting.entry.pod, self.cluster):
                del self._waiting[uid]
                self._bind(waiting.entry, waiting.node)

    def _expire(self) -> None:
        for uid, waiting in list(self._waiting.items()):
            if waiting.until <= self._clock():
                del self._waiting[uid]
                self._fail(waiting.entry, "binding volumes: context deadline exceeded")

    def _bind(self, entry: Entry, node: str) -> None:
        pod = entry.pod
        try:
            self._api.bind(pod, node)
        except KubegateError as error:
            self._fail(entry, f"binding rejected: {error}")
            return
        self.queue.drop(pod.uid)
        self.cluster.nominate(pod, "")
        self._tell(pod, "Normal", "Scheduled", "Binding", f"Successfully assigned {pod.namespace}/{pod.name} to {node}")

    def _fail(self, entry: Entry, message: str) -> None:
        """Something went wrong on the way: the pod is tried again later."""
        self.cluster.drop_pod(entry.pod.uid)
        self._tell(entry.pod, "Warning", "FailedScheduling", "Scheduling", message)
        self._patch_status(entry.pod, "SchedulerError", message, None)
        self.queue.retry(entry, self._clock())

    # A pod got none

    def _refuse(self, entry: Entry, unfit: Unfit) -> None:
        pod = entry.pod
        outcome = self._preemption.help(pod, unfit)
        message = unfit.diagnosis.message
        self.queue.park(entry, unfit.diagnosis.plugins, self._clock())
        nominated = outcome.candidate.node if outcome.candidate else None if outcome.keep else ""
        if nominated is not None:
            self.cluster.nominate(pod, nominated)
        self._tell(pod, "Warning", "FailedScheduling", "Scheduling", message)
        self._patch_status(pod, "Unschedulable", message, nominated)
        if outcome.candidate:
            self._evict(pod, outcome.candidate)

    def _evict(self, pod: PodInfo, candidate: Candidate) -> None:
        for other, node in list(self.cluster.nominated.values()):
            if node == candidate.node and other.priority < pod.priority:
                self.cluster.nominate(other, "")
                self._try("clear a nomination", self._api.patch_status, other, {"nominatedNodeName": None})
        for victim in candidate.victims:
            if not victim.terminating:
                self._try("evict a pod", self._evict_one, pod, victim, candidate.node)

    def _evict_one(self, pod: PodInfo, victim: PodInfo, node: str) -> None:
        text = f"{self._profile.scheduler_name}: preempting to accommodate a higher priority pod"
        part = reports.condition(victim, "DisruptionTarget", "True", "PreemptionByScheduler", text, self._now())
        if part is not None:
            self._api.patch_status(victim, {"conditions": [part]})
        self._api.delete_pod(victim)
        note = f"Preempted by pod {pod.uid} on node {node}"
        self._tell(victim, "Normal", "Preempted", "Preempting", note, related=pod)

    # Reports

    def _patch_status(self, pod: PodInfo, reason: str, message: str, nominated: str | None) -> None:
        part = reports.condition(pod, "PodScheduled", "False", reason, message, self._now())
        patch: Object = {"conditions": [part]} if part else {}
        if nominated is not None and nominated != pod.nominated_node:
            patch["nominatedNodeName"] = nominated or None
        if patch:
            self._try("update a pod's status", self._api.patch_status, pod, patch)

    def _tell(self, pod: PodInfo, kind: str, reason: str, action: str, note: str, *, related: PodInfo | None = None) -> None:
        """Write an event, unless it says the same of the pod as the last one."""
        if self._told.get(pod.uid) == note:
            return
        self._told[pod.uid] = note
        while len(self._told) > _REMEMBERED_EVENTS:
            self._told.popitem(last=False)
        name = self._profile.scheduler_name
        made = reports.event(pod, kind, reason, action, note, now=self._now(), reporter=name, related=related)
        self._try("write an event", self._api.create_event, made)

    def _try(self, what: str, action: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """What is worth doing but must not keep the scheduler from going on."""
        try:
            action(*args, **kwargs)
        except KubegateError as error:
            _log.warning("scheduler: could not %s: %s", what, error)
