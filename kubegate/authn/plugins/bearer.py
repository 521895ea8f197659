"""``Authorization: Bearer TOKEN``: takes the token out of the header and asks a token authenticator.

The scheme's case does not matter, exactly one space follows it, what stands after a second space is ignored, and of
several headers the first counts. Anything else is no bearer token, so that the request may still be anonymous.
Source: k8s.io/apiserver ``authentication/request/bearertoken``.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.authn.interface import ABSENT, Credentials, NotPresented, Outcome, Refused, TokenAuthenticator

INVALID_TOKEN = Refused("invalid bearer token")
_EXTRA_SPACE = NotPresented(
    ("the provided Authorization header contains extra space before the bearer token, and is ignored",)
)


@dataclass(frozen=True, slots=True)
class BearerToken:
    """Asks ``tokens``; a token that nobody knows is refused."""

    tokens: TokenAuthenticator

    def authenticate(self, credentials: Credentials) -> Outcome:
        values = credentials.headers.get("authorization")
        if not values:
            return ABSENT
        parts = values[0].strip().split(" ", 2)
        if len(parts) < 2 or parts[0].lower() != "bearer":
            return ABSENT
        if not parts[1]:
            return _EXTRA_SPACE
        outcome = self.tokens.authenticate_token(header_text(parts[1]), credentials.audiences or ())
        return INVALID_TOKEN if isinstance(outcome, NotPresented) else outcome


def header_text(value: str) -> str:
    """A header's value as text: its bytes are UTF-8, undecodable ones are kept apart (surrogates)."""
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
