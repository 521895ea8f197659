"""Work spread over processes: the answers come in the order of the questions, whoever is ready first."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_CHUNKS = 16
"""So many portions a process: the last ones are done at about the same time."""

_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""What the processes do, inherited when they are forked: neither function nor questions are copied."""


def processors() -> int:
    """How many processes can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def forked(function: Callable[[T], R], questions: Sequence[T], jobs: int) -> Iterator[R]:
    """``function`` of each question, in ``jobs`` processes where the system can fork; answers must be picklable.

    What ``function`` changes is lost, except in this process (one job)."""
    global _work
    if jobs <= 1 or len(questions) <= jobs or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(function, questions)
        return
    _work = (function, questions)
    # Not `multiprocessing.Pool`: it ends by killing its processes, and waits for ever if one of them held a lock.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"))
    try:
        yield from pool.map(_answer, range(len(questions)), chunksize=max(1, len(questions) // (jobs * _CHUNKS)))
    finally:
        pool.shutdown(cancel_futures=True)
        _work = None


def _answer(number: int) -> Any:
    assert _work is not None
    function, questions = _work
    return function(questions[number])
