"""The engine of `kubegate admit`: manifests and flags in, a `Gate` out; no server.

The state is what a cluster would make of the manifests: its namespaces and priority classes exist, every namespace has its
default service account, quotas are counted. Namespaces that objects stand in without being declared are taken to exist
(unless ``strict_namespaces``), because manifests often leave them to others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from kubegate.admission.interface import Environment
from kubegate.admission.memory import MemoryCluster
from kubegate.admission.quota.recount import status_of
from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.write import Rules
from kubegate.api import catalog
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, kind_of, metadata, name_of, namespace_of
from kubegate.api.schema.decode import decode
from kubegate.api.status import Status, StatusError
from kubegate.authz import escalation
from kubegate.authz.interface import Attributes
from kubegate.compose.admission import build_admission
from kubegate.compose.custom_kinds import establish, establish_legacy
from kubegate.compose.dry_run import Engine
from kubegate.compose.versions import Versions
from kubegate.config.admission import AdmissionOptions
from kubegate.errors import InvalidInput
from kubegate.registry.catalog import build_registry
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.custom.reading import decode_custom
from kubegate.registry.custom.resources import CustomResources
from kubegate.registry.custom.strategy import CustomRegistry

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
PRIORITIES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}


@dataclass(frozen=True)
class AdmitOptions:
    """What `kubegate admit` is asked besides the policy options."""

    admission: AdmissionOptions = field(default_factory=AdmissionOptions)
    feature_gates: dict[str, str] = field(default_factory=dict)
    field_validation: str = "Strict"
    strict_namespaces: bool = False
    trace: bool = True


def build_gate(options: AdmitOptions, engine: Engine, subjects: Iterable[Object] = ()) -> Gate:
    """The gate for ``subjects``; raises `InvalidInput` for a state that no server would hold."""
    registry, custom, cluster = build_registry(), CustomResources(catalog.builtin()), MemoryCluster()
    custom_registry = CustomRegistry(custom.kind)
    gates = {name: value.lower() == "true" for name, value in options.feature_gates.items()}

    def rules(resource: Resource) -> Rules:
        return custom_registry if resource.custom else registry

    versions = Versions(custom.catalog, rules)
    environment = Environment(
        cluster,
        engine.chain,
        lambda: datetime.now(UTC),
        {"feature-gates": gates},
        catalog=custom.catalog,
        convert=versions.convert,
        default=versions.default,
        validate=versions.validate,
    )
    loader = _Loader(custom, rules, cluster)
    establish_legacy(custom, options.admission)
    for obj in sorted(engine.state, key=lambda obj: kind_of(obj).kind != "CustomResourceDefinition"):
        loader.add(obj, engine)
    loader.complete(() if options.strict_namespaces else subjects, environment.now())

    def guard(attributes: Attributes, obj: Object, old: Object | None) -> Status | None:
        return escalation.check(attributes, obj, old, engine.rbac, engine.chain)

    def decode_subject(resource: Resource, obj: Object) -> tuple[Object, list[str]]:
        return _decode(obj, resource, custom, options.field_validation)

    return Gate(
        build_admission(options.admission, environment),
        rules,
        custom.catalog,
        cluster,
        engine.state,
        decode_subject,
        environment.now,
        loader.define,
        lambda obj: loader.add(obj, engine),
        options.trace,
        guard=guard,
        authorizer=engine.chain,
        gates=gates,
    )


def _decode(obj: Object, resource: Resource, custom: CustomResources, validation: str) -> tuple[Object, list[str]]:
    body, kind = orjson.dumps(obj), custom.kind(resource.gvr) if resource.custom else None
    if kind is not None:
        return decode_custom(body, "application/json", kind, validation)
    return decode(body, "application/json", resource.kind, validation)


@dataclass
class _Loader:
    """Puts manifests into the cluster as if they had been created."""

    custom: CustomResources
    rules: Callable[[Resource], Rules]
    cluster: MemoryCluster

    def add(self, obj: Object, engine: Engine) -> None:
        """Take one manifest in; kinds without definition are left out."""
        resource = self.custom.catalog().by_kind(kind_of(obj))
        if resource is None:
            return
        try:
            decoded, _ = _decode(obj, resource, self.custom, "Ignore")
        except StatusError as error:
            raise InvalidInput(error.message, location=engine.state.locate(obj)) from error
        self._store(resource, decoded)

    def define(self, definition: Object) -> None:
        """Serve the custom kinds of a definition."""
        establish(self.custom, definition)

    def _store(self, resource: Resource, obj: Object) -> None:
        rules = self.rules(resource)
        rules.default(resource.gvr, obj)
        meta = metadata(obj)
        meta.setdefault("uid", str(uuid.uuid4()))
        if resource.gvr.qualified == "namespaces":
            status = obj["status"] = dict(obj.get("status") or {})
            status["phase"] = "Terminating" if meta.get("deletionTimestamp") else status.get("phase") or "Active"
        if resource.gvr.qualified == DEFINITIONS:
            self.define(obj)
        self.cluster.put(resource.key, rules.to_storage(resource.gvr, obj))

    def complete(self, subjects: Iterable[Object], now: datetime) -> None:
        """What the controllers and the server itself would have made."""
        for name in {*NAMESPACES, *self._namespaces_used(), *filter(None, map(namespace_of, subjects))}:
            self._ensure("Namespace", "v1", {"name": name})
        for namespace in list(self.cluster.list("namespaces")):
            self._ensure("ServiceAccount", "v1", {"name": "default", "namespace": name_of(namespace)})
        for name, value in PRIORITIES.items():
            self._ensure("PriorityClass", "scheduling.k8s.io/v1", {"name": name}, value=value)
        for quota in list(self.cluster.list("resourcequotas")):
            if not (quota.get("status") or {}).get("hard"):
                self.cluster.put("resourcequotas", {**quota, "status": status_of(quota, self.cluster, now)})

    def _namespaces_used(self) -> Iterable[str]:
        for resource in self.custom.catalog():
            if resource.namespaced:
                yield from map(namespace_of, self.cluster.list(resource.key))

    def _ensure(self, kind: str, api_version: str, meta: dict[str, Any], **fields: Any) -> None:
        obj = {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}
        resource = self.custom.catalog().by_kind(kind_of(obj))
        if resource is not None and self.cluster.get(resource.key, namespace_of(obj), name_of(obj)) is None:
            self._store(resource, obj)
