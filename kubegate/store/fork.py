"""A state that can be returned to: what was written since is undone in one step.

Returning costs as much as was written, not as much as there is. It is seen like any other change: watches and subscribers
are told of each object, and revisions go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.api.names import Object, metadata
from kubegate.store.interface import Event, EventType, Key, Stored
from kubegate.store.state import State, encode


class Fork:
    """Remembers a state as it is now; `restore` returns to it, as often as wanted, until `close`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._touched: dict[Key, None] = {}
        with state.lock:
            state.check_open()
            pages = [state.page(resource, "", 0, None, 0) for resource in state.resources()]
            self._kept = {stored.key: stored for page in pages for stored in page.items}
            self._end = state.subscribe("", self._note)

    def _note(self, event: Event) -> None:
        self._touched[event.stored.key] = None

    def restore(self) -> None:
        """Undo, the latest first. Nobody reads or writes in between."""
        state = self._state
        with state.lock:
            state.check_open()
            keys, self._touched = list(self._touched), {}
            state.apply_all(self._undoing(reversed(keys)))
            self._touched.clear()  # what the undoing itself wrote

    def _undoing(self, keys: Iterator[Key]) -> Iterator[Event]:
        for key in keys:
            wanted, found = self._kept.get(key), self._state.get(key)
            if wanted is None and found is not None:
                yield Event(EventType.DELETED, self._next(key, found), found)
            elif wanted is not None and (found is None or found.revision != wanted.revision):
                made = self._kept[key] = self._next(key, wanted)
                yield Event(EventType.ADDED if found is None else EventType.MODIFIED, made, found)

    def _next(self, key: Key, stored: Stored) -> Stored:
        obj: Object = {**stored.object, "metadata": dict(metadata(stored.object))}
        return encode(key, obj, self._state.revision + 1)

    def close(self) -> None:
        """Remember no more."""
        self._end()
