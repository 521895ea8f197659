"""The arithmetic of rollouts."""

from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.controllers.rollout import Sizes, is_resized, max_surge, max_unavailable, recreate, resize, rolling
from kubegate.controllers.template_hash import HASH_LABEL, template_hash, without_hash


def replica_set(name: str, replicas: int, available: int = 0, desired: int | None = None, most: int | None = None) -> Object:
    notes = {}
    if desired is not None:
        notes["deployment.kubernetes.io/desired-replicas"] = str(desired)
    if most is not None:
        notes["deployment.kubernetes.io/max-replicas"] = str(most)
    return {
        "metadata": {"name": name, "creationTimestamp": name, "annotations": notes},
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "availableReplicas": available},
    }


@pytest.mark.parametrize(
    ("replicas", "rolling_update", "surge", "missing"),
    [
        (10, {"maxSurge": "25%", "maxUnavailable": "25%"}, 3, 2),
        (2, {"maxSurge": "25%", "maxUnavailable": "25%"}, 1, 0),
        (1, {"maxSurge": 0, "maxUnavailable": "25%"}, 0, 1),
        (3, {"maxSurge": 1, "maxUnavailable": 9}, 1, 3),
        (0, {"maxSurge": 1, "maxUnavailable": 1}, 0, 0),
    ],
)
def test_fences(replicas: int, rolling_update: Any, surge: int, missing: int) -> None:
    found = {"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling_update}}}
    assert (max_surge(found), max_unavailable(found)) == (surge, missing)


@pytest.mark.parametrize(
    ("newest", "old", "steps"),
    [
        ((0, 0), [(4, 4)], {"new": 1}),
        ((1, 0), [(4, 4)], {"old0": 3}),
        ((1, 1), [(4, 4)], {"old0": 2}),
        ((1, 0), [(3, 3)], {"new": 2}),
        ((4, 4), [(1, 1)], {"old0": 0}),
        ((4, 0), [], {}),
        ((9, 0), [], {"new": 4}),
        ((1, 0), [(4, 0)], {"old0": 3}),
    ],
)
def test_rolling_steps(newest: tuple[int, int], old: list[tuple[int, int]], steps: dict[str, int]) -> None:
    """Four wanted, one more and one less allowed."""
    sets = [replica_set(f"old{n}", *counts) for n, counts in enumerate(old)]
    assert rolling(Sizes(4, 1, 1), replica_set("new", *newest), sets) == steps


def test_recreate_waits_until_the_old_pods_are_gone() -> None:
    sizes, newest = Sizes(2, 0, 0), replica_set("new", 0)
    assert recreate(sizes, newest, [replica_set("old", 2)]) == {"old": 0}
    ending = replica_set("old", 0)
    ending["status"]["replicas"] = 1
    assert recreate(sizes, newest, [ending]) == {}
    assert recreate(sizes, newest, [replica_set("old", 0)]) == {"new": 2}


def test_resizing_in_the_middle_of_a_rollout_is_proportional() -> None:
    newest, old = replica_set("b", 2, 0, 2, 3), replica_set("a", 1, 0, 2, 3)
    sizes = Sizes(5, 2, 1)
    assert is_resized(sizes, [newest, old])
    assert resize(sizes, newest, [old], rolling=True) == {"b": 5, "a": 2}
    assert resize(sizes, newest, [replica_set("a", 0)], rolling=True) == {"b": 5}
    assert not is_resized(Sizes(2, 1, 0), [newest, old])


def test_template_hashes_are_safe_stable_names() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {}}
    labelled = {"metadata": {"labels": {"a": "b", HASH_LABEL: "x"}}, "spec": {}}
    assert template_hash(template) == template_hash(dict(template))
    assert template_hash(template) != template_hash(template, 1)
    assert set(template_hash(template)) <= set("bcdfghjklmnpqrstvwxz2456789")
    assert without_hash(labelled) == template
