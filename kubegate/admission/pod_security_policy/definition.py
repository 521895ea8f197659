"""The kind as a CustomResourceDefinition, because the API of 1.36 does not have it."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object

RESOURCE = "podsecuritypolicies.policy"

_SCHEMA: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_NAMES = {
    "plural": "podsecuritypolicies",
    "singular": "podsecuritypolicy",
    "kind": "PodSecurityPolicy",
    "listKind": "PodSecurityPolicyList",
    "shortNames": ["psp"],
}


def definition() -> Object:
    """A fresh copy."""
    version = {"name": "v1beta1", "served": True, "storage": True, "schema": {"openAPIV3Schema": dict(_SCHEMA)}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": RESOURCE},
        "spec": {"group": "policy", "scope": "Cluster", "names": dict(_NAMES), "versions": [version]},
    }
