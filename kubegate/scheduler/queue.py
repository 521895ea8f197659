"""The pods that wait to be scheduled.

A pod is *ready* (to be tried, by priority and age), *backing off* (tried in vain, but something changed since), *failed*
(the API refused something), *parked* (tried in vain, and nothing that matters changed) or *gated*. Heaps hold tickets; a
ticket that is not its pod's newest is void, so that nothing has to be taken out of the middle of a heap. Not safe for
several threads.

Source: kube-scheduler ``backend/queue``.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from kubegate.scheduler.pod import PodInfo

LEFTOVER_SECONDS = 300.0
"""A parked pod is tried again after so long even if nothing seems to have changed."""

_Ticket: TypeAlias = "tuple[float, float, int, str]"
"""(first criterion, second criterion, number of the ticket, uid of the pod)."""


class State(Enum):
    """How a pod waits."""

    READY = auto()
    BACKING_OFF = auto()
    FAILED = auto()
    PARKED = auto()
    GATED = auto()
    TRIED = auto()
    """It was popped, and nothing was decided yet."""


@dataclass(slots=True)
class Entry:
    """A waiting pod: how often it was tried, since when it waits, who refused it last, when it may be tried again."""

    pod: PodInfo
    since: float
    attempts: int = 0
    refused_by: frozenset[str] = field(default_factory=frozenset)
    not_before: float = 0.0
    parked_at: float = 0.0
    state: State = State.TRIED
    ticket: int = 0


class Queue:
    """See the module. Times are seconds of a monotonic clock; ``concerns``: plugin -> the changes it cares for."""

    def __init__(
        self, concerns: Mapping[str, frozenset[str]], *, initial_backoff: float = 1.0, max_backoff: float = 10.0
    ) -> None:
        self._concerns = concerns
        self._initial = initial_backoff
        self._max = max_backoff
        self._entries: dict[str, Entry] = {}
        self._tickets = 0
        self._ready: list[_Ticket] = []
        self._backing_off: list[_Ticket] = []
        self._times: list[_Ticket] = []
        self._parked: dict[frozenset[str], dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, pod: PodInfo, now: float) -> None:
        """A pod appears, or its specification or labels changed: it is tried at once, unless it is gated."""
        entry = self._entries.get(pod.uid)
        if entry is None:
            entry = self._entries[pod.uid] = Entry(pod, since=now)
        self._leave(entry)
        entry.pod = pod
        if pod.gated:
            entry.state = State.GATED
        else:
            self._make_ready(entry)

    def refresh(self, pod: PodInfo) -> None:
        """A waiting pod changed in a way that does not matter (its status)."""
        if entry := self._entries.get(pod.uid):
            entry.pod = pod

    def get(self, uid: str) -> PodInfo | None:
        """A waiting pod."""
        entry = self._entries.get(uid)
        return entry.pod if entry else None

    def drop(self, uid: str) -> None:
        """A pod is gone or was bound."""
        if entry := self._entries.pop(uid, None):
            self._leave(entry)

    def pop(self, now: float) -> Entry | None:
        """The next pod to try: a ready one, else one that was tried in vain before something changed; None if there is
        none. Pods whose last attempt failed for a technical reason wait their time out."""
        self._release(now)
        entry = self._take(self._ready) or self._take(self._backing_off)
        if entry is not None:
            self._leave(entry)
            entry.attempts += 1
        return entry

    def park(self, entry: Entry, refused_by: frozenset[str], now: float) -> None:
        """A pod fits nowhere; it waits for a change that the plugins that refused it care for."""
        if self._entries.setdefault(entry.pod.uid, entry) is not entry:
            return
        entry.refused_by, entry.parked_at, entry.state = refused_by, now, State.PARKED
        entry.not_before = now + self._backoff(entry)
        self._parked.setdefault(refused_by, {})[entry.pod.uid] = None

    def retry(self, entry: Entry, now: float) -> None:
        """Something went wrong; the pod is tried again after a while."""
        if self._entries.setdefault(entry.pod.uid, entry) is not entry:
            return
        entry.not_before, entry.state = now + self._backoff(entry), State.FAILED
        heapq.heappush(self._times, (entry.not_before, 0.0, self._number(entry), entry.pod.uid))

    def changed(self, change: str, now: float) -> None:
        """Something changed in the cluster (``nodes/add``): the pods it may help are tried again."""
        for refused_by, uids in list(self._parked.items()):
            known = [self._concerns[name] for name in refused_by if name in self._concerns]
            if not known or any(change in concerns for concerns in known):
                del self._parked[refused_by]
                for uid in uids:
                    self._try_again(self._entries[uid], now)

    def next_time(self, now: float) -> float | None:
        """Seconds until a pod may be tried; None if only a change can bring one."""
        if self._peek(self._ready) or self._peek(self._backing_off):
            return 0.0
        times = [ticket[0] for ticket in self._times[:1] if self._peek(self._times)]
        times += [self._oldest(uids).parked_at + LEFTOVER_SECONDS for uids in self._parked.values() if uids]
        return max(min(times) - now, 0.0) if times else None

    # How entries move

    def _number(self, entry: Entry) -> int:
        self._tickets += 1
        entry.ticket = self._tickets
        return self._tickets

    def _leave(self, entry: Entry) -> None:
        """Void its ticket, and take it from where it is parked."""
        if entry.state is State.PARKED:
            self._parked.get(entry.refused_by, {}).pop(entry.pod.uid, None)
        entry.ticket, entry.state = 0, State.TRIED

    def _make_ready(self, entry: Entry) -> None:
        entry.state = State.READY
        heapq.heappush(self._ready, (-entry.pod.priority, entry.since, self._number(entry), entry.pod.uid))

    def _try_again(self, entry: Entry, now: float) -> None:
        if entry.not_before <= now:
            self._make_ready(entry)
            return
        entry.state = State.BACKING_OFF
        number = self._number(entry)
        heapq.heappush(self._backing_off, (-entry.pod.priority, entry.since, number, entry.pod.uid))
        heapq.heappush(self._times, (entry.not_before, 0.0, number, entry.pod.uid))

    def _release(self, now: float) -> None:
        """Make those ready whose time has come."""
        while (entry := self._peek(self._times)) and self._times[0][0] <= now:
            self._make_ready(entry)
        for refused_by, uids in list(self._parked.items()):
            while uids and self._oldest(uids).parked_at + LEFTOVER_SECONDS <= now:
                self._make_ready(self._entries[next(iter(uids))])
                del uids[next(iter(uids))]
            if not uids:
                del self._parked[refused_by]

    def _oldest(self, uids: Mapping[str, None]) -> Entry:
        """The pod that was parked first."""
        return self._entries[next(iter(uids))]

    def _peek(self, heap: list[_Ticket]) -> Entry | None:
        """Whose ticket is first; void ones are thrown away."""
        while heap:
            *_, number, uid = heap[0]
            entry = self._entries.get(uid)
            if entry is not None and entry.ticket == number:
                return entry
            heapq.heappop(heap)
        return None

    def _take(self, heap: list[_Ticket]) -> Entry | None:
        entry = self._peek(heap)
        if entry is not None:
            heapq.heappop(heap)
        return entry

    def _backoff(self, entry: Entry) -> float:
        return float(min(self._initial * 2 ** min(entry.attempts - 1, 16), self._max))
