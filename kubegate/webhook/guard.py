"""Who may ask, and how many at a time."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable
from dataclasses import replace

from kubegate.api.status import Status, StatusError, unauthorized
from kubegate.webhook.answers import refusal
from kubegate.webhook.interface import Handler, HookRequest, HookResponse
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import InForce


class Callers:
    """The bearer tokens that may ask; none given means that TLS (or nothing) decides who may.

    Tokens are kept as digests and compared in constant time."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = [hashlib.sha256(token.encode()).digest() for token in tokens]

    def admits(self, request: HookRequest) -> bool:
        """True if the request carries one of the tokens, or none is asked for."""
        if not self._digests:
            return True
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = False
        for candidate in self._digests:  # all of them, so that the time does not tell which
            known |= hmac.compare_digest(candidate, digest)
        return known and scheme.lower() == "bearer"


class Guarded:
    """A handler behind callers and limits: more requests than ``slots`` at a time are answered 429."""

    def __init__(self, inner: Handler, callers: InForce[Callers], slots: threading.Semaphore, metrics: Metrics) -> None:
        self._inner = inner
        self._callers = callers
        self._slots = slots
        self._metrics = metrics

    def handle(self, request: HookRequest) -> HookResponse:
        """401 for strangers, 405 for anything but POST, 429 when too many are in flight; only then is the body read."""
        if not self._callers.current.content.admits(request):
            return self._refuse(unauthorized())
        if request.method != "POST":
            return self._refuse(Status(405, "MethodNotAllowed", "only POST is answered here"), ("Allow", "POST"))
        if not self._slots.acquire(blocking=False):
            busy = Status(429, "TooManyRequests", "too many requests in flight, please try again later")
            return self._refuse(busy, ("Retry-After", "1"))
        try:
            answer = self._inner.handle(request.read())
        except StatusError as error:
            return self._refuse(error.status)
        finally:
            self._slots.release()
        if answer.status >= 400:
            self._metrics.refused.labels(str(answer.status)).inc()
        return answer

    def _refuse(self, status: Status, *headers: tuple[str, str]) -> HookResponse:
        self._metrics.refused.labels(str(status.code)).inc()
        return replace(refusal(status), headers=headers)
