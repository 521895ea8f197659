"""The contract of authentication: credentials in, one of three answers out.

``NotPresented``: nothing that this authenticator understands was there; the next one is asked.
``Authenticated``: the user, and the audiences the credential is good for.
``Refused``: something was presented and is not good. It never falls through to anonymous.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kubegate.api.user import User


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought along.

    ``headers``: lower-case name -> values in the order received (bytes decoded as latin-1).
    ``certificates``: the client's certificates in DER, leaf first; empty without TLS client authentication.
    ``path``: the request's path (anonymous access may be limited to some). ``upgrade``: a WebSocket is asked for.
    """

    headers: dict[str, list[str]] = field(default_factory=dict)
    certificates: tuple[bytes, ...] = ()
    path: str = "/"

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        values = self.headers.get(name.lower())
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class NotPresented:
    """No credential of this kind."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who it is. ``audiences`` is empty where the authenticator does not know audiences."""

    user: User
    audiences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The credential is not good; ``reason`` is for the log and `kubegate authenticate`, never for the client."""

    reason: str


Outcome: TypeAlias = NotPresented | Authenticated | Refused


class Authenticator(Protocol):
    """One method, three answers."""

    def authenticate(self, credentials: Credentials) -> Outcome:
        """Say who presented ``credentials``."""
        ...


class TokenAuthenticator(Protocol):
    """What stands behind the bearer token; also asked by TokenReview."""

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        """Say whose ``token`` it is. ``audiences``: acceptable ones, empty for the API server's own."""
        ...
