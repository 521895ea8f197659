"""Deployments and their ReplicaSets, step by step; no pod ever becomes ready unless told so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.api.names import Object

BOTH = ("deployment-controller", "replicaset-controller")
Template = Callable[..., Object]


@pytest.fixture
def web(world, template: Template) -> None:
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "template": template()}
    world.create("deployments.apps", "web", spec, "Deployment")
    world.settle(*BOTH)


def change(world, image: str = "", **spec: object) -> None:
    patch: Object = dict(spec)
    if image:
        patch["template"] = {"spec": {"containers": [{"name": "c", "image": image}]}}
    world.admin.patch(world.path("deployments.apps", "web"), {"spec": patch})
    world.settle(*BOTH)


def sizes(world) -> dict[str, int]:
    sets = world.list("replicasets.apps")
    return {s["spec"]["template"]["spec"]["containers"][0]["image"]: s["spec"]["replicas"] for s in sets}


def scalings(world) -> list[str]:
    return [message.split(" replica set ")[0] + message[message.rindex(" from") :] for _, message in world.events("web")]


def start_all(world) -> None:
    for _ in range(10):
        waiting = [p for p in world.list("pods") if p["status"].get("phase") == "Pending"]
        if not waiting:
            return
        for pod in waiting:
            world.mark(pod["metadata"]["name"], "Running", ready=True)
        world.settle(*BOTH)


@pytest.mark.usefixtures("web")
def test_a_new_template_waits_for_its_pods(world) -> None:
    change(world, "j")
    assert sizes(world) == {"i": 2, "j": 1}
    start_all(world)
    assert sizes(world) == {"i": 0, "j": 2}
    conditions = {c["type"]: c["reason"] for c in world.status("deployments.apps", "web")["conditions"]}
    assert conditions == {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"}


@pytest.mark.usefixtures("web")
def test_a_new_size_and_template_at_once_scale_first(world) -> None:
    change(world, "j", replicas=3)
    assert sizes(world) == {"i": 3, "j": 1}
    assert sorted(scalings(world)) == ["Scaled up from 0 to 1", "Scaled up from 0 to 2", "Scaled up from 2 to 3"]


@pytest.mark.usefixtures("web")
def test_a_paused_deployment_is_scaled_but_not_rolled_out(world) -> None:
    change(world, paused=True)
    change(world, "j", replicas=4)
    assert sizes(world) == {"i": 4}
    change(world, paused=False)
    assert sizes(world) == {"i": 3, "j": 2}


@pytest.mark.usefixtures("web")
def test_revisions_count_up_also_when_going_back(world) -> None:
    change(world, "j")
    change(world, "i")
    notes = world.get("deployments.apps", "web")["metadata"]["annotations"]
    assert notes["deployment.kubernetes.io/revision"] == "3"
    first = next(s for s in world.list("replicasets.apps") if s["spec"]["template"]["spec"]["containers"][0]["image"] == "i")
    assert first["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


@pytest.mark.usefixtures("web")
def test_recreate_takes_the_old_pods_away_first(world) -> None:
    strategy = {"type": "Recreate", "rollingUpdate": None}
    change(world, strategy=strategy)
    change(world, "j")
    assert sizes(world) == {"i": 0, "j": 2}
    assert {pod["spec"]["containers"][0]["image"] for pod in world.list("pods")} == {"j"}


def test_what_refuses_pods_is_told(world, template: Template) -> None:
    world.admin.create(world.path("resourcequotas"), {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}})
    world.admin.patch(
        world.path("resourcequotas", "q", "status"), {"status": {"hard": {"pods": "0"}, "used": {"pods": "0"}}}
    )
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "a"}}, "template": template()}
    world.create("deployments.apps", "web", spec, "Deployment")
    world.settle("deployment-controller")
    with pytest.raises(Exception, match="exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0"):
        world.settle("replicaset-controller")
    world.settle("deployment-controller")
    failure = next(c for c in world.status("deployments.apps", "web")["conditions"] if c["type"] == "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"


@pytest.mark.usefixtures("web")
def test_pods_that_are_ending_are_counted(world) -> None:
    assert world.status("deployments.apps", "web")["terminatingReplicas"] == 0
    for pod in world.list("pods"):
        world.admin.patch(world.path("pods", pod["metadata"]["name"]), {"metadata": {"finalizers": ["example.com/x"]}})
    change(world, replicas=1)
    assert world.status("deployments.apps", "web")["terminatingReplicas"] == 1
    assert world.list("replicasets.apps")[0]["status"]["terminatingReplicas"] == 1
