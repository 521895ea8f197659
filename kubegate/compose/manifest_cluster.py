"""The objects of manifests as a cluster holds them: decoded, defaulted, in storage versions; custom kinds are served."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kubegate.admission.interface import Cluster
from kubegate.admission.memory import MemoryCluster
from kubegate.admission.quota.recount import status_of
from kubegate.analysis.admission.write import Rules
from kubegate.api import catalog
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, kind_of, metadata, name_of, namespace_of
from kubegate.api.schema.decode import decode
from kubegate.api.status import StatusError
from kubegate.bundle.state import ClusterState
from kubegate.compose.custom_kinds import establish
from kubegate.errors import InvalidInput
from kubegate.registry.catalog import build_registry
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.custom.reading import decode_custom
from kubegate.registry.custom.resources import CustomResources
from kubegate.registry.custom.strategy import CustomRegistry

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
PRIORITIES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}


class ManifestCluster:
    """Takes manifests in as if they had been created; ``objects`` are what there is then."""

    def __init__(self) -> None:
        self.objects = MemoryCluster()
        self.custom = CustomResources(catalog.builtin())
        self._registry = build_registry()
        self._custom_registry = CustomRegistry(self.custom.kind)

    def rules(self, resource: Resource) -> Rules:
        """What objects of a resource are read and prepared by."""
        return self._custom_registry if resource.custom else self._registry

    def decode(self, obj: Object, resource: Resource, validation: str) -> tuple[Object, list[str]]:
        """The object as the server reads it, and its warnings; raises `StatusError`."""
        body, kind = orjson.dumps(obj), self.custom.kind(resource.gvr) if resource.custom else None
        if kind is not None:
            return decode_custom(body, "application/json", kind, validation)
        return decode(body, "application/json", resource.kind, validation)

    def add_all(self, state: ClusterState, *, without: str = "-") -> None:
        """Take all manifests in, definitions first, but for those of an API group; raises `InvalidInput`."""
        for obj in sorted(state, key=lambda obj: kind_of(obj).kind != "CustomResourceDefinition"):
            if kind_of(obj).group != without:
                self.add(obj, state)

    def add(self, obj: Object, state: ClusterState) -> None:
        """Take one manifest in, which stands in ``state``; kinds without definition are left out. Raises `InvalidInput`."""
        resource = self.custom.catalog().by_kind(kind_of(obj))
        if resource is None:
            return
        try:
            decoded, _ = self.decode(obj, resource, "Ignore")
        except StatusError as error:
            raise InvalidInput(error.message, location=state.locate(obj)) from error
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
        self.objects.put(resource.key, rules.to_storage(resource.gvr, obj))

    def complete(self, subjects: Iterable[Object] = ()) -> None:
        """Add what the controllers and the server itself would have made; ``subjects`` stand in namespaces that exist."""
        for name in {*NAMESPACES, *self._namespaces_used(), *filter(None, map(namespace_of, subjects))}:
            self._ensure("Namespace", "v1", {"name": name})
        for namespace in list(self.objects.list("namespaces")):
            self._ensure("ServiceAccount", "v1", {"name": "default", "namespace": name_of(namespace)})
        for name, value in PRIORITIES.items():
            self._ensure("PriorityClass", "scheduling.k8s.io/v1", {"name": name}, value=value)

    def count_quotas(self, now: datetime) -> None:
        """Quotas that have no status get it from the objects."""
        for quota in list(self.objects.list("resourcequotas")):
            if not (quota.get("status") or {}).get("hard"):
                self.objects.put("resourcequotas", {**quota, "status": status_of(quota, self.objects, now)})

    def _namespaces_used(self) -> Iterator[str]:
        for resource in self.custom.catalog():
            if resource.namespaced:
                yield from map(namespace_of, self.objects.list(resource.key))

    def _ensure(self, kind: str, api_version: str, meta: dict[str, Any], **fields: Any) -> None:
        obj = {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}
        resource = self.custom.catalog().by_kind(kind_of(obj))
        if resource is not None and self.objects.get(resource.key, namespace_of(obj), name_of(obj)) is None:
            self._store(resource, obj)


@dataclass(frozen=True, slots=True)
class Presuming:
    """The same objects, where namespaces, service accounts and the system's priorities exist that no manifest declares.

    For the decision endpoint: the API server that asks looks itself whether they exist, and manifests are only policies."""

    known: Cluster

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        found = self.known.get(resource, namespace, name)
        if found is not None or not name:
            return found
        if resource == "namespaces":
            labels = {"kubernetes.io/metadata.name": name}
            meta: Object = {"name": name, "labels": labels}
            return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta, "status": {"phase": "Active"}}
        if resource == "serviceaccounts":
            return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        if resource == "priorityclasses.scheduling.k8s.io" and name in PRIORITIES:
            return {"metadata": {"name": name}, "value": PRIORITIES[name], "preemptionPolicy": "PreemptLowerPriority"}
        return None

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """Those that are declared."""
        return self.known.list(resource, namespace)

    def create(self, resource: str, obj: Object) -> Object:
        """Create one."""
        return self.known.create(resource, obj)

    def update(self, resource: str, obj: Object) -> Object:
        """Change one."""
        return self.known.update(resource, obj)
