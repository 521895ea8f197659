"""The waiting pods."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kubegate.scheduler.queue import LEFTOVER_SECONDS, Queue

CONCERNS = {"Fit": frozenset({"pods/delete"}), "Affinity": frozenset({"nodes/add"})}


@pytest.fixture
def queue() -> Queue:
    return Queue(CONCERNS)


def test_priority_then_age(make: SimpleNamespace, queue: Queue) -> None:
    for name, priority, now in (("old", 0, 0.0), ("new", 0, 1.0), ("urgent", 5, 2.0)):
        queue.put(make.info(name, priority=priority), now)
    assert [entry.pod.name for entry in iter(lambda: queue.pop(3.0), None)] == ["urgent", "old", "new"]


def test_a_parked_pod_waits_for_a_change_that_matters(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    queue.park(queue.pop(0.0), frozenset({"Fit"}), 0.0)
    assert queue.pop(1.0) is None
    queue.changed("nodes/add", 1.0)
    assert queue.pop(1.0) is None
    queue.changed("pods/delete", 1.0)
    entry = queue.pop(1.0)
    assert entry is not None
    assert entry.attempts == 2


def test_nobody_in_particular_refused_so_every_change_matters(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    queue.park(queue.pop(0.0), frozenset(), 0.0)
    queue.changed("anything/at-all", 0.0)
    assert queue.pop(0.0) is not None


def test_leftovers_are_tried_again(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    queue.park(queue.pop(0.0), frozenset({"Fit"}), 0.0)
    assert queue.next_time(0.0) == LEFTOVER_SECONDS
    assert queue.pop(LEFTOVER_SECONDS) is not None


def test_technical_failures_wait_longer_each_time(make: SimpleNamespace) -> None:
    queue = Queue(CONCERNS, initial_backoff=1.0, max_backoff=3.0)
    queue.put(make.info(), 0.0)
    now = 0.0
    for wait in (1.0, 2.0, 3.0, 3.0):
        queue.retry(queue.pop(now), now)
        assert queue.next_time(now) == wait
        assert queue.pop(now + wait - 0.1) is None
        now += wait


def test_gated_pods_wait_until_the_gates_are_gone(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(schedulingGates=[{"name": "g"}]), 0.0)
    assert queue.pop(0.0) is None
    queue.changed("pods/delete", 0.0)
    assert queue.pop(LEFTOVER_SECONDS) is None
    queue.put(make.info(), 1.0)
    assert queue.pop(1.0) is not None


def test_pods_that_go_are_forgotten(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    assert len(queue) == 1
    queue.drop("uid-p")
    assert len(queue) == 0
    assert queue.pop(0.0) is None
    assert queue.next_time(0.0) is None


def test_a_pod_that_changes_while_it_waits_is_tried_once(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    queue.put(make.info(cpu="2"), 1.0)
    entry = queue.pop(1.0)
    assert entry is not None
    assert entry.pod.requests == {"cpu": 2000}
    assert queue.pop(1.0) is None


def test_a_parked_pod_that_changes_is_tried_at_once(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info(), 0.0)
    queue.park(queue.pop(0.0), frozenset({"Fit"}), 0.0)
    queue.put(make.info(priority=1), 0.0)
    assert queue.pop(0.0) is not None
    queue.changed("pods/delete", 0.0)
    assert queue.pop(0.0) is None


def test_backing_off_pods_come_after_ready_ones_until_their_time(make: SimpleNamespace, queue: Queue) -> None:
    queue.put(make.info("tried", priority=5), 0.0)
    queue.park(queue.pop(0.0), frozenset({"Fit"}), 0.0)
    queue.changed("pods/delete", 0.0)
    queue.put(make.info("fresh"), 0.0)
    queue.put(make.info("fresh2"), 0.0)
    assert queue.pop(0.5).pod.name == "fresh"
    assert queue.pop(1.5).pod.name == "tried"
    assert queue.pop(1.5).pod.name == "fresh2"
