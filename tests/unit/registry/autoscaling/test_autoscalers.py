"""Horizontal pod autoscalers: bounds, metrics, behaviour."""

import pytest
from messages import LABEL, NEGATIVE, bad
from support import create, merged, update

WHERE = "autoscaling/v2/horizontalpodautoscalers"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
GOOD = {"spec": {"maxReplicas": 3, "scaleTargetRef": TARGET}}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}


def with_metric(*metrics):
    return merged(GOOD, {"spec": {"metrics": list(metrics)}})


def metric(kind, **values):
    key = kind[0].lower() + kind[1:]
    target = values.pop("target", {"type": "AverageValue", "averageValue": "1"})
    return {"type": kind, key: {"target": target, **values}}


def test_what_is_filled_in():
    obj, errors = create(WHERE, GOOD)
    assert errors == []
    assert obj["spec"]["minReplicas"] == 1
    assert obj["spec"]["metrics"] == [CPU]
    assert obj["status"] == {"desiredReplicas": 0, "currentMetrics": None}
    assert "behavior" not in obj["spec"]


def test_behaviour_is_filled_in_where_some_is_given():
    obj, errors = create(WHERE, merged(GOOD, {"spec": {"behavior": {"scaleDown": {"selectPolicy": "Min"}}}}))
    assert errors == []
    behavior = obj["spec"]["behavior"]
    assert behavior["scaleDown"] == {
        "selectPolicy": "Min",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    }
    assert behavior["scaleUp"] == {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    }


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        (
            {"maxReplicas": -2, "minReplicas": -1},
            [
                "spec.minReplicas: Invalid value: -1: must be greater than or equal to 1",
                "spec.maxReplicas: Invalid value: -2: must be greater than 0",
                "spec.maxReplicas: Invalid value: -2: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"minReplicas": 5},
            ["spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`"],
        ),
        (
            {"maxReplicas": 0},
            [
                "spec.maxReplicas: Required value: must be set and greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"minReplicas": 0},
            [
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero "
                "replicas",
            ],
        ),
        ({"scaleTargetRef": {"kind": ""}}, ["spec.scaleTargetRef.kind: Required value"]),
        ({"scaleTargetRef": {"name": "a/b"}}, [bad("spec.scaleTargetRef.name", "a/b", "may not contain '/'")]),
        (
            {"scaleTargetRef": {"apiVersion": "v1"}},
            [bad("spec.scaleTargetRef.apiVersion", "v1", "apiVersion must specify API group")],
        ),
        (
            {"scaleTargetRef": {"apiVersion": "a/b/c"}},
            [bad("spec.scaleTargetRef.apiVersion", "a/b/c", "unexpected GroupVersion string: a/b/c")],
        ),
        ({"scaleTargetRef": {"apiVersion": "v1", "kind": "ReplicationController"}}, []),
        ({"scaleTargetRef": {"apiVersion": None, "kind": "ReplicationController"}}, []),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


M = "spec.metrics[0]"
KINDS = '"ContainerResource", "External", "Object", "Pods", "Resource"'
UNSUPPORTED = f'{M}.type: Unsupported value: "X": supported values: {KINDS}'
ONLY = "must populate the given metric source only"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (CPU, []),
        # An unknown type is complained of twice.
        ({"type": "X"}, [UNSUPPORTED, UNSUPPORTED]),
        (
            {},
            [
                f"{M}.type: Required value: must specify a metric source type",
                UNSUPPORTED.replace('"X"', '""'),
                UNSUPPORTED.replace('"X"', '""'),
            ],
        ),
        ({"type": "Pods"}, [f"{M}.pods: Required value: must populate information for the given metric source"]),
        (
            {**CPU, "type": "Pods"},
            [f"{M}.pods: Required value: must populate information for the given metric source"],
        ),
        (
            {**CPU, "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "1"}}},
            [f"{M}.pods: Forbidden: {ONLY}"],
        ),
    ],
    ids=str,
)
def test_one_source_for_each_metric(given, wrong):
    assert create(WHERE, with_metric(given))[1] == wrong


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (metric("Pods", metric={"name": "m"}), []),
        (metric("Object", metric={"name": "m"}, describedObject=TARGET), []),
        # What is described may be of the core group.
        (metric("Object", metric={"name": "m"}, describedObject={**TARGET, "apiVersion": "v1"}), []),
        (metric("External", metric={"name": "m", "selector": {"matchLabels": {"a b": "c d"}}}), []),
        (metric("ContainerResource", name="cpu", container="c"), []),
        (metric("Resource", name="example.com/widgets"), []),
        (metric("Pods"), [f"{M}.pods.metric.name: Required value: must specify a metric name"]),
        (metric("Pods", metric={"name": "a%b"}), [bad(f"{M}.pods.metric.name", "a%b", "may not contain '%'")]),
        (
            metric("Object", metric={"name": "m"}),
            [f"{M}.object.describedObject.kind: Required value", f"{M}.object.describedObject.name: Required value"],
        ),
        (metric("Resource", name=""), [f"{M}.resource.name: Required value: must specify a resource name"]),
        (
            metric("ContainerResource", name="", container=""),
            [
                f"{M}.containerResource.name: Required value: must specify a resource name",
                f"{M}.containerResource.container: Required value: must specify a container",
            ],
        ),
        (
            metric("ContainerResource", name="pods", container="c"),
            [bad(f"{M}.containerResource.name", "pods", "must be a standard resource for containers")],
        ),
        (
            metric("ContainerResource", name="cpu", container="C"),
            [bad(f"{M}.containerResource.container", "C", LABEL)],
        ),
    ],
    ids=str,
)
def test_sources(given, wrong):
    assert create(WHERE, with_metric(given))[1] == wrong


@pytest.mark.parametrize(
    ("kind", "target", "wrong"),
    [
        ("Resource", {"type": "AverageValue", "averageValue": "100Mi"}, []),
        (
            "Resource",
            {},
            [
                ".type: Required value: must specify a metric target type",
                '.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
                ".averageUtilization: Required value: must set either a target raw value or a target utilization",
            ],
        ),
        (
            "Resource",
            {"type": "Utilization", "averageUtilization": 5, "averageValue": "1"},
            [".averageValue: Forbidden: may not set both a target raw value and a target utilization"],
        ),
        (
            "Resource",
            {"type": "Utilization", "averageUtilization": 0},
            [".averageUtilization: Invalid value: 0: must be greater than 0"],
        ),
        (
            "Resource",
            {"type": "AverageValue", "averageValue": "-1"},
            ['.averageValue: Invalid value: "-1": must be positive'],
        ),
        (
            "Pods",
            {"type": "Value", "value": "1"},
            [".averageValue: Required value: must specify a positive target averageValue"],
        ),
        (
            "External",
            {"type": "Value"},
            [".averageValue: Required value: must set either a target value for metric or a per-pod target"],
        ),
        (
            "External",
            {"type": "Value", "value": "1", "averageValue": "1"},
            [".value: Forbidden: may not set both a target value for metric and a per-pod target"],
        ),
        ("External", {"type": "Value", "value": "0"}, ['.value: Invalid value: "0": must be positive']),
        ("Object", {"type": "Value"}, [".averageValue: Required value: must set either a target value or averageValue"]),
        ("Object", {"type": "Value", "value": "1", "averageValue": "1"}, []),
    ],
    ids=str,
)
def test_targets(kind, target, wrong):
    source = {"name": "cpu"} if kind == "Resource" else {"metric": {"name": "m"}}
    if kind == "Object":
        source["describedObject"] = TARGET
    path = f"{M}.{kind.lower()}.target"
    assert create(WHERE, with_metric(metric(kind, target=target, **source)))[1] == [path + text for text in wrong]


B = "spec.behavior.scaleUp"
POLICY = {"type": "Pods", "value": 1, "periodSeconds": 1}


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({"policies": [POLICY], "selectPolicy": "Disabled", "stabilizationWindowSeconds": 3600}, []),
        (
            {"stabilizationWindowSeconds": -1},
            [f"{B}.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero"],
        ),
        (
            {"stabilizationWindowSeconds": 3601},
            [f"{B}.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"],
        ),
        (
            {"selectPolicy": "X"},
            [f'{B}.selectPolicy: Unsupported value: "X": supported values: "Disabled", "Max", "Min"'],
        ),
        ({"policies": []}, [f"{B}.policies: Required value: must specify at least one Policy"]),
        ({"tolerance": "-100m"}, [f'{B}.tolerance: Invalid value: "-100m": {NEGATIVE}']),
        (
            {"policies": [{**POLICY, "type": "X"}]},
            [f'{B}.policies[0].type: Unsupported value: "X": supported values: "Percent", "Pods"'],
        ),
        (
            {"policies": [POLICY, {"type": "Pods"}]},
            [
                f"{B}.policies[1].value: Invalid value: 0: must be greater than zero",
                f"{B}.policies[1].periodSeconds: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            {"policies": [{**POLICY, "periodSeconds": 1801}]},
            [f"{B}.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"],
        ),
    ],
    ids=str,
)
def test_behaviour(rules, wrong):
    assert create(WHERE, merged(GOOD, {"spec": {"behavior": {"scaleUp": rules}}}))[1] == wrong


def test_status_is_the_controllers():
    old, _ = create(WHERE, {**GOOD, "status": {"desiredReplicas": 7}})
    assert old["status"]["desiredReplicas"] == 0
    status = {"currentReplicas": -1, "desiredReplicas": -2}
    assert update(WHERE, old, {"status": status})[1] == []
    assert update(WHERE, old, {"status": status}, "status")[1] == [
        f"status.currentReplicas: Invalid value: -1: {NEGATIVE}",
        f"status.desiredReplicas: Invalid value: -2: {NEGATIVE}",
    ]
