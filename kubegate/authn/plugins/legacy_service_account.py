"""Legacy service account tokens: stored in a Secret of type kubernetes.io/service-account-token, without expiry.

The secret must still hold the very same token; ``exp`` is ignored, ``sub`` is checked. The day of the last use is written
to the secret's label, and a secret labelled as invalid is refused.
Source: kubernetes ``pkg/serviceaccount/legacy.go``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.api.user import User, service_account_groups, service_account_name, split_service_account
from kubegate.authn.claims import text
from kubegate.authn.interface import Authenticated, Clock, ObjectReader, Refused
from kubegate.authn.plugins.jwt_token import Verified
from kubegate.authn.plugins.service_account import uid_of

ISSUER = "kubernetes/serviceaccount"
LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
_PREFIX = "kubernetes.io/serviceaccount/"
_AUTO_GENERATED = (
    "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated "
    "secret-based tokens."
)

MarkUsed: TypeAlias = Callable[[str, str, str], None]
"""(namespace, secret, day): writes the label `LAST_USED`; must not raise."""


@dataclass(frozen=True, slots=True)
class LegacyClaims:
    """What a legacy token claims beside ``sub``."""

    namespace: str
    secret: str
    account: str
    account_uid: str


@dataclass(frozen=True, slots=True)
class LegacyTokens:
    """The validator of legacy tokens. ``lookup`` False trusts the signature alone (--service-account-lookup=false)."""

    objects: ObjectReader
    now: Clock
    lookup: bool = True
    mark_used: MarkUsed | None = None

    def read(self, claims: Mapping[str, Any]) -> LegacyClaims:
        """Raises `TokenError` if a claim is no text."""
        return LegacyClaims(
            text(claims, f"{_PREFIX}namespace"),
            text(claims, f"{_PREFIX}secret.name"),
            text(claims, f"{_PREFIX}service-account.name"),
            text(claims, f"{_PREFIX}service-account.uid"),
        )

    def validate(self, verified: Verified, private: LegacyClaims) -> Authenticated | Refused:
        complaint = _shape(verified.public.subject, private)
        if complaint:
            return Refused(complaint)
        user = User(
            service_account_name(private.namespace, private.account),
            private.account_uid,
            service_account_groups(private.namespace),
        )
        return self._look_up(verified, private, user) if self.lookup else Authenticated(user)

    def _look_up(self, verified: Verified, claims: LegacyClaims, user: User) -> Authenticated | Refused:
        secret = self.objects.get("secrets", claims.namespace, claims.secret)
        if secret is None or (secret.get("metadata") or {}).get("deletionTimestamp"):
            return Refused("Token has been invalidated")
        if not hmac.compare_digest(_stored_token(secret), verified.token.encode()):
            return Refused("Token does not match server's copy")
        account = self.objects.get("serviceaccounts", claims.namespace, claims.account)
        if account is None:
            return Refused(f'serviceaccounts "{claims.account}" not found')
        if (account.get("metadata") or {}).get("deletionTimestamp"):
            return Refused(f"ServiceAccount {claims.namespace}/{claims.account} has been deleted")
        if uid_of(account) != claims.account_uid:
            return Refused(f"ServiceAccount UID ({uid_of(account)}) does not match claim ({claims.account_uid})")
        if labels_of(secret).get(INVALID_SINCE):
            return Refused(
                f"the token in secret {claims.namespace}/{claims.secret} for service account "
                f"{claims.namespace}/{claims.account} has been marked invalid. Use tokens from the TokenRequest API "
                f"or manually created secret-based tokens, or remove the '{INVALID_SINCE}' label from the secret "
                "to temporarily allow use of this token"
            )
        self._note_use(secret, claims)
        return _with_origin(user, account, claims)

    def _note_use(self, secret: Object, claims: LegacyClaims) -> None:
        if self.mark_used is None:
            return
        today = datetime.fromtimestamp(self.now(), UTC)
        days = [(today + timedelta(days=shift)).strftime("%Y-%m-%d") for shift in (0, 1)]
        if labels_of(secret).get(LAST_USED) not in days:
            self.mark_used(claims.namespace, claims.secret, days[0])


def legacy_claims(account: Object, secret: str) -> dict[str, Any]:
    """The claims of a legacy token of a service account, to be stored in the Secret of that name."""
    namespace, name = namespace_of(account), name_of(account)
    return {
        "iss": ISSUER,
        "sub": service_account_name(namespace, name),
        f"{_PREFIX}namespace": namespace,
        f"{_PREFIX}secret.name": secret,
        f"{_PREFIX}service-account.name": name,
        f"{_PREFIX}service-account.uid": uid_of(account),
    }


def _shape(subject: str, claims: LegacyClaims) -> str:
    for value, name in (
        (subject, "sub"),
        (claims.namespace, "namespace"),
        (claims.secret, "secretName"),
        (claims.account, "serviceAccountName"),
        (claims.account_uid, "serviceAccountUID"),
    ):
        if not value:
            return f"{name} claim is missing"
    return "" if split_service_account(subject) == (claims.namespace, claims.account) else "sub claim is invalid"


def _stored_token(secret: Object) -> bytes:
    try:
        return base64.b64decode(str((secret.get("data") or {}).get("token") or ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _with_origin(user: User, account: Object, claims: LegacyClaims) -> Authenticated:
    listed = [name_of({"metadata": ref}) for ref in account.get("secrets") or () if isinstance(ref, dict)]
    if claims.secret in listed:
        note = ("authentication.k8s.io/legacy-token-autogenerated-secret", claims.secret)
        return Authenticated(user, warnings=(_AUTO_GENERATED,), annotations=(note,))
    return Authenticated(user, annotations=(("authentication.k8s.io/legacy-token-manual-secret", claims.secret),))
