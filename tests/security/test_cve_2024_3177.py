"""CVE-2024-3177: by ``envFrom`` containers got secrets that ``kubernetes.io/enforce-mountable-secrets`` keeps from a pod."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client


@pytest.fixture
def account(admin: Client, namespace: str, made: Callable[..., Any]) -> str:
    """A service account whose pods may use the secret ``mine`` alone."""
    enforced = {"kubernetes.io/enforce-mountable-secrets": "true"}
    body = {"metadata": {"name": "careful", "annotations": enforced}, "secrets": [{"name": "mine"}]}
    made(admin("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", body))
    return "careful"


def using(secret: str) -> dict[str, Any]:
    """A container that uses a secret."""
    return {"name": "x", "image": "i", "envFrom": [{"prefix": "p", "secretRef": {"name": secret}}]}


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
@pytest.mark.parametrize(("secret", "allowed"), [("mine", True), ("theirs", False)])
def test_only_listed_secrets_reach_a_container(
    secret: str,
    allowed: bool,
    kind: str,
    admin: Client,
    namespace: str,
    account: str,
    pod: Callable[..., dict[str, Any]],
    made: Callable[..., Any],
) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    if kind == "ephemeralContainers":
        present = made(admin("POST", pods, pod(serviceAccountName=account)))
        present["spec"][kind] = [using(secret)]
        answer = admin("PUT", f"{pods}/p/ephemeralcontainers", present)
    else:
        spec = {"containers": [{"name": "c", "image": "i"}], kind: [using(secret)]}
        answer = admin("POST", pods, pod(serviceAccountName=account, **spec))
    assert answer.code == ((200 if kind == "ephemeralContainers" else 201) if allowed else 403), answer.body
    if not allowed:
        assert "theirs" in answer.body["message"]


@pytest.mark.parametrize("patch", ["strategic-merge-patch+json", "merge-patch+json"])
def test_a_patch_of_the_subresource_is_no_way_around(
    patch: str, admin: Client, namespace: str, account: str, pod: Callable[..., dict[str, Any]], made: Callable[..., Any]
) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    made(admin("POST", pods, pod(serviceAccountName=account)))
    change = {"spec": {"ephemeralContainers": [using("theirs")]}}
    assert admin("PATCH", f"{pods}/p/ephemeralcontainers", change, media_type=f"application/{patch}").code == 403
    assert "ephemeralContainers" not in admin("GET", f"{pods}/p").body["spec"]
