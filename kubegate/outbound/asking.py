"""Asking a webhook several times: what passes by itself is asked again after a pause that grows.

Source: k8s.io/apiserver ``util/webhook`` (DefaultShouldRetry, WithExponentialBackoff).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import RemoteDisconnected
from random import Random
from typing import Protocol

import urllib3

from kubegate.errors import Unavailable
from kubegate.outbound.exchange import Answer
from kubegate.outbound.failures import response_error

ATTEMPTS = 5
FIRST_PAUSE = 0.5
"""Seconds."""
_FACTOR = 1.5
_JITTER = 0.2
_RANDOM = Random()


class Poster(Protocol):
    """What asks the service (`outbound.client.Client`)."""

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        """Raises `errors.Unavailable`."""
        ...


Seen = Callable[[str, float], None]
"""Told of each attempt: ``success``, ``timeout`` or ``error``, and how many seconds it took."""


def _unseen(result: str, seconds: float) -> None:
    pass


def ask(
    client: Poster,
    body: bytes,
    *,
    query: str,
    sleep: Callable[[float], None] = time.sleep,
    seen: Seen = _unseen,
    pause: float = FIRST_PAUSE,
) -> Answer:
    """The first answer that is a success. Raises `Unavailable` for a failure that does not pass, or the last one of five:
    500, 504, 429, whatever says Retry-After, and a connection that was reset pass."""
    for attempt in range(1, ATTEMPTS + 1):
        answer, error, again = _attempt(client, body, query, seen)
        if answer is not None:
            return answer
        if not again or attempt == ATTEMPTS:
            raise error
        sleep(pause * (1 + _JITTER * _RANDOM.random()))
        pause *= _FACTOR
    raise AssertionError("unreachable: the last attempt returns or raises")


def _attempt(client: Poster, body: bytes, query: str, seen: Seen) -> tuple[Answer | None, Unavailable, bool]:
    started = time.monotonic()
    try:
        answer = client.post(body, query=query)
    except Unavailable as error:
        seen("timeout" if _timed_out(error.__cause__) else "error", time.monotonic() - started)
        return None, error, _reset(error)
    failure = response_error(
        answer.status,
        answer.body,
        content_type=answer.headers.get("content-type", ""),
        retry_after=_come_back(answer.headers.get("retry-after", "")),
    )
    result = "success" if failure is None else "timeout" if answer.status == 504 else "error"
    seen(result, time.monotonic() - started)
    if failure is None:
        return answer, Unavailable(""), False
    return None, Unavailable(failure.message), failure.retry


def _come_back(retry_after: str) -> bool:
    """Only seconds count, as client-go reads them."""
    return retry_after.isascii() and retry_after.isdigit() and int(retry_after) > 0


def _timed_out(cause: BaseException | None) -> bool:
    exceptions = urllib3.exceptions  # of a refused connection they say that it is a timeout, too
    return isinstance(cause, exceptions.TimeoutError) and not isinstance(cause, exceptions.NewConnectionError)


def _reset(error: BaseException | None) -> bool:
    """Is a reset connection among the causes?"""
    while error is not None:
        if isinstance(error, ConnectionResetError):
            return not isinstance(error, RemoteDisconnected)  # which is an orderly end without an answer
        error = error.__cause__ or error.__context__
    return False
