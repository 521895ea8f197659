"""What every backend must do, as a class of tests: subclass it, define `make`, and let pytest collect it.

The classes hold plain assertions and need no test framework.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import orjson

from kubegate.errors import Compacted, Conflict, KubegateError, StoreError
from kubegate.store.interface import Event, EventType, Key, Store, Watch

PODS = "pods"


def pod(name: str, namespace: str = "ns", **spec: Any) -> tuple[Key, dict[str, Any]]:
    """A key and an object for it."""
    return Key(PODS, namespace, name), {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def fails(error: type[KubegateError], call: Callable[[], Any]) -> bool:
    """True if the call raises this error."""
    try:
        call()
    except error:
        return True
    return False


def drain(watch: Watch) -> list[tuple[EventType, str]]:
    """What a watch has to tell now: types and names."""
    found = []
    while (event := watch.next(0)) is not None:
        found.append((event.type, event.stored.key.name))
    return found


class StoreConformance:
    """Behaviour of objects, lists, watches and history."""

    def make(self) -> Store:
        """A new, empty store."""
        raise NotImplementedError

    def test_a_created_object_is_read_back_with_its_revision(self) -> None:
        store = self.make()
        before = store.revision
        stored = store.create(*pod("a", image="x"))
        assert stored.revision == store.revision > before
        assert store.get(stored.key) == stored
        assert orjson.loads(stored.encoded) == stored.object
        assert stored.object["metadata"]["resourceVersion"] == str(stored.revision)

    def test_what_is_absent_is_none(self) -> None:
        assert self.make().get(Key(PODS, "ns", "a")) is None

    def test_a_key_is_created_once(self) -> None:
        store = self.make()
        store.create(*pod("a"))
        assert fails(Conflict, lambda: store.create(*pod("a")))

    def test_an_update_needs_the_newest_revision(self) -> None:
        store = self.make()
        first = store.create(*pod("a"))
        second = store.update(*pod("a", n=2), expected=first.revision)
        assert second.revision > first.revision
        assert fails(Conflict, lambda: store.update(*pod("a", n=3), expected=first.revision))
        assert store.get(first.key) == second

    def test_what_is_gone_cannot_be_updated_or_deleted(self) -> None:
        store = self.make()
        key, obj = pod("a")
        assert fails(Conflict, lambda: store.update(key, obj, expected=1))
        assert fails(Conflict, lambda: store.delete(key, expected=1))

    def test_a_delete_answers_the_last_state_at_a_revision_of_its_own(self) -> None:
        store = self.make()
        first = store.create(*pod("a", n=1))
        gone = store.delete(first.key, expected=first.revision)
        assert gone.revision > first.revision
        assert gone.object["spec"] == {"n": 1}
        assert store.get(first.key) is None
        assert first.object["metadata"]["resourceVersion"] == str(first.revision)

    def test_a_failed_write_takes_no_revision(self) -> None:
        store = self.make()
        first = store.create(*pod("a"))
        assert fails(Conflict, lambda: store.create(*pod("a")))
        assert store.revision == first.revision

    def test_a_name_can_be_used_again(self) -> None:
        store = self.make()
        first = store.create(*pod("a"))
        store.delete(first.key, expected=first.revision)
        assert store.create(*pod("a")).revision > first.revision

    def test_lists_are_in_the_order_of_keys(self) -> None:
        store = self.make()
        for namespace, name in (("b", "x"), ("a-b", "x"), ("a", "z"), ("a", "y")):
            store.create(*pod(name, namespace))
        page = store.list(PODS)
        assert [item.key[1:] for item in page.items] == [("a-b", "x"), ("a", "y"), ("a", "z"), ("b", "x")]
        assert page.revision == store.revision

    def test_lists_of_a_namespace_hold_no_other(self) -> None:
        store = self.make()
        for namespace in ("a", "a-b", "ab", "b"):
            store.create(*pod("x", namespace))
        assert [item.key.namespace for item in store.list(PODS, "a").items] == ["a"]
        assert store.list(PODS, "c").items == []
        assert store.list("services").items == []

    def test_pages_join_to_the_snapshot_of_the_first(self) -> None:
        store = self.make()
        for name in "abcde":
            store.create(*pod(name))
        first = store.list(PODS, limit=2)
        assert (first.next_key, first.remaining) == (Key(PODS, "ns", "b"), 3)
        store.create(*pod("bb"))
        old = store.get(Key(PODS, "ns", "d"))
        assert old is not None
        store.delete(old.key, expected=old.revision)
        rest = store.list(PODS, after=first.next_key, revision=first.revision)
        assert [item.key.name for item in rest.items] == ["c", "d", "e"]
        assert (rest.next_key, rest.revision) == (None, first.revision)

    def test_the_past_can_be_listed(self) -> None:
        store = self.make()
        first = store.create(*pod("a", n=1))
        store.update(*pod("a", n=2), expected=first.revision)
        store.create(*pod("b"))
        page = store.list(PODS, revision=first.revision)
        assert [item.object["spec"] for item in page.items] == [{"n": 1}]

    def test_a_watch_tells_all_changes_in_order(self) -> None:
        store = self.make()
        start = store.create(*pod("a")).revision
        watch = store.watch(PODS, since=start)
        made = store.create(*pod("b"))
        changed = store.update(*pod("b", n=2), expected=made.revision)
        store.delete(changed.key, expected=changed.revision)
        assert drain(watch) == [(EventType.ADDED, "b"), (EventType.MODIFIED, "b"), (EventType.DELETED, "b")]
        assert watch.revision == store.revision

    def test_events_carry_the_state_before(self) -> None:
        store = self.make()
        first = store.create(*pod("a", n=1))
        watch = store.watch(PODS, since=first.revision)
        second = store.update(*pod("a", n=2), expected=first.revision)
        event = watch.next(0)
        assert event is not None
        assert (event.previous, event.stored) == (first, second)

    def test_a_watch_can_start_in_the_past(self) -> None:
        store = self.make()
        start = store.create(*pod("a")).revision
        store.create(*pod("b"))
        assert drain(store.watch(PODS, since=start)) == [(EventType.ADDED, "b")]

    def test_a_watch_from_zero_starts_now(self) -> None:
        store = self.make()
        store.create(*pod("a"))
        watch = store.watch(PODS, since=0)
        assert drain(watch) == []
        store.create(*pod("b"))
        assert drain(watch) == [(EventType.ADDED, "b")]

    def test_a_watch_sees_its_namespace_and_resource_alone(self) -> None:
        store = self.make()
        watch = store.watch(PODS, "a", since=0)
        store.create(*pod("x", "b"))
        store.create(Key("services", "a", "x"), {"metadata": {}})
        assert drain(watch) == []
        assert watch.revision == store.revision
        store.create(*pod("x", "a"))
        assert drain(watch) == [(EventType.ADDED, "x")]

    def test_a_waiting_watch_is_woken_by_a_write_and_by_close(self) -> None:
        store = self.make()
        watch = store.watch(PODS, since=0)
        seen: list[Event | None] = []
        reader = Thread(target=lambda: seen.extend([watch.next(), watch.next()]))
        reader.start()
        store.create(*pod("a"))
        while not seen and watch.revision < store.revision:
            pass
        watch.close()
        reader.join(60)
        assert not reader.is_alive()

    def test_a_closed_watch_is_silent(self) -> None:
        store = self.make()
        watch = store.watch(PODS, since=0)
        watch.close()
        store.create(*pod("a"))
        assert watch.next() is None

    def test_compaction_forgets_the_past_only(self) -> None:
        store = self.make()
        first = store.create(*pod("a", n=1))
        second = store.update(*pod("a", n=2), expected=first.revision)
        third = store.update(*pod("a", n=3), expected=second.revision)
        store.compact(third.revision)
        assert fails(Compacted, lambda: store.list(PODS, revision=first.revision))
        assert fails(Compacted, lambda: store.watch(PODS, since=first.revision))
        assert store.get(third.key) == third
        assert store.list(PODS, revision=third.revision).items == [third]
        assert drain(store.watch(PODS, since=second.revision)) == [(EventType.MODIFIED, "a")]

    def test_a_compaction_that_was_done_or_lies_ahead_is_refused(self) -> None:
        store = self.make()
        revision = store.create(*pod("a")).revision
        store.compact(revision)
        assert fails(Compacted, lambda: store.compact(revision))
        assert fails(StoreError, lambda: store.compact(revision + 1))

    def test_a_watch_overtaken_by_compaction_says_so(self) -> None:
        store = self.make()
        watch = store.watch(PODS, since=store.create(*pod("a")).revision)
        store.create(*pod("b"))
        store.compact(store.create(*pod("c")).revision)
        assert fails(Compacted, lambda: watch.next(0))

    def test_subscribers_hear_of_a_write_before_it_is_acknowledged(self) -> None:
        store = self.make()
        heard: list[str] = []
        end = store.subscribe(PODS, lambda event: heard.append(event.stored.key.name))
        everything: list[str] = []
        store.subscribe("", lambda event: everything.append(event.stored.key.resource))
        store.create(*pod("a"))
        assert heard == ["a"]
        store.create(Key("services", "ns", "s"), {"metadata": {}})
        end()
        store.create(*pod("b"))
        assert (heard, everything) == (["a"], [PODS, "services", PODS])

    def test_counts(self) -> None:
        store = self.make()
        stored = store.create(*pod("a"))
        store.create(Key("nodes", "", "n"), {"metadata": {}})
        assert (store.count(PODS), store.count("services"), list(store.resources())) == (1, 0, ["nodes", PODS])
        store.delete(stored.key, expected=stored.revision)
        assert (store.count(PODS), list(store.resources())) == (0, ["nodes"])

    def test_of_concurrent_creates_of_a_key_one_wins(self) -> None:
        store = self.make()
        barrier, outcomes = Barrier(4), []

        def create(number: int) -> None:
            barrier.wait(60)
            outcomes.append(fails(Conflict, lambda: store.create(*pod("a", n=number))))

        threads = [Thread(target=create, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [False, True, True, True]

    def test_concurrent_writers_lose_no_increment(self) -> None:
        store = self.make()
        key, obj = pod("a", n=0)
        store.create(key, obj)

        def add() -> None:
            for _ in range(20):
                while True:
                    current = store.get(key)
                    assert current is not None
                    new = {"metadata": {"name": "a"}, "spec": {"n": current.object["spec"]["n"] + 1}}
                    if not fails(Conflict, lambda: store.update(key, new, expected=current.revision)):  # noqa: B023
                        break

        threads = [Thread(target=add) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        final = store.get(key)
        assert final is not None
        assert final.object["spec"]["n"] == 60

    def test_after_close_every_call_is_an_error(self) -> None:
        store = self.make()
        store.create(*pod("a"))
        store.close()
        assert fails(StoreError, lambda: store.create(*pod("b")))
        assert fails(StoreError, lambda: store.get(Key(PODS, "ns", "a")))
