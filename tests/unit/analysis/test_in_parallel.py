"""Questions that come again and again, asked by several threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kubegate.analysis.in_parallel import Remembering

PATIENCE = 60.0


def test_what_several_threads_ask_at_a_time_is_asked_once() -> None:
    asked: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def ask(job: str) -> str:
        asked.append(job)
        begun.set()
        go_on.wait(PATIENCE)
        return job.upper()

    remembering = Remembering(ask, 10)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(remembering, "a")
        begun.wait(PATIENCE)
        others = [pool.submit(remembering, "a") for _ in range(3)]
        go_on.set()
        assert [answer.result(PATIENCE) for answer in (first, *others)] == ["A"] * 4
    assert remembering("a") == "A" and asked == ["a"]


def test_more_answers_than_may_be_are_not_remembered() -> None:
    asked: list[int] = []

    def ask(job: int) -> int:
        asked.append(job)
        return -job

    remembering = Remembering(ask, 2)
    assert [remembering(job) for job in (1, 2, 3, 1, 2, 3)] == [-1, -2, -3, -1, -2, -3]
    assert asked == [1, 2, 3, 3]


def test_a_failure_is_told_and_not_remembered() -> None:
    failures = [ValueError("once")]

    def ask(job: str) -> str:
        if failures:
            raise failures.pop()
        return job

    remembering = Remembering(ask, 2)
    with pytest.raises(ValueError, match="once"):
        remembering("a")
    assert remembering("a") == "a"
