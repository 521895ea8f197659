"""CVE-2024-3177: by ``envFrom`` containers got secrets that ``kubernetes.io/enforce-mountable-secrets`` keeps from a pod."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.testing.http_client import Client
from tests.security.mountable_secrets import KINDS, PATCHES, Made, Pod, check_container, check_patch


def using(secret: str) -> dict[str, Any]:
    """A container that uses a secret."""
    return {"name": "x", "image": "i", "envFrom": [{"prefix": "p", "secretRef": {"name": secret}}]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("secret", "allowed"), [("mine", True), ("theirs", False)])
def test_only_listed_secrets_reach_a_container(
    secret: str, allowed: bool, kind: str, admin: Client, namespace: str, pod: Pod, made: Made
) -> None:
    check_container(admin, namespace, pod, made, kind, using(secret), allowed)


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patch_of_the_subresource_is_no_way_around(
    patch: str, admin: Client, namespace: str, pod: Pod, made: Made
) -> None:
    check_patch(admin, namespace, pod, made, patch, using("theirs"))
