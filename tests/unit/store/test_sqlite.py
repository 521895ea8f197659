"""The SQLite backend: durability, refusals."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kubegate.errors import Compacted, StoreCorrupt, StoreError
from kubegate.store.compactor import Compactor
from kubegate.store.conformance import PODS, StoreConformance, drain, fails, pod
from kubegate.store.interface import EventType, Key, Store
from kubegate.store.sqlite import SqliteStore


class TestSqliteStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._path = tmp_path / "store.db"

    def make(self) -> Store:
        return SqliteStore(self._path)


def test_a_restart_keeps_objects_revisions_and_history(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    first = store.create(*pod("a", n=1))
    second = store.update(*pod("a", n=2), expected=first.revision)
    gone = store.create(*pod("b"))
    store.delete(gone.key, expected=gone.revision)
    revision = store.revision
    store.close()

    again = SqliteStore(path)
    assert again.revision == revision
    assert again.list(PODS).items == [second]
    assert [item.key.name for item in again.list(PODS, revision=gone.revision).items] == ["a", "b"]
    assert again.create(*pod("c")).revision == revision + 1
    again.close()


def test_watches_cannot_go_back_to_before_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    first = store.create(*pod("a"))
    store.create(*pod("b"))
    store.close()
    again = SqliteStore(path)
    assert fails(Compacted, lambda: again.watch(PODS, since=first.revision))
    watch = again.watch(PODS, since=again.revision)
    again.create(*pod("c"))
    assert drain(watch) == [(EventType.ADDED, "c")]
    again.close()


def test_compaction_deletes_superseded_rows_and_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    stored = store.create(*pod("a"))
    for number in range(10):
        stored = store.update(*pod("a", n=number), expected=stored.revision)
    gone = store.create(*pod("b"))
    store.delete(gone.key, expected=gone.revision)
    last = store.create(*pod("c"))
    store.compact(last.revision)
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM log ORDER BY revision").fetchall() == [("a",), ("c",)]
    connection.close()
    again = SqliteStore(path)
    assert again.get(stored.key) == stored
    assert fails(Compacted, lambda: again.list(PODS, revision=gone.revision))
    again.close()


def test_the_compactor_drops_what_is_older_than_one_interval(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    compactor = Compactor(store, interval=3600)
    old = store.create(*pod("a"))
    seen = compactor.step(store.revision)
    new = store.update(*pod("a", n=1), expected=old.revision)
    assert store.list(PODS, revision=old.revision).items == [old]
    compactor.step(compactor.step(seen))
    assert fails(Compacted, lambda: store.list(PODS, revision=old.revision))
    assert store.get(new.key) == new
    store.close()


@pytest.mark.parametrize(
    "content",
    [b"this is no database, but somebody's letter" * 100, b"SQLite format 3\0" + b"\xff" * 4096],
    ids=["text", "header"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt) as caught:
        SqliteStore(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE letters (text)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="no kubegate store"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_damaged_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    for number in range(200):
        store.create(*pod(f"pod-{number}", text="x" * 200))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match="damaged"):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_a_value_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    store.create(*pod("a"))
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE log SET value = x'00'")
    connection.close()
    with pytest.raises(StoreCorrupt):
        SqliteStore(path)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process grows beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_fails_writes_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    acknowledged: list[str] = []
    with full_disk(300_000), pytest.raises(StoreError, match=r"store\.db cannot be written"):
        for number in range(1_000):
            acknowledged.append(store.create(*pod(f"pod-{number:03}", text="x" * 10_000)).key.name)
    assert 0 < len(acknowledged) < 1_000
    assert [item.key.name for item in store.list(PODS).items] == acknowledged
    acknowledged.append(store.create(*pod("when-there-is-room-again")).key.name)
    store.close()

    again = SqliteStore(path)
    assert [item.key.name for item in again.list(PODS).items] == acknowledged
    again.close()


def test_a_store_belongs_to_one_process(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    with pytest.raises(StoreError, match="in use by another process"):
        SqliteStore(tmp_path / "store.db")
    store.close()


def test_a_full_disk_fails_the_write_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    kept = store.create(*pod("a"))
    connection = store._log._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 1}")
    with pytest.raises(StoreError, match="full"):
        store.create(*pod("big", text="x" * 100_000))
    assert store.revision == kept.revision
    assert store.get(Key(PODS, "ns", "big")) is None
    connection.execute("PRAGMA max_page_count=1000000")
    after = store.create(*pod("b"))
    assert after.revision == kept.revision + 1
    store.close()
    again = SqliteStore(path)
    assert [item.key.name for item in again.list(PODS).items] == ["a", "b"]
    again.close()


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqliteStore(path).close()
    command = [sys.executable, str(Path(__file__).with_name("killed_writers.py")), str(path), "200"]
    acknowledged: dict[str, int] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writers:
        assert writers.stdin is not None and writers.stdout is not None
        for line in writers.stdout:
            acknowledged = json.loads(line)
            store = SqliteStore(path)
            found = {item.key.name: item.revision for item in store.list(PODS).items}
            assert acknowledged.items() <= found.items()
            assert store.revision == max(found.values())
            store.close()
            writers.stdin.write("\n")
            writers.stdin.flush()
    assert writers.returncode == 0
    assert len(acknowledged) > 100
