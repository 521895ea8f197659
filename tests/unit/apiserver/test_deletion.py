"""DELETE: finalizers, propagation, preconditions, grace periods, collections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.api.catalog import Resource, builtin
from kubegate.api.names import GroupVersionResource
from kubegate.apiserver.rest.deletion_plan import Plan, plan_deletion
from kubegate.testing.http_client import Client

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def resource(group: str, name: str) -> Resource:
    found = builtin().resource(GroupVersionResource(group, "v1", name))
    assert found is not None
    return found


def plan(obj: dict[str, Any], options: dict[str, Any], name: str = "configmaps", group: str = "") -> Plan:
    return plan_deletion(resource(group, name), {"metadata": {}, **obj}, options, NOW)


@pytest.mark.parametrize(
    ("options", "finalizers"),
    [
        ({"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
        ({"propagationPolicy": "Orphan"}, ["orphan"]),
        ({"orphanDependents": True}, ["orphan"]),
    ],
)
def test_propagation_becomes_a_finalizer(options: dict[str, Any], finalizers: list[str]) -> None:
    made = plan({}, options)
    assert not made.remove
    assert made.changed is not None
    assert made.changed["metadata"]["finalizers"] == finalizers
    assert made.changed["metadata"]["deletionGracePeriodSeconds"] == 0


@pytest.mark.parametrize("options", [{}, {"propagationPolicy": "Background"}, {"orphanDependents": False}])
def test_nothing_holds_it(options: dict[str, Any]) -> None:
    assert plan({}, options) == Plan(remove=True)


def test_jobs_orphan_their_pods_by_default() -> None:
    made = plan({"metadata": {"generation": 1}}, {}, "jobs", "batch")
    assert made.changed is not None
    assert made.changed["metadata"]["finalizers"] == ["orphan"]
    assert made.changed["metadata"]["generation"] == 2


RUNNING = {"spec": {"nodeName": "n", "terminationGracePeriodSeconds": 30}, "status": {"phase": "Running"}}


@pytest.mark.parametrize(
    ("pod", "options", "period", "removed"),
    [
        (RUNNING, {}, 30, False),
        (RUNNING, {"gracePeriodSeconds": 5}, 5, False),
        (RUNNING, {"gracePeriodSeconds": -1}, 1, False),
        (RUNNING, {"gracePeriodSeconds": 0}, 0, True),
        ({"spec": {"terminationGracePeriodSeconds": 30}}, {}, 0, True),
        ({**RUNNING, "status": {"phase": "Succeeded"}}, {}, 0, True),
    ],
)
def test_grace_periods_of_pods(pod: dict[str, Any], options: dict[str, Any], period: int, removed: bool) -> None:
    made = plan(pod, options, "pods")
    assert made.changed is not None
    assert made.changed["metadata"]["deletionGracePeriodSeconds"] == period
    assert made.remove is removed


def test_a_grace_period_can_only_be_shortened() -> None:
    going = {"deletionTimestamp": "2026-01-01T00:00:30Z", "deletionGracePeriodSeconds": 30}
    assert plan({**RUNNING, "metadata": going}, {"gracePeriodSeconds": 60}, "pods") == Plan(pending=True)
    assert plan({**RUNNING, "metadata": going}, {}, "pods") == Plan(pending=True)
    made = plan({**RUNNING, "metadata": going}, {"gracePeriodSeconds": 10}, "pods")
    assert made.changed is not None
    assert made.changed["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:10Z"


def path(namespace: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps" + (f"/{name}" if name else "")


def test_a_finalizer_holds_until_it_is_taken_away(client: Client, namespace: str) -> None:
    client("POST", path(namespace), {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
    marked = client("DELETE", path(namespace, "a"))
    assert marked.code == 200
    assert marked.body["metadata"]["deletionTimestamp"]
    assert client("GET", path(namespace, "a")).code == 200
    patch = {"metadata": {"finalizers": None}}
    assert client("PATCH", path(namespace, "a"), patch, media_type="application/merge-patch+json").code == 200
    assert client("GET", path(namespace, "a")).code == 404


def test_preconditions(client: Client, namespace: str) -> None:
    made = client("POST", path(namespace), {"metadata": {"name": "a"}}).body["metadata"]
    refused = client("DELETE", path(namespace, "a"), {"preconditions": {"uid": "other"}})
    assert refused.code == 409
    assert refused.body["message"].startswith(
        'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other)'
    )
    gone = client("DELETE", path(namespace, "a"), {"preconditions": {"uid": made["uid"]}})
    assert gone.body["status"] == "Success"
    assert gone.body["details"] == {"name": "a", "kind": "configmaps", "uid": made["uid"]}


def test_a_collection_by_selector(client: Client, namespace: str) -> None:
    for name, color in (("a", "red"), ("b", "blue"), ("c", "red")):
        client("POST", path(namespace), {"metadata": {"name": name, "labels": {"color": color}}})
    deleted = client("DELETE", path(namespace) + "?labelSelector=color%3Dred")
    assert [item["metadata"]["name"] for item in deleted.body["items"]] == ["a", "c"]
    assert [item["metadata"]["name"] for item in client("GET", path(namespace)).body["items"]] == ["b"]


def test_a_namespace_ends_in_two_phases(client: Client, namespace: str) -> None:
    marked = client("DELETE", f"/api/v1/namespaces/{namespace}")
    assert marked.body["status"] == {"phase": "Terminating"}
    late = client("POST", path(namespace), {"metadata": {"name": "late"}})
    assert late.code == 403
    assert "because it is being terminated" in late.body["message"]
    done = client(
        "PUT", f"/api/v1/namespaces/{namespace}/finalize", {"metadata": {"name": namespace}, "spec": {"finalizers": []}}
    )
    assert done.code == 200
    assert client("GET", f"/api/v1/namespaces/{namespace}").code == 404


def test_jobs_warn(client: Client, namespace: str) -> None:
    jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    pod = {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}
    client("POST", jobs, {"metadata": {"name": "j"}, "spec": {"template": {"spec": pod}}})
    assert "child pods are preserved by default" in client("DELETE", f"{jobs}/j").headers["Warning"]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"kind": "DeleteOptions", "apiVersion": "v1"}, 200, None),
        ({"kind": "DeleteOptions", "apiVersion": "apps/v1"}, 200, None),
        ({"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"}, 200, None),
        ({}, 200, None),
        ("", 200, None),
        ({"kind": "Pod", "apiVersion": "v1"}, 500, "decoded object cannot be converted to DeleteOptions"),
        (
            "{bad",
            500,
            "couldn't get version/kind; json parse error: invalid character 'b' looking for beginning of object key string",
        ),
    ],
)
def test_options_of_any_group(client: Client, namespace: str, body: Any, code: int, message: str | None) -> None:
    client("POST", path(namespace), {"metadata": {"name": "a"}})
    answer = client("DELETE", path(namespace, "a"), body)
    assert answer.code == code
    assert answer.body.get("message") == message
