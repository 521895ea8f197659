"""A store put back to what it was: undoing costs as much as was done, not as much as there is."""

from __future__ import annotations

import orjson

from kubegate.errors import Conflict
from kubegate.store.interface import Event, Key, Store, Stored


class Checkpoint:
    """Remembers a store as it is now; `restore` undoes all writes since. The undoing are writes themselves: indexes and
    watches see them, and revisions go on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._touched: dict[Key, None] = {}
        self._end = store.subscribe("", self._note)
        self._kept = {stored.key: stored for resource in list(store.resources()) for stored in store.list(resource).items}

    def _note(self, event: Event) -> None:
        self._touched[event.stored.key] = None

    def restore(self) -> None:
        """Undo, the latest first. The writes of this are noted like any; they are found to be right already."""
        while self._touched:
            key, _ = self._touched.popitem()
            try:
                self._put_back(key)
            except Conflict:  # somebody wrote in between, which has been noted
                self._touched[key] = None

    def _put_back(self, key: Key) -> None:
        wanted, found = self._kept.get(key), self._store.get(key)
        if wanted is None:
            if found is not None:
                self._store.delete(key, expected=found.revision)
        elif found is None:
            self._kept[key] = self._store.create(key, _object(wanted))
        elif found.revision != wanted.revision:
            self._kept[key] = self._store.update(key, _object(wanted), expected=found.revision)

    def close(self) -> None:
        """Remember no more."""
        self._end()


def _object(stored: Stored) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(stored.encoded)
    return found
