"""Requests whose line and headers together have an end, as in Go's server: a client that goes on for ever gets a 431.

gunicorn limits one header and their number, not all of them together, and the request line either not at all or to 8 KiB,
which is less than the selectors of clients may need.
"""

from __future__ import annotations

from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

MAX_HEADER_BYTES = (1 << 20) + 4096
"""Go's ``DefaultMaxHeaderBytes``, and the slack that its server adds."""

LIMITS = {"limit_request_line": 0, "limit_request_fields": 1000, "limit_request_field_size": 1 << 20}
"""gunicorn's own settings: no bound of the line alone, more headers than Go's clients send."""


class BoundedRequest(Request):  # type: ignore[misc]  # gunicorn has no types
    """Reads so much until the headers are complete, and no more."""

    _received = 0

    def read_into(self, unreader: Any, buf: bytearray, stop: bool = False) -> None:
        """See `Request.read_into`: all that is read before the body passes here."""
        before = len(buf)
        super().read_into(unreader, buf, stop)
        self._received += len(buf) - before
        if self._received > MAX_HEADER_BYTES:
            raise LimitRequestHeaders("request line and headers are too long")


def bound_requests() -> None:
    """Make it so for the gunicorn of this process, which has no setting for it."""
    RequestParser.mesg_class = BoundedRequest
