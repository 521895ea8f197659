"""The keys of an issuer: found through its discovery document, fetched when first needed and when a signature fits none.

One thread fetches at a time and others go on with the keys at hand; failed attempts are not repeated at once. So a slow or
dead issuer costs one waiting request, and nothing to tokens of others.
Source: go-oidc ``NewProvider``, ``NewRemoteKeySet``; RFC 7517.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kubegate.authn.jose import Jws, TokenError, decode_segment, verify
from kubegate.authn.oidc.fetch import Fetch
from kubegate.authn.pem import PublicKey
from kubegate.errors import Unavailable

_LOG = logging.getLogger(__name__)
_WELL_KNOWN = "/.well-known/openid-configuration"
_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
RETRY = 10.0
"""Seconds between attempts to reach an issuer that does not answer."""
REFRESH = 1.0
"""Seconds between looks for new keys."""


class IssuerKeys:
    """``clock`` is monotonic seconds."""

    def __init__(
        self, issuer: str, fetch: Fetch, *, discovery_url: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._discovery_url = discovery_url or issuer.removesuffix("/") + _WELL_KNOWN
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._jwks_uri = ""
        self._keys: list[tuple[str, PublicKey]] = []
        self._next = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether the issuer has been reached."""
        return bool(self._jwks_uri)

    def prepare(self) -> bool:
        """Reach the issuer if that has not been done; whether it has been."""
        if not self._jwks_uri:
            self._attempt(self._discover, RETRY)
        return bool(self._jwks_uri)

    def verify(self, jws: Jws) -> bool:
        """Whether one of the issuer's keys signed; looks for new keys if none of those known did."""
        if self._signed(jws):
            return True
        return self._attempt(self._refresh, REFRESH) and self._signed(jws)

    def _signed(self, jws: Jws) -> bool:
        return any(verify(jws, key) for name, key in self._keys if not jws.key_id or name == jws.key_id)

    def _attempt(self, action: Callable[[], None], pause: float) -> bool:
        """Do it unless another thread is at it or the last attempt is too recent; whether it succeeded."""
        if self._clock() < self._next or not self._lock.acquire(blocking=False):
            return False
        try:
            action()
            self._next = self._clock() + REFRESH
            return True
        except (Unavailable, TokenError) as error:
            _LOG.error("issuer %s: %s", self._issuer, error)
            self._next = self._clock() + pause
            return False
        finally:
            self._lock.release()

    def _discover(self) -> None:
        document = _object(self._fetch(self._discovery_url, {}))
        if document.get("issuer") != self._issuer:
            raise Unavailable(
                "oidc: issuer did not match the issuer returned by provider, "
                f'expected "{self._issuer}" got "{document.get("issuer")}"'
            )
        uri = document.get("jwks_uri")
        if not isinstance(uri, str) or not uri:
            raise Unavailable("oidc: the discovery document has no jwks_uri")
        self._keys = _read_keys(self._fetch(uri, {}))
        self._jwks_uri = uri

    def _refresh(self) -> None:
        self._keys = _read_keys(self._fetch(self._jwks_uri, {}))


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"oidc: failed to decode provider discovery object: {error.msg}") from error
    if not isinstance(found, dict):
        raise Unavailable("oidc: failed to decode provider discovery object")
    return found


def _read_keys(body: bytes) -> list[tuple[str, PublicKey]]:
    """The usable keys of a key set with their ids; kinds that are not used for signatures here are skipped."""
    entries = _object(body).get("keys")
    found: list[tuple[str, PublicKey]] = []
    for entry in entries if isinstance(entries, list) else ():
        key = read_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            name = entry.get("kid")
            found.append((name if isinstance(name, str) else "", key))
    return found


def read_key(entry: Mapping[str, Any]) -> PublicKey | None:
    """One JSON Web Key, or None if it is not a usable RSA or EC public key."""
    try:
        if entry.get("kty") == "RSA":
            return rsa.RSAPublicNumbers(_number(entry["e"]), _number(entry["n"])).public_key()
        curve = _CURVES.get(str(entry.get("crv")))
        if entry.get("kty") == "EC" and curve is not None:
            return ec.EllipticCurvePublicNumbers(_number(entry["x"]), _number(entry["y"]), curve).public_key()
    except (KeyError, ValueError, TypeError, TokenError):
        _LOG.warning("a key of the issuer's key set is not usable")
    return None


def _number(text: str) -> int:
    return int.from_bytes(decode_segment(text), "big")
