"""The pods that wait to be scheduled.

A pod is *ready* (to be tried, by priority and age), *backing off* (tried in vain, but something changed since; or the API
failed), *parked* (tried in vain, and nothing that matters changed) or *gated*. Not safe for several threads.

Source: kube-scheduler ``backend/queue``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubegate.scheduler.pod import PodInfo

LEFTOVER_SECONDS = 300.0
"""A parked pod is tried again after so long even if nothing seems to have changed."""


@dataclass(slots=True)
class Entry:
    """A waiting pod: how often it was tried, since when it waits, who refused it last, when it may be tried again."""

    pod: PodInfo
    since: float
    attempts: int = 0
    refused_by: frozenset[str] = field(default_factory=frozenset)
    not_before: float = 0.0
    parked_at: float = 0.0


class Queue:
    """See the module. Times are seconds of a monotonic clock; ``concerns``: plugin -> the changes it cares for."""

    def __init__(self, concerns: Mapping[str, frozenset[str]], *, initial_backoff: float = 1.0, max_backoff: float = 10.0):
        self._concerns = concerns
        self._initial = initial_backoff
        self._max = max_backoff
        self._ready: dict[str, Entry] = {}
        self._backing_off: dict[str, Entry] = {}
        self._failed: dict[str, Entry] = {}
        self._parked: dict[str, Entry] = {}
        self._gated: dict[str, Entry] = {}

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    def _all(self) -> tuple[dict[str, Entry], ...]:
        return self._ready, self._backing_off, self._failed, self._parked, self._gated

    def put(self, pod: PodInfo, now: float) -> None:
        """A pod appears, or its specification or labels changed: it is tried at once, unless it is gated."""
        entry = self._remove(pod.uid) or Entry(pod, since=now)
        entry.pod = pod
        (self._gated if pod.gated else self._ready)[pod.uid] = entry

    def refresh(self, pod: PodInfo) -> bool:
        """A waiting pod changed in a way that does not matter (its status); False if it does not wait here."""
        for group in self._all():
            if pod.uid in group:
                group[pod.uid].pod = pod
                return True
        return False

    def get(self, uid: str) -> PodInfo | None:
        """A waiting pod."""
        return next((group[uid].pod for group in self._all() if uid in group), None)

    def drop(self, uid: str) -> None:
        """A pod is gone or was bound."""
        self._remove(uid)

    def _remove(self, uid: str) -> Entry | None:
        return next((group.pop(uid) for group in self._all() if uid in group), None)

    def pop(self, now: float) -> Entry | None:
        """The next pod to try: a ready one, else one that was tried in vain before something changed; None if there is
        none. Pods whose last attempt failed for a technical reason wait their time out."""
        self._release(now)
        for group in (self._ready, self._backing_off):
            if group:
                entry = min(group.values(), key=lambda entry: (-entry.pod.priority, entry.since))
                del group[entry.pod.uid]
                entry.attempts += 1
                return entry
        return None

    def _release(self, now: float) -> None:
        for uid, entry in [*self._failed.items(), *self._backing_off.items()]:
            if entry.not_before <= now:
                self._failed.pop(uid, None)
                self._backing_off.pop(uid, None)
                self._ready[uid] = entry
        for uid, entry in list(self._parked.items()):
            if entry.parked_at + LEFTOVER_SECONDS <= now:
                self._ready[uid] = self._parked.pop(uid)

    def park(self, entry: Entry, refused_by: frozenset[str], now: float) -> None:
        """A pod fits nowhere; it waits for a change that the plugins that refused it care for."""
        entry.refused_by, entry.parked_at = refused_by, now
        entry.not_before = now + self._backoff(entry)
        self._parked[entry.pod.uid] = entry

    def retry(self, entry: Entry, now: float) -> None:
        """Something went wrong; the pod is tried again after a while."""
        entry.not_before = now + self._backoff(entry)
        self._failed[entry.pod.uid] = entry

    def _backoff(self, entry: Entry) -> float:
        return float(min(self._initial * 2 ** min(entry.attempts - 1, 16), self._max))

    def changed(self, change: str, now: float) -> None:
        """Something changed in the cluster (``nodes/add``): the pods it may help are tried again."""
        for uid, entry in list(self._parked.items()):
            known = [self._concerns[name] for name in entry.refused_by if name in self._concerns]
            if not known or any(change in concerns for concerns in known):
                group = self._ready if entry.not_before <= now else self._backing_off
                group[uid] = self._parked.pop(uid)

    def next_time(self, now: float) -> float | None:
        """Seconds until a pod may be tried; None if only a change can bring one."""
        if self._ready or self._backing_off:
            return 0.0
        times = [entry.not_before for entry in self._failed.values()]
        times += [entry.parked_at + LEFTOVER_SECONDS for entry in self._parked.values()]
        return max(min(times) - now, 0.0) if times else None
