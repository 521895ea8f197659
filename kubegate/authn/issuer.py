"""Issuing service account tokens, and the documents with which others verify them.

Source: kubernetes ``pkg/serviceaccount`` (claims.go, jwt.go, openidmetadata.go).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import service_account_name
from kubegate.authn.jose import algorithm_of, public_jwk, sign
from kubegate.authn.pem import PrivateKey, PublicKey
from kubegate.authn.plugins.service_account import uid_of

KEYS_PATH = "/openid/v1/jwks"


@dataclass(frozen=True, slots=True)
class Grant:
    """A token to be issued: for which account, bound to what, for whom and until when (Unix seconds).

    ``warn_after`` is 0 where no warning is wanted."""

    account: Object
    audiences: Sequence[str]
    issued_at: int
    expires_at: int
    pod: Object | None = None
    secret: Object | None = None
    node: Object | None = None
    warn_after: int = 0


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """``name`` is the ``iss`` of the tokens."""

    name: str
    key: PrivateKey
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def issue(self, grant: Grant) -> tuple[str, str]:
        """The token and its id (``jti``)."""
        claims = _claims(grant) | {"iss": self.name, "jti": self.new_id()}
        return sign(claims, self.key), claims["jti"]


def _claims(grant: Grant) -> dict[str, Any]:
    namespace, name = namespace_of(grant.account), name_of(grant.account)
    bound: dict[str, Any] = {"namespace": namespace, "serviceaccount": _ref(grant.account)}
    for kind, obj in (("pod", grant.pod), ("secret", grant.secret), ("node", grant.node)):
        if obj is not None:
            bound[kind] = _ref(obj)
    if grant.warn_after:
        bound["warnafter"] = grant.warn_after
    return {
        "aud": list(grant.audiences),
        "exp": grant.expires_at,
        "iat": grant.issued_at,
        "nbf": grant.issued_at,
        "sub": service_account_name(namespace, name),
        "kubernetes.io": bound,
    }


def _ref(obj: Object) -> dict[str, str]:
    """Name and uid; a node that does not exist has no uid."""
    parts = {"name": name_of(obj), "uid": uid_of(obj)}
    return {key: value for key, value in parts.items() if value}


def discovery_document(issuer: str, jwks_uri: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """What ``/.well-known/openid-configuration`` answers."""
    return {
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted({algorithm_of(key) for key in keys}),
    }


def key_set(keys: Sequence[PublicKey]) -> dict[str, Any]:
    """What ``/openid/v1/jwks`` answers."""
    return {"keys": [public_jwk(key) for key in keys]}
