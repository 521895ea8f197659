"""A store put back: what was made, changed and removed since; and that watches see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.store.interface import EventType, Key
from kubegate.store.memory import MemoryStore
from kubegate.testing.checkpoint import Checkpoint

OLD, GONE, NEW = Key("pods", "a", "old"), Key("nodes", "", "gone"), Key("pods", "a", "new")


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
    before, checkpoint = content(store), Checkpoint(store)
    for _ in range(3):
        for write in writes:
            write(store)
        checkpoint.restore()
        assert content(store) == before


def test_only_what_was_written_is_written(store: MemoryStore) -> None:
    checkpoint = Checkpoint(store)
    make(store, NEW)
    revision = store.revision
    checkpoint.restore()
    checkpoint.restore()
    assert store.revision == revision + 1


def test_watches_see_it(store: MemoryStore) -> None:
    checkpoint = Checkpoint(store)
    make(store, NEW)
    watch = store.watch("pods", since=store.revision)
    checkpoint.restore()
    event = watch.next(1)
    assert event is not None and (event.type, event.stored.key) == (EventType.DELETED, NEW)


def test_a_write_in_between_is_undone_too(store: MemoryStore) -> None:
    """A controller answers the deletion of an object by making it anew, once."""
    checkpoint, before = Checkpoint(store), content(store)
    make(store, NEW)
    delete, answers = store.delete, [lambda: change(store, NEW, "changed")]

    def interrupted(key: Key, *, expected: int) -> object:
        if answers:
            answers.pop()()
        return delete(key, expected=expected)

    store.delete = interrupted  # type: ignore[method-assign,assignment]
    checkpoint.restore()
    assert content(store) == before and not answers


def test_after_close_nothing_is_remembered(store: MemoryStore) -> None:
    checkpoint = Checkpoint(store)
    checkpoint.close()
    make(store, NEW)
    checkpoint.restore()
    assert NEW in content(store)
