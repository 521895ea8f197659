"""CVE-2019-11247: cluster-scoped custom resources were served below a namespace's path, with that namespace's rights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.testing.http_client import Client

GROUP = "cve-2019-11247.example"
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.fixture
def globes(define: Callable[..., None], admin: Client, namespace: str) -> str:
    group = f"{namespace}.{GROUP}"
    define(group, "globes", "Cluster")
    answer = admin(
        "POST", f"/apis/{group}/v1/globes", {"apiVersion": f"{group}/v1", "kind": "Globes", "metadata": {"name": "g"}}
    )
    assert answer.code == 201
    return group


@pytest.mark.parametrize(
    ("method", "tail"),
    [("GET", "/g"), ("GET", ""), ("GET", "?watch=1"), ("POST", ""), ("PATCH", "/g"), ("DELETE", "/g"), ("DELETE", "")],
)
def test_a_namespaces_owner_does_not_reach_them(
    method: str, tail: str, globes: str, namespace: str, admin: Client, alice: Client, grant: Callable[..., None]
) -> None:
    grant(EVERYTHING, inside=namespace)
    body = (
        {"apiVersion": f"{globes}/v1", "kind": "Globes", "metadata": {"name": "h"}} if method in ("POST", "PATCH") else None
    )
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    below = alice(method, f"/apis/{globes}/v1/namespaces/{namespace}/globes{tail}", body, media_type=kind)
    assert below.code == 404
    assert alice(method, f"/apis/{globes}/v1/globes{tail}", body, media_type=kind).code == 403
    left = admin("GET", f"/apis/{globes}/v1/globes").body["items"]
    assert [(globe["metadata"]["name"], globe["metadata"].get("namespace")) for globe in left] == [("g", None)]
