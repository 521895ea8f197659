"""The scheduler as a whole: what it does to the cluster when something happens there."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.errors import StoreError
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.scheduler import Scheduler


class Api:
    """Notes what is asked for; the test decides what becomes of it."""

    def __init__(self) -> None:
        self.bound: dict[str, str] = {}
        self.statuses: list[tuple[str, Object]] = []
        self.deleted: list[str] = []
        self.events: list[Object] = []
        self.patches: list[tuple[str, str, Object]] = []
        self.broken = False

    def bind(self, pod: PodInfo, node_name: str) -> None:
        if self.broken:
            raise StoreError("no binding today")
        self.bound[pod.name] = node_name

    def patch_status(self, pod: PodInfo, patch: Object) -> None:
        self.statuses.append((pod.name, patch))

    def delete_pod(self, pod: PodInfo) -> None:
        self.deleted.append(pod.name)

    def create_event(self, event: Object) -> None:
        self.events.append(event)

    def patch(self, resource: str, namespace: str, name: str, patch: Object) -> None:
        self.patches.append((resource, name, patch))


class World:
    """A scheduler, its API, and time that passes when the test says so."""

    def __init__(self) -> None:
        self.api = Api()
        self.time = 0.0
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self.scheduler = Scheduler(self.api, lambda: self.time, now=lambda: now, random=Random(1))

    def tell(self, resource: str, obj: Object, *, deleted: bool = False) -> None:
        self.scheduler.observe(resource, copy.deepcopy(obj), deleted=deleted)

    def run(self) -> None:
        while self.scheduler.step():
            pass

    @property
    def notes(self) -> list[str]:
        return [event["note"] for event in self.api.events]


@pytest.fixture
def world() -> World:
    return World()


def on(pod: Object, node: str) -> Object:
    return {**pod, "spec": {**pod["spec"], "nodeName": node}}


def test_a_pod_gets_a_node(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod(cpu="1"))
    world.run()
    assert world.api.bound == {"p": "n"}
    (event,) = world.api.events
    assert event["note"] == "Successfully assigned default/p to n"
    assert (event["type"], event["reason"], event["action"]) == ("Normal", "Scheduled", "Binding")
    assert event["regarding"]["uid"] == "uid-p"


def test_what_was_just_given_away_is_taken(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod("first", cpu="3"))
    world.tell("pods", make.pod("second", cpu="3"))
    world.run()
    assert world.api.bound == {"first": "n"}


def test_an_older_state_of_a_bound_pod_does_not_bring_it_back(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod())
    world.run()
    world.tell("pods", make.pod(status={"phase": "Pending"}))
    assert not world.scheduler.step()


def test_a_pod_that_fits_nowhere_is_told_why(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod(cpu="5"))
    world.run()
    (name, patch), message = world.api.statuses[0], world.notes[0]
    (condition,) = patch["conditions"]
    assert name == "p"
    assert condition == {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastProbeTime": None,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    assert message.startswith("0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: ")


def test_the_same_answer_is_not_written_twice(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    waiting = make.pod(cpu="5")
    world.tell("pods", waiting)
    world.run()
    waiting["status"] = {"conditions": world.api.statuses[0][1]["conditions"]}
    world.tell("pods", waiting)
    world.tell("nodes", make.node("n", cpu="3"))
    world.run()
    assert len(world.notes) == 1
    assert len(world.api.statuses) == 1


@pytest.mark.parametrize("change", ["node", "pod", "relabel"])
def test_a_change_that_may_help_brings_another_attempt(make: SimpleNamespace, world: World, change: str) -> None:
    hog = on(make.pod("hog", cpu="4"), "n")
    world.tell("nodes", make.node("n"))
    world.tell("pods", hog)
    wanted = {"nodeSelector": {"disk": "ssd"}} if change == "relabel" else {"cpu": "2"}
    world.tell("pods", make.pod(**wanted))
    world.run()
    assert not world.api.bound
    if change == "node":
        world.tell("nodes", make.node("m"))
    elif change == "pod":
        world.tell("pods", hog, deleted=True)
    else:
        world.tell("nodes", make.node("n", labels={"disk": "ssd"}))
    world.run()
    assert world.api.bound == {"p": "m" if change == "node" else "n"}


def test_a_finished_pod_holds_nothing(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    hog = on(make.pod("hog", cpu="4"), "n")
    world.tell("pods", hog)
    world.tell("pods", make.pod(cpu="2"))
    world.run()
    world.tell("pods", {**hog, "status": {"phase": "Succeeded"}})
    world.run()
    assert world.api.bound == {"p": "n"}


def test_pods_of_other_schedulers_and_gated_pods_are_left_alone(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod("other", schedulerName="mine"))
    world.tell("pods", make.pod("gated", schedulingGates=[{"name": "g"}]))
    going = make.pod("going")
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.tell("pods", going)
    world.run()
    assert world.api.bound == {}
    world.tell("pods", make.pod("gated"))
    world.run()
    assert world.api.bound == {"gated": "n"}


def test_a_refused_binding_is_tried_again_later(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod(cpu="4"))
    world.api.broken = True
    world.run()
    assert world.notes == ["binding rejected: no binding today"]
    assert world.api.statuses[0][1]["conditions"][0]["reason"] == "SchedulerError"
    assert not world.scheduler.step()
    world.api.broken = False
    world.time += world.scheduler.idle_seconds() or 0.0
    world.run()
    assert world.api.bound == {"p": "n"}


def test_preemption_nominates_evicts_and_waits(make: SimpleNamespace, world: World) -> None:
    victim = on(make.pod("victim", cpu="4", priority=1), "n")
    world.tell("nodes", make.node("n"))
    world.tell("pods", victim)
    world.tell("pods", make.pod(cpu="2", priority=9))
    world.run()
    status = dict(world.api.statuses)
    assert status["p"]["nominatedNodeName"] == "n"
    assert status["p"]["conditions"][0]["message"] == "0/1 nodes are available: 1 Insufficient cpu."
    (target,) = status["victim"]["conditions"]
    assert (target["type"], target["reason"]) == ("DisruptionTarget", "PreemptionByScheduler")
    assert target["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
    assert world.api.deleted == ["victim"]
    assert world.api.events[-1]["note"] == "Preempted by pod uid-p on node n"
    assert world.api.events[-1]["related"]["name"] == "p"
    world.tell("pods", victim, deleted=True)
    world.run()
    assert world.api.bound == {"p": "n"}


def test_room_made_for_one_pod_is_not_taken_by_a_lesser_one(make: SimpleNamespace, world: World) -> None:
    victim = on(make.pod("victim", cpu="4", priority=1), "n")
    world.tell("nodes", make.node("n"))
    world.tell("pods", victim)
    world.tell("pods", make.pod("great", cpu="4", priority=9))
    world.run()
    world.tell("pods", make.pod("small", cpu="1", priority=2))
    world.scheduler.observe("pods", victim, deleted=True)
    world.run()
    assert world.api.bound == {"great": "n"}


def claim(**more: Any) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "w", "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "metadata": {"name": "c", "namespace": "default", "uid": "uid-c", **more.pop("meta", {})},
        "spec": {**spec, **more},
    }


def test_claims_are_bound_before_the_pod(make: SimpleNamespace, world: World) -> None:
    capacity = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "w"}
    world.tell("nodes", make.node("n"))
    world.tell("storageclasses.storage.k8s.io", {"metadata": {"name": "w"}, "volumeBindingMode": "WaitForFirstConsumer"})
    world.tell("persistentvolumes", {"metadata": {"name": "pv"}, "spec": capacity, "status": {"phase": "Available"}})
    world.tell("persistentvolumeclaims", claim())
    world.tell("pods", make.pod(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]))
    world.run()
    ((resource, name, patch),) = world.api.patches
    assert (resource, name, patch["spec"]["claimRef"]["uid"]) == ("persistentvolumes", "pv", "uid-c")
    assert world.api.bound == {}
    done = {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}
    world.tell("persistentvolumeclaims", claim(volumeName="pv", meta=done))
    assert world.api.bound == {"p": "n"}


def test_claims_that_are_never_bound(make: SimpleNamespace, world: World) -> None:
    world.tell("nodes", make.node("n"))
    waits = {"metadata": {"name": "w"}, "provisioner": "csi.example.com", "volumeBindingMode": "WaitForFirstConsumer"}
    world.tell("storageclasses.storage.k8s.io", waits)
    world.tell("persistentvolumeclaims", claim())
    world.tell("pods", make.pod(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]))
    world.run()
    selected = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "n"}}}
    assert world.api.patches == [("persistentvolumeclaims", "c", selected)]
    world.time += world.scheduler.idle_seconds() or 0.0
    world.scheduler.step()
    assert world.notes == ["binding volumes: context deadline exceeded"]


def test_large_clusters_are_not_searched_to_the_end(make: SimpleNamespace, world: World) -> None:
    for index in range(300):
        world.tell("nodes", make.node(f"n{index}"))
    for index in range(4):
        world.tell("pods", make.pod(f"p{index}"))
    world.run()
    assert len(world.api.bound) == 4


def test_a_crash_does_not_lose_the_pod(make: SimpleNamespace, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.tell("nodes", make.node("n"))
    world.tell("pods", make.pod())
    with monkeypatch.context() as patch:
        patch.setattr(world.api, "bind", lambda pod, node: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.run()
    assert not world.scheduler.step()
    world.time += world.scheduler.idle_seconds() or 0.0
    world.run()
    assert world.api.bound == {"p": "n"}


def test_unreadable_selectors_select_nothing(make: SimpleNamespace, world: World) -> None:
    bad = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"-": "-"}}}
    guard = make.pod("guard", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [bad]}})
    world.tell("nodes", make.node("n"))
    world.tell("pods", on(guard, "n"))
    world.tell("pods", make.pod())
    world.run()
    assert world.api.bound == {"p": "n"}
