"""Troubles on demand: requests that are refused, slow or cut off, as an API server under load or in an upgrade does it.

Only requests of clients meet them; the server's own controllers do not.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from kubegate.api.status import StatusError
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, until_the_end
from kubegate.apiserver.pipeline import Handler
from kubegate.errors import InvalidInput
from kubegate.testing.server.broken_answers import Cut, cut, failed_watch, lost
from kubegate.testing.server.fault_answers import failure, is_usual
from kubegate.testing.server.pattern import Pattern


@dataclass(slots=True)
class Fault:
    """What happens to the requests that ``pattern`` means.

    ``status`` is the HTTP code (410: only of watches and of lists that go back to a revision); ``message`` takes the place
    of the usual one; ``retry_after`` are seconds. ``delay`` are seconds until anything happens. ``drop_after``: a watch ends
    after so many events. ``abort``: the connection breaks, of a watch in the middle, else before the request is carried out;
    ``lose_answer``: after it was carried out. ``times``: how many requests meet it (None: all); ``after``: how many are let
    through first. ``hits`` are the requests that met it, as ``GET /api/v1/pods``."""

    pattern: Pattern
    status: int = 0
    message: str = ""
    retry_after: int = 0
    delay: float = 0.0
    drop_after: int | None = None
    abort: bool = False
    lose_answer: bool = False
    times: int | None = 1
    after: int = 0
    hits: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if not (self.status or self.delay or self._cuts or self.abort or self.lose_answer):
            raise InvalidInput("a fault needs a status, a delay, drop_after, abort or lose_answer")
        if self.status and not self.message and not is_usual(self.status):
            raise InvalidInput(f"status {self.status} needs a message")

    @property
    def _cuts(self) -> bool:
        return self.drop_after is not None

    def takes(self, exchange: Exchange) -> bool:
        """Whether this request meets it now; it counts."""
        if not self.pattern.matches(exchange) or not self._can_be(exchange):
            return False
        with self._lock:
            if self.after > 0:
                self.after -= 1
                return False
            if self.times is not None and len(self.hits) >= self.times:
                return False
            self.hits.append(f"{exchange.request.method} {exchange.request.uri or exchange.request.path}")
            return True

    def _can_be(self, exchange: Exchange) -> bool:
        verb, request = exchange.info.verb, exchange.request
        if self._cuts:
            return verb == "watch"
        if self.status != 410 or verb == "watch":
            return True
        return verb == "list" and bool(
            request.parameter("continue") or request.parameter("resourceVersion") not in ("", "0")
        )

    def answer(self, exchange: Exchange, proceed: Handler) -> Response:
        """What the client gets instead, or after a while."""
        if self.delay:
            time.sleep(self.delay)
        if self._cuts or (self.abort and exchange.info.verb == "watch"):
            return cut(exchange, proceed(exchange), Cut(self.drop_after or 0, self.abort, self.status))
        if self.abort or self.lose_answer:
            return lost(proceed(exchange) if self.lose_answer else Response(503))
        if not self.status:
            return proceed(exchange)
        try:
            if self.status == 410 and exchange.info.verb == "watch":
                return failed_watch(exchange)
            return failure(self.status, exchange, self.message, self.retry_after)
        except StatusError:
            return proceed(exchange)  # the request is wrong itself, and told so


class Faults:
    """Those in force. The first that means a request takes it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._watches: dict[int, tuple[Exchange, threading.Event]] = {}

    def add(self, *, times: int | None = 1, **what: Any) -> Fault:
        """From now on, until it is removed or the test ends: the fields of `Pattern` say for which requests, those of
        `Fault` what happens. Raises `InvalidInput` for what can be no fault."""
        pattern = {name: what.pop(name) for name in Pattern.__dataclass_fields__ if name in what}
        fault = Fault(Pattern(**pattern), times=times, **what)
        self._faults = [*self._faults, fault]
        return fault

    def remove(self, fault: Fault) -> None:
        """No longer."""
        self._faults = [known for known in self._faults if known is not fault]

    def clear(self) -> None:
        """None from now on."""
        self._faults = []

    def __call__(self, exchange: Exchange, proceed: Handler) -> Response:
        """Answer a request, with or without trouble."""
        for fault in self._faults:
            if fault.takes(exchange):
                return fault.answer(exchange, self._noting(proceed))
        return self._noting(proceed)(exchange)

    def _noting(self, proceed: Handler) -> Handler:
        """Watches can be ended while they run."""

        def answer(exchange: Exchange) -> Response:
            if exchange.info.verb != "watch":
                return proceed(exchange)
            dropped, gone = threading.Event(), exchange.request.gone
            exchange.request = replace(exchange.request, gone=lambda: dropped.is_set() or gone())
            response = proceed(exchange)
            if not isinstance(response.body, bytes):
                self._watches[id(dropped)] = (exchange, dropped)
                response.body = until_the_end(response.body, lambda: self._watches.pop(id(dropped), None))
            return response

        return answer

    def drop_watches(self, pattern: Pattern) -> int:
        """End the running watches that are meant, as a server that restarts does (a quiet one within a second); the answer
        is how many."""
        meant = [dropped for exchange, dropped in list(self._watches.values()) if pattern.matches(exchange)]
        for dropped in meant:
            dropped.set()
        return len(meant)
