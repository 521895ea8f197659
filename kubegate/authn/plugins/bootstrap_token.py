"""Bootstrap tokens: ``id.secret`` stored in the Secret kube-system/bootstrap-token-<id>, for machines that join a cluster.

Everything about the Secret must fit: type, id, secret, expiry (RFC 3339 with a time), ``usage-bootstrap-authentication``
exactly "true", and extra groups below ``system:bootstrappers:``, one wrong group refusing all.
Source: kubernetes ``plugin/pkg/auth/authenticator/token/bootstrap``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from dataclasses import dataclass
from datetime import datetime

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authn.interface import ABSENT, Authenticated, Clock, ObjectReader, Outcome
from kubegate.authn.plugins.service_account import deleted

NAMESPACE = "kube-system"
SECRET_TYPE = "bootstrap.kubernetes.io/token"
GROUP = "system:bootstrappers"
USER_PREFIX = "system:bootstrap:"
_LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class BootstrapTokens:
    """Reads the Secrets of kube-system. Every flaw is no opinion, as in kube-apiserver: the log says which."""

    objects: ObjectReader
    now: Clock

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            return ABSENT
        identifier, presented = parts[1], parts[2]
        secret = self.objects.get("secrets", NAMESPACE, f"bootstrap-token-{identifier}")
        if secret is None:
            return ABSENT
        flaw = self._flaw(secret, identifier, presented)
        groups = extra_groups(_data(secret, "auth-extra-groups")) if not flaw else None
        if groups is None:
            _LOG.info("bootstrap token %s: %s", identifier, flaw or "auth-extra-groups are not all allowed")
            return ABSENT
        return Authenticated(User(f"{USER_PREFIX}{identifier}", groups=groups))

    def _flaw(self, secret: Object, identifier: str, presented: str) -> str:
        if deleted(secret, self.now(), 0.0):
            return "deleted and awaiting removal"
        if secret.get("type") != SECRET_TYPE or not secret.get("data"):
            return f"the secret is not of type {SECRET_TYPE}"
        if not hmac.compare_digest(_data(secret, "token-secret").encode(), presented.encode()):
            return "token-secret does not match"
        if _data(secret, "token-id") != identifier:
            return "token-id does not match"
        if expired(_data(secret, "expiration"), self.now()):
            return "expired, or the expiration is not a time"
        if _data(secret, "usage-bootstrap-authentication") != "true":
            return "not marked usage-bootstrap-authentication=true"
        return ""


def _data(secret: Object, key: str) -> str:
    try:
        return base64.b64decode(str((secret.get("data") or {}).get(key) or "")).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return ""


def expired(expiration: str, now: float) -> bool:
    """Whether a token's ``expiration`` has passed; one that cannot be read has."""
    if not expiration:
        return False
    if not _TIME.fullmatch(expiration):
        return True
    try:
        return datetime.fromisoformat(expiration).timestamp() < now
    except ValueError:
        return True


def extra_groups(listed: str) -> tuple[str, ...] | None:
    """``system:bootstrappers`` and those listed, sorted, equal ones once; None if one of them is not allowed."""
    if not listed:
        return (GROUP,)
    groups = listed.split(",")
    if not all(_GROUP.fullmatch(group) for group in groups):
        return None
    return tuple(sorted({GROUP, *groups}))
