"""The work queue: each piece of work waits at most once, is never done twice at the same time, and failures come back later.

Source: client-go ``util/workqueue``.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Hashable
from itertools import count
from threading import Condition
from typing import Generic, TypeVar

FIRST_DELAY, LAST_DELAY = 0.02, 60.0
"""Seconds before the first and (at most) before any further try of failing work."""

Item = TypeVar("Item", bound=Hashable)


class WorkQueue(Generic[Item]):
    """Thread-safe. `get` takes work, `done` must follow. ``clock`` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = Condition()
        self._waiting: deque[Item] = deque()
        self._queued: set[Item] = set()
        self._active: set[Item] = set()
        self._again: set[Item] = set()
        self._later: list[tuple[float, int, Item]] = []
        self._due: dict[Item, float] = {}
        self._numbers = count()
        self._failures: dict[Item, int] = {}
        self._closed = False

    def add(self, item: Item) -> None:
        """Work to be done as soon as possible."""
        with self._changed:
            self._add(item)

    def _add(self, item: Item) -> None:
        if item in self._active:
            self._again.add(item)
        elif item not in self._queued:
            self._queued.add(item)
            self._waiting.append(item)
            self._changed.notify()

    def add_after(self, item: Item, seconds: float) -> None:
        """Work to be done in a while. Of several times of the same work the first counts: what looks again and again does
        not pile up."""
        due = self._clock() + seconds
        with self._changed:
            if self._due.get(item, due + 1) <= due:
                return
            self._due[item] = due
            heapq.heappush(self._later, (due, next(self._numbers), item))
            self._changed.notify()

    def hurry(self) -> None:
        """What waits for its time is to be done now, and what is being done once more: the clock by which it is told to wait
        has been moved."""
        with self._changed:
            for item in (*self._due, *self._active):
                self._add(item)
            self._later.clear()
            self._due.clear()
            self._changed.notify_all()

    def retry(self, item: Item) -> None:
        """Work that failed: the more often, the later."""
        with self._changed:
            failures = self._failures[item] = self._failures.get(item, 0) + 1
        self.add_after(item, min(FIRST_DELAY * 2 ** min(failures - 1, 20), LAST_DELAY))

    def forget(self, item: Item) -> None:
        """Work that succeeded."""
        with self._changed:
            self._failures.pop(item, None)

    def get(self) -> Item | None:
        """The next work; waits for it; None when closed."""
        with self._changed:
            while not self._closed:
                self._promote()
                if self._waiting:
                    item = self._waiting.popleft()
                    self._queued.discard(item)
                    self._active.add(item)
                    return item
                self._changed.wait(max(self._later[0][0] - self._clock(), 0.001) if self._later else None)
        return None

    def _promote(self) -> None:
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            due, _, item = heapq.heappop(self._later)
            if self._due.get(item) == due:  # else an earlier time took its place
                del self._due[item]
                self._add(item)

    def done(self, item: Item) -> None:
        """Work that `get` gave is finished."""
        with self._changed:
            self._active.discard(item)
            if item in self._again:
                self._again.discard(item)
                self._add(item)

    def close(self) -> None:
        """Wake all that wait; there is no more work."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting) + len(self._active)
