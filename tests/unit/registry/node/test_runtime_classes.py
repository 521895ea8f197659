"""Runtime classes: handler, overhead, where their pods go."""

import pytest
from messages import IMMUTABLE, KEY, LABEL, NEGATIVE, VALUE, bad
from support import create, update

WHERE = "node.k8s.io/v1/runtimeclasses"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"handler": "runc"}, []),
        ({}, ["handler: Required value"]),
        ({"handler": ""}, ["handler: Required value"]),
        ({"handler": "A"}, [bad("handler", "A", LABEL)]),
        ({"handler": "a.b"}, [bad("handler", "a.b", "must not contain dots")]),
        ({"handler": "a" * 64}, [bad("handler", "a" * 64, "must be no more than 63 characters")]),
    ],
    ids=str,
)
def test_handler(body, wrong):
    assert create(WHERE, body)[1] == wrong


@pytest.mark.parametrize(
    ("fixed", "wrong"),
    [
        ({"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "1Gi"}, []),
        ({"example.com/widget": "1"}, []),
        ({"cpu": "-1"}, [bad("overhead.limits[cpu]", "-1", NEGATIVE)]),
        ({"pods": "1"}, [bad("overhead.limits[pods]", "pods", "must be a standard resource for containers")]),
        (
            {"widget": "1"},
            [
                bad("overhead.limits[widget]", "widget", "must be a standard resource type or fully qualified"),
                bad("overhead.limits[widget]", "widget", "must be a standard resource for containers"),
            ],
        ),
        ({"example.com/widget": "500m"}, [bad("overhead.limits[example.com/widget]", "500m", "must be an integer")]),
        ({"hugepages-2Mi": "2Mi"}, ["overhead: Forbidden: HugePages require cpu or memory"]),
    ],
    ids=str,
)
def test_overhead_is_checked_as_limits(fixed, wrong):
    assert create(WHERE, {"handler": "h", "overhead": {"podFixed": fixed}})[1] == wrong


def test_amounts_become_canonical():
    obj, errors = create(WHERE, {"handler": "h", "overhead": {"podFixed": {"cpu": "0.1", "memory": "1024Ki"}}})
    assert errors == []
    assert obj["overhead"]["podFixed"] == {"cpu": "100m", "memory": "1Mi"}


TOLERATION = {"key": "a", "operator": "Exists"}
HERE = "scheduling.tolerations"


@pytest.mark.parametrize(
    ("scheduling", "wrong"),
    [
        ({}, []),
        ({"nodeSelector": {"a": "b"}, "tolerations": [TOLERATION, {"operator": "Exists"}]}, []),
        ({"nodeSelector": {"a b": "c"}}, [bad("scheduling.nodeSelector", "a b", KEY)]),
        ({"nodeSelector": {"a": "b c"}}, [bad("scheduling.nodeSelector", "b c", VALUE)]),
        (
            {"tolerations": [TOLERATION, TOLERATION]},
            [
                f'{HERE}[1]: Duplicate value: {{"Key":"a","Operator":"Exists","Value":"","Effect":"",'
                '"TolerationSeconds":null}'
            ],
        ),
        (
            {"tolerations": [TOLERATION, {**TOLERATION, "value": "v"}]},
            [bad(f"{HERE}[1].operator", "v", "value must be empty when `operator` is 'Exists'")],
        ),
    ],
    ids=str,
)
def test_scheduling(scheduling, wrong):
    assert create(WHERE, {"handler": "h", "scheduling": scheduling})[1] == wrong


def test_the_handler_never_changes():
    old, _ = create(WHERE, {"handler": "h"})
    assert update(WHERE, old, {"handler": "g"})[1] == [bad("handler", "g", IMMUTABLE)]
    assert update(WHERE, old, {"overhead": {"podFixed": {"cpu": "1"}}})[1] == []
