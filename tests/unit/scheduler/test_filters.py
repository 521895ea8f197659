"""Filters: which nodes a pod may run on, and why not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from kubegate.scheduler.plugins.node_affinity import NodeAffinity
from kubegate.scheduler.plugins.node_name import NodeName
from kubegate.scheduler.plugins.node_ports import NodePorts
from kubegate.scheduler.plugins.node_resources_fit import NodeResourcesFit
from kubegate.scheduler.plugins.node_unschedulable import NodeUnschedulable
from kubegate.scheduler.plugins.taint_toleration import TaintToleration
from kubegate.scheduler.verdict import Rejection

ZONE = "topology.kubernetes.io/zone"


@pytest.mark.parametrize(
    ("tolerations", "refused"),
    [
        ([], True),
        ([{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}], False),
        ([{"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoExecute"}], True),
    ],
)
def test_cordoned_nodes(make: SimpleNamespace, tolerations: list[dict[str, str]], refused: bool) -> None:
    where = make.cluster(make.node("n", unschedulable=True), make.node("open"))
    found = make.refusals(NodeUnschedulable(), make.info(tolerations=tolerations), where)
    assert found == ({"n": ("node(s) were unschedulable",)} if refused else {})


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "other"}, False),
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"operator": "Exists"}, True),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Nope", "value": "v"}, False),
    ],
)
def test_taints(make: SimpleNamespace, toleration: dict[str, str], tolerated: bool) -> None:
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "soft", "effect": "PreferNoSchedule"}]
    where = make.cluster(make.node("n", taints=taints))
    found = make.refusals(TaintToleration(), make.info(tolerations=[toleration]), where)
    assert found == ({} if tolerated else {"n": ("node(s) had untolerated taint(s)",)})


@pytest.mark.parametrize(("operator", "tolerated"), [("Lt", False), ("Gt", True)])
def test_taints_compared_as_numbers(make: SimpleNamespace, operator: str, tolerated: bool) -> None:
    where = make.cluster(make.node("n", taints=[{"key": "k", "value": "10", "effect": "NoSchedule"}]))
    wanted = make.info(tolerations=[{"key": "k", "operator": operator, "value": "5"}])
    assert (make.refusals(TaintToleration(), wanted, where) == {}) is tolerated


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    return {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}
    }


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("spec", "fitting"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, ["a"]),
        (required(expression("disk", "In", "ssd", "x")), ["a"]),
        (required(expression("disk", "NotIn", "ssd")), ["b", "c"]),
        (required(expression("disk", "Exists")), ["a", "b"]),
        (required(expression("disk", "DoesNotExist")), ["c"]),
        (required(expression("size", "Gt", "4")), ["b"]),
        (required(expression("size", "Lt", "4")), ["a"]),
        (required(expression("size", "Lt", "x")), []),
        (required(expression("disk", "Nope", "ssd")), []),
        (required({}), []),
        (required(expression("disk", "In", "ssd"), expression("size", "Gt", "4")), ["a", "b"]),
        ({**required(expression("disk", "Exists")), "nodeSelector": {"disk": "hdd"}}, ["b"]),
    ],
)
def test_node_affinity(make: SimpleNamespace, spec: dict[str, Any], fitting: list[str]) -> None:
    where = make.cluster(
        make.node("a", labels={"disk": "ssd", "size": "3"}),
        make.node("b", labels={"disk": "hdd", "size": "5"}),
        make.node("c"),
    )
    found = make.refusals(NodeAffinity(), make.info(**spec), where)
    assert [name for name in where.nodes if name not in found] == fitting


def named(*names: str, operator: str = "In") -> dict[str, Any]:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(names)}]}


@pytest.mark.parametrize(
    ("terms", "nodes"),
    [
        ([named("a")], {"a"}),
        ([named("a"), named("b")], {"a", "b"}),
        ([named("a"), expression("x", "Exists")], None),
        ([named("a", operator="NotIn")], None),
    ],
)
def test_named_nodes_are_a_choice_beforehand(
    make: SimpleNamespace, terms: list[dict[str, Any]], nodes: set[str] | None
) -> None:
    prepared = NodeAffinity().prepare(make.info(**required(*terms)), make.cluster(make.node("a")))
    assert prepared is not None and not isinstance(prepared, Rejection)
    assert prepared.nodes == nodes


def test_contradictory_names_refuse_everything(make: SimpleNamespace) -> None:
    both = {"matchFields": [*named("a")["matchFields"], *named("b")["matchFields"]]}
    found = NodeAffinity().prepare(make.info(**required(both)), make.cluster(make.node("a")))
    assert isinstance(found, Rejection)
    assert (found.message, found.resolvable) == ("pod affinity terms conflict", False)


def test_node_name(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a"), make.node("b"))
    assert make.refusals(NodeName(), make.info(nodeName="a"), where) == {
        "b": ("node(s) didn't match the requested node name",)
    }
    assert make.refusals(NodeName(), make.info(), where) is None


def with_port(port: int, protocol: str = "TCP", address: str = "") -> dict[str, Any]:
    return {"containers": [{"name": "c", "ports": [{"hostPort": port, "protocol": protocol, "hostIP": address}]}]}


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        (with_port(80), True),
        (with_port(80, address="127.0.0.1"), True),
        (with_port(80, address="10.0.0.1"), False),
        (with_port(80, "UDP"), False),
        (with_port(81), False),
    ],
)
def test_ports(make: SimpleNamespace, wanted: dict[str, Any], refused: bool) -> None:
    where = make.cluster(make.node("n"), pods={"n": [make.pod("other", **with_port(80, address="127.0.0.1"))]})
    assert bool(make.refusals(NodePorts(), make.info(**wanted), where)) is refused


def test_resources(make: SimpleNamespace) -> None:
    where = make.cluster(
        make.node("free"), make.node("full"), make.node("small", cpu="1"), make.node("crowded", pods="1"),
        pods={"full": [make.pod("a", cpu="3", memory="7Gi")], "crowded": [make.pod("b")]},
    )  # fmt: skip
    prepared = NodeResourcesFit().prepare(make.info(cpu="2", memory="2Gi"), where)
    found = {name: prepared.check(known) for name, known in where.nodes.items()}
    assert found == {
        "free": None,
        "full": Rejection("NodeResourcesFit", ("Insufficient cpu", "Insufficient memory")),
        "small": Rejection("NodeResourcesFit", ("Insufficient cpu",), resolvable=False),
        "crowded": Rejection("NodeResourcesFit", ("Too many pods",)),
    }


def test_extended_resources(make: SimpleNamespace) -> None:
    gpu = {"containers": [{"name": "c", "resources": {"requests": {"example.com/gpu": "2"}}}]}
    where = make.cluster(make.node("one", extra={"example.com/gpu": "1"}), make.node("two", extra={"example.com/gpu": "2"}))
    assert make.refusals(NodeResourcesFit(), make.info(**gpu), where) == {"one": ("Insufficient example.com/gpu",)}


def affinity(kind: str, *terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}}


def near(key: str = ZONE, *, selector: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"topologyKey": key, "labelSelector": {"matchLabels": {"app": "web"}} if selector is None else selector, **more}


def zones(make: SimpleNamespace, *pods: dict[str, Any], **objects: Any) -> Any:
    """Nodes a (zone 1), b (zone 2), c (no zone); the pods are on a."""
    made = [make.node("a", labels={ZONE: "1"}), make.node("b", labels={ZONE: "2"}), make.node("c")]
    return make.cluster(*made, pods={"a": list(pods)}, **objects)


@pytest.mark.parametrize(
    ("spec", "fitting"),
    [
        (affinity("podAffinity", near()), ["a"]),
        (affinity("podAffinity", near(), near("kubernetes.io/hostname")), ["a"]),
        (affinity("podAffinity", near(namespaces=["other"])), []),
        (affinity("podAffinity", near(namespaceSelector={})), ["a"]),
        (affinity("podAffinity", near(namespaceSelector={"matchLabels": {"team": "x"}})), []),
        (affinity("podAffinity", {"topologyKey": ZONE, "labelSelector": {}}), ["a"]),
        (affinity("podAffinity", {"topologyKey": ZONE}), []),
        (affinity("podAntiAffinity", near()), ["b", "c"]),
        (affinity("podAntiAffinity", near(selector={"matchLabels": {"app": "db"}})), ["a", "b", "c"]),
    ],
)
def test_pod_affinity(make: SimpleNamespace, spec: dict[str, Any], fitting: list[str]) -> None:
    where = zones(make, make.pod("web", labels={"app": "web"}))
    found = make.refusals(InterPodAffinity(), make.info(**spec), where)
    assert [name for name in where.nodes if name not in (found or {})] == fitting


def test_a_node_without_the_label_is_not_in_the_zone_of_empty_name(make: SimpleNamespace) -> None:
    web = make.pod("web", labels={"app": "web"})
    where = make.cluster(make.node("a", labels={ZONE: ""}), make.node("b"), pods={"a": [web]})
    found = make.refusals(InterPodAffinity(), make.info(**affinity("podAntiAffinity", near())), where)
    assert found == {"a": ("node(s) didn't match pod anti-affinity rules",)}


def test_the_first_of_a_group_may_go_anywhere_that_has_the_label(make: SimpleNamespace) -> None:
    wanted = make.info(labels={"app": "web"}, **affinity("podAffinity", near()))
    assert make.refusals(InterPodAffinity(), wanted, zones(make)) == {"c": ("node(s) didn't match pod affinity rules",)}


def test_namespace_labels_decide_for_existing_pods_too(make: SimpleNamespace) -> None:
    term = near(selector={}, namespaceSelector={"matchLabels": {"team": "x"}})
    guard = make.pod("guard", namespace="guarded", **affinity("podAntiAffinity", term))
    namespaces = [{"metadata": {"name": "default", "labels": {"team": "x"}}}]
    found = make.refusals(InterPodAffinity(), make.info(), zones(make, guard, namespaces=namespaces))
    assert found == {"a": ("node(s) didn't satisfy existing pods anti-affinity rules",)}
    assert make.refusals(InterPodAffinity(), make.info(), zones(make, guard)) is None
