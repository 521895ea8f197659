"""Deployments: strategy, selector, status."""

import pytest
from messages import NEGATIVE, bad
from support import create, merged, update

WHERE = "apps/v1/deployments"
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
GOOD = {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}}
ROLLING = "spec.strategy.rollingUpdate"


def test_what_is_filled_in():
    obj, errors = create(WHERE, GOOD)
    assert errors == []
    spec = {key: value for key, value in obj["spec"].items() if key not in ("template", "selector")}
    assert spec == {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"replicas": 0, "strategy": {"type": "Recreate"}}, []),
        ({"replicas": -1}, [f"spec.replicas: Invalid value: -1: {NEGATIVE}"]),
        ({"minReadySeconds": -1}, [f"spec.minReadySeconds: Invalid value: -1: {NEGATIVE}"]),
        ({"revisionHistoryLimit": -1}, [f"spec.revisionHistoryLimit: Invalid value: -1: {NEGATIVE}"]),
        (
            {"minReadySeconds": 600},
            ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
            [f"{ROLLING}: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
            [f"{ROLLING}.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
            [bad(f"{ROLLING}.maxUnavailable", "101%", "must not be greater than 100%")],
        ),
        ({"strategy": {"rollingUpdate": {"maxSurge": -1}}}, [f"{ROLLING}.maxSurge: Invalid value: -1: {NEGATIVE}"]),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


def test_labels_of_the_template_match():
    wrong = 'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'
    assert create(WHERE, merged(GOOD, {"spec": {"selector": {"matchLabels": {"a": "c"}}}}))[1] == [wrong]


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        ({"replicas": 3, "updatedReplicas": 3, "readyReplicas": 2, "availableReplicas": 1}, []),
        ({"unavailableReplicas": -1}, [f"status.unavailableReplicas: Invalid value: -1: {NEGATIVE}"]),
        (
            {"replicas": 1, "updatedReplicas": 2},
            ["status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas"],
        ),
        (
            {"replicas": 1, "availableReplicas": 1},
            ["status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas"],
        ),
    ],
    ids=str,
)
def test_status(status, wrong):
    old, _ = create(WHERE, GOOD)
    assert update(WHERE, old, {"status": status})[1] == []
    assert update(WHERE, old, {"status": status}, "status")[1] == wrong


def test_collisions_are_only_counted_up():
    old, _ = create(WHERE, GOOD)
    old["status"] = {"collisionCount": 2}
    wrong = "status.collisionCount: Invalid value: 1: cannot be decremented"
    assert update(WHERE, old, {"status": {"collisionCount": 3}}, "status")[1] == []
    assert update(WHERE, old, {"status": {"collisionCount": 1}}, "status")[1] == [wrong]


def test_generation_counts_annotations_too():
    old, _ = create(WHERE, GOOD)
    assert update(WHERE, old, {"metadata": {"annotations": {"a": "b"}}})[0]["metadata"]["generation"] == 2
    assert update(WHERE, old, {"metadata": {"labels": {"a": "b"}}})[0]["metadata"]["generation"] == 1
