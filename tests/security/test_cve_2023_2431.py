"""CVE-2023-2431: a pod of seccomp type ``Localhost`` with an empty profile ran without any.

The kubelet decides what an empty name means; here the name itself is checked, and a policy that ships refuses the empty one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

PROFILES: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"type": "Localhost"}, "localhostProfile: Required value: must be set when seccomp type is Localhost"),
    "an absolute path": ({"type": "Localhost", "localhostProfile": "/etc/x"}, "must be a relative path"),
    "a path upwards": ({"type": "Localhost", "localhostProfile": "../../x"}, "must not contain '..'"),
    "a name for another type": (
        {"type": "RuntimeDefault", "localhostProfile": "x"},
        "can only be set when seccomp type is Localhost",
    ),
    "no type": ({"localhostProfile": "x"}, "seccompProfile.type: Required value"),
}


@pytest.mark.parametrize("case", PROFILES)
@pytest.mark.parametrize("level", ["pod", "container", "init container", "ephemeral container"])
def test_a_profile_is_named_properly(
    level: str, case: str, admin: Client, namespace: str, pod: Callable[..., dict[str, Any]], made: Callable[..., Any]
) -> None:
    profile, why = PROFILES[case]
    context = {"securityContext": {"seccompProfile": profile}}
    container = {"name": "x", "image": "i", **context}
    pods = f"/api/v1/namespaces/{namespace}/pods"
    if level == "ephemeral container":
        present = made(admin("POST", pods, pod()))
        present["spec"]["ephemeralContainers"] = [container]
        answer = admin("PUT", f"{pods}/p/ephemeralcontainers", present)
    else:
        spec = {"pod": context, "container": {"containers": [container]}, "init container": {"initContainers": [container]}}
        answer = admin("POST", pods, pod(**spec[level]))
    assert (answer.code, why in answer.body["message"]) == (422, True), answer.body


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
def test_restricted_namespaces_want_a_profile_of_every_container(
    kind: str, admin: Client, namespace: str, pod: Callable[..., dict[str, Any]], made: Callable[..., Any]
) -> None:
    """One container that opts out is enough for a refusal, also one that is added later."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    admin(
        "PATCH",
        f"/api/v1/namespaces/{namespace}",
        {"metadata": {"labels": labels}},
        media_type="application/merge-patch+json",
    )
    tight = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    good = {"name": "c", "image": "i", "securityContext": tight}
    bad = {"name": "x", "image": "i", "securityContext": {**tight, "seccompProfile": {"type": "Unconfined"}}}
    spec = {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}, "containers": [good]}
    pods = f"/api/v1/namespaces/{namespace}/pods"
    present = made(admin("POST", pods, pod(**spec)))
    if kind == "ephemeralContainers":
        present["spec"][kind] = [bad]
        answer = admin("PUT", f"{pods}/p/ephemeralcontainers", present)
    else:
        answer = admin("POST", pods, pod("q", **{**spec, kind: [*spec.get(kind, []), bad]}))  # type: ignore[list-item]
    assert (answer.code, "seccompProfile" in answer.body["message"]) == (403, True), answer.body
