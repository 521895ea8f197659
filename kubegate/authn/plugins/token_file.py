"""Static tokens from a CSV file: token, user name, uid, optional "group1,group2".

Rules that surprise: the last of equal tokens wins, groups are not trimmed (``""`` is one empty group), a token's leading
blanks count, an empty user name is a user, a line with an empty token is skipped. A file that cannot be read as CSV, or
a line of fewer than three columns, stops the server.
Source: k8s.io/apiserver ``authentication/token/tokenfile`` and Go's ``encoding/csv``.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from hashlib import sha256
from pathlib import Path

from kubegate.api.user import User
from kubegate.authn.go_csv import read_csv
from kubegate.authn.interface import ABSENT, Authenticated, Outcome
from kubegate.authn.pem import read_file
from kubegate.errors import ConfigurationError

_LOG = logging.getLogger(__name__)


class TokenFile:
    """The tokens of one file, kept as keyed digests: a look-up's time says nothing about the tokens."""

    def __init__(self, users: dict[str, User]) -> None:
        self._key = secrets.token_bytes(32)
        self._users = {self._digest(token): Authenticated(user) for token, user in users.items()}

    @classmethod
    def load(cls, path: str | Path) -> TokenFile:
        """Read a file; raises `ConfigurationError` with kube-apiserver's message."""
        text = read_file(path).decode("utf-8", "surrogateescape")
        users: dict[str, User] = {}
        for number, record in enumerate(read_csv(text), start=1):
            _take(users, record, path, number)
        return cls(users)

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        return self._users.get(self._digest(token), ABSENT)

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._key, token.encode("utf-8", "surrogateescape"), sha256)


def _take(users: dict[str, User], record: list[str], path: str | Path, number: int) -> None:
    if len(record) < 3:
        raise ConfigurationError(
            f"token file '{path}' must have at least 3 columns (token, user name, user uid), found {len(record)}"
        )
    token, name, uid = record[:3]
    if not token:
        _LOG.warning("empty token has been found in token file %r, record number '%d'", str(path), number)
        return
    if token in users:
        _LOG.warning("duplicate token has been found in token file %r, record number '%d'", str(path), number)
    groups = tuple(record[3].split(",")) if len(record) >= 4 else ()
    users[token] = User(name, uid, groups)
