"""CVE-2022-3162: who could list one custom resource read another one of the same group by climbing up in the path."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable

import pytest
from kubernetes import client as official

from kubegate.testing.api_server import ApiServer
from kubegate.testing.http_client import Client

SECRET = "the other kind's secret"


@pytest.fixture
def group(define: Callable[..., None], admin: Client, alice: Client, namespace: str, grant: Callable[..., None]) -> str:
    """Alice may read ``open`` everywhere; beside it stands ``closed``."""
    group = f"{namespace}.cve-2022-3162.example"
    for plural in ("open", "closed"):
        define(group, plural, "Namespaced")
        body = {"apiVersion": f"{group}/v1", "kind": plural.capitalize(), "metadata": {"name": "x"}, "data": SECRET}
        if plural == "open":
            del body["data"]
        assert admin("POST", f"/apis/{group}/v1/namespaces/{namespace}/{plural}", body).code == 201
    grant({"verbs": ["get", "list", "watch"], "apiGroups": [group], "resources": ["open"]})
    assert alice("GET", f"/apis/{group}/v1/open").code == 200
    assert alice("GET", f"/apis/{group}/v1/closed").code == 403
    return group


PATHS = [
    "open/../closed",
    "open/..%2fclosed",
    "open/%2e%2e/closed",
    "namespaces/../closed",
    "namespaces/../open",
    "namespaces/..%2f../open",
    "namespaces/%2e%2e/open/%2e%2e",
    "namespaces/{ns}/open/../closed",
    "namespaces/{ns}/open/../closed/x",
    "namespaces/{ns}/open/..%2fclosed%2fx",
    "namespaces/{ns}/../{ns}/closed",
    "namespaces/{ns}%2f..%2fclosed/open",
    "open?fieldSelector=metadata.namespace%3D../closed",
    "open?fieldSelector=metadata.name%3D../closed/{ns}/x",
    "open?fieldSelector=metadata.namespace%3D..,metadata.name%3Dclosed/{ns}/x",
    "namespaces/{ns}/open?fieldSelector=metadata.name%3D../../closed/{ns}/x",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_from_one_kind_to_another(path: str, group: str, namespace: str, alice: Client) -> None:
    answer = alice("GET", f"/apis/{group}/v1/{path.format(ns=namespace)}")
    assert SECRET not in str(answer.body)
    assert answer.code != 200 or answer.body["kind"] == "OpenList"


RAW = [
    "/api/v1/namespaces/default/configmaps/../secrets/s",
    "/api/v1/namespaces/default/configmaps/..%2fsecrets%2fs",
    "/api/v1/namespaces/default/configmaps/%2e%2e/secrets/s",
    "/api/v1/configmaps/..%2fsecrets",
    "//api/v1/namespaces/default/configmaps/..//secrets/s",
    "/api/v1/namespaces/default/configmaps/s/../../secrets",
]


@pytest.mark.parametrize("path", RAW)
def test_nor_over_a_real_connection(
    path: str, api_server: ApiServer, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    with api_server.client() as client:
        official.CoreV1Api(client).create_namespaced_secret(
            "default", {"metadata": {"name": "s"}, "stringData": {"k": SECRET}}
        )
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]
        rbac = official.RbacAuthorizationV1Api(client)
        rbac.create_cluster_role({"metadata": {"name": "r"}, "rules": rules})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}
        rbac.create_cluster_role_binding({"metadata": {"name": "b"}, "roleRef": role, "subjects": [subject]})
    alice = connect("alice")
    assert [_get(alice, f"/api/v1/namespaces/default/{kind}")[0] for kind in ("configmaps", "secrets")] == [200, 403]
    code, body = _get(alice, path)
    assert code in (403, 404)
    assert base64.b64encode(SECRET.encode()) not in body


def _get(connection: http.client.HTTPSConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../x", "a%2fb", "x/../y"])
def test_names_that_are_paths_are_refused(name: str, group: str, namespace: str, admin: Client) -> None:
    body = {"apiVersion": f"{group}/v1", "kind": "Open", "metadata": {"name": name}}
    assert admin("POST", f"/apis/{group}/v1/namespaces/{namespace}/open", body).code == 422
