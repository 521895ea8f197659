"""A node asks for service account tokens only for pods that run on it, and for audiences that those pods ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.interface import Cluster, Operation, Review
from kubegate.api import status
from kubegate.api.go import quote
from kubegate.api.names import name_of
from kubegate.api.status import Status
from kubegate.authz.interface import Attributes, Authorizer

AUDIENCE_VERB = "request-serviceaccounts-token-audience"
"""Allows a node any token with an audience (as the resource) for a service account (as the name)."""


def token_request(review: Review, node: str, cluster: Cluster, authorizer: Authorizer) -> str | Status | None:
    """The token must be bound to a pod of this node; its audience must be one of that pod's, or allowed explicitly."""
    if review.operation is not Operation.CREATE or review.subresource != "token":
        return None
    spec = (review.object or {}).get("spec") or {}
    bound = spec.get("boundObjectRef") or {}
    name, uid = bound.get("name"), bound.get("uid")
    if (bound.get("apiVersion"), bound.get("kind")) != ("v1", "Pod") or not name:
        return "node requested token not bound to a pod"
    if not uid:
        return "node requested token with a pod binding without a uid"
    pod = cluster.get("pods", review.namespace, name)
    if pod is None:
        return status.not_found("", "pod", name)
    if uid != (pod.get("metadata") or {}).get("uid"):
        return (
            f"the UID in the bound object reference ({uid}) does not match the UID in record. "
            "The object might have been deleted and then recreated"
        )
    if (pod.get("spec") or {}).get("nodeName") != node:
        return "node requested token bound to a pod scheduled on a different node"
    return _audience(review, spec.get("audiences") or [], pod, cluster, authorizer)


def _audience(
    review: Review, audiences: list[str], pod: dict[str, Any], cluster: Cluster, authorizer: Authorizer
) -> str | None:
    if len(audiences) > 1:
        return "node may only request 0 or 1 audiences"
    audience = audiences[0] if audiences else ""
    if audience in _audiences_of(pod, cluster):
        return None
    asked = Attributes(
        review.user,
        AUDIENCE_VERB,
        version="v1",
        resource=audience,
        namespace=review.namespace,
        name=review.name,
    )
    if authorizer.authorize(asked).allowed:
        return None
    who = f"{review.user.name} is not authorized to request tokens for this audience"
    return f"audience {quote(audience)} not found in pod spec volume, {who}"


def _audiences_of(pod: dict[str, Any], cluster: Cluster) -> Iterator[str]:
    """The audiences of the tokens that the pod's volumes mount, directly or through CSI drivers."""
    namespace = (pod.get("metadata") or {}).get("namespace") or ""
    for volume in (pod.get("spec") or {}).get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken") is not None:
                yield source["serviceAccountToken"].get("audience") or ""
        driver = _driver(volume, name_of(pod), namespace, cluster)
        if driver:
            found = cluster.get("csidrivers.storage.k8s.io", "", driver) or {}
            for request in (found.get("spec") or {}).get("tokenRequests") or ():
                yield request.get("audience") or ""


def _driver(volume: dict[str, Any], pod: str, namespace: str, cluster: Cluster) -> str:
    """The CSI driver behind a volume: named in it, or through its claim and persistent volume."""
    if volume.get("csi") is not None:
        return volume["csi"].get("driver") or ""
    claim_name = (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""
    if volume.get("ephemeral") is not None:
        claim_name = f"{pod}-{volume.get('name') or ''}"
    claim = cluster.get("persistentvolumeclaims", namespace, claim_name) if claim_name else None
    volume_name = ((claim or {}).get("spec") or {}).get("volumeName")
    bound = cluster.get("persistentvolumes", "", volume_name) if volume_name else None
    return (((bound or {}).get("spec") or {}).get("csi") or {}).get("driver") or ""
