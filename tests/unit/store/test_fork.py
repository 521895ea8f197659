"""Returning to a state: what was made, changed and removed since; and that watches see it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kubegate.store.interface import Event, EventType, Key
from kubegate.store.memory import MemoryStore

OLD, GONE, NEW = Key("pods", "a", "old"), Key("nodes", "", "gone"), Key("pods", "a", "new")
LATE = Key("pods", "b", "late")


def content(store: MemoryStore) -> dict[Key, str]:
    resources = list(store.resources())
    return {stored.key: stored.object["x"] for name in resources for stored in store.list(name).items}


def change(store: MemoryStore, key: Key, text: str) -> None:
    found = store.get(key)
    assert found is not None
    store.update(key, {"x": text}, expected=found.revision)


def remove(store: MemoryStore, key: Key) -> None:
    found = store.get(key)
    assert found is not None
    store.delete(key, expected=found.revision)


def make(store: MemoryStore, key: Key) -> None:
    store.create(key, {"x": "made"})


Step = Callable[[MemoryStore], None]
WRITES: dict[str, list[Step]] = {
    "nothing": [],
    "created": [lambda store: make(store, NEW)],
    "changed": [lambda store: change(store, OLD, "other")],
    "changed and back": [lambda store: change(store, OLD, "other"), lambda store: change(store, OLD, "old")],
    "removed": [lambda store: remove(store, GONE)],
    "removed and made anew": [lambda store: remove(store, GONE), lambda store: make(store, GONE)],
    "created and removed": [lambda store: make(store, NEW), lambda store: remove(store, NEW)],
}


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.create(OLD, {"x": "old"})
    made.create(GONE, {"x": "gone"})
    return made


@pytest.mark.parametrize("writes", WRITES.values(), ids=WRITES)
def test_restore(store: MemoryStore, writes: list[Step]) -> None:
    before, fork = content(store), store.fork()
    for _ in range(3):
        for write in writes:
            write(store)
        fork.restore()
        assert content(store) == before


def test_only_what_was_written_is_written(store: MemoryStore) -> None:
    fork = store.fork()
    make(store, NEW)
    revision = store.revision
    fork.restore()
    fork.restore()
    assert store.revision == revision + 1


def test_watches_see_it(store: MemoryStore) -> None:
    fork = store.fork()
    make(store, NEW)
    watch = store.watch("pods", since=store.revision)
    fork.restore()
    event = watch.next(60)
    assert event is not None and (event.type, event.stored.key) == (EventType.DELETED, NEW)


def test_it_is_one_step(store: MemoryStore) -> None:
    """Who is told of the first change sees a store that nobody else has changed since."""
    fork, before = store.fork(), content(store)
    make(store, NEW)
    remove(store, GONE)
    writers: list[threading.Thread] = []

    def write(event: Event) -> None:
        if not writers:
            writers.append(threading.Thread(target=make, args=(store, LATE)))
            writers[0].start()
            writers[0].join(0.05)
            assert writers[0].is_alive()

    end = store.subscribe("", write)
    fork.restore()
    end()
    writers[0].join()
    assert content(store) == {**before, LATE: "made"}
    fork.restore()
    assert content(store) == before


def test_what_was_kept_stays_as_it_was(store: MemoryStore) -> None:
    fork = store.fork()
    kept = store.get(OLD)
    change(store, OLD, "other")
    fork.restore()
    found = store.get(OLD)
    assert kept is not None and found is not None
    assert (kept.object["metadata"]["resourceVersion"], found.object["metadata"]["resourceVersion"]) == ("2", "5")
    assert b'"resourceVersion":"5"' in found.encoded


def test_after_close_nothing_is_remembered(store: MemoryStore) -> None:
    fork = store.fork()
    fork.close()
    make(store, NEW)
    fork.restore()
    assert NEW in content(store)
