"""The objects that exist once a server has started.

Source: ``pkg/controlplane`` (system namespaces, kubernetes service), ``pkg/registry/{rbac,scheduling,flowcontrol}/rest``.
"""

from __future__ import annotations

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.apiserver.rest.create import create
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.compose.cluster import SERVER
from kubegate.config.serving import ServingOptions

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")


def bootstrap(parts: Parts, serving: ServingOptions) -> None:
    """Create what is missing."""
    for obj in [*_namespaces(), *_rbac(), *_priority_classes()]:
        ensure(parts, obj)


def ensure(parts: Parts, obj: Object) -> None:
    """Create an object unless it exists."""
    resource = parts.catalog().by_kind(kind_of(obj))
    if resource is None:
        return
    parts.registry_of(resource).default(resource.gvr, obj)
    call = Call(SERVER, resource, namespace_of(obj), name_of(obj), manager="kube-apiserver")
    if parts.store.get(call.key) is not None:
        return
    try:
        create(parts, call, obj)
    except StatusError as error:
        if error.status.reason != "AlreadyExists":
            raise


def _rbac() -> list[Object]:
    """The default RBAC objects; the rules of aggregated roles are filled in by the controller that aggregates."""
    return [{**obj, "rules": None} if obj.get("aggregationRule") else obj for obj in rbac_objects()]


def _namespaces() -> list[Object]:
    return [{"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}} for name in NAMESPACES]


def _priority_classes() -> list[Object]:
    wanted = (
        (
            "system-node-critical",
            2000001000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        (
            "system-cluster-critical",
            2000000000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
    )
    return [
        {
            "kind": "PriorityClass",
            "apiVersion": "scheduling.k8s.io/v1",
            "metadata": {"name": name},
            "value": value,
            "description": description,
            "preemptionPolicy": "PreemptLowerPriority",
        }
        for name, value, description in wanted
    ]
