"""An answer that comes line by line for as long as it lasts: a watch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import urllib3

from kubegate.errors import Unavailable

MAX_LINE = 16 * 1024 * 1024
"""Bytes of one line; objects are limited to far less."""
_CHUNK = 64 * 1024


class Stream:
    """The lines of an open answer. ``words`` makes the error of a transport failure."""

    def __init__(
        self, response: urllib3.BaseHTTPResponse, words: Callable[[urllib3.exceptions.HTTPError], Unavailable]
    ) -> None:
        self._response = response
        self._words = words
        self.status = response.status

    def lines(self) -> Iterator[bytes]:
        """Each line as soon as it is whole, until the server ends the stream; raises `Unavailable` if it breaks."""
        pending = b""
        try:
            while chunk := self._response.read1(_CHUNK):
                *whole, pending = (pending + chunk).split(b"\n")
                yield from whole
                if len(pending) > MAX_LINE:
                    raise Unavailable(f"a line of the stream is longer than {MAX_LINE} bytes")
        except urllib3.exceptions.HTTPError as error:
            raise self._words(error) from error

    def body(self) -> bytes:
        """What an answer that is no stream says; at most `MAX_LINE` bytes."""
        try:
            return self._response.read(MAX_LINE)
        except urllib3.exceptions.HTTPError as error:
            raise self._words(error) from error

    def close(self) -> None:
        """End the connection: what else it carries is not wanted. May be called by another thread."""
        with contextlib.suppress(ValueError, OSError):  # it has ended already
            self._response.shutdown()

    def release(self) -> None:
        """Give up the connection, by the thread that reads."""
        self._response.close()
        self._response.release_conn()
