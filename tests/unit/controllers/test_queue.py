"""The work queue."""

from threading import Thread

from kubegate.controllers.queue import WorkQueue


def test_work_waits_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for item in ("a", "b", "a"):
        queue.add(item)
    assert [queue.get(), queue.get(), len(queue)] == ["a", "b", 2]


def test_work_that_is_added_while_it_is_done_comes_again_afterwards() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    assert queue.get() == "a"
    queue.add("a")
    assert len(queue) == 1
    queue.done("a")
    assert queue.get() == "a"


def test_failing_work_comes_back() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    assert queue.get() == "a"
    queue.retry("a")
    queue.done("a")
    assert queue.get() == "a"
    queue.forget("a")


def test_later_work_does_not_overtake() -> None:
    clock = [0.0]
    queue: WorkQueue[str] = WorkQueue(lambda: clock[0])
    queue.add_after("later", 0.01)
    queue.add("now")
    assert queue.get() == "now"
    clock[0] += 0.01
    assert queue.get() == "later"


def test_later_work_comes_by_itself() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("later", 0.01)
    assert queue.get() == "later"


def test_of_several_times_the_first_counts_and_none_piles_up() -> None:
    clock = [0.0]
    queue: WorkQueue[str] = WorkQueue(lambda: clock[0])
    for seconds in (60, 0.01, 30, 90):
        queue.add_after("a", seconds)
    clock[0] += 0.01
    assert queue.get() == "a"
    queue.done("a")
    assert not queue._due
    queue.add_after("a", 0.02)
    queue.add_after("b", 0.01)
    clock[0] += 0.02
    assert [queue.get(), queue.get()] == ["b", "a"]


def test_close_wakes_the_workers() -> None:
    queue: WorkQueue[str] = WorkQueue()
    seen: list[str | None] = ["x"]
    worker = Thread(target=lambda: seen.append(queue.get()))
    worker.start()
    queue.close()
    worker.join()
    assert seen == ["x", None]


def test_a_clock_that_was_moved_hurries_what_waits() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("active")
    assert queue.get() == "active"
    queue.add_after("later", 3600)
    queue.hurry()
    assert queue.get() == "later"
    queue.done("active")
    assert queue.get() == "active"
    queue.add_after("later", 3600)
    queue.done("later")
    assert len(queue) == 1
