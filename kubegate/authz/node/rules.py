"""What every node may do, whatever runs on it: asked for resources that are not decided object by object.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy`` (``NodeRules``),
with the default feature gates of 1.36.
"""

from __future__ import annotations

from typing import Any

_WRITE = ["patch", "update"]
_READ = ["get", "list", "watch"]
_OWN = ["create", "delete", "get", "patch", "update"]


def _rule(verbs: list[str], groups: list[str], *resources: str) -> dict[str, Any]:
    return {"verbs": verbs, "apiGroups": groups, "resources": list(resources)}


NODE_RULES: tuple[dict[str, Any], ...] = (
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
