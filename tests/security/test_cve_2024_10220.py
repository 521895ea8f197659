"""CVE-2024-10220 (and CVE-2025-1767): ``gitRepo`` volumes ran commands of a repository's hooks on the node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

VOLUMES: dict[str, dict[str, Any]] = {
    "gitRepo": {"gitRepo": {"repository": "https://git.example/x", "directory": "."}},
    "hostPath": {"hostPath": {"path": "/"}},
}


@pytest.mark.parametrize("volume", VOLUMES)
def test_restricted_namespaces_have_no_such_volumes(
    volume: str, admin: Client, namespace: str, pod: Callable[..., dict[str, Any]]
) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    admin(
        "PATCH",
        f"/api/v1/namespaces/{namespace}",
        {"metadata": {"labels": labels}},
        media_type="application/merge-patch+json",
    )
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/pods", pod(volumes=[{"name": "v", **VOLUMES[volume]}]))
    assert (answer.code, f'uses restricted volume type "{volume}"' in answer.body["message"]) == (403, True)


@pytest.mark.parametrize("directory", ["..", "../..", "a/../../b", "/etc"])
def test_a_repository_is_not_checked_out_above_its_volume(
    directory: str, admin: Client, namespace: str, pod: Callable[..., dict[str, Any]]
) -> None:
    volume = {"name": "v", "gitRepo": {"repository": "https://git.example/x", "directory": directory}}
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/pods", pod(volumes=[volume]))
    assert (answer.code, "gitRepo.directory" in answer.body["message"]) == (422, True)
