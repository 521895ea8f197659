"""Preemption: who has to go, and where."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.scheduler.cycle import Cycle, Unfit
from kubegate.scheduler.preemption import Outcome, Preemption, by_importance
from kubegate.scheduler.profile import default_profile


def attempt(where: Any, wanted: Any) -> Outcome:
    cycle = Cycle(default_profile(), where, Random(1))
    decision = cycle.decide(wanted)
    assert isinstance(decision, Unfit)
    return Preemption(cycle, where).attempt(wanted, decision)


def chosen(outcome: Outcome) -> tuple[str, list[str]] | None:
    candidate = outcome.candidate
    return (candidate.node, [pod.name for pod in candidate.victims]) if candidate else None


def test_the_least_important_pods_go(make: SimpleNamespace) -> None:
    pods = {"a": [make.pod("low", cpu="2", priority=1), make.pod("mid", cpu="2", priority=5)]}
    assert chosen(attempt(make.cluster(make.node("a"), pods=pods), make.info(cpu="2", priority=9))) == ("a", ["low"])


def test_pods_of_the_same_priority_stay(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a"), pods={"a": [make.pod("equal", cpu="4", priority=9)]})
    outcome = attempt(where, make.info(cpu="2", priority=9))
    assert outcome.message == "0/1 nodes are available: 1 No preemption victims found for incoming pod."


def test_nodes_that_removal_cannot_help_are_not_tried(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a"), pods={"a": [make.pod("low", priority=1)]})
    outcome = attempt(where, make.info(priority=9, nodeSelector={"disk": "ssd"}))
    assert outcome.message == "0/1 nodes are available: 1 Preemption is not helpful for scheduling."


def test_what_still_refuses_after_removal_is_told(make: SimpleNamespace) -> None:
    pods = {"a": [make.pod("low", cpu="1", priority=1), make.pod("high", cpu="3", priority=99)]}
    outcome = attempt(make.cluster(make.node("a"), pods=pods), make.info(cpu="2", priority=9))
    assert outcome.message == "0/1 nodes are available: 1 Insufficient cpu."


@pytest.mark.parametrize(
    ("a", "b", "better"),
    [
        ([("x", 5)], [("y", 3)], "b"),
        ([("x", 3), ("x2", 3)], [("y", 3)], "b"),
        ([("x", 3), ("x2", 1)], [("y", 3), ("y2", 2)], "a"),
    ],
    ids=["lower priority", "fewer", "smaller sum"],
)
def test_the_best_node(make: SimpleNamespace, a: list[tuple[str, int]], b: list[tuple[str, int]], better: str) -> None:
    def pods(found: list[tuple[str, int]]) -> list[Any]:
        return [make.pod(name, cpu=str(4 / len(found)), priority=priority) for name, priority in found]

    where = make.cluster(make.node("a"), make.node("b"), pods={"a": pods(a), "b": pods(b)})
    found = chosen(attempt(where, make.info(cpu="4", priority=9)))
    assert found is not None
    assert found[0] == better


def test_the_node_whose_victims_started_last(make: SimpleNamespace) -> None:
    def started(name: str, when: str) -> Any:
        return make.pod(name, cpu="4", priority=1, status={"startTime": f"2026-01-0{when}T00:00:00Z"})

    where = make.cluster(make.node("a"), make.node("b"), pods={"a": [started("x", "1")], "b": [started("y", "2")]})
    assert chosen(attempt(where, make.info(cpu="4", priority=9))) == ("b", ["y"])


def budget(allowed: int, **more: Any) -> dict[str, Any]:
    meta, spec = {"name": "b", "namespace": "default"}, {"selector": {"matchLabels": {"g": "1"}}}
    return {"metadata": meta, "spec": spec, "status": {"disruptionsAllowed": allowed, **more}}


@pytest.mark.parametrize(
    ("status", "node"), [(budget(0), "b"), (budget(1), "a"), (budget(0, disruptedPods={"x": "2026-01-01T00:00:00Z"}), "a")]
)
def test_disruption_budgets_are_spared_where_possible(make: SimpleNamespace, status: dict[str, Any], node: str) -> None:
    pods = {"a": [make.pod("x", cpu="4", priority=1, labels={"g": "1"})], "b": [make.pod("y", cpu="4", priority=5)]}
    where = make.cluster(make.node("a"), make.node("b"), pods=pods, poddisruptionbudgets_policy=[status])
    found = chosen(attempt(where, make.info(cpu="4", priority=9)))
    assert found is not None
    assert found[0] == node


def test_never_means_never(make: SimpleNamespace) -> None:
    where = make.cluster(make.node("a"), pods={"a": [make.pod("low", cpu="4")]})
    outcome = attempt(where, make.info(cpu="4", priority=9, preemptionPolicy="Never"))
    assert (outcome.candidate, outcome.message) == (None, "not eligible due to preemptionPolicy=Never.")


def test_no_second_attempt_while_victims_are_leaving(make: SimpleNamespace) -> None:
    target = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    leaving = make.pod("low", cpu="4", status={"conditions": [target]})
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    where = make.cluster(make.node("a"), make.node("b"), pods={"a": [leaving], "b": [make.pod("other", cpu="4")]})
    outcome = attempt(where, make.info(cpu="4", priority=9, status={"nominatedNodeName": "a"}))
    assert (outcome.keep, outcome.message) == (True, "not eligible due to a terminating pod on the nominated node.")


def test_importance(make: SimpleNamespace) -> None:
    def started(name: str, when: str, **more: Any) -> Any:
        return make.info(name, status={"startTime": when}, **more)

    pods = [
        make.info("new1"),
        make.info("new2"),
        started("late", "2026"),
        started("early", "2025"),
        make.info("high", priority=1),
    ]
    assert [pod.name for pod in by_importance(pods)] == ["high", "early", "late", "new2", "new1"]
