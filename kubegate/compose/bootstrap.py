"""The objects that exist once a server has started.

Source: ``pkg/controlplane`` (system namespaces, kubernetes service), ``pkg/registry/{rbac,scheduling,flowcontrol}/rest``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from kubegate.api.names import GroupVersionKind, Object, kind_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.apiserver.rest.create import create
from kubegate.apiserver.rest.parts import Call, Parts, shown
from kubegate.apiserver.rest.update import update
from kubegate.compose.bootstrap_objects import (
    api_services,
    authentication,
    flow_control,
    kubernetes_service,
    legacy_tokens,
    rbac,
    scheduling,
)
from kubegate.compose.cluster import SERVER
from kubegate.config.authn import AuthnOptions
from kubegate.config.serving import ServingOptions

_LOG = logging.getLogger(__name__)

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")

Reconcile = Callable[[Object, Object], Object | None]
"""(stored, wanted) -> what must be stored instead, or None; ``wanted`` itself takes the place of what is deleted."""


def bootstrap(parts: Parts, serving: ServingOptions, authn: AuthnOptions) -> None:
    """Create what is missing, bring up to date what may be."""
    namespaces = [{"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}} for name in NAMESPACES]
    _ensure_all(parts, namespaces)
    _ensure_all(parts, rbac.objects(partial(_stored, parts)), rbac.reconciled)
    _ensure_all(parts, authentication.objects(authn), authentication.reconciled)
    _ensure_all(parts, legacy_tokens.objects(), legacy_tokens.reconciled)
    _ensure_all(parts, api_services.objects(parts.catalog()), api_services.reconciled)
    _ensure_all(parts, scheduling.objects())
    _ensure_all(parts, flow_control.objects(), manager="api-priority-and-fairness-config-producer-v1")
    _publish(parts, serving)


def _stored(parts: Parts, kind: str, name: str) -> Object | None:
    resource = parts.catalog().by_kind(GroupVersionKind("rbac.authorization.k8s.io", "v1", kind))
    stored = parts.store.get(Call(SERVER, resource, "", name).key) if resource is not None else None
    return stored.object if stored is not None else None


def _publish(parts: Parts, serving: ServingOptions) -> None:
    """The server's own address; a server that may not write it, as admission refuses all, runs nevertheless."""
    for obj in kubernetes_service.objects(serving):
        try:
            ensure(parts, obj, kubernetes_service.reconciled)
        except StatusError as error:
            _LOG.warning("the address of this server is not published: %s", error.message)


def _ensure_all(
    parts: Parts, objects: Iterable[Object], reconcile: Reconcile | None = None, manager: str = "kube-apiserver"
) -> None:
    for obj in objects:
        ensure(parts, obj, reconcile, manager)


def ensure(parts: Parts, obj: Object, reconcile: Reconcile | None = None, manager: str = "kube-apiserver") -> None:
    """Create an object if its kind is served and it does not exist; change it if ``reconcile`` says so."""
    resource = parts.catalog().by_kind(kind_of(obj))
    if resource is None:
        return
    parts.registry_of(resource).default(resource.gvr, obj)
    call = Call(SERVER, resource, namespace_of(obj), name_of(obj), manager=manager)
    stored = parts.store.get(call.key)
    if stored is None:
        _create(parts, call, obj)
    elif reconcile is not None:
        changed = reconcile(shown(parts, resource, stored), obj)
        if changed is obj:
            parts.store.delete(call.key, expected=stored.revision)
            _create(parts, call, obj)
        elif changed is not None:
            update(parts, call, lambda current: changed)


def _create(parts: Parts, call: Call, obj: Object) -> None:
    try:
        create(parts, call, obj)
    except StatusError as error:
        if error.status.reason != "AlreadyExists":
            raise
