"""What stays for the life of a server, whatever is reloaded: the store, the catalog, the registry, the indexes."""

from __future__ import annotations

import functools
import ipaddress
import threading
from dataclasses import dataclass, field
from datetime import datetime

from kubegate.admission.webhooks.credentials import Credentials
from kubegate.admission.webhooks.remotes import Remotes
from kubegate.api.apply.shape import Shape
from kubegate.api.catalog import Catalog, Resource
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.apply import Reader
from kubegate.api.schema.decode import decode
from kubegate.apiserver.field_management import ManagedFields
from kubegate.apiserver.metrics import Metrics
from kubegate.apiserver.rest.parts import Parts
from kubegate.apiserver.tables.printer import print_custom_table, print_table
from kubegate.authz.access.index import AccessPolicyIndex
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.compose.access import access_index
from kubegate.compose.cluster import StoreCluster
from kubegate.compose.indexes import node_index, rbac_index
from kubegate.compose.resources import served_catalog
from kubegate.compose.storage import open_store
from kubegate.compose.surroundings import Surroundings
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.errors import ConfigurationError, StoreError
from kubegate.registry.catalog import build_registry
from kubegate.registry.core.services.allocation import ServiceAllocations
from kubegate.registry.custom.conversion import Webhooks
from kubegate.registry.custom.reading import decode_custom
from kubegate.registry.custom.reading import reader as custom_reader
from kubegate.registry.custom.resources import CustomResources
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.registry.registry import Registry
from kubegate.registry.scale import ScalePaths
from kubegate.registry.validation.network import Network
from kubegate.selectors.field_labels import FieldLabels, of_custom
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
    custom: CustomResources
    metrics: Metrics
    surroundings: Surroundings
    draining: threading.Event = field(default_factory=threading.Event)
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.surroundings.now()

    def catalog(self) -> Catalog:
        """The resources that are served now."""
        return self.custom.catalog()

    def registry_of(self, resource: Resource) -> Registry | CustomRegistry:
        """The rules of a resource."""
        return self.custom_registry if resource.custom else self.registry

    @functools.cached_property
    def access(self) -> AccessPolicyIndex:
        """The AccessPolicies in the store; followed from when it is first asked for."""
        return access_index(self.store)

    @functools.cached_property
    def custom_registry(self) -> CustomRegistry:
        """The rules of custom resources."""
        services = StoreCluster(self.store, _written)
        return CustomRegistry(self.custom.kind, Webhooks(Remotes(services, Credentials())))

    def decode(self, body: bytes, media_type: str, kind: GroupVersionKind, validation: str) -> tuple[Object, list[str]]:
        """A body as an object."""
        custom = self.custom.by_gvk(kind)
        if custom is not None:
            return decode_custom(body, media_type, custom, validation)
        return decode(body, media_type, kind, validation)

    def reader_of(self, resource: Resource) -> Reader | None:
        """How patched objects of a custom resource are read; None for built-in ones."""
        kind = self.custom.kind(resource.gvr) if resource.custom else None
        return None if kind is None else custom_reader(kind)

    def field_labels(self, resource: Resource) -> FieldLabels | None:
        """The fields that a custom resource can be selected by; None for built-in ones."""
        kind = self.custom.kind(resource.gvr) if resource.custom else None
        return None if kind is None else of_custom(kind.selectable, namespaced=kind.namespaced)

    def tables(self, resource: Resource, objects: list[Object], include: str, columns: bool) -> Object:
        """Objects as a Table."""
        kind = self.custom.kind(resource.gvr) if resource.custom else None
        if kind is not None:
            return print_custom_table(kind, objects, include, columns, self.surroundings.now())
        return print_table(resource, objects, include, columns, self.surroundings.now())

    def scale_paths(self, resource: Resource) -> ScalePaths:
        """Where the replicas are."""
        kind = self.custom.kind(resource.gvr) if resource.custom else None
        if kind is None or not kind.scale:
            return ScalePaths()
        paths = {key: str(path).lstrip(".") for key, path in kind.scale.items()}
        selector = paths.get("labelSelectorPath", "")
        return ScalePaths(paths["specReplicasPath"], paths["statusReplicasPath"], selector, custom=True)

    def works(self) -> bool:
        """Whether the store answers."""
        try:
            self.store.get(Key("namespaces", "", "default"))
        except StoreError:
            return False
        return True


def _written() -> Parts:
    raise AssertionError("who converts objects only reads services")


def build_core(storage: StorageOptions, serving: ServingOptions, surroundings: Surroundings) -> Core:
    """Open the store and derive what is derived from it. Raises `ConfigurationError` or `StoreError`."""
    store = open_store(storage)
    networks, ports = _networks(serving.service_cluster_ip_range), _ports(serving.service_node_port_range)
    services = ServiceAllocations(networks, ports, surroundings.random)
    _observe_services(store, services)
    served = served_catalog(serving.runtime_config)
    custom = CustomResources(served)
    custom.follow(store)
    return Core(
        store=store,
        builtin=served,
        registry=build_registry(),
        rbac=rbac_index(store),
        node=node_index(store, serving.gates),
        fields=ManagedFields(surroundings.now, lambda resource: _shape_of(custom, resource)),
        services=services,
        custom=custom,
        metrics=Metrics(store, custom.catalog),
        surroundings=surroundings,
    )


def _shape_of(custom: CustomResources, resource: Resource) -> Shape | None:
    kind = custom.kind(resource.gvr) if resource.custom else None
    return None if kind is None else kind.shape


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
