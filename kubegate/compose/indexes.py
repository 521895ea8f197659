"""The authorizers that read cluster objects, kept up to date by the store's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from kubegate.api.names import Object
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.store.interface import Event, EventType, Store

_RBAC = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
RBAC_RESOURCES = tuple(f"{name}.rbac.authorization.k8s.io" for name in _RBAC)
NODE_RESOURCES = (
    "pods",
    "persistentvolumes",
    "volumeattachments.storage.k8s.io",
    "nodes",
    "resourceslices.resource.k8s.io",
    "resourceclaims.resource.k8s.io",
    "serviceaccounts",
    "podcertificaterequests.certificates.k8s.io",
)


class Index(Protocol):
    """Takes objects in and out."""

    def upsert(self, obj: Object) -> None: ...

    def remove(self, kind: str, namespace: str, name: str) -> None: ...


def follow(store: Store, resources: Iterable[str], index: Index) -> None:
    """Fill ``index`` with the objects of ``resources``, and keep it so."""

    def changed(event: Event) -> None:
        obj, key = event.stored.object, event.stored.key
        if event.type is EventType.DELETED:
            index.remove(str(obj["kind"]), key.namespace, key.name)
        else:
            index.upsert(obj)

    for resource in resources:
        store.subscribe(resource, changed)
        for stored in store.list(resource).items:
            index.upsert(stored.object)


def rbac_index(store: Store) -> RbacAuthorizer:
    """The RBAC authorizer over the objects in a store."""
    index = RbacAuthorizer()
    follow(store, RBAC_RESOURCES, index)
    return index


def node_index(store: Store, gates: Mapping[str, bool]) -> NodeAuthorizer:
    """The Node authorizer over the objects in a store. ``gates``: the feature gates that were set."""
    index = NodeAuthorizer(gates=gates)
    follow(store, NODE_RESOURCES, index)
    return index
