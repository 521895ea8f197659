"""CVE-2025-46342 (of Kyverno): where a namespace could not be read, policies that select namespaces did not apply.

What cannot be told is refused, as a policy's failure policy says, and for webhooks in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kubegate.compose.application import Application
from kubegate.server import create_app
from kubegate.testing.http_client import Client
from tests.in_process import in_process

GROUP = "/apis/admissionregistration.k8s.io/v1"
SELECTOR = {"matchLabels": {"tier": "prod"}}
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A server without NamespaceLifecycle, which would answer before anybody asks for the namespace."""
    folder = tmp_path_factory.mktemp("lenient")
    with in_process(folder, "admin-token,admin,1,system:masters\n", disable=("NamespaceLifecycle",)) as made:
        yield made


def webhook(kind: str, failure: str) -> tuple[str, Any]:
    hook = {
        "name": "h.example.com",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [RULE],
        "namespaceSelector": SELECTOR,
        "failurePolicy": failure,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return f"{kind}webhookconfigurations", {"metadata": {"name": "guard"}, "webhooks": [hook]}


def objects(kind: str, failure: str) -> list[tuple[str, Any]]:
    """What guards ConfigMaps of namespaces with a label."""
    if kind != "policy":
        return [webhook(kind, failure)]
    matching = {"resourceRules": [RULE], "namespaceSelector": SELECTOR}
    spec = {
        "failurePolicy": failure,
        "matchConstraints": matching,
        "validations": [{"expression": "false", "message": "never"}],
    }
    binding = {"policyName": "guard", "validationActions": ["Deny"]}
    return [
        ("validatingadmissionpolicies", {"metadata": {"name": "guard"}, "spec": spec}),
        ("validatingadmissionpolicybindings", {"metadata": {"name": "guard"}, "spec": binding}),
    ]


@pytest.mark.parametrize(
    ("kind", "failure"),
    [("policy", "Fail"), *((kind, failure) for kind in ("validating", "mutating") for failure in ("Fail", "Ignore"))],
)
def test_a_namespace_that_cannot_be_read_is_no_way_around(kind: str, failure: str, lenient: Application) -> None:
    admin = Client(create_app(lambda: lenient).test_client(), "admin-token")
    guards = objects(kind, failure)
    for resource, guard in guards:
        assert admin("POST", f"{GROUP}/{resource}", guard).code == 201
    try:
        answer = admin("POST", "/api/v1/namespaces/unknown/configmaps", {"metadata": {"name": "c"}})
        assert answer.code in (404, 422)
        assert 'namespaces "unknown" not found' in answer.body["message"]
    finally:
        for resource, _ in guards:
            admin("DELETE", f"{GROUP}/{resource}/guard")
