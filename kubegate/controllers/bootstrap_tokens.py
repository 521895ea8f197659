"""Bootstrap tokens sign ``cluster-info``, and are deleted when their time is over.

Who joins a cluster knows a token, not yet the cluster: kubeconfig in kube-public/cluster-info carries a signature by each
token (HS256 over the content, the content itself left out), under ``jws-kubeconfig-<token id>``. Neither controller runs
unless it is named, as in kube-controller-manager. Source: kubernetes ``pkg/controller/bootstrap``.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable
from hashlib import sha256

from kubegate.api.bootstrap_token import NAME_PREFIX, NAMESPACE, SECRET_TYPE, entry, seconds_left
from kubegate.api.names import Object, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.store.interface import Event

_PUBLIC, _CLUSTER_INFO = "kube-public", "cluster-info"
_CONTENT, _SIGNATURE = "kubeconfig", "jws-kubeconfig-"
_NAME = re.compile(NAME_PREFIX + r"([a-z0-9]{6})")


class BootstrapSigner:
    """The reconciler; the only work is cluster-info."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get("configmaps", _PUBLIC, _CLUSTER_INFO)
        data = (found or {}).get("data") or {}
        if found is None or _CONTENT not in data:
            return None
        secrets = self._signing_secrets()
        signed = {key: value for key, value in data.items() if not key.startswith(_SIGNATURE)}
        for identifier, secret in secrets.items():
            signed[f"{_SIGNATURE}{identifier}"] = detached_signature(
                data[_CONTENT], identifier, entry(secret, "token-secret")
            )
        if signed != data:
            path = f"/api/v1/namespaces/{_PUBLIC}/configmaps/{_CLUSTER_INFO}"
            self._context.client.update(path, {**found, "data": signed})
        ends = (seconds_left(secret, self._context.now().timestamp()) for secret in secrets.values())
        return min((end for end in ends if end is not None), default=None)

    def _signing_secrets(self) -> dict[str, Object]:
        now = self._context.now().timestamp()
        found: dict[str, Object] = {}
        for secret in self._context.list("secrets", NAMESPACE):
            identifier = _signing_token(secret, now)
            if identifier:
                found[identifier] = secret
        return found


class TokenCleaner:
    """The reconciler; work is a Secret."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        secret = self._context.get("secrets", work.namespace, work.name)
        if secret is None or secret.get("type") != SECRET_TYPE:
            return None
        left = seconds_left(secret, self._context.now().timestamp())
        if left == 0:
            path = f"/api/v1/namespaces/{work.namespace}/secrets/{work.name}"
            self._context.client.delete(path, uid=secret["metadata"]["uid"])
            return None
        return left


def detached_signature(content: str, identifier: str, secret: str) -> str:
    """The content's signature in compact form without the content: ``header..signature``."""
    header = _base64url(json.dumps({"alg": "HS256", "kid": identifier}, separators=(",", ":")).encode())
    signed = f"{header}.{_base64url(content.encode())}".encode()
    return f"{header}..{_base64url(hmac.digest(secret.encode(errors='surrogateescape'), signed, sha256))}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signing_token(secret: Object, now: float) -> str:
    """The id of the token that may sign now; "" for other Secrets."""
    name = _NAME.fullmatch(name_of(secret))
    if secret.get("type") != SECRET_TYPE or name is None or entry(secret, "token-id") != name[1]:
        return ""
    good = entry(secret, "token-secret") and seconds_left(secret, now) != 0
    return name[1] if good and entry(secret, "usage-bootstrap-signing") == "true" else ""


def _cluster_info(event: Event) -> Iterable[Work]:
    key = event.stored.key
    return (Work(_PUBLIC, _CLUSTER_INFO),) if (key.namespace, key.name) == (_PUBLIC, _CLUSTER_INFO) else ()


def _signers(event: Event) -> Iterable[Work]:
    key = event.stored.key
    return (Work(_PUBLIC, _CLUSTER_INFO),) if key.namespace == NAMESPACE and key.name.startswith(NAME_PREFIX) else ()


def _tokens(event: Event) -> Iterable[Work]:
    key = event.stored.key
    return (Work(NAMESPACE, key.name),) if key.namespace == NAMESPACE else ()


SIGNER = Controller(
    "bootstrap-signer-controller",
    "bootstrap-signer",
    (Source("configmaps", _cluster_info), Source("secrets", _signers)),
    BootstrapSigner,
    by_default=False,
)
CLEANER = Controller(
    "token-cleaner-controller", "token-cleaner", (Source("secrets", _tokens),), TokenCleaner, by_default=False
)
