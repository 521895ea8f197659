"""What every node may do, whatever runs on it: asked for resources that are not decided object by object.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy`` (``NodeRules``) and ``pkg/features``, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POD_CERTIFICATES = "PodCertificateRequest"
TRUST_BUNDLES = "ClusterTrustBundle"
ACCOUNTS_FOR_CREDENTIALS = "KubeletServiceAccountTokenForCredentialProviders"
_ON_BY_DEFAULT = frozenset({ACCOUNTS_FOR_CREDENTIALS})


def is_on(gates: Mapping[str, bool], name: str) -> bool:
    """A feature gate as it was set, or its default."""
    return gates.get(name, name in _ON_BY_DEFAULT)


_WRITE = ["patch", "update"]
_READ = ["get", "list", "watch"]
_OWN = ["create", "delete", "get", "patch", "update"]


def _rule(verbs: list[str], groups: list[str], *resources: str) -> dict[str, Any]:
    return {"verbs": verbs, "apiGroups": groups, "resources": list(resources)}


_RULES: tuple[dict[str, Any], ...] = (
    _rule(["create"], ["authentication.k8s.io"], "tokenreviews"),
    _rule(["create"], ["authorization.k8s.io"], "localsubjectaccessreviews", "subjectaccessreviews"),
    _rule(_READ, [""], "services"),
    _rule(["create", *_READ], [""], "nodes"),
    _rule(_WRITE, [""], "nodes/status"),
    _rule(_WRITE, [""], "nodes"),
    _rule(["create", *_WRITE], ["", "events.k8s.io"], "events"),
    _rule(_READ, [""], "pods"),
    _rule(["create", "delete"], [""], "pods"),
    _rule(_WRITE, [""], "pods/status"),
    _rule(["create"], [""], "pods/eviction"),
    _rule(_READ, [""], "configmaps", "secrets"),
    _rule(["get"], [""], "persistentvolumeclaims", "persistentvolumes"),
    _rule(["get"], [""], "endpoints"),
    _rule(["create", *_READ], ["certificates.k8s.io"], "certificatesigningrequests"),
    _rule(_OWN, ["coordination.k8s.io"], "leases"),
    _rule(["get"], ["storage.k8s.io"], "volumeattachments"),
    _rule(["create"], [""], "serviceaccounts/token"),
    _rule(["get", *_WRITE], [""], "persistentvolumeclaims/status"),
    _rule(_READ, ["storage.k8s.io"], "csidrivers"),
    _rule(_OWN, ["storage.k8s.io"], "csinodes"),
    _rule(_READ, ["node.k8s.io"], "runtimeclasses"),
    _rule(["get"], ["resource.k8s.io"], "resourceclaims"),
    _rule(["deletecollection"], ["resource.k8s.io"], "resourceslices"),
    _rule(["get"], [""], "serviceaccounts"),
)
_READ_TRUST_BUNDLES = _rule(_READ, ["certificates.k8s.io"], "clustertrustbundles")


def node_rules(gates: Mapping[str, bool]) -> tuple[dict[str, Any], ...]:
    """The rules; without gates those of the ClusterRole system:node."""
    return (*_RULES, _READ_TRUST_BUNDLES) if is_on(gates, TRUST_BUNDLES) else _RULES
