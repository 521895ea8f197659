"""Tokens of an OpenID Connect issuer, by --oidc-* flags or AuthenticationConfiguration.

The issuer's keys verify them, the audience must be ours, and claims become the user by mapping or CEL. A token must
expire; ``nbf`` may be a minute ahead, ``iat`` is not looked at.
Source: go-oidc ``IDTokenVerifier.Verify``; k8s.io/apiserver ``plugin/pkg/authenticator/token/oidc``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubegate.api.go import quote, quoted_list
from kubegate.authn.claims import Claims
from kubegate.authn.interface import ABSENT, Authenticated, Clock, Outcome, Refused
from kubegate.authn.jose import LEEWAY, Jws, TokenError, json_object, parse
from kubegate.authn.oidc.distributed import DistributedClaims
from kubegate.authn.oidc.fetch import Fetch
from kubegate.authn.oidc.id_token import issuer_of, registered_claims
from kubegate.authn.oidc.keys import IssuerKeys
from kubegate.authn.oidc.mapping import ClaimsToUser

_GOOGLE = {"accounts.google.com": "https://accounts.google.com"}
"""A name that one issuer used before it was a URL."""


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Signature, audience and times of the tokens of one issuer."""

    issuer: str
    audiences: Sequence[str]
    algorithms: Sequence[str]
    keys: IssuerKeys
    now: Clock

    def verify(self, jws: Jws) -> tuple[Claims, Mapping[str, Any]]:
        """The registered and all claims; raises `TokenError`."""
        claims = json_object(jws.payload)
        registered = _registered(claims)
        if registered.issuer not in (self.issuer, *(old for old, new in _GOOGLE.items() if new == self.issuer)):
            want, got = quote(self.issuer), quote(registered.issuer)
            raise TokenError(f"oidc: id token issued by a different provider, expected {want} got {got}")
        self._check_audience(registered.audience)
        self._check_times(registered)
        if jws.algorithm not in self.algorithms:
            expected, got = quoted_list(list(self.algorithms)), quote(jws.algorithm)
            raise TokenError(f"oidc: id token signed with unsupported algorithm, expected {expected} got {got}")
        if not self.keys.verify(jws):
            raise TokenError("failed to verify signature: failed to verify id token signature")
        return registered, claims

    def _check_audience(self, audience: Sequence[str]) -> None:
        if set(audience) & set(self.audiences):
            return
        expected = quote(self.audiences[0]) if len(self.audiences) == 1 else f"in {quoted_list(sorted(self.audiences))}"
        raise TokenError(f"oidc: expected audience {expected} got {quoted_list(list(audience))}")

    def _check_times(self, claims: Claims) -> None:
        now = self.now()
        if claims.expiry is None or claims.expiry < now:
            shown = "0001-01-01 00:00:00 +0000 UTC" if claims.expiry is None else _time(claims.expiry)
            raise TokenError(f"oidc: token is expired (Token Expiry: {shown})")
        if claims.not_before is not None and now + LEEWAY < claims.not_before:
            raise TokenError(f"oidc: current time {_time(now)} before the nbf (not before) time: {_time(claims.not_before)}")


def _registered(claims: Mapping[str, Any]) -> Claims:
    try:
        return registered_claims(claims)
    except TokenError as error:
        raise TokenError(f"oidc: failed to unmarshal claims: {error.message}") from error


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


class OidcTokens:
    """Authenticates the tokens of one issuer."""

    def __init__(self, verifier: TokenVerifier, mapping: ClaimsToUser, fetch: Fetch) -> None:
        self._verifier = verifier
        self._mapping = mapping
        self._fetch = fetch
        self._others: dict[str, TokenVerifier] = {}
        claim = mapping.configuration.claimMappings.groups.claim
        self._distributed = DistributedClaims(claim, fetch, self._verify_other) if claim else None

    @property
    def issuer(self) -> str:
        """The issuer's URL."""
        return self._verifier.issuer

    @property
    def keys(self) -> IssuerKeys:
        """The issuer's keys."""
        return self._verifier.keys

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        jws = parse(token)
        if jws is None or untrusted_issuer(jws) != self._verifier.issuer:
            return ABSENT
        if not self._verifier.keys.prepare():
            return Refused("oidc: authenticator not initialized", transient=True)
        try:
            try:
                registered, claims = self._verifier.verify(jws)
            except TokenError as error:
                raise TokenError(f"oidc: verify token: {error.message}") from error
            if self._distributed is not None:
                claims = self._expanded(self._distributed, claims)
            user = self._mapping.user(claims)
        except TokenError as error:
            return Refused(error.message)
        return Authenticated(user, expires=float(registered.expiry or 0))

    def _expanded(self, distributed: DistributedClaims, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return distributed.expand(claims)
        except TokenError as error:
            raise TokenError(f"oidc: could not expand distributed claims: {error.message}") from error

    def _verify_other(self, token: str) -> Mapping[str, Any]:
        jws = parse(token)
        issuer = untrusted_issuer(jws) if jws is not None else ""
        if jws is None or not issuer.startswith("https://"):
            raise TokenError("verify distributed claim token: oidc: malformed jwt")
        mine = self._verifier
        if issuer not in self._others:
            keys = IssuerKeys(issuer, self._fetch)
            self._others = {issuer: TokenVerifier(issuer, mine.audiences, mine.algorithms, keys, mine.now)}
        verifier = self._others[issuer]
        if not verifier.keys.prepare():
            raise TokenError(
                f"verifying untrusted issuer {issuer} failed: verifier not initialized for issuer: {quote(issuer)}"
            )
        return verifier.verify(jws)[1]


def untrusted_issuer(jws: Jws) -> str:
    """The issuer that a token claims, before anything is verified; "" if none can be read."""
    try:
        issuer = issuer_of(json_object(jws.payload))
    except TokenError:
        return ""
    return _GOOGLE.get(issuer, issuer)
