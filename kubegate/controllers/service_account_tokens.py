"""Secrets of type ``kubernetes.io/service-account-token`` get their token, and go with their account.

The token controller of kube-controller-manager, which acts as the manager itself. Source: kubernetes
``pkg/controller/serviceaccount/tokens_controller.go``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from kubegate.api.names import Object, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.store.interface import Event, EventType

SECRET_TYPE = "kubernetes.io/service-account-token"
ACCOUNT_NAME = "kubernetes.io/service-account.name"
ACCOUNT_UID = "kubernetes.io/service-account.uid"


class ServiceAccountTokens:
    """The reconciler; work is a service account, or ``account/secret`` for a Secret of its that was deleted."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        name, _, deleted = work.name.partition("/")
        account = self._context.get("serviceaccounts", work.namespace, name)
        if deleted:
            self._forget(account, deleted)
            return
        for secret in self._secrets(work.namespace, name):
            if account is None or _annotations(secret).get(ACCOUNT_UID) not in (None, "", account["metadata"]["uid"]):
                self._context.client.delete(_path(secret), uid=secret["metadata"]["uid"])
            else:
                self._fill(secret, account)

    def _secrets(self, namespace: str, account: str) -> Sequence[Object]:
        every = self._context.list("secrets", namespace)
        return [secret for secret in every if secret.get("type") == SECRET_TYPE and _account_of(secret) == account]

    def _fill(self, secret: Object, account: Object) -> None:
        options, data = self._context.options, dict(secret.get("data") or {})
        if options.root_ca:
            data["ca.crt"] = _encoded(options.root_ca)
        if not data.get("namespace"):
            data["namespace"] = _encoded(account["metadata"]["namespace"])
        if not data.get("token") and options.legacy_token is not None:
            data["token"] = _encoded(options.legacy_token(account, name_of(secret)))
        if data == (secret.get("data") or {}):
            return
        owner = {ACCOUNT_NAME: name_of(account), ACCOUNT_UID: account["metadata"]["uid"]}
        meta = {**secret["metadata"], "annotations": {**_annotations(secret), **owner}}
        self._context.client.update(_path(secret), {**secret, "metadata": meta, "data": data})

    def _forget(self, account: Object | None, secret: str) -> None:
        references = (account or {}).get("secrets") or []
        kept = [reference for reference in references if reference.get("name") != secret]
        if account is None or len(kept) == len(references) or self._exists(account, secret):
            return
        path = f"/api/v1/namespaces/{account['metadata']['namespace']}/serviceaccounts/{name_of(account)}"
        self._context.client.update(path, {**account, "secrets": kept})

    def _exists(self, account: Object, secret: str) -> bool:
        return self._context.get("secrets", account["metadata"]["namespace"], secret) is not None


def _path(secret: Object) -> str:
    return f"/api/v1/namespaces/{secret['metadata']['namespace']}/secrets/{name_of(secret)}"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _annotations(obj: Object) -> Object:
    return (obj.get("metadata") or {}).get("annotations") or {}


def _account_of(secret: Object) -> str:
    return str(_annotations(secret).get(ACCOUNT_NAME) or "")


def _owners(event: Event) -> Iterable[Work]:
    secret, namespace = event.stored.object, event.stored.key.namespace
    account = _account_of(secret) if secret.get("type") == SECRET_TYPE else ""
    if not account:
        return ()
    deleted = event.type is EventType.DELETED
    return (Work(namespace, f"{account}/{name_of(secret)}" if deleted else account),)


CONTROLLER = Controller(
    "serviceaccount-token-controller",
    "tokens-controller",
    (Source("serviceaccounts"), Source("secrets", _owners)),
    ServiceAccountTokens,
    user="system:kube-controller-manager",
)
