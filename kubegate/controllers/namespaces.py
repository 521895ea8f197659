"""Namespaces that are being deleted: their content goes, then they go (``namespace-controller``).

Source: kubernetes ``pkg/controller/namespace/deletion``.
"""

from __future__ import annotations

from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.controllers.interface import Context, Controller, Source, Work, path_of

_FINALIZER = "kubernetes"
_AGAIN = 0.5
"""Seconds until content that is still ending is looked at again."""


class Namespaces:
    """The reconciler; work is a namespace's name."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get("namespaces", "", work.name)
        if found is None or not found["metadata"].get("deletionTimestamp"):
            return None
        finalizers = (found.get("spec") or {}).get("finalizers") or []
        if _FINALIZER not in finalizers:
            return None
        left = self._delete_content(work.name)
        self._report(found, left)
        if left:
            return _AGAIN
        kept = [name for name in finalizers if name != _FINALIZER]
        current = self._context.get("namespaces", "", work.name) or found
        body = {**current, "spec": {**(current.get("spec") or {}), "finalizers": kept}}
        self._context.client.update(f"/api/v1/namespaces/{work.name}/finalize", body)
        return None

    def _delete_content(self, namespace: str) -> dict[str, int]:
        """Delete what can be deleted; answers what is left, by resource. Pods go first, and as long as some are ending, all
        else stays: a NetworkPolicy that went before them would leave them open to the world (CVE-2024-7598)."""
        resources = list(self._context.catalog())
        pods = [resource for resource in resources if resource.key == "pods"]
        return self._delete_all(namespace, pods) or self._delete_all(namespace, resources)

    def _delete_all(self, namespace: str, resources: list[Resource]) -> dict[str, int]:
        left: dict[str, int] = {}
        for resource in resources:
            if not resource.namespaced or "deletecollection" not in resource.verbs or resource.gvr != resource.stored_as:
                continue
            if not self._context.store.list(resource.key, namespace, limit=1).items:
                continue
            options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
            self._context.client.request("DELETE", path_of(resource, namespace), options)
            items = self._context.store.list(resource.key, namespace).items
            if resource.key == "pods":
                self._finish_pods(namespace)
                items = self._context.store.list(resource.key, namespace).items
            if items:
                left[resource.key] = len(items)
        return left

    def _finish_pods(self, namespace: str) -> None:
        """Pods on nodes that are not there have nobody to confirm their end."""
        for pod in self._context.list("pods", namespace):
            node = (pod.get("spec") or {}).get("nodeName")
            if node and self._context.get("nodes", "", node) is None:
                self._context.client.delete(f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}", grace=0)

    def _report(self, found: Object, left: dict[str, int]) -> None:
        name, status = found["metadata"]["name"], dict(found.get("status") or {})
        old = {c["type"]: c for c in status.get("conditions") or ()}
        conditions = [self._condition(old.get(kind), kind, *rest) for kind, *rest in _conditions(left)]
        if conditions == status.get("conditions"):
            return
        status["conditions"] = conditions
        try:
            self._context.client.update(f"/api/v1/namespaces/{name}/status", {**found, "status": status})
        except StatusError:  # what matters is the deletion; the report is made again next time
            return

    def _condition(self, old: Object | None, kind: str, value: str, reason: str, message: str) -> Object:
        same = old is not None and (old["status"], old["reason"], old["message"]) == (value, reason, message)
        time = old["lastTransitionTime"] if old is not None and same else self._context.timestamp()
        return {"type": kind, "status": value, "lastTransitionTime": time, "reason": reason, "message": message}


def _conditions(left: dict[str, int]) -> list[tuple[str, str, str, str]]:
    content = ("False", "ContentRemoved", "All content successfully removed")
    if left:
        named = ((key if "." in key else f"{key}.", count) for key, count in sorted(left.items()))
        remaining = ", ".join(f"{key} has {count} resource instances" for key, count in named)
        content = ("True", "SomeResourcesRemain", f"Some resources are remaining: {remaining}")
    parsed = "All legacy kube types successfully parsed"
    deleted = "All content successfully deleted, may be waiting on finalization"
    return [
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", parsed),
        ("NamespaceDeletionContentFailure", "False", "ContentDeleted", deleted),
        ("NamespaceContentRemaining", *content),
        ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
    ]


CONTROLLER = Controller("namespace-controller", "namespace-controller", (Source("namespaces"),), Namespaces)
