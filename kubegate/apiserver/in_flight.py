"""A limit on requests that are answered at the same time.

Watches are not counted: they last. Members of system:masters are not held up, so that an overloaded server can be repaired.
Source: k8s.io/apiserver ``server/filters/maxinflight``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from kubegate.api.user import MASTERS
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text

_READING = frozenset(("get", "list", "head"))


class InFlight:
    """Two limits: for requests that read, and for those that write; 0 is none."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = BoundedSemaphore(reading) if reading else None
        self._writing = BoundedSemaphore(writing) if writing else None

    @contextmanager
    def admitted(self, exchange: Exchange) -> Iterator[bool]:
        """Whether the request may go on now; it counts until the block ends."""
        limit = self._limit(exchange)
        if limit is None:
            yield True
            return
        taken = limit.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                limit.release()

    def _limit(self, exchange: Exchange) -> BoundedSemaphore | None:
        if exchange.info.verb in ("watch", "proxy") or MASTERS in exchange.user.groups:
            return None
        return self._reading if exchange.info.verb in _READING else self._writing


def too_many() -> Response:
    """429: try again in a second."""
    response = text(429, "Too many requests, please try again later.\n")
    response.headers.append(("Retry-After", "1"))
    return response
