"""StatefulSets, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.api.names import Object

SET = "statefulset-controller"
Template = Callable[..., Object]


def make(world, template: Template, **spec: object) -> None:
    selector = {"matchLabels": {"app": "db"}}
    whole = {"serviceName": "db", "selector": selector, "template": template({"app": "db"}), **spec}
    world.create("statefulsets.apps", "db", whole, "StatefulSet")
    world.settle(SET)


def names(world) -> list[str]:
    return [pod["metadata"]["name"] for pod in world.list("pods")]


def start(world, *pods: str) -> None:
    for pod in pods:
        world.mark(pod, "Running", ready=True)
        world.settle(SET)


def change(world, image: str) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}}
    world.admin.patch(world.path("statefulsets.apps", "db"), patch)
    world.settle(SET)


def test_pods_come_one_after_the_other(world, template: Template) -> None:
    make(world, template, replicas=3)
    assert names(world) == ["db-0"]
    start(world, "db-0")
    assert names(world) == ["db-0", "db-1"]
    start(world, "db-1", "db-2")
    status = world.status("statefulsets.apps", "db")
    assert {key: status[key] for key in ("replicas", "readyReplicas", "availableReplicas", "currentReplicas")} == {
        "replicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "currentReplicas": 3,
    }
    assert (
        status["currentRevision"]
        == status["updateRevision"]
        == world.list("controllerrevisions.apps")[0]["metadata"]["name"]
    )
    assert status["collisionCount"] == 0


def test_a_pod_has_a_name_a_number_and_claims_of_its_own(world, template: Template) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    make(world, template, volumeClaimTemplates=[claim])
    pod = world.get("pods", "db-0")
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-0", "db")
    assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-0"
    assert pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "0"
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}} in pod["spec"]["volumes"]
    assert world.get("persistentvolumeclaims", "data-db-0")["metadata"]["labels"] == {"app": "db"}
    assert world.events("db") == [
        ("SuccessfulCreate", "create Claim data-db-0 Pod db-0 in StatefulSet db success"),
        ("SuccessfulCreate", "create Pod db-0 in StatefulSet db successful"),
    ]


def test_in_parallel_all_pods_come_at_once(world, template: Template) -> None:
    make(world, template, replicas=3, podManagementPolicy="Parallel", ordinals={"start": 5})
    assert names(world) == ["db-5", "db-6", "db-7"]


def test_the_last_pods_go_first(world, template: Template) -> None:
    make(world, template, replicas=2)
    start(world, "db-0", "db-1")
    world.admin.patch(world.path("statefulsets.apps", "db"), {"spec": {"replicas": 1}})
    world.settle(SET)
    assert names(world) == ["db-0"]
    assert ("SuccessfulDelete", "delete Pod db-1 in StatefulSet db successful") in world.events("db")


def test_a_new_template_replaces_pods_from_the_end_and_has_a_revision(world, template: Template) -> None:
    make(world, template, replicas=2)
    start(world, "db-0", "db-1")
    first = world.status("statefulsets.apps", "db")["currentRevision"]
    change(world, "j")
    images = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in world.list("pods")}
    assert images == {"db-0": "i", "db-1": "j"}
    status = world.status("statefulsets.apps", "db")
    assert (status["currentRevision"], status["updatedReplicas"]) == (first, 1)
    assert status["updateRevision"] != first
    start(world, "db-1", "db-0")
    status = world.status("statefulsets.apps", "db")
    assert status["currentRevision"] == status["updateRevision"]
    assert sorted(r["revision"] for r in world.list("controllerrevisions.apps")) == [1, 2]


def test_going_back_moves_the_old_revision_to_the_end(world, template: Template) -> None:
    make(world, template)
    start(world, "db-0")
    first = world.status("statefulsets.apps", "db")["currentRevision"]
    change(world, "j")
    change(world, "i")
    assert world.status("statefulsets.apps", "db")["updateRevision"] == first
    assert sorted(r["revision"] for r in world.list("controllerrevisions.apps")) == [2, 3]


def test_pods_below_the_partition_stay(world, template: Template) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    make(world, template, replicas=2, updateStrategy=rolling)
    start(world, "db-0", "db-1")
    change(world, "j")
    start(world, "db-1")
    images = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in world.list("pods")}
    assert images == {"db-0": "i", "db-1": "j"}


def test_on_delete_nothing_is_replaced_unasked(world, template: Template) -> None:
    make(world, template, updateStrategy={"type": "OnDelete"})
    start(world, "db-0")
    change(world, "j")
    assert world.get("pods", "db-0")["spec"]["containers"][0]["image"] == "i"
    world.admin.delete(world.path("pods", "db-0"), grace=0)
    world.settle(SET)
    assert world.get("pods", "db-0")["spec"]["containers"][0]["image"] == "j"


DATA = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def owners(world, claim: str) -> list[tuple[str, str]]:
    found = world.get("persistentvolumeclaims", claim)["metadata"].get("ownerReferences") or []
    assert all(item["controller"] and item["blockOwnerDeletion"] for item in found)
    return [(item["kind"], item["name"]) for item in found]


@pytest.mark.parametrize(
    ("policy", "before", "kept", "scaled"),
    [
        ({}, [], [], []),
        ({"whenDeleted": "Delete"}, *[[("StatefulSet", "db")]] * 3),
        ({"whenScaled": "Delete"}, [], [], [("Pod", "db-1")]),
        ({"whenDeleted": "Delete", "whenScaled": "Delete"}, *[[("StatefulSet", "db")]] * 2, [("Pod", "db-1")]),
    ],
    ids=str,
)
def test_who_takes_the_claims_along(
    world,
    template: Template,
    policy: Object,
    before: list[tuple[str, str]],
    kept: list[tuple[str, str]],
    scaled: list[tuple[str, str]],
) -> None:
    make(world, template, replicas=2, volumeClaimTemplates=[DATA], persistentVolumeClaimRetentionPolicy=policy)
    start(world, "db-0", "db-1")
    assert owners(world, "data-db-1") == before
    world.admin.patch(world.path("statefulsets.apps", "db"), {"spec": {"replicas": 1}})
    world.settle(SET)
    assert names(world) == ["db-0"]
    assert (owners(world, "data-db-0"), owners(world, "data-db-1")) == (kept, scaled)


def test_a_pod_waits_until_the_claim_of_its_predecessor_is_gone(world, template: Template) -> None:
    policy = {"whenScaled": "Delete"}
    make(world, template, replicas=1, volumeClaimTemplates=[DATA], persistentVolumeClaimRetentionPolicy=policy)
    start(world, "db-0")
    for replicas in (0, 1):
        world.admin.patch(world.path("statefulsets.apps", "db"), {"spec": {"replicas": replicas}})
        world.settle(SET)
        assert names(world) == []
    assert world.again == 1.0
    claim = world.path("persistentvolumeclaims", "data-db-0")
    world.admin.patch(claim, {"metadata": {"finalizers": None}})
    world.admin.delete(claim)
    world.admin.patch(world.path("statefulsets.apps", "db"), {"metadata": {"labels": {"a": "b"}}})
    world.settle(SET)
    assert names(world) == ["db-0"]
    assert owners(world, "data-db-0") == []


def test_claims_of_somebody_else_are_left_alone(world, template: Template) -> None:
    world.create("persistentvolumeclaims", "data-db-0", DATA["spec"], "PersistentVolumeClaim")
    stranger = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "x",
        "uid": "u",
        "controller": True,
        "blockOwnerDeletion": True,
    }
    world.admin.patch(world.path("persistentvolumeclaims", "data-db-0"), {"metadata": {"ownerReferences": [stranger]}})
    make(world, template, volumeClaimTemplates=[DATA], persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"})
    assert owners(world, "data-db-0") == [("ConfigMap", "x")]
