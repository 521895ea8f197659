"""Bindings, evictions, scales, tokens, logs, reviews."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from kubegate.apiserver.subresources.scale_fields import to_parent, to_scale
from kubegate.server import create_app
from kubegate.testing.http_client import Client
from tests.in_process import in_process

MERGE = "application/merge-patch+json"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def pod(client: Client, namespace: str) -> str:
    """The path of a pod of two containers that is not scheduled."""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    spec = {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}]}
    answer = client("POST", pods, {"metadata": {"name": "p", "labels": {"app": "x"}}, "spec": spec})
    assert answer.code == 201, answer.body
    return f"{pods}/p"


def test_binding(client: Client, pod: str) -> None:
    bound = client("POST", f"{pod}/binding", {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}})
    assert (bound.code, bound.body["status"]) == (201, "Success")
    stored = client("GET", pod).body
    assert stored["spec"]["nodeName"] == "n1"
    assert {c["type"]: c["status"] for c in stored["status"]["conditions"]}["PodScheduled"] == "True"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"metadata": {"name": "q"}, "target": {"name": "n"}}, 400, "name in URL does not match name in Binding object"),
        ({"metadata": {"name": "p"}, "target": {}}, 500, "target.name: Required value"),
        (
            {"metadata": {"name": "p"}, "target": {"kind": "Pod", "name": "n"}},
            500,
            'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
        ),
    ],
)
def test_bad_bindings(client: Client, pod: str, body: Any, code: int, message: str) -> None:
    answer = client("POST", f"{pod}/binding", body)
    assert (answer.code, answer.body["message"]) == (code, message)


def test_a_pod_is_bound_once(client: Client, pod: str) -> None:
    body = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}}
    assert client("POST", f"{pod}/binding", body).code == 201
    again = client("POST", f"{pod}/binding", body)
    expected = 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"'
    assert (again.code, again.body["message"]) == (409, expected)


def evict(client: Client, pod: str) -> Any:
    return client("POST", f"{pod}/eviction", {"metadata": {"name": "p"}})


def run(client: Client, pod: str) -> None:
    assert client("PATCH", f"{pod}/status", {"status": {"phase": "Running"}}, media_type=MERGE).code == 200


def budget(client: Client, pod: str, name: str, allowed: int) -> str:
    path = f"/apis/policy/v1/namespaces/{pod.split('/')[4]}/poddisruptionbudgets"
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}
    assert client("POST", path, {"metadata": {"name": name}, "spec": spec}).code == 201
    status = {
        "observedGeneration": 1,
        "disruptionsAllowed": allowed,
        "currentHealthy": 2,
        "desiredHealthy": 0,
        "expectedPods": 2,
    }
    assert client("PATCH", f"{path}/{name}/status", {"status": status}, media_type=MERGE).code == 200
    return f"{path}/{name}"


def test_eviction_without_a_budget_deletes(client: Client, pod: str) -> None:
    run(client, pod)
    assert evict(client, pod).code == 201
    assert client("GET", pod).code == 404


def test_a_spent_budget_refuses(client: Client, pod: str) -> None:
    run(client, pod)
    budget(client, pod, "pdb", 0)
    answer = evict(client, pod)
    assert (answer.code, answer.body["reason"]) == (429, "TooManyRequests")
    assert client("GET", pod).code == 200


def test_an_eviction_spends_the_budget(client: Client, pod: str) -> None:
    run(client, pod)
    path = budget(client, pod, "pdb", 1)
    assert evict(client, pod).code == 201
    status = client("GET", path).body["status"]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["p"]


def test_two_budgets_are_an_error(client: Client, pod: str) -> None:
    run(client, pod)
    budget(client, pod, "one", 1)
    budget(client, pod, "two", 1)
    assert evict(client, pod).code == 500


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("", 400, "a container name must be specified for pod p, choose one of: [c d]"),
        ("?container=x", 400, "container x is not valid for pod p"),
        ("?container=c", 204, None),
    ],
)
def test_logs(client: Client, pod: str, query: str, code: int, message: str | None) -> None:
    answer = client("GET", f"{pod}/log{query}")
    assert answer.code == code
    if message:
        assert answer.body["message"] == message


def test_scale(client: Client, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    assert client("POST", path, {"metadata": {"name": "d"}, "spec": spec}).code == 201
    scale = client("GET", f"{path}/d/scale").body
    assert (scale["kind"], scale["spec"], scale["status"]) == ("Scale", {"replicas": 2}, {"replicas": 0, "selector": "a=b"})
    assert client("PATCH", f"{path}/d/scale", {"spec": {"replicas": 5}}, media_type=MERGE).body["spec"] == {"replicas": 5}
    assert client("GET", f"{path}/d").body["spec"]["replicas"] == 5
    bad = client("PUT", f"{path}/d/scale", {"metadata": {"name": "d"}, "spec": {"replicas": -1}})
    assert bad.body["message"].startswith('Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1')


REPLICAS = {"f:spec": {"f:replicas": {}}}


@pytest.fixture
def sized(client: Client, namespace: str) -> str:
    """The path of an object of a custom kind that can be scaled and has no replicas."""
    group, names = f"{namespace}.example", {"plural": "foos", "singular": "foo", "kind": "Foo", "listKind": "FooList"}
    spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
        "subresources": {"scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
    }
    body = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    made = client("POST", definitions, {"metadata": {"name": f"foos.{group}"}, "spec": body})
    assert made.code == 201, made.body
    conditions = [{"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "accepted"}]
    status = {"status": {"acceptedNames": names, "conditions": conditions}}
    assert client("PATCH", f"{definitions}/foos.{group}/status", status, media_type=MERGE).code == 200
    path = f"/apis/{group}/v1/namespaces/{namespace}/foos"
    deadline = time.monotonic() + 30
    while client("GET", path).code != 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client("POST", path, {"metadata": {"name": "a"}, "spec": {}}).code == 201
    return f"{path}/a"


def test_objects_of_custom_kinds_can_be_without_replicas(client: Client, sized: str) -> None:
    def said(method: str, replicas: Any) -> tuple[int, str]:
        body = None if method == "GET" else {"metadata": {"name": "a"}, "spec": {"replicas": replicas}}
        answer = client(method, f"{sized}/scale", body, media_type=MERGE if method == "PATCH" else "application/json")
        return answer.code, answer.body.get("message", "").partition(" is invalid: ")[2] or answer.body.get("message", "")

    missing = 'Internal error occurred: the spec replicas field ".spec.size" does not exist'
    assert said("GET", None) == (500, missing)
    assert client("PATCH", f"{sized}/scale", {"metadata": {}}, media_type=MERGE).body["message"] == (
        'the spec replicas field ".spec.size" cannot be empty'
    )
    assert said("PUT", -1) == (422, ".spec.size: Invalid value: -1: should be a non-negative integer")
    assert said("PATCH", 3) == (200, "")
    assert client("GET", f"{sized}/scale").body["spec"] == {"replicas": 3}


def test_ownership_goes_to_the_scale_and_back() -> None:
    owner = {
        "manager": "m",
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "fieldsV1": {"f:spec": {"f:replicas": {}, "f:x": {}}},
    }
    other = {"manager": "n", "operation": "Update", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {"f:y": {}}}}
    scale = to_scale([owner, other], "spec.replicas")
    assert [(entry["manager"], entry["apiVersion"], entry["fieldsV1"]) for entry in scale] == [
        ("m", "autoscaling/v1", REPLICAS)
    ]
    taken = {
        "manager": "hpa",
        "operation": "Apply",
        "subresource": "scale",
        "apiVersion": "autoscaling/v1",
        "fieldsV1": REPLICAS,
    }
    back = {entry["manager"]: entry["fieldsV1"] for entry in to_parent([owner, other], [taken], "spec.replicas", "apps/v1")}
    assert back == {"m": {"f:spec": {"f:x": {}}}, "n": {"f:spec": {"f:y": {}}}, "hpa": REPLICAS}


def test_access_reviews(client: Client) -> None:
    spec = {"user": "nobody", "resourceAttributes": {"verb": "get", "resource": "pods"}}
    path = "/apis/authorization.k8s.io/v1/"
    asked = client("POST", f"{path}subjectaccessreviews", {"spec": spec})
    assert (asked.code, asked.body["status"]) == (201, {"allowed": False})
    mine = client("POST", f"{path}selfsubjectaccessreviews", {"spec": {"resourceAttributes": spec["resourceAttributes"]}})
    assert mine.body["status"]["allowed"] is True
    rules = client("POST", f"{path}selfsubjectrulesreviews", {"spec": {"namespace": "default"}}).body["status"]
    assert rules["resourceRules"]


def test_identity_reviews(client: Client) -> None:
    path = "/apis/authentication.k8s.io/v1/"
    me = client("POST", f"{path}selfsubjectreviews", {}).body["status"]["userInfo"]
    assert me["username"] == "admin"
    assert "system:masters" in me["groups"]
    token = client("POST", f"{path}tokenreviews", {"spec": {"token": "nobody-token"}}).body["status"]
    assert token["authenticated"] is True
    assert token["user"]["username"] == "nobody"


def test_impersonation(client: Client) -> None:
    answer = client("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, Impersonate_User="somebody")
    assert answer.body["status"]["userInfo"]["username"] == "somebody"
    refused = client("GET", "/api/v1/pods", Impersonate_User="somebody")
    assert refused.code == 403


def test_escalation_is_prevented(client: Client, namespace: str) -> None:
    rule = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["*"]}
    role = {"metadata": {"name": "editor"}, "rules": [rule]}
    roles = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles"
    binding = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "editor"}}
    subject = {"kind": "User", "name": "nobody", "apiGroup": "rbac.authorization.k8s.io"}
    assert client("POST", roles, role).code == 201
    made = client("POST", f"{roles[:-5]}rolebindings", {"metadata": {"name": "b"}, **binding, "subjects": [subject]})
    assert made.code == 201
    wide = {"metadata": {"name": "wide"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
    role_verbs = client.as_user("nobody-token")("POST", roles, wide)
    # The wildcard on verbs holds escalate, so this one may; without it the same request is refused.
    assert role_verbs.code == 201
    narrow = {"rules": [{**rule, "verbs": ["create", "get", "update", "patch"]}]}
    assert client("PATCH", f"{roles}/editor", narrow, media_type=MERGE).code == 200
    refused = client.as_user("nobody-token")("POST", roles, {**wide, "metadata": {"name": "wider"}})
    assert refused.code == 403
    assert "attempting to grant RBAC permissions not currently held" in refused.body["message"]


@pytest.mark.parametrize("name", ["exec", "attach", "portforward"])
def test_streams_by_get_need_create_as_well(client: Client, pod: str, name: str) -> None:
    namespace, nobody = pod.rpartition("/pods/")[0], client.as_user("nobody-token")
    rbac = namespace.replace("/api/v1", RBAC)
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": [f"pods/{name}"]}
    binding = {
        "metadata": {"name": "a"},
        "subjects": [{"kind": "User", "name": "nobody"}],
        "roleRef": {"kind": "Role", "name": "a"},
    }
    assert client("POST", f"{rbac}/roles", {"metadata": {"name": "a"}, "rules": [rule]}).code == 201
    assert client("POST", f"{rbac}/rolebindings", binding).code == 201
    answer = nobody("GET", f"{pod}/{name}?container=c")
    assert (answer.code, answer.body["message"]) == (403, 'pods "p" is forbidden: ')
    assert nobody("GET", f"{namespace}/pods/gone/{name}").code == 403
    both = {"metadata": {"name": "a"}, "rules": [{**rule, "verbs": ["get", "create"]}]}
    assert client("PUT", f"{rbac}/roles/a", both).code == 200
    answer = nobody("GET", f"{pod}/{name}?container=c")
    assert (answer.code, answer.body["message"]) == (400, "pod p does not have a host assigned")


def test_a_gate_lets_streams_by_get_through(tmp_path: Path) -> None:
    gates = {"AuthorizePodWebsocketUpgradeCreatePermission": "false"}
    with in_process(tmp_path, "admin,admin,1,system:masters\nviewer,viewer,2,\n", gates=gates) as application:
        client = Client(create_app(lambda: application).test_client(), "admin")
        role = {"metadata": {"name": "a"}, "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods/exec"]}]}
        client("POST", f"{RBAC}/clusterroles", role)
        subjects, ref = [{"kind": "User", "name": "viewer"}], {"kind": "ClusterRole", "name": "a"}
        client("POST", f"{RBAC}/clusterrolebindings", {"metadata": {"name": "a"}, "subjects": subjects, "roleRef": ref})
        assert client.as_user("viewer")("GET", "/api/v1/namespaces/default/pods/p/exec").code == 404
