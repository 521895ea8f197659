"""The newest state of one resource and the history of its changes, in memory.

Both backends serve reads from here. Objects are kept in the order of etcd's keys (``namespace/name`` compared as one
text: ``a-b/x`` comes before ``a/x``). A state of the past is computed by undoing the events after it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from kubegate.errors import Compacted
from kubegate.store.interface import Event, EventType, Key, Page, Stored


def sort_text(key: Key) -> str:
    """The text that decides the order within a resource."""
    return f"{key.namespace}/{key.name}" if key.namespace else key.name


class ResourceIndex:
    """Objects of one resource by key, and its events since the last compaction. Not locked: the owner locks."""

    __slots__ = ("_by_text", "_events", "_revisions", "_texts", "dropped_events", "forgotten")

    def __init__(self, forgotten: int) -> None:
        self._by_text: dict[str, Stored] = {}
        self._texts: list[str] = []
        self._events: list[Event] = []
        self._revisions: list[int] = []
        self.forgotten = forgotten
        """History before this revision is gone."""
        self.dropped_events = 0
        """How many events were dropped from the front: positions of watches count from the first event ever."""

    def __len__(self) -> int:
        return len(self._by_text)

    def get(self, key: Key) -> Stored | None:
        """The newest state of an object."""
        return self._by_text.get(sort_text(key))

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        text = sort_text(event.stored.key)
        if event.type is EventType.DELETED:
            del self._by_text[text]
            del self._texts[bisect_left(self._texts, text)]
        else:
            if event.type is EventType.ADDED:
                insort(self._texts, text)
            self._by_text[text] = event.stored
        self._events.append(event)
        self._revisions.append(event.stored.revision)

    def page(self, namespace: str, limit: int, after: Key | None, revision: int, newest: int) -> Page:
        """A snapshot at ``revision`` (0 or ``newest``: the newest state); see `Store.list`."""
        if not revision or revision >= newest:
            texts, objects, revision = self._texts, self._by_text, newest
        else:
            if revision < self.forgotten:
                raise Compacted(f"revision {revision} is older than {self.forgotten}")
            objects = self._state_at(revision)
            texts = sorted(objects)
        first, last = 0, len(texts)
        if namespace:
            first = bisect_left(texts, f"{namespace}/")
            last = bisect_left(texts, f"{namespace}0", first)  # "0" is the character after "/"
        if after is not None:
            first = max(first, bisect_right(texts, sort_text(after)))
        end = min(last, first + limit) if limit else last
        items = [objects[text] for text in texts[first:end]]
        if end < last and items:
            return Page(items, revision, items[-1].key, last - end)
        return Page(items, revision)

    def _state_at(self, revision: int) -> dict[str, Stored]:
        objects = dict(self._by_text)
        for event in reversed(self._events[bisect_right(self._revisions, revision) :]):
            text = sort_text(event.stored.key)
            if event.previous is None:
                del objects[text]
            else:
                objects[text] = event.previous
        return objects

    def position_after(self, revision: int) -> int:
        """Where a watch that has seen everything up to ``revision`` goes on; raises `Compacted` if that is gone."""
        if revision + 1 < self.forgotten:
            raise Compacted(f"revision {revision} is older than {self.forgotten}")
        return self.dropped_events + bisect_right(self._revisions, revision)

    def event_at(self, position: int) -> Event | None:
        """The event at a watch's position, None at the end; raises `Compacted` if it is gone."""
        if position < self.dropped_events:
            raise Compacted("the watch was too slow: its events are gone")
        return self._events[position - self.dropped_events] if position < self.end else None

    @property
    def end(self) -> int:
        """The position after the last event."""
        return self.dropped_events + len(self._events)

    def forget(self, revision: int) -> None:
        """Drop the events before ``revision``."""
        count = bisect_left(self._revisions, revision)
        del self._events[:count], self._revisions[:count]
        self.dropped_events += count
        self.forgotten = max(self.forgotten, revision)

    def forget_all_but(self, count: int) -> None:
        """Keep the newest ``count`` events."""
        if len(self._events) > count:
            self.forget(self._revisions[len(self._events) - count])
