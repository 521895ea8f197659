"""What budgets allow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.api.names import Object

PDB, SETS = "disruption-controller", "replicaset-controller"


def budget(world, **spec: object) -> None:
    world.create(
        "poddisruptionbudgets.policy", "b", {"selector": {"matchLabels": {"app": "a"}}, **spec}, "PodDisruptionBudget"
    )


def pods(world, template: Callable[..., Object], count: int, ready: int) -> None:
    spec = {"replicas": count, "selector": {"matchLabels": {"app": "a"}}, "template": template()}
    world.create("replicasets.apps", "rs", spec, "ReplicaSet")
    world.settle(SETS)
    for pod in world.list("pods")[:ready]:
        world.mark(pod["metadata"]["name"], "Running", ready=True)
    world.settle(PDB)


@pytest.mark.parametrize(
    ("spec", "ready", "desired", "allowed"),
    [
        ({"minAvailable": 2}, 4, 2, 2),
        ({"minAvailable": 2}, 1, 2, 0),
        ({"minAvailable": "50%"}, 4, 2, 2),
        ({"minAvailable": "60%"}, 4, 3, 1),
        ({"maxUnavailable": 1}, 4, 3, 1),
        ({"maxUnavailable": "30%"}, 4, 2, 2),
        ({"maxUnavailable": 10}, 2, 0, 2),
    ],
)
def test_how_many_pods_may_go(
    world, template: Callable[..., Object], spec: Object, ready: int, desired: int, allowed: int
) -> None:
    budget(world, **spec)
    pods(world, template, 4, ready)
    status = world.status("poddisruptionbudgets.policy", "b")
    assert {key: status[key] for key in ("currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed")} == {
        "currentHealthy": ready,
        "desiredHealthy": desired,
        "expectedPods": 4,
        "disruptionsAllowed": allowed,
    }
    (condition,) = status["conditions"]
    assert (condition["status"], condition["reason"]) == (
        ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    )


def test_a_budget_for_no_pods_says_so(world) -> None:
    budget(world, minAvailable=1)
    world.settle(PDB)
    assert world.events("b")[0] == ("NoPods", "No matching pods found")
    assert world.status("poddisruptionbudgets.policy", "b")["disruptionsAllowed"] == 0


def test_pods_without_a_controller_cannot_be_counted_in_percent(world) -> None:
    pod = {"metadata": {"name": "p", "labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    world.admin.create(world.path("pods"), pod)
    budget(world, maxUnavailable=1)
    world.settle(PDB)
    assert "UnmanagedPods" in {reason for reason, _ in world.events("b")}
    assert world.status("poddisruptionbudgets.policy", "b")["expectedPods"] == 0


def test_while_the_count_is_unknown_nothing_may_go(world) -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "1", "controller": True}
    meta = {"name": "p", "labels": {"app": "a"}, "ownerReferences": [owner]}
    world.admin.create(world.path("pods"), {"metadata": meta, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    budget(world, maxUnavailable=1)
    world.settle(PDB)
    (condition,) = world.status("poddisruptionbudgets.policy", "b")["conditions"]
    assert (condition["reason"], condition["message"]) == ("SyncFailed", 'found no controllers for pod "p"')
