"""A watch: a position in the history of one resource.

There is no buffer for each watch: all share the history, whose length is bounded, so a slow watcher costs nothing and
learns that it was too slow (`errors.Compacted`).
"""

from __future__ import annotations

import time
from threading import Condition
from typing import Protocol

from kubegate.store.index import ResourceIndex
from kubegate.store.interface import Event


class Changing(Protocol):
    """What a watch needs to know of the state: when it changes, how far it is, whether it ended."""

    changed: Condition
    revision: int

    @property
    def closed(self) -> bool: ...


class IndexWatch:
    """Implements `interface.Watch`."""

    def __init__(self, state: Changing, index: ResourceIndex, namespace: str, position: int, since: int) -> None:
        self._state = state
        self._index = index
        self._namespace = namespace
        self._position = position
        self._since = since
        self._seen = since
        self._closed = False

    def next(self, timeout: float | None = None) -> Event | None:
        """See `interface.Watch.next`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._state.changed:
            while not (self._closed or self._state.closed):
                event = self._take()
                if event is not None:
                    return event
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._state.changed.wait(left)
        return None

    def _take(self) -> Event | None:
        while (event := self._index.event_at(self._position)) is not None:
            self._position += 1
            stored = event.stored
            self._seen = max(self._seen, stored.revision)
            if stored.revision > self._since and self._namespace in ("", stored.key.namespace):
                return event
        self._seen = max(self._since, self._state.revision)
        return None

    @property
    def revision(self) -> int:
        """All events up to this revision have been delivered."""
        with self._state.changed:
            if self._position == self._index.end:
                return max(self._since, self._state.revision)
            return self._seen

    def close(self) -> None:
        """See `interface.Watch.close`."""
        with self._state.changed:
            self._closed = True
            self._state.changed.notify_all()
