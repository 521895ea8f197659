"""What both mistakes about ``kubernetes.io/enforce-mountable-secrets`` let through: secrets the account does not list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.testing.http_client import Client

ACCOUNT = {
    "metadata": {"name": "careful", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
    "secrets": [{"name": "mine"}],
}
"""A service account whose pods may use the secret ``mine`` alone."""
KINDS = ["containers", "initContainers", "ephemeralContainers"]
PATCHES = ["strategic-merge-patch+json", "merge-patch+json"]

Pod = Callable[..., dict[str, Any]]
Made = Callable[..., Any]


def check_container(admin: Client, namespace: str, pod: Pod, made: Made, kind: str, container: Any, allowed: bool) -> None:
    """A container of this kind is taken if it is ``allowed``; else the refusal names the secret ``theirs``."""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    made(admin("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", ACCOUNT))
    if kind == "ephemeralContainers":
        present = made(admin("POST", pods, pod(serviceAccountName="careful")))
        present["spec"][kind] = [container]
        answer = admin("PUT", f"{pods}/p/ephemeralcontainers", present)
    else:
        spec = {"containers": [{"name": "c", "image": "i"}], kind: [container]}
        answer = admin("POST", pods, pod(serviceAccountName="careful", **spec))
    assert answer.code == ((200 if kind == "ephemeralContainers" else 201) if allowed else 403), answer.body
    if not allowed:
        assert "theirs" in answer.body["message"]


def check_patch(admin: Client, namespace: str, pod: Pod, made: Made, patch: str, container: Any) -> None:
    """A patch of the subresource is no way around."""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    made(admin("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", ACCOUNT))
    made(admin("POST", pods, pod(serviceAccountName="careful")))
    change = {"spec": {"ephemeralContainers": [container]}}
    assert admin("PATCH", f"{pods}/p/ephemeralcontainers", change, media_type=f"application/{patch}").code == 403
    assert "ephemeralContainers" not in admin("GET", f"{pods}/p").body["spec"]
