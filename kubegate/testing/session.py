"""One run of suites: one after the other, or several at a time in processes of their own; the order is that of the files."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kubegate.testing.result import Result
from kubegate.testing.runner import LoadedSuite, open_suite

_WORTH = 4
"""How many suites are worth the start of another process."""


class Collector(Protocol):
    """Is told of every suite that was run."""

    def add(self, loaded: LoadedSuite, results: list[Result]) -> None: ...


def _silent(done: int, results: Sequence[Result]) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Session:
    """``pattern``: only cases whose name contains it; ``jobs``: how many processes (0: as many as there are processors, if
    each has some suites to run); ``told`` hears how many suites are done, and their results."""

    pattern: str = ""
    fail_fast: bool = False
    jobs: int = 0
    told: Callable[[int, Sequence[Result]], None] = _silent

    def run(self, paths: Sequence[Path], collector: Collector | None = None) -> list[Result]:
        """All results. With a collector, which looks at the engines, everything happens in this process.

        Raises `KubegateError` for the first suite that cannot be run."""
        jobs = min(self.jobs or os.cpu_count() or 1, len(paths) if self.jobs else len(paths) // _WORTH)
        several = jobs > 1 and collector is None
        results: list[Result] = []
        for done, own in enumerate(self._in_processes(paths, jobs) if several else self._here(paths, collector), 1):
            results += own
            self.told(done, results)
            if self.fail_fast and own and not own[-1].passed:
                break
        return results

    def _here(self, paths: Sequence[Path], collector: Collector | None) -> Iterator[list[Result]]:
        for path in paths:
            loaded = open_suite(path)
            own = _until_failure(loaded, self.pattern, self.fail_fast)
            if collector is not None:
                collector.add(loaded, own)
            yield own

    def _in_processes(self, paths: Sequence[Path], jobs: int) -> Iterator[list[Result]]:
        ways = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("fork" if "fork" in ways else "spawn")
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            waiting: list[Future[list[Result]]] = [
                pool.submit(run_detached, path, self.pattern, self.fail_fast) for path in paths
            ]
            try:
                for future in waiting:
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()


def run_detached(path: Path, pattern: str, fail_fast: bool) -> list[Result]:
    """Run one suite in a process of its own."""
    return [result.detached() for result in _until_failure(open_suite(path), pattern, fail_fast)]


def _until_failure(loaded: LoadedSuite, pattern: str, fail_fast: bool) -> list[Result]:
    """The results, with ``fail_fast`` up to the first that fails."""
    own = []
    for result in loaded.run(pattern):
        own.append(result)
        if fail_fast and not result.passed:
            break
    return own
