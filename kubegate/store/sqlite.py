"""The embedded durable store: an append-only log of revisions in SQLite, reads served from memory.

A write is acknowledged when its row is synced to disk; writes that arrive while a sync runs share the next one. The file
is held by one process. A file that is damaged or not ours is refused and left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from kubegate.api.names import Object
from kubegate.errors import KubegateError, StoreError
from kubegate.store.interface import Event, Key, Stored
from kubegate.store.reading import StateReader
from kubegate.store.sqlite_log import SqliteLog
from kubegate.store.state import HISTORY, State, Write


@dataclass(slots=True)
class _Ticket:
    """A write that waits for its commit, and what became of it."""

    write: Write
    event: Event | None = None
    error: KubegateError | None = None

    @property
    def done(self) -> bool:
        return self.event is not None or self.error is not None


class SqliteStore(StateReader):
    """Implements `interface.Store` over the file ``path`` (made if absent; its folder must exist).

    Raises `StoreCorrupt` if the file is no store of ours or damaged, `StoreError` if it is in use. ``history`` bounds the
    events kept in memory for each resource."""

    def __init__(self, path: Path, *, history: int = HISTORY) -> None:
        self._log = SqliteLog(path)
        super().__init__(State(history=history))
        self._state.restore(self._log.events(), self._log.compacted())
        self._queue: list[_Ticket] = []
        self._queue_lock = Lock()
        self._commit_lock = Lock()

    def create(self, key: Key, obj: Object) -> Stored:
        """See `Store.create`; raises `StoreError` if the disk refuses (nothing is changed then)."""
        return self._write(Write(key, obj, None))

    def update(self, key: Key, obj: Object, *, expected: int) -> Stored:
        """See `Store.update`."""
        return self._write(Write(key, obj, expected))

    def delete(self, key: Key, *, expected: int) -> Stored:
        """See `Store.delete`."""
        return self._write(Write(key, None, expected))

    def _write(self, write: Write) -> Stored:
        self._state.check_open()
        ticket = _Ticket(write)
        with self._queue_lock:
            self._queue.append(ticket)
        with self._commit_lock:
            if not ticket.done:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._commit(batch)
        if ticket.error is not None:
            raise ticket.error
        assert ticket.event is not None
        return ticket.event.stored

    def _commit(self, batch: list[_Ticket]) -> None:
        """Check the writes in order, sync what passed, then make it visible; the caller holds the commit lock."""
        pending: dict[Key, Event] = {}
        accepted: list[tuple[_Ticket, Event]] = []
        for ticket in batch:
            revision = self._state.revision + len(accepted) + 1
            try:
                event = self._state.prepare(ticket.write, revision, pending)
            except StoreError as error:
                ticket.error = error
                continue
            pending[ticket.write.key] = event
            accepted.append((ticket, event))
        try:
            self._log.append([event for _, event in accepted])
        except StoreError as error:
            for ticket, _ in accepted:
                ticket.error = error
            return
        for ticket, event in accepted:
            self._state.apply(event)
            ticket.event = event

    def compact(self, revision: int) -> None:
        """See `Store.compact`."""
        with self._commit_lock:
            self._state.compact(revision)
            self._log.compact(revision)

    def close(self) -> None:
        """See `Store.close`."""
        with self._commit_lock:
            self._state.close()
            self._log.close()
