"""Many questions to a chain: at once where webhooks are asked, which take their time, else one after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import Generic, TypeVar

from kubegate.authz.chain import Chain
from kubegate.authz.interface import Authorizer
from kubegate.authz.kinds import is_webhook

THREADS = 16
"""Questions that are under way at a time: as many as there are connections to a webhook."""

_AHEAD = 4 * THREADS
"""Questions that wait for a thread."""

Job = TypeVar("Job")
Result = TypeVar("Result")


def asks_webhooks(authorizer: Authorizer) -> bool:
    """Is it a chain with a webhook in it?"""
    members = authorizer.members if isinstance(authorizer, Chain) else ()
    return any(map(is_webhook, members))


def for_many_questions(chain: Chain) -> Chain:
    """The chain, with webhooks that are not asked for ever if they do not answer."""
    if not asks_webhooks(chain):
        return chain
    from kubegate.analysis.impatience import impatient

    return impatient(chain)


def answers(ask: Callable[[Job], Result], jobs: Iterable[Job], authorizer: Authorizer) -> Iterator[Result]:
    """What ``ask``, which asks the authorizer, returns for each job, in the jobs' order."""
    if not asks_webhooks(authorizer):
        yield from map(ask, jobs)
        return
    from concurrent.futures import ThreadPoolExecutor  # here: most commands need none

    waiting: deque[Future[Result]] = deque()
    left = iter(jobs)
    pool = ThreadPoolExecutor(THREADS, "question")
    try:
        waiting.extend(pool.submit(ask, job) for job in islice(left, THREADS + _AHEAD))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(ask, job) for job in islice(left, 1))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class Remembering(Generic[Job, Result]):
    """Asks each question once, also if several threads have it at a time; of more than ``size`` answers (never None) the
    first are remembered."""

    def __init__(self, ask: Callable[[Job], Result], size: int) -> None:
        self._ask = ask
        self._size = size
        self._known: dict[Job, Result] = {}
        self._under_way: dict[Job, Future[Result]] = {}
        self._lock = threading.Lock()

    def __call__(self, job: Job) -> Result:
        """The answer; raises what asking raises."""
        found = self._known.get(job)
        if found is not None:
            return found
        with self._lock:
            other = self._under_way.get(job)
            if other is None:
                found = self._known.get(job)  # by somebody who has just ended
                if found is not None:
                    return found
                mine = self._under_way[job] = Future()
        return self._first(job, mine) if other is None else other.result()

    def _first(self, job: Job, told: Future[Result]) -> Result:
        try:
            answer = self._ask(job)
        except BaseException as error:
            told.set_exception(error)
            raise
        else:
            if len(self._known) < self._size:
                self._known[job] = answer
            told.set_result(answer)
            return answer
        finally:
            del self._under_way[job]
