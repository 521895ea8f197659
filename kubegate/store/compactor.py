"""Regular compaction, so that history does not grow without end.

Every ``interval`` the history older than one interval is dropped, as kube-apiserver does with etcd every five minutes.
"""

from __future__ import annotations

from threading import Event, Thread

from kubegate.errors import StoreError
from kubegate.store.interface import Store

INTERVAL = 300.0
"""Seconds."""


class Compactor:
    """A thread that compacts a store. ``start`` and ``stop`` may be called once each."""

    def __init__(self, store: Store, *, interval: float = INTERVAL) -> None:
        self._store = store
        self._interval = interval
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="compactor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for a compaction that runs."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        seen = self._store.revision
        while not self._stopped.wait(self._interval):
            seen = self.step(seen)

    def step(self, seen: int) -> int:
        """Compact to the revision ``seen`` one interval ago; answers the newest one."""
        newest = self._store.revision
        try:
            self._store.compact(seen)
        except StoreError:  # already compacted to there, or the disk is full: the next round tries again
            return newest
        return newest
