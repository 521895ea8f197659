"""A node writes its own Node, Lease and CSINode, its ResourceSlices, and requests certificates for itself."""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Operation, Review
from kubegate.api.go import quote
from kubegate.authn.certificate_requests import subject_of
from kubegate.errors import InvalidInput

NODE_LABELS = frozenset(
    {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    }
)
"""Labels of Kubernetes' own domains that a kubelet sets on its Node."""

KUBELET_SIGNERS = frozenset({"kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"})
_KUBELET_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
_RESERVED_DOMAIN = "node-restriction.kubernetes.io"


def node(review: Review, name: str) -> str | None:
    """Its own Node only; neither taints nor labels that would steer pods to it, nor owners."""
    if review.name != name:
        return f"node {quote(name)} is not allowed to modify node {quote(review.name)}"
    if review.operation is Operation.CREATE:
        return _created_node(review.object or {}, name)
    if review.operation is Operation.UPDATE:
        return _updated_node(review.object or {}, review.old_object or {}, name)
    return None


def _created_node(obj: dict[str, Any], name: str) -> str | None:
    if (obj.get("spec") or {}).get("configSource") is not None:
        return f"node {quote(name)} is not allowed to create pods with a non-nil configSource"
    labels = _forbidden_labels(_labels(obj), {})
    if labels:
        return f"node {quote(name)} is not allowed to set the following labels: {', '.join(labels)}"
    return None


def _updated_node(obj: dict[str, Any], old: dict[str, Any], name: str) -> str | None:
    spec, old_spec = obj.get("spec") or {}, old.get("spec") or {}
    source = spec.get("configSource")
    if source is not None and source != old_spec.get("configSource"):
        return f"node {quote(name)} is not allowed to update configSource to a new non-nil configSource"
    if (spec.get("taints") or []) != (old_spec.get("taints") or []):
        return f"node {quote(name)} is not allowed to modify taints"
    labels = _forbidden_labels(_labels(obj), _labels(old))
    if labels:
        return f"is not allowed to modify labels: {', '.join(labels)}"
    if _owners(obj) != _owners(old):
        return f"node {quote(name)} is not allowed to modify ownerReferences"
    return None


def _labels(obj: dict[str, Any]) -> dict[str, str]:
    return (obj.get("metadata") or {}).get("labels") or {}


def _owners(obj: dict[str, Any]) -> list[Any]:
    return (obj.get("metadata") or {}).get("ownerReferences") or []


def _forbidden_labels(new: dict[str, str], old: dict[str, str]) -> list[str]:
    changed = {key for key in set(new) | set(old) if new.get(key) != old.get(key)}
    return sorted(filter(_is_forbidden, changed))


def _is_forbidden(label: str) -> bool:
    domain = label.partition("/")[0] if "/" in label else ""
    if _within(domain, _RESERVED_DOMAIN):
        return True
    kubernetes = _within(domain, "kubernetes.io") or _within(domain, "k8s.io")
    return kubernetes and label not in NODE_LABELS and not any(_within(domain, allowed) for allowed in _KUBELET_DOMAINS)


def _within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith("." + parent)


def _own_name(review: Review) -> str:
    if review.operation is Operation.CREATE:
        return ((review.object or {}).get("metadata") or {}).get("name") or ""
    return review.name


def lease(review: Review, name: str) -> str | None:
    """Its own Lease in kube-node-lease."""
    if review.namespace != "kube-node-lease":
        return 'can only access leases in the "kube-node-lease" system namespace'
    if _own_name(review) != name:
        return "can only access node lease with the same name as the requesting node"
    return None


def csi_node(review: Review, name: str) -> str | None:
    """Its own CSINode."""
    return None if _own_name(review) == name else "can only access CSINode with the same name as the requesting node"


def resource_slice(review: Review, name: str) -> str | None:
    """Slices of its own devices; other operations are the Node authorizer's to judge."""
    judged = {Operation.CREATE: ("create", review.object), Operation.DELETE: ("delete", review.old_object)}
    if review.operation not in judged:
        return None
    verb, obj = judged[review.operation]
    if ((obj or {}).get("spec") or {}).get("nodeName") == name:
        return None
    return f"can only {verb} ResourceSlice with the same NodeName as the requesting node"


def certificate_request(review: Review, name: str) -> str | None:
    """Certificates of the kubelet signers for itself only."""
    spec = (review.object or {}).get("spec") or {}
    if review.operation is not Operation.CREATE or spec.get("signerName") not in KUBELET_SIGNERS:
        return None
    try:
        subject = subject_of(spec.get("request") or "")
    except InvalidInput as error:
        return f"unable to parse csr: {error.message}"
    if subject.common_name != f"system:node:{name}":
        return f"can only create a node CSR with CN=system:node:{name}"
    return None
