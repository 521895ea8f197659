"""The contract of authentication: credentials in, one of three answers out.

``NotPresented``: nothing that this authenticator understands was there; the next one is asked.
``Authenticated``: the user, and the audiences the credential is good for.
``Refused``: something was presented and is not good. It never falls through to anonymous.

Every answer may carry ``warnings`` for the client (the ``Warning`` header), whatever it says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from kubegate.api.names import Object
from kubegate.api.user import User


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought along.

    ``headers``: lower-case name -> values in the order received (bytes decoded as latin-1).
    ``certificates``: the client's certificates in DER, leaf first; empty without TLS client authentication.
    ``path``: the request's path (anonymous access may be limited to some).
    ``audiences``: what the credential must be good for; None means the API server itself (TokenReview asks for others).
    """

    headers: dict[str, list[str]] = field(default_factory=dict)
    certificates: tuple[bytes, ...] = ()
    path: str = "/"
    audiences: tuple[str, ...] | None = None

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        values = self.headers.get(name.lower())
        return values[0] if values else ""


@dataclass(frozen=True, slots=True)
class NotPresented:
    """No credential of this kind."""

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who it is. ``audiences`` is empty where the authenticator does not know audiences.

    ``annotations`` go into the audit event. ``expires``: the answer must not be remembered beyond (Unix seconds).
    """

    user: User
    audiences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    expires: float = float("inf")


@dataclass(frozen=True, slots=True)
class Refused:
    """The credential is not good; ``reason`` is for the log and `kubegate authenticate`, never for the client.

    ``reasons`` has the single complaints where several authenticators had one. ``transient``: an outside party failed,
    the next attempt may go well."""

    reason: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    transient: bool = False


Outcome: TypeAlias = NotPresented | Authenticated | Refused

ABSENT = NotPresented()

Clock: TypeAlias = Callable[[], float]
"""The time now, in Unix seconds."""


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


class ObjectReader(Protocol):
    """What authenticators read of the cluster: ServiceAccounts, Secrets, Pods, Nodes."""

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object (not to be changed), or None. ``resource`` is the plural (``serviceaccounts``)."""
        ...


class NoObjects:
    """An `ObjectReader` of an empty cluster."""

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return None


def refused(reasons: Iterable[str], *, transient: bool = False) -> Refused:
    """One refusal out of several complaints: equal ones once, ``[a, b]`` when more than one."""
    unique = tuple(dict.fromkeys(reasons))
    text = unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]"
    return Refused(text, unique, transient=transient)
