"""The common part of both kinds of service account tokens: signature, issuer, audience; then a validator decides.

A token of another issuer is not ours (no opinion). A verified signature is remembered, bound to the token's bytes; times,
audiences and the objects that the token is bound to are looked at again on every use, so that revocation is immediate.
Source: kubernetes ``pkg/serviceaccount/jwt.go``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kubegate.authn.chain import audience_refusal, intersect
from kubegate.authn.claims import Claims
from kubegate.authn.interface import ABSENT, Authenticated, Outcome, Refused, refused
from kubegate.authn.jose import BAD_SIGNATURE, Jws, TokenError, json_object, key_id, parse, verify
from kubegate.authn.pem import PublicKey

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature is good: its text, registered claims, and all claims."""

    token: str
    public: Claims
    all: Mapping[str, Any]


class Validator(Protocol):
    """Says whom a verified token names, or why it is not good (any more)."""

    def read(self, claims: Mapping[str, Any]) -> Any:
        """The private claims, typed; raises `TokenError`."""
        ...

    def validate(self, verified: Verified, private: Any) -> Authenticated | Refused:
        """Audiences are the caller's business."""
        ...


class PublicKeys:
    """Keys by their id; a token without key id is tried with all."""

    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self.all = tuple(keys)
        self._by_id = {key_id(key): key for key in keys}

    def candidates(self, name: str) -> tuple[PublicKey, ...]:
        """The keys that may have signed a token with key id ``name``."""
        if not name:
            return self.all
        return (self._by_id[name],) if name in self._by_id else ()


class JwtTokens:
    """``validators``: by issuer, whose tokens these are; ``api_audiences``: what a token without audience is for."""

    def __init__(self, validators: Mapping[str, Validator], keys: PublicKeys, api_audiences: tuple[str, ...]) -> None:
        self._validators = dict(validators)
        self._keys = keys
        self._api_audiences = api_audiences
        self._verified: dict[str, tuple[Validator, Verified, Any]] = {}
        # Hashes of tokens of other issuers (which come again with every request): a collision could only refuse.
        self._foreign: set[int] = set()

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        known = self._verified.get(token)
        if known is None:
            if hash(token) in self._foreign:
                return ABSENT
            jws = parse(token)
            validator = self._validator(jws) if jws is not None else None
            if jws is None or validator is None:
                self._remember_foreign(token)
                return ABSENT
            found = self._verify(token, jws, validator)
            if isinstance(found, Refused):
                return found
            known = (validator, *found)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = known
        return self._judge(*known, audiences)

    def _remember_foreign(self, token: str) -> None:
        if len(self._foreign) >= _REMEMBERED:
            self._foreign.clear()
        self._foreign.add(hash(token))

    def _validator(self, jws: Jws) -> Validator | None:
        try:
            issuer = json_object(jws.payload, unique=False).get("iss", "")
        except TokenError:
            return None
        return self._validators.get(issuer) if isinstance(issuer, str) else None

    def _verify(self, token: str, jws: Jws, validator: Validator) -> tuple[Verified, Any] | Refused:
        keys = self._keys.candidates(jws.key_id)
        complaints: list[str] = []
        for key in keys:
            if not verify(jws, key):
                complaints.append(BAD_SIGNATURE)
                continue
            try:
                claims = json_object(jws.payload)
                return Verified(token, Claims.read(claims), claims), validator.read(claims)
            except TokenError as error:
                complaints.append(error.message)
        if not complaints:
            return Refused("invalid signature, no keys found")
        return refused(complaints) if len(set(complaints)) > 1 else Refused(complaints[0])

    def _judge(self, validator: Validator, verified: Verified, private: Any, wanted: tuple[str, ...]) -> Outcome:
        own = verified.public.audience or self._api_audiences
        target = wanted or self._api_audiences
        audiences = intersect(own, target)
        if not audiences and self._api_audiences:
            return audience_refusal(own, target)
        outcome = validator.validate(verified, private)
        if isinstance(outcome, Refused):
            return outcome
        annotations = outcome.annotations
        if not verified.public.audience:
            annotations += (("authentication.k8s.io/legacy-token", verified.public.subject),)
        return Authenticated(outcome.user, audiences, outcome.warnings, annotations, outcome.expires)
