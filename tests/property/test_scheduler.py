"""Laws of scheduling, on small random clusters."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.cycle import Chosen, Cycle, Unfit
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.preemption import Preemption
from kubegate.scheduler.profile import default_profile
from kubegate.scheduler.verdict import Diagnosis

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
APPS = st.sampled_from(["a", "b"])
TAINT = {"key": "k", "effect": "NoSchedule"}


@st.composite
def nodes(draw: st.DrawFn) -> list[Object]:
    return [
        {
            "metadata": {"name": f"n{index}", "labels": {HOST: f"n{index}", ZONE: draw(st.sampled_from(["1", "2"]))}},
            "spec": {"taints": draw(st.sampled_from([[], [TAINT]])), "unschedulable": draw(st.integers(0, 5)) == 0},
            "status": {"allocatable": {"cpu": str(draw(st.integers(1, 4))), "memory": "4Gi", "pods": "4"}},
        }
        for index in range(draw(st.integers(1, 4)))
    ]


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    spec: dict[str, Any] = {"priority": draw(st.integers(0, 3))}
    term = {"topologyKey": draw(st.sampled_from([ZONE, HOST])), "labelSelector": {"matchLabels": {"app": draw(APPS)}}}
    wish = draw(st.sampled_from(["none", "podAffinity", "podAntiAffinity", "spread", "tolerate"]))
    if wish in ("podAffinity", "podAntiAffinity"):
        spec["affinity"] = {wish: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    elif wish == "spread":
        spec["topologySpreadConstraints"] = [{**term, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]
    elif wish == "tolerate":
        spec["tolerations"] = [{"operator": "Exists"}]
    requests = {"cpu": str(draw(st.integers(0, 3)))}
    return {**spec, "containers": [{"name": "c", "image": "i", "resources": {"requests": requests}}]}


@st.composite
def pods(draw: st.DrawFn) -> list[PodInfo]:
    found = []
    for index in range(draw(st.integers(1, 8))):
        meta = {"name": f"p{index}", "namespace": "default", "uid": str(index), "labels": {"app": draw(APPS)}}
        found.append(PodInfo({"metadata": meta, "spec": draw(specs())}))
    return found


def filled(made: list[Object], waiting: list[PodInfo]) -> tuple[Cluster, Cycle, list[PodInfo]]:
    """A cluster in which all pods but the last were scheduled where they fitted; those that were not are left."""
    cluster = Cluster()
    for node in made:
        cluster.put_node(node)
    cycle = Cycle(default_profile(), cluster, Random(1))
    left = []
    for pod in waiting[:-1]:
        decision = cycle.decide(pod)
        if isinstance(decision, Chosen):
            cluster.put_pod(pod, decision.node.name)
        else:
            left.append(pod)
    return cluster, cycle, [*left, waiting[-1]]


@settings(max_examples=60, deadline=None)
@given(nodes(), pods())
def test_the_chosen_node_fits_and_none_scores_higher(made: list[Object], waiting: list[PodInfo]) -> None:
    cluster, cycle, left = filled(made, waiting)
    for pod in left:
        prepared = cycle.prepare(pod, Diagnosis(len(cluster.nodes)))
        assert prepared is not None
        fitting = [name for name, node in cluster.nodes.items() if cycle.refusal(pod, node, prepared) is None]
        decision = cycle.decide(pod)
        if isinstance(decision, Unfit):
            assert fitting == []
            assert set(decision.diagnosis.nodes) == set(cluster.nodes)
        else:
            assert decision.node.name in fitting
            assert decision.node.name in decision.best
            assert all(score <= decision.scores[decision.node.name] for score in decision.scores.values())


@settings(max_examples=60, deadline=None)
@given(nodes(), pods())
def test_preemption_helps_and_takes_no_more_than_it_needs(made: list[Object], waiting: list[PodInfo]) -> None:
    cluster, cycle, left = filled(made, waiting)
    for pod in left:
        decision = cycle.decide(pod)
        if isinstance(decision, Chosen):
            continue
        candidate = Preemption(cycle, cluster).attempt(pod, decision).candidate
        if candidate is None:
            continue
        assert candidate.victims
        assert all(victim.priority < pod.priority for victim in candidate.victims)
        for spared in (None, *candidate.victims):
            for victim in candidate.victims:
                cluster.drop_pod(victim.uid)
            if spared is not None:
                cluster.put_pod(spared, candidate.node)
            prepared = cycle.prepare(pod, Diagnosis(len(cluster.nodes)))
            assert prepared is not None
            fits = cycle.refusal(pod, cluster.nodes[candidate.node], prepared) is None
            assert fits is (spared is None) or len(candidate.victims) > 1
            for victim in candidate.victims:
                cluster.put_pod(victim, candidate.node)


@settings(max_examples=60, deadline=None)
@given(nodes(), pods())
def test_what_was_added_and_taken_away_leaves_no_trace(made: list[Object], waiting: list[PodInfo]) -> None:
    cluster, _, left = filled(made, waiting)
    pod = left[-1]
    for name, node in cluster.nodes.items():
        before = (dict(node.requested), node.assumed_cpu, node.assumed_memory, dict(node.ports), list(node.pods))
        cluster.put_pod(pod, name)
        cluster.drop_pod(pod.uid)
        after = (dict(+node.requested), node.assumed_cpu, node.assumed_memory, dict(node.ports), list(node.pods))
        assert ({key: value for key, value in before[0].items() if value}, *before[1:]) == after
