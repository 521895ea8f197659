"""A bearer token in ``Sec-WebSocket-Protocol``, for browsers that cannot set ``Authorization`` on a WebSocket.

Only with an ``Upgrade: websocket``. Source: k8s.io/apiserver ``authentication/request/websocket``.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from kubegate.authn.interface import ABSENT, Credentials, NotPresented, Outcome, Refused, TokenAuthenticator
from kubegate.authn.plugins.bearer import INVALID_TOKEN

PREFIX = "base64url.bearer.authorization.k8s.io."
_UPGRADE = re.compile(r"(^|.*,\s*)upgrade($|\s*,)")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class WebSocketProtocol:
    """Asks ``tokens`` about the token among the offered protocols."""

    tokens: TokenAuthenticator

    def authenticate(self, credentials: Credentials) -> Outcome:
        offered = credentials.headers.get("sec-websocket-protocol")
        if not offered or not _upgrades(credentials):
            return ABSENT
        protocols = [protocol.strip() for line in offered for protocol in line.split(",")]
        encoded = [protocol for protocol in protocols if protocol.startswith(PREFIX)]
        if len(encoded) > 1:
            return Refused("multiple base64.bearer.authorization tokens specified")
        token = _decode(encoded[0][len(PREFIX) :]) if encoded else ""
        if isinstance(token, Refused):
            return token
        if not token:
            return ABSENT
        if len(protocols) == 1:
            return Refused("missing additional subprotocol")
        outcome = self.tokens.authenticate_token(token, credentials.audiences or ())
        return INVALID_TOKEN if isinstance(outcome, NotPresented) else outcome


def _upgrades(credentials: Credentials) -> bool:
    return credentials.header("upgrade").lower() == "websocket" and bool(
        _UPGRADE.match(credentials.header("connection").lower())
    )


def _decode(text: str) -> str | Refused:
    if not _BASE64URL.match(text):
        return Refused("invalid base64.bearer.authorization token encoding")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except binascii.Error:
        return Refused("invalid base64.bearer.authorization token encoding")
    except UnicodeDecodeError:
        return Refused("invalid base64.bearer.authorization token")
