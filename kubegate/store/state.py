"""The state that both backends share: all resources in memory, one revision counter, watches and subscribers.

A write has two steps, so that a backend with a disk can stand between them: `State.prepare` checks and builds the event,
`State.apply` makes it visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Condition, RLock

import orjson

from kubegate.api.names import Object, metadata
from kubegate.errors import Compacted, Conflict, StoreError
from kubegate.store.index import ResourceIndex
from kubegate.store.interface import Event, EventType, Key, Page, Stored
from kubegate.store.watch import IndexWatch

HISTORY = 10_000
"""Events kept for each resource, besides compaction: what bounds a slow watcher's memory."""

Subscriber = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Write:
    """A change asked for: ``object`` None deletes; ``expected`` is the revision replaced, None: the key must be free."""

    key: Key
    object: Object | None
    expected: int | None


class State:
    """Objects, history and listeners. Every method takes the lock; `lock` may be held over several calls."""

    def __init__(self, *, history: int = HISTORY) -> None:
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.revision = 1
        self._history = history
        self._forgotten = 0
        self._first_watch = 0
        self._indexes: dict[str, ResourceIndex] = {}
        self._subscribers: list[tuple[str, Subscriber]] = []
        self._closed = False

    def prepare(self, write: Write, revision: int, pending: Mapping[Key, Event]) -> Event:
        """The event that ``write`` is at ``revision``, after the ``pending`` events; raises `Conflict`."""
        current = self._current(write.key, pending)
        found = current.revision if current else None
        if found != write.expected:
            raise Conflict(_conflict_text(write, found))
        if write.object is not None:
            stored = encode(write.key, write.object, revision)
            return Event(EventType.MODIFIED if current else EventType.ADDED, stored, current)
        if current is None:
            raise Conflict(_conflict_text(write, None))
        last = {**current.object, "metadata": dict(metadata(current.object))}
        return Event(EventType.DELETED, encode(write.key, last, revision), current)

    def _current(self, key: Key, pending: Mapping[Key, Event]) -> Stored | None:
        event = pending.get(key)
        if event is not None:
            return None if event.type is EventType.DELETED else event.stored
        return self.get(key)

    def apply(self, event: Event) -> None:
        """Make an event visible: index, watches, subscribers."""
        self.apply_all((event,))

    def apply_all(self, events: Iterable[Event]) -> None:
        """Make events visible in one step; each is asked for when those before it have been taken in."""
        with self.lock:
            for event in events:
                self.revision = event.stored.revision
                self._take(event)
                for resource, subscriber in self._subscribers:
                    if resource in ("", event.stored.key.resource):
                        subscriber(event)
            self.changed.notify_all()

    def restore(self, events: Iterable[Event], compacted: int) -> None:
        """Fill at start with what a backend kept. Watches cannot go back to before this moment: a client that saw an older
        state must list anew, as with a kube-apiserver that was restarted."""
        with self.lock:
            self._forgotten = compacted
            for event in events:
                self.revision = event.stored.revision
                self._take(event)
            self._first_watch = self.revision

    def _take(self, event: Event) -> None:
        index = self.index(event.stored.key.resource)
        index.apply(event)
        if index.end - index.dropped_events > 2 * self._history:
            index.forget_all_but(self._history)

    def index(self, resource: str) -> ResourceIndex:
        """The index of a resource, made if absent."""
        found = self._indexes.get(resource)
        if found is None:
            found = self._indexes[resource] = ResourceIndex(self._forgotten)
        return found

    def get(self, key: Key) -> Stored | None:
        """The newest state of an object."""
        with self.lock:
            self.check_open()
            index = self._indexes.get(key.resource)
            return index.get(key) if index else None

    def page(self, resource: str, namespace: str, limit: int, after: Key | None, revision: int) -> Page:
        """See `Store.list`."""
        with self.lock:
            self.check_open()
            return self.index(resource).page(namespace, limit, after, revision, self.revision)

    def watch(self, resource: str, namespace: str, since: int) -> IndexWatch:
        """See `Store.watch`."""
        with self.lock:
            self.check_open()
            if 0 < since < self._first_watch:
                raise Compacted(f"revision {since} is from before the start at {self._first_watch}")
            index = self.index(resource)
            position = index.position_after(since) if since else index.end
            return IndexWatch(self, index, namespace, position, since or self.revision)

    def subscribe(self, resource: str, callback: Subscriber) -> Callable[[], None]:
        """See `Store.subscribe`."""
        entry = (resource, callback)
        with self.lock:
            self._subscribers = [*self._subscribers, entry]

        def unsubscribe() -> None:
            with self.lock:
                self._subscribers = [known for known in self._subscribers if known is not entry]

        return unsubscribe

    def compact(self, revision: int) -> None:
        """See `Store.compact`."""
        with self.lock:
            if revision > self.revision:
                raise StoreError(f"cannot compact to {revision}: the newest revision is {self.revision}")
            if revision <= self._forgotten:
                raise Compacted(f"revision {revision} has been compacted already")
            self._forgotten = revision
            for index in self._indexes.values():
                index.forget(revision)
            self.changed.notify_all()

    def count(self, resource: str) -> int:
        """How many objects of a resource there are."""
        with self.lock:
            index = self._indexes.get(resource)
            return len(index) if index else 0

    def resources(self) -> Iterator[str]:
        """The resources that have objects, sorted."""
        with self.lock:
            return iter(sorted(name for name, index in self._indexes.items() if len(index)))

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._closed

    def close(self) -> None:
        """End every watch; further calls are errors."""
        with self.lock:
            self._closed = True
            self.changed.notify_all()

    def check_open(self) -> None:
        """Raise if closed."""
        if self._closed:
            raise StoreError("the store is closed")


def encode(key: Key, obj: Object, revision: int) -> Stored:
    """Set the resourceVersion in ``obj`` and encode it once."""
    metadata(obj)["resourceVersion"] = str(revision)
    return Stored(key, revision, obj, orjson.dumps(obj))


def _conflict_text(write: Write, found: int | None) -> str:
    if found is None:
        return f"{write.key} does not exist"
    return f"{write.key} exists" if write.expected is None else f"{write.key} is at revision {found}, not {write.expected}"
