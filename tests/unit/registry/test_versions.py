"""Served versions and the version that is stored."""

import json

import pytest
from support import REGISTRY, create, resource, update

from kubegate.registry.conversions import CONVERSIONS

HPA_1, HPA_2 = resource("autoscaling/v1/horizontalpodautoscalers"), resource("autoscaling/v2/horizontalpodautoscalers")
REFERENCE = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
PREFIX = "autoscaling.alpha.kubernetes.io"


def autoscaler(**spec):
    return {"apiVersion": "autoscaling/v1", "metadata": {"name": "h"}, "spec": {"scaleTargetRef": REFERENCE, **spec}}


def test_the_cpu_target_is_a_metric():
    hub = REGISTRY.to_storage(HPA_1, autoscaler(maxReplicas=3, targetCPUUtilizationPercentage=50))
    target = {"type": "Utilization", "averageUtilization": 50}
    assert hub["apiVersion"] == "autoscaling/v2"
    assert hub["spec"]["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    assert REGISTRY.from_storage(HPA_1, hub)["spec"]["targetCPUUtilizationPercentage"] == 50


def test_eighty_percent_unless_said_otherwise():
    obj, errors = create("autoscaling/v1/horizontalpodautoscalers", autoscaler(maxReplicas=3))
    assert errors == []
    assert obj["spec"]["targetCPUUtilizationPercentage"] == 80
    assert obj["status"] == {"currentReplicas": 0, "desiredReplicas": 0}


METRICS = [
    {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
    {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "5"}}},
    {
        "type": "Object",
        "object": {"describedObject": REFERENCE, "metric": {"name": "m"}, "target": {"type": "Value", "value": "5"}},
    },
    {
        "type": "External",
        "external": {"metric": {"name": "m", "selector": {}}, "target": {"type": "Value", "value": "7"}},
    },
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "c",
            "target": {"type": "Utilization", "averageUtilization": 9},
        },
    },
]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric["type"])
def test_other_metrics_survive_in_annotations(metric):
    hub = {**autoscaler(maxReplicas=3, metrics=[metric]), "apiVersion": "autoscaling/v2"}
    shown = REGISTRY.from_storage(HPA_1, hub)
    assert "metrics" not in shown["spec"]
    assert json.loads(shown["metadata"]["annotations"][f"{PREFIX}/metrics"])[0]["type"] == metric["type"]
    back = REGISTRY.to_storage(HPA_1, shown)
    assert back["spec"]["metrics"] == [metric]
    assert "annotations" not in back["metadata"]


def test_behaviour_survives_under_the_servers_own_names():
    rules = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": []}
    hub = {**autoscaler(maxReplicas=3, behavior={"scaleUp": rules}), "apiVersion": "autoscaling/v2"}
    shown = REGISTRY.from_storage(HPA_1, hub)
    written = json.loads(shown["metadata"]["annotations"][f"{PREFIX}/behavior"])
    assert written["ScaleUp"]["StabilizationWindowSeconds"] == 0
    assert REGISTRY.to_storage(HPA_1, shown)["spec"]["behavior"] == {"scaleUp": rules}


def test_requests_of_v1beta1_lie_flat():
    old = resource("resource.k8s.io/v1beta1/resourceclaims")
    claim = {
        "apiVersion": "resource.k8s.io/v1beta1",
        "metadata": {"name": "c"},
        "spec": {"devices": {"requests": [{"name": "r", "deviceClassName": "d"}]}},
    }
    hub = REGISTRY.to_storage(old, claim)
    assert hub["spec"]["devices"]["requests"] == [{"name": "r", "exactly": {"deviceClassName": "d"}}]
    assert REGISTRY.from_storage(old, hub) == claim


@pytest.mark.parametrize("where", sorted(CONVERSIONS), ids=str)
def test_every_version_names_itself(where):
    body = {"metadata": {"name": "x", "namespace": "a"}}
    hub = CONVERSIONS[where].to_hub({**body, "apiVersion": where.api_version})
    assert CONVERSIONS[where].from_hub(hub)["apiVersion"] == where.api_version


def test_new_events_follow_stricter_rules():
    event = {
        "apiVersion": "events.k8s.io/v1",
        "regarding": {"namespace": "a", "kind": "Pod", "name": "p"},
        "eventTime": "2024-01-01T00:00:00.000000Z",
        "reportingController": "x.io/c",
        "reportingInstance": "i",
        "action": "a",
        "reason": "r",
        "type": "Normal",
    }
    where = "events.k8s.io/v1/events"
    obj, errors = create(where, event)
    assert errors == []
    assert create(where, {**event, "type": "X"})[1] == ['type: Invalid value: "": has invalid value: X']
    assert create(where, {**event, "deprecatedCount": 2})[1] == ['count: Invalid value: "": needs to be unset']
    assert update(where, obj, {"note": "n"})[1] == ['message: Invalid value: "n": field is immutable']
    core = {"involvedObject": {"namespace": "b"}, "type": "X"}
    assert create("v1/events", core)[1] == ['involvedObject.namespace: Invalid value: "b": does not match event.namespace']
