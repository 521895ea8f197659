"""An authenticating proxy in front: it says in headers who asks, and proves itself with its client certificate.

Each header may have several names; for user and uid the first name with a value counts, for groups all names are
collected, a value with a comma is one group, an empty one is none. Extra keys are what follows the prefix, lower case,
%-decoded.
Use only behind `x509.VerifiedClient`. Source: k8s.io/apiserver ``authentication/request/headerrequest``.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from kubegate.api.user import User
from kubegate.authn.interface import ABSENT, Authenticated, Credentials, Outcome
from kubegate.authn.plugins.bearer import header_text


@dataclass(frozen=True, slots=True)
class FrontProxy:
    """Header names in lower case."""

    user_headers: tuple[str, ...]
    uid_headers: tuple[str, ...]
    group_headers: tuple[str, ...]
    extra_prefixes: tuple[str, ...]

    def authenticate(self, credentials: Credentials) -> Outcome:
        name = _first(credentials, self.user_headers)
        if not name:
            return ABSENT
        uid = _first(credentials, self.uid_headers)
        values = [value for header in self.group_headers for value in credentials.headers.get(header, ())]
        groups = tuple(header_text(value) for value in values if value)
        return Authenticated(User(name, uid, groups, self._extra(credentials)))

    def _extra(self, credentials: Credentials) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found: dict[str, list[str]] = {}
        for prefix in self.extra_prefixes:
            for header, values in credentials.headers.items():
                if header.startswith(prefix):
                    found.setdefault(unescape(header[len(prefix) :]), []).extend(map(header_text, values))
        return tuple((key, tuple(values)) for key, values in found.items())


def _first(credentials: Credentials, names: tuple[str, ...]) -> str:
    for name in names:
        value = credentials.header(name)
        if value:
            return header_text(value)
    return ""


def unescape(key: str) -> str:
    """%-decoding of an extra key; one that is not well-formed stays as it is."""
    pieces = key.split("%")[1:]
    if not all(len(piece) >= 2 and all(char in "0123456789abcdefABCDEF" for char in piece[:2]) for piece in pieces):
        return key
    return unquote_to_bytes(key).decode("utf-8", "surrogateescape")
