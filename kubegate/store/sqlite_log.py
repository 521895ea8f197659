"""The log of revisions in an SQLite file: the only place with SQL.

One row a revision, never changed; compaction deletes what was superseded. ``application_id`` marks the file as ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from kubegate.errors import StoreCorrupt, StoreError
from kubegate.store.interface import Event, EventType, Key, Stored

_APPLICATION_ID = 0x6B676174
_FORMAT = 1
_PUT, _DELETE = 0, 1
_SCHEMA = (
    "CREATE TABLE log (revision INTEGER PRIMARY KEY, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,"
    " kind INTEGER NOT NULL, value BLOB NOT NULL)",
    "CREATE INDEX log_key ON log (resource, namespace, name, revision)",
    "CREATE TABLE compaction (revision INTEGER NOT NULL)",
    "INSERT INTO compaction VALUES (0)",
    f"PRAGMA user_version={_FORMAT}",
    f"PRAGMA application_id={_APPLICATION_ID}",
)
_COMPACT = """
DELETE FROM log WHERE revision < :at AND (kind = 1 OR EXISTS (
  SELECT 1 FROM log AS later WHERE later.resource = log.resource AND later.namespace = log.namespace
  AND later.name = log.name AND later.revision > log.revision AND later.revision <= :at))
"""


class SqliteLog:
    """An open log. Not locked: the owner serialises calls."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            fresh = not path.exists() or path.stat().st_size == 0
            if fresh:
                path.touch(mode=0o600)  # it holds Secrets; its journal gets the same mode
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open the store {path}: {error}") from error
        try:
            self._open(fresh=fresh)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise self._explain(error) from error
        except StoreCorrupt:
            self._connection.close()
            raise

    def _open(self, *, fresh: bool) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        if not fresh:
            self._check()
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        if fresh:
            run("BEGIN EXCLUSIVE")
            for statement in _SCHEMA:
                run(statement)
            run("COMMIT")

    def _check(self) -> None:
        """Refuse what is not ours or damaged, before anything is written."""
        run = self._connection.execute
        (application,) = run("PRAGMA application_id").fetchone()
        (version,) = run("PRAGMA user_version").fetchone()
        if application != _APPLICATION_ID:
            raise StoreCorrupt(f"{self._path} is an SQLite file, but no kubegate store", hint="choose another --data-dir")
        if version != _FORMAT:
            raise StoreCorrupt(f"{self._path} has the format {version}, this version reads {_FORMAT}")
        (verdict,) = run("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreCorrupt(f"{self._path} is damaged: {verdict}", hint="restore it from a backup; it was not changed")

    def _explain(self, error: sqlite3.Error) -> StoreError:
        if getattr(error, "sqlite_errorname", "") in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            return StoreError(f"the store {self._path} is in use by another process")
        if isinstance(error, sqlite3.OperationalError):
            return StoreError(f"the store {self._path} cannot be used: {error}")
        return StoreCorrupt(f"{self._path} is damaged or no kubegate store: {error}", hint="it was not changed")

    def events(self) -> Iterator[Event]:
        """Every change since the last compaction, the states kept by it first; raises `StoreCorrupt`."""
        newest: dict[Key, Stored] = {}
        try:
            rows = self._connection.execute(
                "SELECT revision, resource, namespace, name, kind, value FROM log ORDER BY revision"
            )
            for revision, resource, namespace, name, kind, value in rows:
                key = Key(resource, namespace, name)
                stored = Stored(key, revision, orjson.loads(value), value)
                previous = newest.get(key)
                if kind == _DELETE:
                    del newest[key]
                    yield Event(EventType.DELETED, stored, previous)
                else:
                    newest[key] = stored
                    yield Event(EventType.MODIFIED if previous else EventType.ADDED, stored, previous)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            self._connection.close()
            raise StoreCorrupt(f"{self._path} is damaged: {error}", hint="it was not changed") from error

    def compacted(self) -> int:
        """The revision of the last compaction."""
        (revision,) = self._connection.execute("SELECT revision FROM compaction").fetchone()
        return int(revision)

    def append(self, events: Sequence[Event]) -> None:
        """Write the rows and sync them; raises `StoreError` if the disk refuses, and nothing is written then."""
        if not events:
            return
        rows = [
            (e.stored.revision, *e.stored.key, _DELETE if e.type is EventType.DELETED else _PUT, e.stored.encoded)
            for e in events
        ]
        self._transaction(lambda: self._connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", rows))

    def compact(self, revision: int) -> None:
        """Delete what was superseded before ``revision``."""

        def delete() -> None:
            self._connection.execute(_COMPACT, {"at": revision})
            self._connection.execute("UPDATE compaction SET revision = ?", (revision,))

        self._transaction(delete)

    def _transaction(self, work: Callable[[], object]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            work()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise StoreError(f"the store {self._path} cannot be written: {error}") from error

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
