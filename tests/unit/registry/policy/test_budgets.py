"""Pod disruption budgets."""

import pytest
from messages import KEY, NEGATIVE, bad
from support import create, update

WHERE = "policy/v1/poddisruptionbudgets"
SELECTOR = {"matchLabels": {"a": "b"}}
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
    "regex used for validation is '[0-9]+%')"
)


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({}, []),
        ({"minAvailable": 0}, []),
        ({"minAvailable": "100%", "selector": SELECTOR}, []),
        ({"maxUnavailable": 2**31 - 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}, []),
        ({"minAvailable": -1}, [f"spec.minAvailable: Invalid value: -1: {NEGATIVE}"]),
        ({"minAvailable": "101%"}, [bad("spec.minAvailable", "101%", "must not be greater than 100%")]),
        ({"maxUnavailable": "x"}, [bad("spec.maxUnavailable", "x", PERCENT)]),
        ({"maxUnavailable": "-1%"}, [bad("spec.maxUnavailable", "-1%", PERCENT)]),
        ({"selector": {"matchLabels": {"a b": "c"}}}, [bad("spec.selector.matchLabels", "a b", KEY)]),
        (
            {"unhealthyPodEvictionPolicy": "X"},
            ['spec.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"'],
        ),
        (
            {"minAvailable": 1, "maxUnavailable": "1%", "selector": SELECTOR},
            [
                'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":"1%",'
                '"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set'
            ],
        ),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, {"spec": spec})[1] == wrong
    old, _ = create(WHERE, {})
    assert update(WHERE, old, {"spec": spec})[1] == wrong


def test_status_is_the_controllers():
    old, _ = create(WHERE, {"status": {"expectedPods": 5}})
    zeros = {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}
    assert old["status"] == zeros
    assert old["metadata"]["generation"] == 1
    obj, errors = update(WHERE, old, {"status": {"expectedPods": 5}, "spec": {"minAvailable": 1}})
    assert errors == []
    assert obj["status"] == zeros
    assert obj["metadata"]["generation"] == 2
    obj, errors = update(WHERE, old, {"status": {"expectedPods": 5}, "spec": {"minAvailable": 1}}, "status")
    assert errors == []
    assert obj["status"]["expectedPods"] == 5
    assert "minAvailable" not in obj["spec"]


@pytest.mark.parametrize("key", ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"])
def test_counts_are_not_negative(key):
    old, _ = create(WHERE, {})
    assert update(WHERE, old, {"status": {key: -1}}, "status")[1] == [f"status.{key}: Invalid value: -1: {NEGATIVE}"]


def test_conditions_are_complete():
    old, _ = create(WHERE, {})
    here = "status.conditions[0]"
    assert update(WHERE, old, {"status": {"conditions": [{"type": "A", "status": "X"}]}}, "status")[1] == [
        f'{here}.status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
        f"{here}.lastTransitionTime: Required value: must be set",
        f"{here}.reason: Required value: must be set",
    ]
