"""The fixture ``gate``: every stage of the way of a request, and what failed assertions say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubegate.errors import InvalidInput
from kubegate.testing.gate import Gate

MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop, uid: 1-2-3}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: view, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: devs}]
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
"""
ALICE = {"commonName": "alice", "organizations": ["devs"]}


def pod(namespace: str = "", cpu: str = "1", **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}}
    meta = {"name": "p", **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], **spec}}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    folder = tmp_path_factory.mktemp("gate")
    (folder / "all.yaml").write_text(MANIFESTS)
    return Gate.over(folder, ["all.yaml"])


def test_the_whole_way(policies: Gate) -> None:
    alice = policies.authenticate(subject=ALICE)
    assert alice and alice.user is not None and alice.user.groups == ("devs", "system:authenticated")
    assert policies.can(alice.user, "list pods", namespace="shop")
    assert not policies.can(alice.user, "list secrets", namespace="shop")
    assert policies.decide(alice.user, "list pods", namespace="shop").allowed
    assert policies.admit(pod("default"), alice.user)


def test_credentials(policies: Gate) -> None:
    robot = policies.authenticate(serviceAccount={"namespace": "shop", "name": "robot"})
    assert robot.user is not None and robot.user.name == "system:serviceaccount:shop:robot"
    expired = policies.authenticate(subject={**ALICE, "notAfter": "2020-01-01T00:00:00Z"})
    assert not expired and "expired" in expired.reason
    assert repr(expired) == f"refused: {expired.reason}"
    assert repr(policies.authenticate(subject=ALICE)) == "authenticated as alice, groups devs, system:authenticated"


def test_admission(policies: Gate) -> None:
    refused = policies.admit(pod("shop"), "alice", groups=["devs"])
    assert not refused and refused.message.startswith('pods "p" is forbidden: violates PodSecurity "restricted:latest"')
    assert refused.decided_by.startswith("PodSecurity: Namespace shop")
    assert "PodSecurity refused: 403 Forbidden" in repr(refused)
    admitted = policies.admit(pod(), namespace="elsewhere")
    assert admitted.object is not None and admitted.object["metadata"]["namespace"] == "elsewhere"
    assert admitted.object["spec"]["serviceAccountName"] == "default" and not admitted.message
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]},
        },
    }
    made = policies.admit(workload)
    assert made.pod is not None and made.pod["spec"]["serviceAccountName"] == "default"


def test_what_is_admitted_is_forgotten(policies: Gate) -> None:
    assert policies.admit(pod()) and policies.admit(pod())
    gone = policies.admit("Pod/p", operation="delete")
    assert gone.message == 'pods "p" not found'


def test_scheduling(policies: Gate) -> None:
    placed = policies.schedule(pod())
    assert placed and placed.nodes == ["n1"] and "n1: the only one that fits" in repr(placed)
    refused = policies.schedule(pod(cpu="3"))
    assert not refused and refused.message.startswith("0/1 nodes are available: 1 Insufficient cpu.")
    with pytest.raises(InvalidInput, match="violates PodSecurity"):
        policies.schedule(pod("shop"))
    with pytest.raises(InvalidInput, match="no pod comes of it"):
        policies.schedule({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})


def test_options(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text("s3cret,bob,7,ops\n")
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}")
    made = Gate.over(
        tmp_path,
        ["a.yaml"],
        modes=["AlwaysAllow"],
        authentication_options={"token-auth-file": "tokens.csv"},
        admission_options={"strictNamespaces": True, "disableAdmissionPlugins": ["ServiceAccount"]},
    )
    bob = made.authenticate(token="s3cret")
    assert bob.user is not None and (bob.user.name, bob.user.uid) == ("bob", "7")
    assert made.can(bob.user, "delete nodes")
    admitted = made.admit(pod("a"))
    assert admitted.object is not None and "serviceAccountName" not in admitted.object["spec"]
    assert made.admit(pod("b")).message == 'namespaces "b" not found'
