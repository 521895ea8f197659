"""CVE-2015-7528 (and CVE-2015-5305): a container's or an object's name that is a path led to logs and keys of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

NAMES = ["..", "../..", "../../kube-system/secret/c", "..%2f..%2fx", "c/../d", "other"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verb", ["log", "exec", "attach"])
def test_a_container_is_one_of_the_pods_own(
    verb: str, name: str, admin: Client, namespace: str, pod: Callable[..., dict[str, Any]], made: Callable[..., Any]
) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    made(admin("POST", pods, pod(nodeName="none")))
    answer = admin("GET", f"{pods}/p/{verb}?container={name}&command=id&stdout=1")
    assert (answer.code, answer.body["reason"]) == (400, "BadRequest")
    assert "is not valid for pod p" in answer.body["message"]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../x", "a%2fb"])
@pytest.mark.parametrize("resource", ["configmaps", "roles.rbac.authorization.k8s.io", "namespaces"])
def test_no_name_is_a_path(resource: str, name: str, admin: Client, namespace: str) -> None:
    plural, _, group = resource.partition(".")
    root = f"/apis/{group}/v1" if group else "/api/v1"
    where = root if resource == "namespaces" else f"{root}/namespaces/{namespace}"
    assert admin("POST", f"{where}/{plural}", {"metadata": {"name": name}}).code == 422
