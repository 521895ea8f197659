"""CVE-2021-25735: a validating policy of Nodes was shown new values as the old ones, so that it saw no change.

Validation reset the old object while it compared. Whatever a Node's update changes, a policy must see both sides.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubegate.testing.http_client import Client

POLICIES = "/apis/admissionregistration.k8s.io/v1"
NODE = {
    "metadata": {"name": "guarded", "labels": {"tier": "a"}, "annotations": {"note": "a"}},
    "spec": {
        "podCIDR": "10.0.0.0/24",
        "podCIDRs": ["10.0.0.0/24"],
        "providerID": "cloud://a",
        "taints": [{"key": "k", "value": "a", "effect": "NoSchedule"}],
    },
    "status": {"capacity": {"cpu": "4"}, "addresses": [{"type": "InternalIP", "address": "10.1.1.1"}]},
}


@pytest.fixture
def watched(admin: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A Node, and a policy that refuses changes of the field that the test names."""
    path = request.param
    expression = " && ".join(
        (f"has(object.{path}) == has(oldObject.{path})", f"(!has(object.{path}) || object.{path} == oldObject.{path})")
    )
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["nodes", "nodes/*"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": expression, "message": "hands off"}],
    }
    binding = {"policyName": "guard", "validationActions": ["Deny"]}
    admin("POST", "/api/v1/nodes", NODE)
    assert (
        admin("POST", f"{POLICIES}/validatingadmissionpolicies", {"metadata": {"name": "guard"}, "spec": spec}).code == 201
    )
    made = admin("POST", f"{POLICIES}/validatingadmissionpolicybindings", {"metadata": {"name": "guard"}, "spec": binding})
    assert made.code == 201
    yield path
    admin("DELETE", f"{POLICIES}/validatingadmissionpolicybindings/guard")
    admin("DELETE", f"{POLICIES}/validatingadmissionpolicies/guard")
    admin("DELETE", "/api/v1/nodes/guarded")


CHANGES: dict[str, Any] = {
    "spec.taints": [],
    "spec.unschedulable": True,
    "metadata.labels": {"tier": "b"},
    "metadata.annotations": {"note": "b"},
    "status.capacity": {"cpu": "400"},
    "status.addresses": [{"type": "InternalIP", "address": "10.6.6.6"}],
}


@pytest.mark.parametrize("watched", CHANGES, indirect=True)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_policy_sees_what_changes(method: str, watched: str, admin: Client) -> None:
    part, field = watched.split(".")
    view = "/api/v1/nodes/guarded" + ("/status" if part == "status" else "")
    if method == "PUT":
        changed = copy.deepcopy(admin("GET", "/api/v1/nodes/guarded").body)
        changed[part][field] = CHANGES[watched]
        answer = admin("PUT", view, changed)
    else:
        change = {part: {field: CHANGES[watched]}}
        answer = admin("PATCH", view, change, media_type="application/merge-patch+json")
    assert (answer.code, "hands off" in answer.body["message"]) == (422, True)


@pytest.mark.parametrize("watched", ["spec.taints"], indirect=True)
def test_what_does_not_concern_it_passes(watched: str, admin: Client) -> None:
    change = {"spec": {"unschedulable": True}}
    answer = admin("PATCH", "/api/v1/nodes/guarded", change, media_type="application/merge-patch+json")
    assert answer.code == 200


OTHERS = {
    "services": (
        {"spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}},
        {"spec": {"selector": {"a": "c"}}},
        "spec.selector",
    ),
    "pods": (
        {"spec": {"containers": [{"name": "c", "image": "a"}], "activeDeadlineSeconds": 50}},
        {"spec": {"activeDeadlineSeconds": 40}},
        "spec.activeDeadlineSeconds",
    ),
    "persistentvolumeclaims": (
        {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
        {"metadata": {"labels": {"a": "b"}}},
        "metadata.labels",
    ),
    "secrets": ({"stringData": {"a": "b"}}, {"stringData": {"a": "c"}}, "data"),
    "resourcequotas": ({"spec": {"hard": {"pods": "1"}}}, {"spec": {"hard": {"pods": "2"}}}, "spec.hard"),
}


@pytest.mark.parametrize("resource", OTHERS)
def test_nor_is_the_old_object_of_other_kinds_touched(
    resource: str, admin: Client, namespace: str, made: Callable[..., Any]
) -> None:
    """The same mistake elsewhere: what the policy compares must differ."""
    first, change, path = OTHERS[resource]
    where = f"/api/v1/namespaces/{namespace}/{resource}"
    made(admin("POST", where, {"metadata": {"name": "x"}, **first}))
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": [resource]}
    same = f"has(object.{path}) == has(oldObject.{path}) && (!has(object.{path}) || object.{path} == oldObject.{path})"
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": same, "message": "hands off"}]}
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicies", {"metadata": {"name": namespace}, "spec": spec}))
    binding = {"policyName": namespace, "validationActions": ["Deny"]}
    made(admin("POST", f"{POLICIES}/validatingadmissionpolicybindings", {"metadata": {"name": namespace}, "spec": binding}))
    answer = admin("PATCH", f"{where}/x", change, media_type="application/merge-patch+json")
    admin("DELETE", f"{POLICIES}/validatingadmissionpolicybindings/{namespace}")
    assert (answer.code, "hands off" in answer.body["message"]) == (422, True)
