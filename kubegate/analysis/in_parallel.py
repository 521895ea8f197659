"""Many questions to a chain: at once where webhooks are asked, which take their time, else one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kubegate.authz.chain import Chain

THREADS = 16
"""Questions that are under way at a time: as many as there are connections to a webhook."""

_AHEAD = 4 * THREADS
"""Questions that wait for a thread."""

Job = TypeVar("Job")
Result = TypeVar("Result")


def asks_webhooks(chain: Chain) -> bool:
    """Is a webhook in the chain?"""
    # By name: what they need takes long to import, and is there already if they are in the chain.
    return any(type(member).__name__ == "WebhookAuthorizer" for member in chain.members)


def for_many_questions(chain: Chain) -> Chain:
    """The chain, with webhooks that are not asked for ever if they do not answer."""
    if not asks_webhooks(chain):
        return chain
    from kubegate.analysis.impatience import impatient

    return impatient(chain)


def answers(ask: Callable[[Job], Result], jobs: Iterable[Job], chain: Chain) -> Iterator[Result]:
    """What ``ask``, which asks the chain, returns for each job, in the jobs' order."""
    if not asks_webhooks(chain):
        yield from map(ask, jobs)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

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
