"""All custom resources: kept up to date by the store's events, offered as catalog entries and compiled kinds."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from threading import Lock

from kubegate.api.catalog import Catalog, Resource, Subresource
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.registry.custom.definition import RESOURCE
from kubegate.registry.custom.kind import CustomKind, compile_kinds, version_order
from kubegate.store.interface import Event, EventType, Store

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


class CustomResources:
    """The kinds of every established definition. Call `follow` once with the store."""

    def __init__(self, builtin: Catalog) -> None:
        self._builtin = builtin
        self._by_definition: dict[str, list[CustomKind]] = {}
        self._kinds: dict[GroupVersionResource, CustomKind] = {}
        self._by_gvk: dict[GroupVersionKind, CustomKind] = {}
        self._catalog = builtin
        self._lock = Lock()

    def follow(self, store: Store) -> None:
        """Take in the definitions of a store, now and as they change."""
        for stored in store.list(RESOURCE).items:
            self.observe(stored.key.name, stored.object)
        store.subscribe(RESOURCE, self._changed)

    def _changed(self, event: Event) -> None:
        gone = event.type is EventType.DELETED
        self.observe(event.stored.key.name, None if gone else event.stored.object)

    def observe(self, name: str, definition: Object | None) -> None:
        """A definition is new, changed, or (None) gone."""
        kinds = compile_kinds(definition) if definition else []
        with self._lock:
            if kinds:
                self._by_definition[name] = kinds
            elif self._by_definition.pop(name, None) is None:
                return
            found = [kind for name in sorted(self._by_definition) for kind in self._by_definition[name]]
            self._kinds = {kind.gvr: kind for kind in found}
            self._by_gvk = {kind.gvk: kind for kind in found}
            self._catalog = self._extended(found) if found else self._builtin

    def _extended(self, found: list[CustomKind]) -> Catalog:
        """The order of versions of the API's own groups stays."""
        own = {group.name for group in self._builtin.groups}
        orders = {group: versions for group, versions in _orders(found).items() if group not in own}
        return self._builtin.extended(map(_resource, found), orders)

    def catalog(self) -> Catalog:
        """The built-in resources and the custom ones."""
        return self._catalog

    def kind(self, resource: GroupVersionResource) -> CustomKind | None:
        """The kind of a resource, None if it is not a custom one."""
        return self._kinds.get(resource)

    def by_gvk(self, gvk: GroupVersionKind) -> CustomKind | None:
        """The custom kind of this name."""
        return self._by_gvk.get(gvk)

    def kinds(self) -> list[CustomKind]:
        """All."""
        return list(self._kinds.values())


def _orders(kinds: Iterable[CustomKind]) -> dict[str, tuple[str, ...]]:
    versions: dict[str, set[str]] = {}
    for kind in kinds:
        versions.setdefault(kind.gvr.group, set()).add(kind.gvr.version)
    return {group: tuple(sorted(found, key=version_order)) for group, found in versions.items()}


def _resource(kind: CustomKind) -> Resource:
    subresources = {}
    if kind.has_status:
        subresources["status"] = Subresource("status", kind.gvk, ("get", "patch", "update"))
    if kind.scale:
        subresources["scale"] = Subresource("scale", _SCALE, ("get", "patch", "update"))
    return Resource(
        gvr=kind.gvr,
        kind=kind.gvk,
        namespaced=kind.namespaced,
        singular=kind.singular,
        list_kind=kind.list_kind,
        verbs=VERBS,
        short_names=kind.short_names,
        categories=kind.categories,
        storage_hash=_storage_hash(kind),
        subresources=subresources,
        storage=kind.stored_as if kind.storage != kind.gvr.version else None,
        custom=True,
        deprecation=kind.deprecation,
    )


def _storage_hash(kind: CustomKind) -> str:
    """``discovery.StorageVersionHash``: the first eight bytes of SHA-256 over ``group/version/kind``."""
    text = f"{kind.gvr.group}/{kind.storage}/{kind.gvk.kind}"
    return b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()
