"""PodTopologySpread: even spreading over domains."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.scheduler.plugins.pod_topology_spread import PodTopologySpread

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
SKEW = ("node(s) didn't match pod topology spread constraints",)
NO_LABEL = ("node(s) didn't match pod topology spread constraints (missing required label)",)
WEB = {"app": "web"}


def spread(key: str = ZONE, **more: Any) -> dict[str, Any]:
    constraint = {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": WEB},
    }
    return {"topologySpreadConstraints": [{**constraint, **more}]}


def two_zones(make: SimpleNamespace, count: int, **more: Any) -> Any:
    """a1 and a2 in zone a, b1 in zone b, x in none; ``count`` web pods on a1."""
    nodes = [
        make.node("a1", labels={ZONE: "a"}),
        make.node("a2", labels={ZONE: "a"}),
        make.node("b1", labels={ZONE: "b"}, **more),
    ]
    pods = [make.pod(f"w{index}", labels=WEB) for index in range(count)]
    return make.cluster(*nodes, make.node("x"), pods={"a1": pods})


def test_a_full_zone_is_left_out(make: SimpleNamespace) -> None:
    found = make.refusals(PodTopologySpread(), make.info(labels=WEB, **spread()), two_zones(make, 1))
    assert found == {"a1": SKEW, "a2": SKEW, "x": NO_LABEL}


def test_a_pod_that_does_not_match_itself_adds_nothing(make: SimpleNamespace) -> None:
    found = make.refusals(PodTopologySpread(), make.info(**spread()), two_zones(make, 1))
    assert found == {"x": NO_LABEL}


def test_too_few_domains_count_as_an_empty_one(make: SimpleNamespace) -> None:
    where = two_zones(make, 1)
    where.put_pod(make.info("other", labels=WEB), "b1")
    assert make.refusals(PodTopologySpread(), make.info(labels=WEB, **spread()), where) == {"x": NO_LABEL}
    found = make.refusals(PodTopologySpread(), make.info(labels=WEB, **spread(minDomains=3)), where)
    assert found == {"a1": SKEW, "a2": SKEW, "b1": SKEW, "x": NO_LABEL}


@pytest.mark.parametrize(("policy", "refused"), [("Ignore", True), ("Honor", False)])
def test_tainted_domains_count_unless_taints_are_honoured(make: SimpleNamespace, policy: str, refused: bool) -> None:
    where = two_zones(make, 1, taints=[{"key": "k", "effect": "NoSchedule"}])
    found = make.refusals(PodTopologySpread(), make.info(labels=WEB, **spread(nodeTaintsPolicy=policy)), where)
    assert ("a2" in found) is refused


@pytest.mark.parametrize(("policy", "refused"), [("Ignore", True), ("Honor", False)])
def test_unselected_domains_do_not_count_unless_affinity_is_ignored(
    make: SimpleNamespace, policy: str, refused: bool
) -> None:
    wanted = make.info(labels=WEB, nodeSelector={ZONE: "a"}, **spread(nodeAffinityPolicy=policy))
    assert ("a2" in make.refusals(PodTopologySpread(), wanted, two_zones(make, 1))) is refused


def test_terminating_pods_do_not_count(make: SimpleNamespace) -> None:
    going = make.pod("going", labels=WEB)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    where = two_zones(make, 0)
    where.put_pod(type(make.info())(going), "a1")
    assert make.refusals(PodTopologySpread(), make.info(labels=WEB, **spread()), where) == {"x": NO_LABEL}


def test_match_label_keys_narrow_the_selection(make: SimpleNamespace) -> None:
    wanted = make.info(labels={**WEB, "rev": "2"}, **spread(matchLabelKeys=["rev"]))
    assert make.refusals(PodTopologySpread(), wanted, two_zones(make, 3)) == {"x": NO_LABEL}


def test_imagined_removals_count(make: SimpleNamespace) -> None:
    where = two_zones(make, 1)
    prepared = PodTopologySpread().prepare(make.info(labels=WEB, **spread()), where)
    imagined, node = prepared.copy(), where.nodes["a1"].copy()
    victim = next(iter(node.pods.values()))
    node.remove(victim)
    imagined.removed(victim, node)
    assert imagined.check(node) is None
    assert prepared.check(where.nodes["a1"]) is not None


def test_soft_constraints_only_score(make: SimpleNamespace) -> None:
    where = two_zones(make, 2)
    wanted = make.info(labels=WEB, **spread(whenUnsatisfiable="ScheduleAnyway"))
    assert PodTopologySpread().prepare(wanted, where) is None
    assert PodTopologySpread().score(wanted, make.nodes_of(where), where) == [0, 0, 100, 0]


def test_pods_of_a_service_are_spread_by_default(make: SimpleNamespace) -> None:
    where = two_zones(make, 2)
    wanted = make.info("w9", labels=WEB)
    assert PodTopologySpread().score(wanted, make.nodes_of(where), where) is None
    where.put("services", {"metadata": {"name": "s", "namespace": "default"}, "spec": {"selector": WEB}})
    scores = PodTopologySpread().score(wanted, make.nodes_of(where), where)
    assert scores is not None
    assert scores[0] < scores[1] < scores[2] < scores[3] == 100


def test_pods_of_a_replica_set_are_spread_by_default(make: SimpleNamespace) -> None:
    owner = {"metadata": {"name": "rs", "namespace": "default"}, "spec": {"selector": {"matchLabels": WEB}}}
    where = two_zones(make, 1)
    where.put("replicasets.apps", owner)
    wanted = make.pod("w9", labels=WEB)
    wanted["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "rs", "controller": True}]
    scores = PodTopologySpread().score(type(make.info())(wanted), make.nodes_of(where), where)
    assert scores is not None
    assert scores[0] < scores[2]
