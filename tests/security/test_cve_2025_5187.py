"""CVE-2025-5187: a node gave its own Node an owner that does not exist, so that the garbage collector deleted it, and came
back with other taints and labels."""

from __future__ import annotations

import pytest

from kubegate.testing.http_client import Client

OWNERS = [
    {"apiVersion": "v1", "kind": "Node", "name": "gone", "uid": "0"},
    {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "0"},
]
PATHS = ["/api/v1/nodes/node-a", "/api/v1/nodes/node-a/status"]


@pytest.mark.parametrize("owner", OWNERS, ids=["cluster-scoped", "namespaced"])
@pytest.mark.parametrize("path", PATHS, ids=["node", "status"])
@pytest.mark.parametrize("patch", ["merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "put"])
def test_a_node_does_not_change_its_owners(
    patch: str, path: str, owner: dict[str, str], node: Client, admin: Client
) -> None:
    change = {"metadata": {"ownerReferences": [owner]}}
    if patch == "put":
        present = admin("GET", PATHS[0]).body
        answer = node("PUT", path, {**present, "metadata": {**present["metadata"], **change["metadata"]}})
    elif patch.startswith("json"):
        steps = [{"op": "add", "path": "/metadata/ownerReferences", "value": [owner]}]
        answer = node("PATCH", path, steps, media_type=f"application/{patch}")
    else:
        answer = node("PATCH", path, change, media_type=f"application/{patch}")
    assert answer.code == 403, answer.body
    assert 'node "node-a" is not allowed to modify ownerReferences' in answer.body["message"]


def test_nor_does_it_delete_itself(node: Client, admin: Client) -> None:
    assert node("DELETE", PATHS[0]).code == 403
    assert admin("GET", PATHS[0]).code == 200


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}, "not allowed to modify taints"),
        ({"metadata": {"labels": {"node-restriction.kubernetes.io/x": "y"}}}, "not allowed to modify labels"),
        ({"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}, "not allowed to modify labels"),
    ],
)
def test_what_it_wanted_to_gain_is_refused_directly(change: dict[str, object], why: str, node: Client) -> None:
    answer = node("PATCH", PATHS[0], change, media_type="application/merge-patch+json")
    assert (answer.code, why in answer.body["message"]) == (403, True)


def test_owners_that_do_not_change_are_no_obstacle(node: Client, admin: Client) -> None:
    admin("PATCH", PATHS[0], {"metadata": {"ownerReferences": [OWNERS[0]]}}, media_type="application/merge-patch+json")
    answer = node("PATCH", PATHS[0], {"metadata": {"labels": {"a": "b"}}}, media_type="application/merge-patch+json")
    assert answer.code == 200, answer.body
    admin("PATCH", PATHS[0], {"metadata": {"ownerReferences": None}}, media_type="application/merge-patch+json")
