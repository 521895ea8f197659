"""DaemonSets, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kubegate.api.names import Object
from kubegate.controllers.daemon_pods import node_of
from kubegate.controllers.node_fit import affinity_fits, untolerated

DAEMON = "daemonset-controller"
Template = Callable[..., Object]


@pytest.fixture
def nodes(world) -> Iterator[list[str]]:
    names = [f"{world.namespace}-n{number}" for number in range(3)]
    for name in names:
        world.admin.create("/api/v1/nodes", {"metadata": {"name": name, "labels": {"pool": name[-2:]}}})
        world.admin.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": None}}, "application/merge-patch+json")
    yield names
    for name in names:
        world.admin.delete(f"/api/v1/nodes/{name}")


def make(world, pods: Object, **spec: object) -> None:
    whole = {"selector": {"matchLabels": {"app": "a"}}, "template": pods, **spec}
    world.create("daemonsets.apps", "agent", whole, "DaemonSet")
    world.settle(DAEMON)


def on_nodes(world) -> dict[str, Object]:
    return {node_of(pod): pod for pod in world.list("pods")}


def run_all(world) -> None:
    for pod in world.list("pods"):
        if (pod["status"].get("phase")) != "Running":
            world.mark(pod["metadata"]["name"], "Running", ready=True)
    world.settle(DAEMON)


def taint(world, node: str, effect: str) -> None:
    world.admin.patch(f"/api/v1/nodes/{node}", {"spec": {"taints": [{"key": "k", "value": "v", "effect": effect}]}})
    world.settle(DAEMON)


def test_each_node_gets_a_pod_that_tolerates_trouble(world, nodes: list[str], template: Template) -> None:
    make(world, template())
    pods = on_nodes(world)
    assert sorted(pods) == nodes
    keys = {t["key"] for t in pods[nodes[0]]["spec"]["tolerations"]}
    assert {"node.kubernetes.io/not-ready", "node.kubernetes.io/unschedulable"} <= keys
    labels = pods[nodes[0]]["metadata"]["labels"]
    assert labels["pod-template-generation"] == "1"
    assert labels["controller-revision-hash"] in world.list("controllerrevisions.apps")[0]["metadata"]["name"]
    run_all(world)
    status = world.status("daemonsets.apps", "agent")
    assert status == {
        "currentNumberScheduled": 3,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 3,
        "numberReady": 3,
        "observedGeneration": 1,
        "updatedNumberScheduled": 3,
        "numberAvailable": 3,
    }


def test_only_nodes_that_are_selected_and_tolerated_count(world, nodes: list[str], template: Template) -> None:
    taint(world, nodes[1], "NoSchedule")
    make(world, template(nodeSelector={"pool": "n1"}))
    assert on_nodes(world) == {}
    world.admin.delete(world.path("daemonsets.apps", "agent"))
    make(world, template(nodeSelector={"pool": "n1"}, tolerations=[{"key": "k", "operator": "Exists"}]))
    assert list(on_nodes(world)) == [nodes[1]]


def test_a_pod_goes_when_its_node_no_longer_wants_it(world, nodes: list[str], template: Template) -> None:
    make(world, template())
    run_all(world)
    taint(world, nodes[0], "NoSchedule")
    assert nodes[0] in on_nodes(world)  # it may stay where it is
    assert world.status("daemonsets.apps", "agent")["numberMisscheduled"] == 1
    taint(world, nodes[0], "NoExecute")
    assert sorted(on_nodes(world)) == nodes[1:]


def test_a_failed_pod_is_replaced(world, nodes: list[str], template: Template) -> None:
    make(world, template())
    name = on_nodes(world)[nodes[0]]["metadata"]["name"]
    world.mark(name, "Failed")
    world.settle(DAEMON)
    assert on_nodes(world)[nodes[0]]["metadata"]["name"] != name
    where = f"{world.namespace}/{name} on node {nodes[0]}"
    assert ("FailedDaemonPod", f"Found failed daemon pod {where}, will try to kill it") in world.events("agent")


def test_a_new_template_is_rolled_out_node_by_node(world, nodes: list[str], template: Template) -> None:
    make(world, template())
    run_all(world)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "j"}]}}}}
    world.admin.patch(world.path("daemonsets.apps", "agent"), patch)
    for expected in (1, 2, 3):
        world.settle(DAEMON)
        images = [pod["spec"]["containers"][0]["image"] for pod in world.list("pods")]
        assert images.count("j") == expected
        run_all(world) if expected == 3 else mark_waiting(world)
    assert world.status("daemonsets.apps", "agent")["updatedNumberScheduled"] == 3


def mark_waiting(world) -> None:
    for pod in world.list("pods"):
        if pod["status"].get("phase") != "Running":
            world.mark(pod["metadata"]["name"], "Running", ready=True)


def test_on_delete_pods_stay(world, nodes: list[str], template: Template) -> None:
    make(world, template(), updateStrategy={"type": "OnDelete"})
    run_all(world)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "j"}]}}}}
    world.admin.patch(world.path("daemonsets.apps", "agent"), patch)
    world.settle(DAEMON)
    assert {pod["spec"]["containers"][0]["image"] for pod in world.list("pods")} == {"i"}


@pytest.mark.parametrize(
    ("operator", "values", "fits"),
    [
        ("In", ["a"], True),
        ("In", ["b"], False),
        ("NotIn", ["a"], False),
        ("Exists", None, True),
        ("DoesNotExist", None, False),
        ("Gt", ["1"], False),
    ],
)
def test_required_node_affinity(operator: str, values: list[str] | None, fits: bool) -> None:
    term = {"matchExpressions": [{"key": "zone", "operator": operator, "values": values}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    node = {"metadata": {"name": "n", "labels": {"zone": "a"}}}
    assert affinity_fits({"affinity": {"nodeAffinity": required}}, node) is fits


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "w"}, False),
        ({"key": "k", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_tolerations(toleration: Object, tolerated: bool) -> None:
    taint = {"key": "k", "value": "v", "effect": "NoSchedule"}
    assert untolerated([taint], [toleration], ("NoSchedule",)) is not tolerated
