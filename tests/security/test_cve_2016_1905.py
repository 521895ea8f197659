"""CVE-2016-1905: admission judged objects that were PUT, and not those that were PATCHed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubegate.testing.http_client import Client

POLICIES = "/apis/admissionregistration.k8s.io/v1"
PATCHES = ("merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "apply-patch+yaml")


@pytest.fixture
def guarded(admin: Client, namespace: str, made: Callable[..., Any]) -> Iterator[str]:
    """A config map that must not hold the key ``bad``."""
    where = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    validation = {"expression": "!has(object.data) || !('bad' in object.data)", "message": "no"}
    spec = {"matchConstraints": {"resourceRules": [rule], "namespaceSelector": where}, "validations": [validation]}
    binding = {"policyName": namespace, "validationActions": ["Deny"]}
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicies", {"metadata": {"name": namespace}, "spec": spec}))
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicybindings", {"metadata": {"name": namespace}, "spec": binding}))
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    made(admin("POST", path, {"metadata": {"name": "c"}, "data": {"good": "1"}}))
    yield path
    admin("DELETE", f"{POLICIES}/validatingadmissionpolicybindings/{namespace}")


def change(patch: str, value: str) -> Any:
    if patch.startswith("json"):
        return [{"op": "add", "path": "/data/bad", "value": value}]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"bad": value}}


@pytest.mark.parametrize("patch", PATCHES)
def test_each_form_of_patch_is_judged(patch: str, guarded: str, admin: Client) -> None:
    answer = admin("PATCH", f"{guarded}/c?fieldManager=m", change(patch, "x"), media_type=f"application/{patch}")
    assert answer.code == 422
    assert admin("GET", f"{guarded}/c").body["data"] == {"good": "1"}


def test_apply_that_creates_is_judged(guarded: str, admin: Client) -> None:
    body = copy.deepcopy(change("apply-patch+yaml", "x"))
    body["metadata"]["name"] = "new"
    answer = admin("PATCH", f"{guarded}/new?fieldManager=m", body, media_type="application/apply-patch+yaml")
    assert (answer.code, admin("GET", f"{guarded}/new").code) == (422, 404)


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patch_needs_the_right_to_patch(
    patch: str, guarded: str, namespace: str, alice: Client, grant: Callable[..., None]
) -> None:
    """CVE-2015-7561: nor does the right to update stand for it."""
    grant({"verbs": ["get", "update", "create"], "apiGroups": [""], "resources": ["configmaps"]}, inside=namespace)
    answer = alice("PATCH", f"{guarded}/c?fieldManager=m", change(patch, "x"), media_type=f"application/{patch}")
    assert answer.code == 403


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_what_creates_where_nothing_is_needs_the_right_to_create(
    verb: str, guarded: str, namespace: str, alice: Client, grant: Callable[..., None]
) -> None:
    """Apply, and PUT of kinds that allow it: they were let in as a patch, as an update."""
    kinds = [
        {
            "verbs": ["get", "patch", "update"],
            "apiGroups": ["", "coordination.k8s.io"],
            "resources": ["configmaps", "leases"],
        }
    ]
    grant(*kinds, inside=namespace)
    if verb == "PATCH":
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}, "data": {"good": "1"}}
        answer = alice(verb, f"{guarded}/new?fieldManager=m", body, media_type="application/apply-patch+yaml")
        what = 'configmaps "new"'
    else:
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/new"
        answer = alice(verb, path, {"metadata": {"name": "new"}, "spec": {"holderIdentity": "me"}})
        what = 'leases.coordination.k8s.io "new"'
    assert (answer.code, answer.body["message"]) == (403, f"{what} is forbidden: ")
