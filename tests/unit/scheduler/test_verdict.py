"""How failures are told."""

from __future__ import annotations

from kubegate.scheduler.verdict import Diagnosis, Rejection, unresolvable


def test_no_nodes() -> None:
    assert Diagnosis(0).message == "no nodes available to schedule pods"


def test_reasons_are_counted_and_sorted_as_texts() -> None:
    nodes = {f"n{index}": Rejection("Fit", ("Insufficient cpu",)) for index in range(10)}
    nodes["x"] = Rejection("Fit", ("Insufficient cpu", "Too many pods"))
    nodes["y"] = unresolvable("Taints", "tainted")
    text = "0/12 nodes are available: 1 Too many pods, 1 tainted, 11 Insufficient cpu. no help"
    assert Diagnosis(12, nodes, after="no help").message == text


def test_nodes_that_were_not_looked_at_share_a_reason() -> None:
    diagnosis = Diagnosis(3, {"a": Rejection("Fit", ("full",))}, absent=unresolvable("Affinity", "elsewhere"))
    assert diagnosis.message == "0/3 nodes are available: 1 full, 2 elsewhere."
    assert diagnosis.of_node("b") == unresolvable("Affinity", "elsewhere")
    assert diagnosis.plugins == {"Fit", "Affinity"}


def test_a_refusal_beforehand_is_told_alone() -> None:
    diagnosis = Diagnosis(3, before=unresolvable("Volumes", "no claim"), after="not found")
    assert diagnosis.message == "0/3 nodes are available: no claim. not found"
