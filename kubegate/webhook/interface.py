"""What a decision endpoint is: a request's method, path, headers and body in; a status and a body out.

Handlers know nothing of the server that carries them, so that the same code answers under any of them and in tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One HTTP request; header names are lower-case."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


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
