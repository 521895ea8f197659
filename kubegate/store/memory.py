"""The store without a disk: everything is gone when the process ends."""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.store.fork import Fork
from kubegate.store.interface import Key, Stored
from kubegate.store.reading import StateReader
from kubegate.store.state import HISTORY, State, Write


class MemoryStore(StateReader):
    """Implements `interface.Store`; ``history`` bounds the events kept for each resource."""

    def __init__(self, *, history: int = HISTORY) -> None:
        super().__init__(State(history=history))

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

    def fork(self) -> Fork:
        """The state as it is now, to return to."""
        return Fork(self._state)

    def compact(self, revision: int) -> None:
        """See `Store.compact`."""
        self._state.compact(revision)

    def close(self) -> None:
        """See `Store.close`."""
        self._state.close()
