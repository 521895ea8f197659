"""What stays for the life of a server, whatever is reloaded: the store, the catalog, the registry, the indexes."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.api.catalog import Catalog, Resource, builtin
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.apply import Reader
from kubegate.api.schema.decode import decode
from kubegate.apiserver.rest.parts import FieldManagement
from kubegate.apiserver.subresources.scale import ScalePaths
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.compose.indexes import node_index, rbac_index
from kubegate.compose.storage import open_store
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.errors import StoreError
from kubegate.registry.catalog import build_registry
from kubegate.registry.interface import ServiceAllocator
from kubegate.registry.registry import Registry
from kubegate.selectors.field_labels import FieldLabels
from kubegate.store.interface import Key, Store


@dataclass
class Core:
    """The store and what is derived from it."""

    store: Store
    builtin: Catalog
    registry: Registry
    rbac: RbacAuthorizer
    node: NodeAuthorizer
    fields: FieldManagement
    services: ServiceAllocator | None = None

    def catalog(self) -> Catalog:
        """The resources that are served now."""
        return self.builtin

    def registry_of(self, resource: Resource) -> Registry:
        """The rules of a resource."""
        return self.registry

    def decode(self, body: bytes, media_type: str, kind: GroupVersionKind, validation: str) -> tuple[Object, list[str]]:
        """A body as an object."""
        return decode(body, media_type, kind, validation)

    def reader_of(self, resource: Resource) -> Reader | None:
        """How patched objects of a custom resource are read; None for built-in ones."""
        return None

    def field_labels(self, resource: Resource) -> FieldLabels | None:
        """The fields that a custom resource can be selected by; None for built-in ones."""
        return None

    def scale_paths(self, resource: Resource) -> ScalePaths:
        """Where the replicas are."""
        return ScalePaths()

    def works(self) -> bool:
        """Whether the store answers."""
        try:
            self.store.get(Key("namespaces", "", "default"))
        except StoreError:
            return False
        return True


class _NoFields:
    def update(
        self,
        resource: Resource,
        subresource: str,
        live: Object | None,
        obj: Object,
        manager: str,
        kind: GroupVersionKind | None = None,
    ) -> None:
        """managedFields are not kept yet."""


def build_core(storage: StorageOptions, serving: ServingOptions) -> Core:
    """Open the store and derive what is derived from it. Raises `ConfigurationError` or `StoreError`."""
    store = open_store(storage)
    return Core(store, builtin(), build_registry(), rbac_index(store), node_index(store), _NoFields())
