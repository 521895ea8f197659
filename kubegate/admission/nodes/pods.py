"""A node creates its mirror pods, deletes and evicts the pods that run on it, and writes their status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.admission.interface import Cluster, Operation, Review
from kubegate.admission.pod_secrets import references_secret
from kubegate.admission.pods import MIRROR_ANNOTATION, containers, is_mirror
from kubegate.api import status
from kubegate.api.go import quote
from kubegate.api.names import labels_of, name_of
from kubegate.api.status import Status


def pod(review: Review, node: str, cluster: Cluster) -> str | Status | None:
    """Creates mirror pods, deletes its own, evicts its own, updates the status of its own; nothing else."""
    rules: dict[str, Callable[[Review, str, Cluster], str | Status | None]] = {
        "": _pod,
        "status": _status,
        "eviction": _eviction,
    }
    rule = rules.get(review.subresource)
    if rule is None:
        return f"unexpected pod subresource {quote(review.subresource)}, only 'status' and 'eviction' are allowed"
    return rule(review, node, cluster)


def _pod(review: Review, node: str, cluster: Cluster) -> str | Status | None:
    if review.operation is Operation.CREATE:
        return _created(review.object or {}, node, cluster)
    if review.operation is Operation.DELETE:
        return _existing_on(
            review, review.name, node, cluster, f"node {quote(node)} can only delete pods with spec.nodeName set to itself"
        )
    return f"unexpected operation {quote(review.operation)}, node {quote(node)} can only create and delete mirror pods"


def _status(review: Review, node: str, cluster: Cluster) -> str | Status | None:
    if review.operation is not Operation.UPDATE:
        return f"unexpected operation {quote(review.operation)}"
    new, old = review.object or {}, review.old_object or {}
    if (old.get("spec") or {}).get("nodeName") != node:
        return f"node {quote(node)} can only update pod status for pods with spec.nodeName set to itself"
    if labels_of(new) != labels_of(old):
        return f"node {quote(node)} cannot update labels through pod status"
    if _claims(new, "resourceClaimStatuses") != _claims(old, "resourceClaimStatuses"):
        return f"node {quote(node)} cannot update resource claim statues"
    if _claims(new, "extendedResourceClaimStatus") != _claims(old, "extendedResourceClaimStatus"):
        return f"node {quote(node)} cannot update extended resource claim statuses"
    return None


def _claims(obj: dict[str, Any], field: str) -> Any:
    return (obj.get("status") or {}).get(field) or None


def _eviction(review: Review, node: str, cluster: Cluster) -> str | Status | None:
    if review.operation is not Operation.CREATE:
        return f"unexpected operation {review.operation}"
    name = review.name or name_of(review.object or {})
    if not name:
        return "could not determine pod from request data"
    return _existing_on(review, name, node, cluster, f"node {node} can only evict pods with spec.nodeName set to itself")


def _existing_on(review: Review, name: str, node: str, cluster: Cluster, why: str) -> str | Status | None:
    existing = cluster.get("pods", review.namespace, name)
    if existing is None:
        return status.not_found("", "pod", name)
    return None if (existing.get("spec") or {}).get("nodeName") == node else why


def _created(obj: dict[str, Any], node: str, cluster: Cluster) -> str | Status | None:
    if not is_mirror(obj):
        return f"pod does not have {quote(MIRROR_ANNOTATION)} annotation, node {quote(node)} can only create mirror pods"
    spec = obj.get("spec") or {}
    if spec.get("nodeName") != node:
        return f"node {quote(node)} can only create pods with spec.nodeName set to itself"
    wrong = _wrong_owner((obj.get("metadata") or {}).get("ownerReferences") or [], node, cluster)
    if wrong is not None:
        return wrong
    for kind, is_referenced in _REFERENCES:
        if is_referenced(spec):
            return f"node {quote(node)} can not create pods that reference {kind}"
    return None


def _wrong_owner(owners: list[dict[str, Any]], node: str, cluster: Cluster) -> str | Status | None:
    """A mirror pod belongs to its Node, so that it goes when the Node goes."""
    if len(owners) > 1:
        return f"node {quote(node)} can only create pods with a single owner reference set to itself"
    owner = owners[0] if owners else {}
    if (owner.get("apiVersion"), owner.get("kind"), owner.get("name")) != ("v1", "Node", node):
        return f"node {quote(node)} can only create pods with an owner reference set to itself"
    if not owner.get("controller"):
        return f"node {quote(node)} can only create pods with a controller owner reference set to itself"
    if owner.get("blockOwnerDeletion"):
        return f"node {quote(node)} must not set blockOwnerDeletion on an owner reference"
    existing = cluster.get("nodes", "", node)
    if existing is None:
        return status.not_found("", "node", node)
    uid = (existing.get("metadata") or {}).get("uid") or ""
    if owner.get("uid") != uid:
        return f"node {node} UID mismatch: expected {owner.get('uid') or ''} got {uid}"
    return None


def _references_config_map(spec: dict[str, Any]) -> bool:
    for container in containers(spec):
        if any(source.get("configMapRef") is not None for source in container.get("envFrom") or ()):
            return True
        if any(
            (variable.get("valueFrom") or {}).get("configMapKeyRef") is not None for variable in container.get("env") or ()
        ):
            return True
    return _has_volume(spec, "configMap") or _has_projection(spec, "configMap")


def _has_volume(spec: dict[str, Any], kind: str) -> bool:
    return any(volume.get(kind) is not None for volume in spec.get("volumes") or ())


def _has_projection(spec: dict[str, Any], kind: str) -> bool:
    sources = (
        source for volume in spec.get("volumes") or () for source in (volume.get("projected") or {}).get("sources") or ()
    )
    return any(source.get(kind) is not None for source in sources)


_REFERENCES: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("a service account", lambda spec: bool(spec.get("serviceAccountName"))),
    ("secrets", references_secret),
    ("configmaps", _references_config_map),
    ("clustertrustbundles", lambda spec: _has_projection(spec, "clusterTrustBundle")),
    ("persistentvolumeclaims", lambda spec: _has_volume(spec, "persistentVolumeClaim")),
    ("resourceclaims", lambda spec: bool(spec.get("resourceClaims"))),
)
