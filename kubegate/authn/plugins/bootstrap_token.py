"""Bootstrap tokens: ``id.secret`` stored in the Secret kube-system/bootstrap-token-<id>, for machines that join a cluster.

Everything about the Secret must fit: type, id, secret, expiry (RFC 3339 with a time), ``usage-bootstrap-authentication``
exactly "true", and extra groups below ``system:bootstrappers:``, one wrong group refusing all.
Source: kubernetes ``plugin/pkg/auth/authenticator/token/bootstrap``.
"""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import dataclass

from kubegate.api.bootstrap_token import NAME_PREFIX, NAMESPACE, SECRET_TYPE, entry, seconds_left
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authn.interface import ABSENT, Authenticated, Clock, ObjectReader, Outcome
from kubegate.authn.plugins.service_account import deleted

GROUP = "system:bootstrappers"
USER_PREFIX = "system:bootstrap:"
_LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")


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
        secret = self.objects.get("secrets", NAMESPACE, f"{NAME_PREFIX}{identifier}")
        if secret is None:
            return ABSENT
        flaw = self._flaw(secret, identifier, presented)
        groups = extra_groups(entry(secret, "auth-extra-groups")) if not flaw else None
        if groups is None:
            _LOG.info("bootstrap token %s: %s", identifier, flaw or "auth-extra-groups are not all allowed")
            return ABSENT
        return Authenticated(User(f"{USER_PREFIX}{identifier}", groups=groups))

    def _flaw(self, secret: Object, identifier: str, presented: str) -> str:
        if deleted(secret, self.now(), 0.0):
            return "deleted and awaiting removal"
        if secret.get("type") != SECRET_TYPE or not secret.get("data"):
            return f"the secret is not of type {SECRET_TYPE}"
        if not hmac.compare_digest(entry(secret, "token-secret").encode(errors="surrogateescape"), presented.encode()):
            return "token-secret does not match"
        if entry(secret, "token-id") != identifier:
            return "token-id does not match"
        if seconds_left(secret, self.now()) == 0:
            return "expired, or the expiration is not a time"
        if entry(secret, "usage-bootstrap-authentication") != "true":
            return "not marked usage-bootstrap-authentication=true"
        return ""


def extra_groups(listed: str) -> tuple[str, ...] | None:
    """``system:bootstrappers`` and those listed, sorted, equal ones once; None if one of them is not allowed."""
    if not listed:
        return (GROUP,)
    groups = listed.split(",")
    if not all(_GROUP.fullmatch(group) for group in groups):
        return None
    return tuple(sorted({GROUP, *groups}))
