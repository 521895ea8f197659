"""The cluster as admission plugins and the registry see it: reads from the store, writes as the server itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.api.user import MASTERS, User
from kubegate.apiserver.rest.create import create
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.apiserver.rest.update import update
from kubegate.store.interface import Key, Store

SERVER = User.of("system:apiserver", [MASTERS])


class StoreCluster:
    """Implements `admission.interface.Cluster`. ``parts`` is asked for when something is written: the parts need the
    cluster themselves."""

    def __init__(self, store: Store, parts: Callable[[], Parts]) -> None:
        self._store = store
        self._parts = parts

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """See `Cluster.get`."""
        stored = self._store.get(Key(resource, namespace, name))
        return stored.object if stored is not None else None

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """See `Cluster.list`."""
        return [stored.object for stored in self._store.list(resource, namespace).items]

    def create(self, resource: str, obj: Object) -> Object:
        """See `Cluster.create`."""
        parts, found = self._find(resource)
        parts.registry_of(found).default(found.gvr, obj)
        return create(parts, self._call(found, obj), obj)

    def update(self, resource: str, obj: Object) -> Object:
        """See `Cluster.update`."""
        parts, found = self._find(resource)
        # Status is what the server itself keeps up to date (quota usage); ordinary updates would leave it as it was.
        call = self._call(found, obj, subresource="status" if "status" in found.subresources else "")
        written, _ = update(parts, call, lambda current: obj)
        return written

    def _find(self, resource: str) -> tuple[Parts, Resource]:
        parts = self._parts()
        name, _, group = resource.partition(".")
        found = parts.catalog().preferred(group, name)
        if found is None:
            raise StatusError(statuses.not_found(group, name, ""))
        return parts, found

    @staticmethod
    def _call(resource: Resource, obj: Object, subresource: str = "") -> Call:
        return Call(SERVER, resource, namespace_of(obj), name_of(obj), subresource, manager="kube-apiserver")
