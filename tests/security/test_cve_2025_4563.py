"""CVE-2025-4563: a node created mirror pods that use dynamic resource claims, and so took devices that nobody gave it.

Its kind: what a mirror pod of a node may not refer to, since the Node authorizer would let the node read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

MIRROR = "kubernetes.io/config.mirror"
CLAIM = {"name": "gpu", "resourceClaimName": "gpu"}
TEMPLATE = {"name": "gpu", "resourceClaimTemplateName": "gpu"}


def projected(source: dict[str, Any]) -> dict[str, Any]:
    return {"volumes": [{"name": "v", "projected": {"sources": [source]}}]}


SPECS: dict[str, tuple[dict[str, Any], str]] = {
    "claim": ({"resourceClaims": [CLAIM]}, "resourceclaims"),
    "template": ({"resourceClaims": [TEMPLATE]}, "resourceclaims"),
    "account": ({"serviceAccountName": "default"}, "service account"),
    "secret volume": ({"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}, "secrets"),
    "projected secret": (projected({"secret": {"name": "s"}}), "secrets"),
    "pull secret": ({"imagePullSecrets": [{"name": "s"}]}, "secrets"),
    "config map": ({"volumes": [{"name": "v", "configMap": {"name": "s"}}]}, "configmaps"),
    "trust bundle": (projected({"clusterTrustBundle": {"name": "b", "path": "p"}}), "clustertrustbundles"),
    "disk": ({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}, "persistentvolumeclaims"),
}


@pytest.fixture
def mirror(node: Client, admin: Client, pod: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A pod as a kubelet mirrors it: its own annotation, its own node, owned by the Node."""
    uid = admin("GET", "/api/v1/nodes/node-a").body["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": "node-a", "uid": uid, "controller": True}

    def make(**spec: Any) -> dict[str, Any]:
        made = pod("static", nodeName="node-a", **spec)
        made["metadata"] |= {"annotations": {MIRROR: "x"}, "ownerReferences": [owner]}
        return made

    return make


@pytest.mark.parametrize("case", SPECS)
def test_mirror_pods_refer_to_nothing_that_is_protected(
    case: str, node: Client, namespace: str, mirror: Callable[..., dict[str, Any]]
) -> None:
    spec, what = SPECS[case]
    answer = node("POST", f"/api/v1/namespaces/{namespace}/pods", mirror(**spec))
    assert answer.code == 403
    assert re.search(f"(can not create pods that|may not) reference (a )?{what}", answer.body["message"])


def test_a_plain_mirror_pod_is_created(node: Client, namespace: str, mirror: Callable[..., dict[str, Any]]) -> None:
    answer = node("POST", f"/api/v1/namespaces/{namespace}/pods", mirror())
    assert answer.code == 201, answer.body


def test_claims_are_not_slipped_in_by_the_status(
    node: Client, namespace: str, mirror: Callable[..., dict[str, Any]]
) -> None:
    node("POST", f"/api/v1/namespaces/{namespace}/pods", mirror())
    change = {"status": {"resourceClaimStatuses": [{"name": "gpu", "resourceClaimName": "other"}]}}
    path = f"/api/v1/namespaces/{namespace}/pods/static/status"
    answer = node("PATCH", path, change, media_type="application/merge-patch+json")
    assert answer.code == 403
    assert "cannot update resource claim statues" in answer.body["message"]
