"""Cluster state in memory: what is imagined is forgotten."""

from __future__ import annotations

from kubegate.admission.memory import MemoryCluster
from kubegate.api.names import Object


def pod(name: str, **more: str) -> Object:
    return {"metadata": {"name": name, "namespace": "n"}, **more}


def test_what_is_imagined_is_forgotten_and_the_objects_are_the_same() -> None:
    cluster = MemoryCluster()
    kept, changed = cluster.put("pods", pod("kept")), cluster.put("pods", pod("changed"))
    cluster.put("nodes", {"metadata": {"name": "untouched"}})
    with cluster.imagining():
        cluster.remove("pods", "n", "kept")
        cluster.put("pods", pod("changed", spec="x"))
        with cluster.imagining():
            cluster.create("pods", pod("new"))
            cluster.update("pods", cluster.get("pods", "n", "new") or {})
        assert cluster.get("pods", "n", "new") is None
        assert cluster.get("pods", "n", "kept") is None
    assert cluster.get("pods", "n", "kept") is kept
    assert cluster.get("pods", "n", "changed") is changed
    assert list(cluster.list("pods")) == [kept, changed]


def test_it_is_forgotten_also_after_an_error() -> None:
    cluster = MemoryCluster()
    try:
        with cluster.imagining():
            cluster.put("pods", pod("a"))
            raise ValueError
    except ValueError:
        assert cluster.get("pods", "n", "a") is None
