"""One run of suites: one after the other, or several at a time in processes of their own; the order is that of the files."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from kubegate.testing.running.pool import forked, processors
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import LoadedSuite, open_suite

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
        jobs = self.jobs or min(processors(), len(paths) // _WORTH)
        apart = partial(run_detached, self.pattern, self.fail_fast)
        several = forked(apart, paths, jobs) if jobs > 1 and collector is None else self._here(paths, collector)
        results: list[Result] = []
        for done, own in enumerate(several, 1):
            results += own
            self.told(done, results)
            if self.fail_fast and own and not own[-1].passed:
                break
        return results

    def _here(self, paths: Sequence[Path], collector: Collector | None) -> Iterator[list[Result]]:
        for path in paths:
            loaded = opened(path)
            own = _until_failure(loaded, self.pattern, self.fail_fast)
            if collector is not None:
                collector.add(loaded, own)
            yield own


def run_detached(pattern: str, fail_fast: bool, path: Path) -> list[Result]:
    """Run one suite in a process of its own."""
    return [result.detached() for result in _until_failure(opened(path), pattern, fail_fast)]


def opened(path: Path) -> LoadedSuite:
    """Open a suite; collecting garbage need not look at it again and again, until the next one."""
    gc.unfreeze()
    loaded = open_suite(path)
    gc.freeze()
    return loaded


def _until_failure(loaded: LoadedSuite, pattern: str, fail_fast: bool) -> list[Result]:
    """The results, with ``fail_fast`` up to the first that fails."""
    own = []
    for result in loaded.run(pattern):
        own.append(result)
        if fail_fast and not result.passed:
            break
    return own
