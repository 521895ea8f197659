"""A cluster followed from outside: its RBAC objects, what the Node authorizer needs, what admission reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from kubegate.admission.memory import MemoryCluster
from kubegate.api.catalog import builtin
from kubegate.api.names import Object
from kubegate.authz.access.index import RESOURCE as ACCESS_POLICIES
from kubegate.authz.access.index import AccessPolicyIndex
from kubegate.authz.access.model import API_VERSION, GROUP, KIND
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.compose.indexes import NODE_RESOURCES, RBAC_RESOURCES
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.failures import response_error
from kubegate.outbound.reflector import MAX_PAGE, Progress, Reflector, Sink, Source
from kubegate.webhook.metrics import Metrics

_POLICIES = (
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
)
ADMISSION_RESOURCES = (
    "customresourcedefinitions.apiextensions.k8s.io",
    "ingressclasses.networking.k8s.io",
    "limitranges",
    "namespaces",
    "priorityclasses.scheduling.k8s.io",
    "resourcequotas",
    "runtimeclasses.node.k8s.io",
    "storageclasses.storage.k8s.io",
    *(f"{name}.admissionregistration.k8s.io" for name in _POLICIES),
)
"""What admission reads for many requests; other resources are asked for when needed."""
HEARTBEAT = 5.0
"""Seconds after which a feed that has nothing to tell says so."""
FOLLOWED = (*RBAC_RESOURCES, *NODE_RESOURCES, *ADMISSION_RESOURCES)


def source_of(resource: str) -> Source | None:
    """Where a cluster has a resource; None for one that this version does not know. A cluster without RBAC is none."""
    if resource == ACCESS_POLICIES:
        return Source(_path(GROUP, API_VERSION.partition("/")[2], resource.partition(".")[0], ""), API_VERSION, KIND, True)
    name, _, group = resource.partition(".")
    known = builtin().preferred(group, name)
    if known is None:
        return None
    path = _path(group, known.gvr.version, name, "")
    return Source(path, known.gvr.api_version, known.kind.kind, optional=resource not in RBAC_RESOURCES)


class LiveObjects(MemoryCluster):
    """The objects that are followed, and the others by asking the cluster. Writes stay here, until the next change there."""

    def __init__(self, client: Client, followed: Iterable[str]) -> None:
        super().__init__()
        self._client = client
        self._followed = frozenset(followed)

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object, or None; raises `Unavailable` if the cluster cannot be asked."""
        if resource in self._followed:
            return super().get(resource, namespace, name)
        path = self._path(resource, namespace)
        return self._ask(f"{path}/{_segment(name)}") if path else None

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """The objects of a namespace or of all; raises `Unavailable` if the cluster cannot be asked."""
        if resource in self._followed:
            return super().list(resource, namespace)
        path = self._path(resource, namespace)
        found = self._ask(path) if path else None
        if found is None:
            return []
        own = {"apiVersion": found.get("apiVersion"), "kind": str(found.get("kind")).removesuffix("List")}
        return [{**own, **item} for item in found.get("items") or ()]

    def _ask(self, path: str) -> dict[str, Any] | None:
        answer = self._client.get(path, longest=MAX_PAGE)
        if answer.status == 404:
            return None
        failure = response_error(answer.status, answer.body)
        if failure is not None:
            raise Unavailable(failure.message)
        try:
            value: dict[str, Any] = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise Unavailable(f"the cluster's answer is not JSON: {error}") from error
        return value

    def _path(self, resource: str, namespace: str) -> str:
        """Where the cluster has it; "" if it has no such resource."""
        name, _, group = resource.partition(".")
        known = builtin().preferred(group, name)
        if known is not None:
            version: str = known.gvr.version
        else:
            definition = super().get("customresourcedefinitions.apiextensions.k8s.io", "", resource)
            versions = ((definition or {}).get("spec") or {}).get("versions") or ()
            version = next((str(entry["name"]) for entry in versions if entry.get("storage")), "")
        return _path(group, version, name, namespace) if version else ""


class _IntoObjects:
    """Puts the objects of one resource where `LiveObjects` has them."""

    def __init__(self, objects: LiveObjects, resource: str) -> None:
        self._objects = objects
        self._resource = resource

    def upsert(self, obj: Object) -> None:
        self._objects.put(self._resource, obj)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        self._objects.remove(self._resource, namespace, name)


class LiveCluster:
    """What is known of a cluster: the indexes of its authorizers and its objects, kept up to date once started.

    ``feed``: another process of this endpoint, which follows the cluster for all workers. Without it nothing is known for
    sure, unlike without the cluster, whose last state is kept: a worker that loses its feed is not ready.
    ``access``: AccessPolicies are followed too, into this index; a cluster that does not serve them has none."""

    def __init__(
        self, client: Client, metrics: Metrics, feed: Client | None = None, access: AccessPolicyIndex | None = None
    ) -> None:
        self.access = access
        self.rbac = RbacAuthorizer()
        self.node = NodeAuthorizer()
        self.objects = LiveObjects(client, (*NODE_RESOURCES, *ADMISSION_RESOURCES))
        self._metrics = metrics
        self._feed = feed
        self._synced = False
        self._reflectors: dict[str, Reflector] = {}
        for resource in FOLLOWED if access is None else (*FOLLOWED, ACCESS_POLICIES):
            source = source_of(resource)
            if source is not None:
                idle = 4 * HEARTBEAT if feed else 0.0
                reflector = Reflector(feed or client, source, self._sinks(resource), self._teller(resource), idle)
                self._reflectors[resource] = reflector
        self._waiting = set(self._reflectors)

    def _sinks(self, resource: str) -> list[Sink]:
        if resource == ACCESS_POLICIES and self.access is not None:
            return [self.access]
        sinks: list[Sink] = [self.rbac] if resource in RBAC_RESOURCES else [_IntoObjects(self.objects, resource)]
        if resource in NODE_RESOURCES:
            sinks.append(self.node)
        return sinks

    def _teller(self, resource: str) -> Callable[[], None]:
        def changed() -> None:
            progress = self._reflectors[resource].progress
            self._metrics.synced.labels(resource).set(progress.synced)
            if self._feed is None:  # else the feed speaks with the cluster
                tell(self._metrics, resource, progress)
            (self._waiting.discard if progress.synced and not progress.error else self._waiting.add)(resource)

        return changed

    def start(self) -> None:
        """Begin to follow."""
        for resource, reflector in self._reflectors.items():
            self._metrics.synced.labels(resource).set(0)
            reflector.start()

    def stop(self) -> None:
        """End following."""
        for reflector in self._reflectors.values():
            reflector.stop()

    @property
    def synced(self) -> bool:
        """Whether every resource was seen once."""
        if self._feed is not None:
            return not self._waiting
        if not self._synced:  # asked for each request: once true it stays so
            self._synced = all(reflector.progress.synced for reflector in self._reflectors.values())
        return self._synced

    def detail(self) -> Sequence[str]:
        """What is not as it should be, resource by resource."""
        lines = []
        for resource, reflector in self._reflectors.items():
            progress = reflector.progress
            if not progress.synced:
                why = progress.error.removeprefix("not seen yet: ")  # as the process that feeds the workers says it
                lines.append(f"[-]{resource} not seen yet{': ' if why else ''}{why}")
            elif progress.error:
                lines.append(f"[-]{resource} not followed, last state kept: {progress.error}")
        if lines or self._feed is None:
            return lines or [f"[+]cluster ok, {len(self._reflectors)} resources followed"]
        return self._detail_of_feed(self._feed)

    def _detail_of_feed(self, feed: Client) -> Sequence[str]:
        try:
            return feed.get("/detail").body.decode("utf-8", "replace").splitlines()
        except Unavailable as error:
            return [f"[-]feed lost: {error}"]


def tell(metrics: Metrics, resource: str, progress: Progress) -> None:
    """Count how following goes."""
    metrics.tell_cluster(resource, contact=progress.contact, lists=progress.lists, failures=progress.failures)


def _path(group: str, version: str, resource: str, namespace: str) -> str:
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    return f"{root}/namespaces/{_segment(namespace)}/{resource}" if namespace else f"{root}/{resource}"


def _segment(name: str) -> str:
    """A name as a part of a path that cannot lead elsewhere: names come from requests."""
    if name in (".", ".."):
        raise Unavailable(f"no object can be named {name!r}")
    return quote(name, safe="")
