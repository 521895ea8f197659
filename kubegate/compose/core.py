"""What stays for the life of a server, whatever is reloaded: the store, the catalog, the registry, the indexes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime

from kubegate.api.catalog import Catalog, Resource
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.apply import Reader
from kubegate.api.schema.decode import decode
from kubegate.apiserver.field_management import ManagedFields
from kubegate.apiserver.subresources.scale import ScalePaths
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.compose.indexes import node_index, rbac_index
from kubegate.compose.resources import served_catalog
from kubegate.compose.storage import open_store
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.errors import ConfigurationError, StoreError
from kubegate.registry.catalog import build_registry
from kubegate.registry.core.services.allocation import ServiceAllocations
from kubegate.registry.registry import Registry
from kubegate.registry.validation.network import Network
from kubegate.selectors.field_labels import FieldLabels
from kubegate.store.interface import Event, EventType, Key, Store


@dataclass
class Core:
    """The store and what is derived from it."""

    store: Store
    builtin: Catalog
    registry: Registry
    rbac: RbacAuthorizer
    node: NodeAuthorizer
    fields: ManagedFields
    services: ServiceAllocations

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


def build_core(storage: StorageOptions, serving: ServingOptions) -> Core:
    """Open the store and derive what is derived from it. Raises `ConfigurationError` or `StoreError`."""
    store = open_store(storage)
    services = ServiceAllocations(_networks(serving.service_cluster_ip_range), _ports(serving.service_node_port_range))
    _observe_services(store, services)
    return Core(
        store=store,
        builtin=served_catalog(serving.runtime_config),
        registry=build_registry(),
        rbac=rbac_index(store),
        node=node_index(store),
        fields=ManagedFields(lambda: datetime.now(UTC)),
        services=services,
    )


def _networks(text: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigurationError(f"--service-cluster-ip-range: {error}") from error


def _ports(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise ConfigurationError(f"--service-node-port-range: {text!r} is not FIRST-LAST") from error


def _observe_services(store: Store, services: ServiceAllocations) -> None:
    def changed(event: Event) -> None:
        services.observe(event.stored.object, deleted=event.type is EventType.DELETED)

    store.subscribe("services", changed)
    for stored in store.list("services").items:
        services.observe(stored.object)
