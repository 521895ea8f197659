"""Nodes in trouble, and the pods on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubegate.api.names import Object
from kubegate.controllers.taint_eviction import seconds_left

LIFECYCLE, EVICTION = "node-lifecycle-controller", "taint-eviction-controller"


@pytest.fixture
def node(world) -> Iterator[str]:
    name = f"{world.namespace}-node"
    world.admin.create("/api/v1/nodes", {"metadata": {"name": name}})
    yield name
    world.admin.delete(f"/api/v1/nodes/{name}")


def heartbeat(world, node: str, **conditions: str) -> None:
    moment = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    times = {"lastHeartbeatTime": moment, "lastTransitionTime": moment, "reason": "r", "message": "m"}
    told = [{"type": kind, "status": value, **times} for kind, value in conditions.items()]
    world.admin.patch(f"/api/v1/nodes/{node}/status", {"status": {"conditions": told}})
    world.settle(LIFECYCLE)


def taints(world, node: str) -> set[tuple[str, str]]:
    found = (world.admin.get(f"/api/v1/nodes/{node}") or {})["spec"].get("taints") or ()
    return {(taint["key"].removeprefix("node.kubernetes.io/"), taint["effect"]) for taint in found}


def readiness(world, node: str) -> tuple[str, str]:
    found = (world.admin.get(f"/api/v1/nodes/{node}") or {})["status"]["conditions"]
    ready = next(c for c in found if c["type"] == "Ready")
    return ready["status"], ready["reason"]


def pod(world, node: str, **spec: object) -> None:
    world.create("pods", "p", {"containers": [{"name": "c", "image": "i"}], "nodeName": node, **spec}, "Pod")


def test_a_ready_node_loses_the_taint_it_began_with(world, node: str) -> None:
    assert taints(world, node) == {("not-ready", "NoSchedule")}
    heartbeat(world, node, Ready="True")
    assert taints(world, node) == set()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("Ready", "False", {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}),
        ("MemoryPressure", "True", {("memory-pressure", "NoSchedule")}),
        ("DiskPressure", "True", {("disk-pressure", "NoSchedule")}),
        ("PIDPressure", "True", {("pid-pressure", "NoSchedule")}),
        ("NetworkUnavailable", "True", {("network-unavailable", "NoSchedule")}),
    ],
)
def test_trouble_becomes_a_taint(world, node: str, kind: str, value: str, expected: set[tuple[str, str]]) -> None:
    heartbeat(world, node, **{"Ready": "True", kind: value})
    assert taints(world, node) == expected
    heartbeat(world, node, **{"Ready": "True", **({kind: "False"} if kind != "Ready" else {})})
    assert taints(world, node) == set()


def test_a_cordoned_node_has_a_taint_and_those_of_others_stay(world, node: str) -> None:
    heartbeat(world, node, Ready="True")
    patch = {"spec": {"unschedulable": True, "taints": [{"key": "mine", "effect": "NoSchedule"}]}}
    world.admin.patch(f"/api/v1/nodes/{node}", patch)
    world.settle(LIFECYCLE)
    assert taints(world, node) == {("mine", "NoSchedule"), ("unschedulable", "NoSchedule")}


def test_a_silent_node_becomes_unknown(world, node: str) -> None:
    heartbeat(world, node, Ready="True")
    world.later(seconds=40)
    world.settle(LIFECYCLE)
    assert readiness(world, node) == ("True", "r")
    world.later(seconds=20)
    world.settle(LIFECYCLE)
    assert readiness(world, node) == ("Unknown", "NodeStatusUnknown")
    assert taints(world, node) == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}


def test_a_lease_keeps_a_node_alive(world, node: str) -> None:
    heartbeat(world, node, Ready="True")
    world.later(minutes=5)
    renewed = world.now.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    lease = {"metadata": {"name": node}, "spec": {"holderIdentity": node, "renewTime": renewed}}
    world.admin.create("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", lease)
    world.settle(LIFECYCLE)
    assert readiness(world, node) == ("True", "r")


def test_a_node_that_never_spoke_becomes_unknown(world, node: str) -> None:
    world.later(seconds=90)
    world.settle(LIFECYCLE)
    assert readiness(world, node) == ("Unknown", "NodeStatusNeverUpdated")


def test_pods_of_a_node_that_is_not_ready_are_not_ready(world, node: str) -> None:
    heartbeat(world, node, Ready="True")
    pod(world, node)
    world.mark("p", "Running", ready=True)
    heartbeat(world, node, Ready="False")
    (ready,) = (c for c in world.status("pods", "p")["conditions"] if c["type"] == "Ready")
    assert ready["status"] == "False"


def test_a_pod_that_does_not_tolerate_the_taint_goes_in_time(world, node: str) -> None:
    heartbeat(world, node, Ready="True")
    pod(world, node, terminationGracePeriodSeconds=0)
    heartbeat(world, node, Ready="False")
    world.settle(EVICTION)
    assert world.get("pods", "p")
    world.later(seconds=301)  # every pod tolerates such a node for five minutes
    world.settle(EVICTION)
    assert world.admin.get(world.path("pods", "p")) is None
    assert ("TaintManagerEviction", f"Marking for deletion Pod {world.namespace}/p") in world.events("p")


TAINT = {"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("tolerations", "left"),
    [
        ([], 0.0),
        ([{"key": "k", "operator": "Exists"}], None),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": 60}], 50.0),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": 5}], 0.0),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": 60}, {"operator": "Exists"}], 50.0),
    ],
)
def test_the_shortest_toleration_counts(world, tolerations: list[Object], left: float | None) -> None:
    now = world.now.replace(year=2026, month=1, day=1, hour=0, minute=0, second=10)
    assert seconds_left([TAINT], tolerations, now) == left
