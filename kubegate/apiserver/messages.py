"""A request as the API server reads it, and a response as it is sent: plain values that need no web framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` is decoded; ``query`` maps a parameter to its values in order; ``headers`` maps lower-case names to values
    in the order received. ``read_body(limit)`` reads at most ``limit`` bytes. ``gone`` tells that the client went away."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read_body: Callable[[int], bytes] = lambda limit: b""
    certificates: tuple[bytes, ...] = ()
    remote: str = ""
    raw_query: str = ""
    uri: str = ""
    gone: Callable[[], bool] = lambda: False

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def parameter(self, name: str) -> str:
        """The first value of a query parameter, or ""."""
        values = self.query.get(name)
        return values[0] if values else ""


@dataclass(slots=True)
class Response:
    """``body`` is bytes, or an iterator of chunks (a watch), which has a ``close`` if it must learn of the end."""

    code: int
    body: bytes | Iterator[bytes] = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


def text(code: int, body: str) -> Response:
    """A plain text answer, as Go's ``http.Error`` and the health checks give it."""
    return Response(code, body.encode(), "text/plain; charset=utf-8", [("X-Content-Type-Options", "nosniff")])


def until_the_end(body: Iterator[bytes], ended: Callable[[], object]) -> Iterator[bytes]:
    """The chunks of a body; however it ends (read whole, given up, broken), it is told, and then ``ended`` is called."""
    try:
        yield from body
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
        ended()
