"""Priority classes: what is reserved, what never changes."""

import pytest
from messages import IMMUTABLE, bad
from support import create, merged, update

WHERE = "scheduling.k8s.io/v1/priorityclasses"
RESERVED = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "


def named(name, **values):
    return {"metadata": {"name": name}, **values}


def test_what_is_filled_in():
    obj, errors = create(WHERE, {})
    assert errors == []
    assert (obj["value"], obj["preemptionPolicy"]) == (0, "PreemptLowerPriority")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (named("high", value=1_000_000_000, globalDefault=True), []),
        (named("low", value=-(2**31)), []),
        (
            named("high", value=1_000_000_001),
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
        ),
        (named("system-node-critical", value=2_000_001_000), []),
        (named("system-cluster-critical", value=2_000_000_000), []),
        (named("system-x"), [RESERVED + "system-x is not a known system priority class"]),
        (
            named("system-node-critical", value=1),
            [RESERVED + "value of system-node-critical PriorityClass must be 2000001000"],
        ),
        (
            named("system-cluster-critical", value=2_000_000_000, globalDefault=True),
            [RESERVED + "globalDefault of system-cluster-critical PriorityClass must be false"],
        ),
        (
            named("x", preemptionPolicy="X"),
            ['preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"'],
        ),
    ],
    ids=str,
)
def test_classes(body, wrong):
    assert create(WHERE, body)[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"value": 2}, ["value: Forbidden: may not be changed in an update."]),
        ({"preemptionPolicy": "Never"}, [bad("preemptionPolicy", "Never", IMMUTABLE)]),
        ({"globalDefault": True, "description": "d"}, []),
    ],
    ids=str,
)
def test_what_may_change(change, wrong):
    old, _ = create(WHERE, named("high", value=1))
    assert update(WHERE, old, merged(change, {}))[1] == wrong
