"""CVE-2023-34091 (of Kyverno): what was being deleted was judged by no policy, and a finalizer keeps that for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

POLICIES = "/apis/admissionregistration.k8s.io/v1"
MERGE = "application/merge-patch+json"


@pytest.fixture
def guarded(admin: Client, namespace: str, made: Callable[..., Any]) -> Any:
    """A policy that wants an owner of Services in the namespace."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["services"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [rule],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        },
        "validations": [{"expression": "has(object.metadata.labels.owner)", "message": "no owner"}],
    }
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicies", {"metadata": {"name": namespace}, "spec": spec}))
    binding = {"policyName": namespace, "validationActions": ["Deny"]}
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicybindings", {"metadata": {"name": namespace}, "spec": binding}))
    yield
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        admin("DELETE", f"{POLICIES}/{kind}/{namespace}")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_being_deleted_is_judged(
    method: str, guarded: None, admin: Client, namespace: str, made: Callable[..., Any]
) -> None:
    path = f"/api/v1/namespaces/{namespace}/services"
    metadata = {"name": "s", "labels": {"owner": "a"}, "finalizers": ["example.com/never"]}
    made(admin("POST", path, {"metadata": metadata, "spec": {"ports": [{"port": 80}]}}))
    made(admin("DELETE", f"{path}/s"))
    leaving = made(admin("GET", f"{path}/s"))
    assert leaving["metadata"]["deletionTimestamp"]
    if method == "PUT":
        answer = admin("PUT", f"{path}/s", {**leaving, "metadata": {**leaving["metadata"], "labels": {"a": "b"}}})
    else:
        answer = admin("PATCH", f"{path}/s", {"metadata": {"labels": {"owner": None, "a": "b"}}}, media_type=MERGE)
    assert (answer.code, "no owner" in answer.body["message"]) == (422, True)
    made(admin("PATCH", f"{path}/s", {"metadata": {"finalizers": None}}, media_type=MERGE))
