"""A request's line and headers end somewhere, or the client gets a 431."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.unreader import IterUnreader

from kubegate.apiserver.serving.bounded_request import LIMITS, MAX_HEADER_BYTES, BoundedRequest

CHUNK = 8192


def parse(pieces: Iterable[bytes]) -> BoundedRequest:
    config = Config()
    for name, value in LIMITS.items():
        config.set(name, value)
    return BoundedRequest(config, IterUnreader(iter(pieces)), ("127.0.0.1", 1))


class Endless:
    """Goes on for much longer than it may, and knows how much was taken."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        self.start, self.piece, self.taken = start, piece, 0

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        while self.taken < 4 * MAX_HEADER_BYTES:
            self.taken += len(self.piece)
            yield self.piece


@pytest.mark.parametrize(
    "endless",
    [
        Endless(b"GET /", b"a" * CHUNK),
        Endless(b"GET / HTTP/1.1\r\nX: ", b"a" * CHUNK),
        Endless(b"GET / HTTP/1.1\r\n", b"X: " + b"a" * CHUNK + b"\r\n"),
        Endless(b"GET / HTTP/1.1\r\n", b"X: a\r\n" * 1000),
    ],
    ids=["line", "header", "long headers", "many headers"],
)
def test_what_does_not_end_is_refused_in_time(endless: Endless) -> None:
    with pytest.raises(LimitRequestHeaders):
        parse(endless)
    assert endless.taken <= MAX_HEADER_BYTES + CHUNK


def test_long_selectors_pass() -> None:
    request = parse([b"GET /api/v1/pods?labelSelector=", b"a" * 200_000, b" HTTP/1.1\r\nHost: x\r\n\r\n"])
    assert len(request.query) > 200_000


def test_the_body_does_not_count() -> None:
    size = 2 * MAX_HEADER_BYTES
    request = parse([b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size])
    assert len(request.body.read()) == size
