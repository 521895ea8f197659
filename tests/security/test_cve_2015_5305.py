"""CVE-2015-5305: an object named ``../../x`` was stored at a path of another namespace or kind.

Its kind: whatever becomes part of a key in the store must be one segment, wherever in a request it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

CLIMBING = ["..", ".", "../other", "../../secrets/kube-system/x", "a/b", "a%2Fb", "%2E%2E"]


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize("field", ["name", "generateName"])
def test_names_are_one_segment(field: str, name: str, admin: Client, namespace: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {field: name}}
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
    assert (answer.code, f"metadata.{field}" in answer.body["message"]) == (422, True)


@pytest.mark.parametrize("name", CLIMBING)
def test_so_are_namespaces(name: str, admin: Client) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    assert admin("POST", "/api/v1/namespaces", body).code == 422


def test_a_namespace_in_the_body_leads_nowhere_else(
    admin: Client, namespace: str, pod: Callable[..., dict[str, Any]]
) -> None:
    made = pod()
    made["metadata"]["namespace"] = "../kube-system"
    assert admin("POST", f"/api/v1/namespaces/{namespace}/pods", made).code == 400
    assert admin("GET", "/api/v1/namespaces/kube-system/pods").body["items"] == []


@pytest.mark.parametrize("name", ["..%2F..%2Fsecrets", "%2E%2E%2Fsecrets%2Fx"])
def test_a_path_does_not_climb(name: str, admin: Client, namespace: str) -> None:
    for method in ("GET", "DELETE"):
        answer = admin(method, f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        assert answer.code in (400, 404), answer.body
