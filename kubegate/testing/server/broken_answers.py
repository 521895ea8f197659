"""Answers that do not arrive whole: watches that end, break off or are too far behind; connections that break."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response
from kubegate.testing.server.fault_answers import expired


@dataclass(frozen=True, slots=True)
class Cut:
    """After how many events a watch ends; ``abort`` breaks it off; ``status`` 410 says so in an event."""

    events: int
    abort: bool = False
    status: int = 0


def failed_watch(exchange: Exchange) -> Response:
    """A watch from a revision that is gone: 200, and one event that says so."""
    return Response(200, iter([_error(exchange)]))


def _error(exchange: Exchange) -> bytes:
    return b'{"type":"ERROR","object":%s}\n' % orjson.dumps(expired(exchange).to_object())


def cut(exchange: Exchange, response: Response, how: Cut) -> Response:
    """The response with fewer events."""
    if not isinstance(response.body, bytes):
        response.body = _cut(exchange, response.body, how)
    return response


def _cut(exchange: Exchange, body: Iterator[bytes], how: Cut) -> Iterator[bytes]:
    events = 0
    try:
        for chunk in body:  # the first is empty: it sends the head of the response
            yield chunk
            events += bool(chunk)
            if events >= how.events:
                break
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    if how.status == 410:
        yield _error(exchange)
    if how.abort:
        raise _broken()


def lost(response: Response) -> Response:
    """The connection breaks before the answer is sent."""
    response.body = _never()
    return response


def _never() -> Iterator[bytes]:
    raise _broken()
    yield b""


def _broken() -> ConnectionResetError:
    """What the server makes of it: the connection is closed wherever the answer is, and nothing is logged."""
    return ConnectionResetError(errno.ECONNRESET, "broken off by a fault")
