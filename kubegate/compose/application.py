"""The composition root of the API server: options -> `Application`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kubegate.admission.interface import Environment
from kubegate.api.catalog import Catalog, Resource, builtin
from kubegate.api.names import Object
from kubegate.api.schema.decode import decode
from kubegate.apiserver.app import Handlers, PathHandler
from kubegate.apiserver.discovery.handlers import Discovery
from kubegate.apiserver.handlers.api import Api
from kubegate.apiserver.health import Health
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.paths import path_handlers
from kubegate.apiserver.pipeline import Pipeline
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.compose.admission import build_admission
from kubegate.compose.authn import build_authn
from kubegate.compose.authz import build_authz
from kubegate.compose.bootstrap import bootstrap
from kubegate.compose.cluster import StoreCluster
from kubegate.compose.indexes import node_index, rbac_index
from kubegate.compose.storage import open_store
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.registry.catalog import build_registry
from kubegate.registry.interface import WriteContext
from kubegate.store.interface import Store


@dataclass(frozen=True, slots=True)
class Options:
    """All flags of the API server."""

    serving: ServingOptions
    storage: StorageOptions
    authn: AuthnOptions
    authz: AuthzOptions
    admission: AdmissionOptions

    @property
    def data_dir(self) -> Path:
        """The directory of keys, certificates and the embedded store."""
        return Path(self.storage.data_dir)


@dataclass
class Application:
    """A running API server without its sockets: `handle` answers requests until `close`."""

    pipeline: Pipeline
    store: Store
    parts: Parts
    stopping: threading.Event = field(default_factory=threading.Event)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        return self.pipeline.handle(request)

    def reload(self) -> None:
        """Read policy files anew."""

    def stop(self) -> None:
        """End the watches; further requests are still answered."""
        self.stopping.set()

    def close(self) -> None:
        """Release the store."""
        self.stop()
        self.store.close()


def build_application(options: Options) -> Application:
    """Raises `errors.ConfigurationError` if the flags or their files cannot be used."""
    store = open_store(options.storage)
    return _Builder(options, store).build()


@dataclass
class _Builder:
    options: Options
    store: Store
    catalog: Catalog = field(default_factory=builtin)
    stopping: threading.Event = field(default_factory=threading.Event)
    parts: Parts = field(init=False)

    def build(self) -> Application:
        cluster = StoreCluster(self.store, lambda: self.parts)
        indexes = {"RBAC": rbac_index(self.store), "Node": node_index(self.store)}
        authorizer = build_authz(self.options.authz, indexes)
        authn = build_authn(self.options.authn, objects=cluster)
        environment = Environment(cluster, authorizer, lambda: datetime.now(UTC))
        registry = build_registry()

        def context(call: Call) -> WriteContext:
            return WriteContext(
                user=call.user, namespace=call.namespace, cluster=cluster, dry_run=call.dry_run, subresource=call.subresource
            )

        self.parts = Parts(
            store=self.store,
            catalog=lambda: self.catalog,
            registry_of=lambda resource: registry,
            admission=build_admission(self.options.admission, environment),
            fields=_NoFields(),
            write_context=context,
        )
        bootstrap(self.parts)
        api = Api(
            self.parts,
            decode,
            _NoPatches(),
            _no_tables,
            stopping=self.stopping.is_set,
        )
        handlers = Handlers(api, *self._paths())
        return Application(Pipeline(authn.authenticator, authorizer, handlers), self.store, self.parts, self.stopping)

    def _paths(self) -> tuple[Mapping[str, PathHandler], Mapping[str, PathHandler]]:
        serving = self.options.serving
        address = serving.advertise_address or ("127.0.0.1" if serving.bind_address == "0.0.0.0" else serving.bind_address)  # noqa: S104
        health = Health(lambda: self.store.revision >= 0, self.stopping.is_set)
        discovery = Discovery(lambda: self.catalog, f"{address}:{serving.secure_port}")
        return path_handlers(lambda: self.catalog, health, discovery, {}, {})


class _NoFields:
    def update(self, resource: Resource, subresource: str, live: Object | None, obj: Object, manager: str) -> None:
        """managedFields are not kept yet."""


class _NoPatches:
    def patch(
        self, media_type: str, body: bytes, resource: Resource, subresource: str, current: Object | None, call: Call
    ) -> Object:
        raise NotImplementedError


def _no_tables(resource: Resource, objects: list[Object], include: str, columns: bool) -> Object:
    raise NotImplementedError
