"""The store without a disk: everything is gone when the process ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubegate.api.names import Object
from kubegate.store.interface import Event, Key, Page, Stored, Watch
from kubegate.store.state import HISTORY, State, Write


class MemoryStore:
    """Implements `interface.Store`; ``history`` bounds the events kept for each resource."""

    def __init__(self, *, history: int = HISTORY) -> None:
        self._state = State(history=history)

    @property
    def revision(self) -> int:
        """See `Store.revision`."""
        return self._state.revision

    def create(self, key: Key, obj: Object) -> Stored:
        """See `Store.create`."""
        return self._write(Write(key, obj, None))

    def update(self, key: Key, obj: Object, *, expected: int) -> Stored:
        """See `Store.update`."""
        return self._write(Write(key, obj, expected))

    def delete(self, key: Key, *, expected: int) -> Stored:
        """See `Store.delete`."""
        return self._write(Write(key, None, expected))

    def _write(self, write: Write) -> Stored:
        with self._state.lock:
            self._state.check_open()
            event = self._state.prepare(write, self._state.revision + 1, {})
            self._state.apply(event)
            return event.stored

    def get(self, key: Key) -> Stored | None:
        """See `Store.get`."""
        return self._state.get(key)

    def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        limit: int = 0,
        after: Key | None = None,
        revision: int = 0,
    ) -> Page:
        """See `Store.list`."""
        return self._state.page(resource, namespace, limit, after, revision)

    def watch(self, resource: str, namespace: str = "", *, since: int) -> Watch:
        """See `Store.watch`."""
        return self._state.watch(resource, namespace, since)

    def subscribe(self, resource: str, callback: Callable[[Event], None]) -> Callable[[], None]:
        """See `Store.subscribe`."""
        return self._state.subscribe(resource, callback)

    def compact(self, revision: int) -> None:
        """See `Store.compact`."""
        self._state.compact(revision)

    def count(self, resource: str) -> int:
        """See `Store.count`."""
        return self._state.count(resource)

    def resources(self) -> Iterator[str]:
        """See `Store.resources`."""
        return self._state.resources()

    def close(self) -> None:
        """See `Store.close`."""
        self._state.close()
