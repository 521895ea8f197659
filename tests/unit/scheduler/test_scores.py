"""Scores: which of the fitting nodes is best."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.scheduler.interface import normalized
from kubegate.scheduler.plugins.balanced_allocation import BalancedAllocation
from kubegate.scheduler.plugins.image_locality import ImageLocality
from kubegate.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from kubegate.scheduler.plugins.node_affinity import NodeAffinity
from kubegate.scheduler.plugins.node_resources_fit import NodeResourcesFit
from kubegate.scheduler.plugins.taint_toleration import TaintToleration

HOST = "kubernetes.io/hostname"


@pytest.mark.parametrize(
    ("scores", "reverse", "expected"),
    [
        ([0, 0], False, [0, 0]),
        ([0, 0], True, [100, 100]),
        ([1, 3], False, [33, 100]),
        ([1, 3], True, [67, 0]),
        ([], True, []),
    ],
)
def test_normalized(scores: list[int], reverse: bool, expected: list[int]) -> None:
    assert normalized(scores, reverse=reverse) == expected


def test_the_emptiest_node_is_liked(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a"), make.node("b"), pods={"a": [make.pod("x", cpu="2", memory="4Gi")]})
    assert NodeResourcesFit().score(make.info(), make.nodes_of(where), where) == [47, 97]


def test_a_node_that_does_not_offer_a_resource_is_judged_by_the_other(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a", memory="0"))
    assert NodeResourcesFit().score(make.info(cpu="1"), make.nodes_of(where), where) == [75]


def test_balance_is_what_the_pod_improves(make: SimpleNamespace) -> None:
    used = {"a": [make.pod("x", cpu="4")], "b": [make.pod("y", memory="4Gi")]}
    where = make.cluster(make.node("a", cpu="8"), make.node("b", cpu="8"), pods=used)
    wanted = make.info(cpu="2", memory="1Gi")
    assert BalancedAllocation().score(wanted, make.nodes_of(where), where) == [71, 78]
    assert BalancedAllocation().score(make.info(), make.nodes_of(where), where) is None


def test_soft_taints(make: SimpleNamespace) -> None:
    soft = [{"key": "a", "effect": "PreferNoSchedule"}, {"key": "b", "effect": "PreferNoSchedule"}]
    where = make.cluster(make.node("two", taints=soft), make.node("one", taints=soft[:1]), make.node("none"))
    assert TaintToleration().score(make.info(), make.nodes_of(where), where) == [0, 50, 100]
    tolerant = make.info(tolerations=[{"key": "b", "operator": "Exists"}])
    assert TaintToleration().score(tolerant, make.nodes_of(where), where) == [0, 0, 100]


def test_preferred_nodes(make: SimpleNamespace) -> None:
    def preference(weight: int, value: str) -> dict[str, Any]:
        return {"weight": weight, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": [value]}]}}

    preferred = {
        "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preference(12, "hdd"), preference(100, "ssd")]}
    }
    where = make.cluster(make.node("a", labels={"disk": "hdd"}), make.node("b", labels={"disk": "ssd"}), make.node("c"))
    assert NodeAffinity().score(make.info(affinity=preferred), make.nodes_of(where), where) == [12, 100, 0]
    assert NodeAffinity().score(make.info(), make.nodes_of(where), where) is None


def preferring(kind: str, weight: int = 10) -> dict[str, Any]:
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "web"}}}
    return {
        "affinity": {
            kind: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "podAffinityTerm": term}]}
        }
    }


@pytest.mark.parametrize(("kind", "scores"), [("podAffinity", [100, 0]), ("podAntiAffinity", [0, 100])])
def test_preferred_company(make: SimpleNamespace, kind: str, scores: list[int]) -> None:
    where = make.cluster(make.node("a"), make.node("b"), pods={"a": [make.pod("web", labels={"app": "web"})]})
    assert InterPodAffinity().score(make.info(**preferring(kind)), make.nodes_of(where), where) == scores


def test_what_the_pods_there_prefer_counts_too(make: SimpleNamespace) -> None:
    shy = make.pod("shy", **preferring("podAntiAffinity"))
    needy = make.pod("needy")
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "web"}}}
    needy["spec"]["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    where = make.cluster(make.node("shy"), make.node("empty"), make.node("needy"), pods={"shy": [shy], "needy": [needy]})
    wanted = make.info(labels={"app": "web"})
    assert InterPodAffinity().score(wanted, make.nodes_of(where), where) == [0, 90, 100]
    assert InterPodAffinity().score(make.info(), make.nodes_of(where), where) is None


def test_images_count_by_size_and_spread(make: SimpleNamespace) -> None:
    half = [{"names": ["i:latest"], "sizeBytes": 1000 * 1024 * 1024}]
    where = make.cluster(make.node("a"), make.node("b"))
    where.nodes["a"].object["status"]["images"] = half
    assert ImageLocality().score(make.info(), make.nodes_of(where), where) == [48, 0]
