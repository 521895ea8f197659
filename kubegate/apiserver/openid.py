"""``/.well-known/openid-configuration`` and ``/openid/v1/jwks``: how others verify service account tokens.

There only if the issuer's name is an https URL. Source: kubernetes ``pkg/routes/openidmetadata.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from kubegate.api.status import Status
from kubegate.apiserver.encoding import respond_status
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response
from kubegate.authn.issuer import KEYS_PATH, discovery_document, key_set
from kubegate.authn.pem import PublicKey

CONFIGURATION_PATH = "/.well-known/openid-configuration"
_CACHE = ("Cache-Control", "public, max-age=3600")


def openid_paths(
    issuer: str, keys: Sequence[PublicKey], jwks_uri: str, address: str
) -> Mapping[str, Callable[[Exchange], Response]]:
    """Path -> handler. ``jwks_uri`` "" means the API server's own address (host:port)."""
    if not issuer.startswith("https://") or not keys:
        return {}
    uri = jwks_uri or f"https://{address}{KEYS_PATH}"
    return {
        CONFIGURATION_PATH: _document(discovery_document(issuer, uri, keys), "application/json"),
        KEYS_PATH: _document(key_set(keys), "application/jwk-set+json"),
    }


def _document(content: dict[str, Any], media_type: str) -> Callable[[Exchange], Response]:
    body = orjson.dumps(content)

    def handle(exchange: Exchange) -> Response:
        if not _accepts(exchange.request.headers.get("accept", ()), media_type):
            message = f"406: Not Acceptable\n\nAvailable representations: {media_type}"
            return respond_status(Status(406, "NotAcceptable", message, {}))
        return Response(200, body, media_type, [_CACHE])

    return handle


def _accepts(headers: Sequence[str], media_type: str) -> bool:
    """Whether the client takes the one type there is; ranges such as ``application/*`` are not looked at."""
    wanted = [part.partition(";")[0].strip() for line in headers for part in line.split(",")]
    return not any(wanted) or "*/*" in wanted or media_type in wanted
