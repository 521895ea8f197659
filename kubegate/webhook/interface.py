"""What a decision endpoint is: a request's method, path, headers and body in; a status and a body out.

Handlers know nothing of the server that carries them, so that the same code answers under any of them and in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One HTTP request; header names are lower-case. ``unread`` reads a body that has not been: it takes as long as the
    client likes, and raises `StatusError` (413) if it is too long."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: Callable[[], bytes] | None = None

    def read(self) -> HookRequest:
        """The same with its body."""
        return self if self.unread is None else replace(self, body=self.unread(), unread=None)


@dataclass(frozen=True, slots=True)
class HookResponse:
    """The answer."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Handler(Protocol):
    """Answers one path."""

    def handle(self, request: HookRequest) -> HookResponse:
        """Never raises for bad input: that is an answer (a Status)."""
        ...
