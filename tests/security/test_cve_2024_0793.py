"""CVE-2024-0793: an autoscaler whose behaviour is only half there, or whose annotations are wrong, stopped the controllers.

What annotations of version 1 say becomes fields of version 2: whatever stands in them, it is read or refused, and lists of
all autoscalers are served on.
"""

from __future__ import annotations

import json

import pytest

from kubegate.testing.http_client import Client

PREFIX = "autoscaling.alpha.kubernetes.io"
TEXTS = [
    "",
    "{",
    "null",
    "[null]",
    "[1]",
    '{"a": 1}',
    '{"scaleUp": {}}',
    '{"scaleUp": null, "scaleDown": {"policies": null}}',
    '{"ScaleUp": {"Policies": 5}}',
    '{"scaleUp": {"policies": [{"value": "x"}]}}',
    '[{"type": 5}]',
    '[{"type": ["Resource"]}]',
    '[{"type": "Resource"}]',
    '[{"type": "Resource", "resource": null}]',
    '[{"type": "Resource", "resource": {"name": {}, "targetAverageUtilization": "x"}}]',
    '[{"type": "Object", "object": {"target": [], "metricName": 1}}]',
    '[{"type": "External", "external": {"metricSelector": "x"}}]',
    "9" * 5000,
    "[" * 100_000,
    '{"scaleUp":' * 10_000,
    json.dumps("\ud800"),
]


@pytest.mark.parametrize("annotation", ["behavior", "metrics", "conditions", "current-metrics"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_annotation_stops_anything(text: str, annotation: str, admin: Client, namespace: str) -> None:
    root = "/apis/autoscaling/{}/namespaces/" + namespace + "/horizontalpodautoscalers"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    body = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": target}}
    body["metadata"]["annotations"] = {f"{PREFIX}/{annotation}": text}
    assert admin("POST", root.format("v1"), body).code in (201, 422)
    for version in ("v1", "v2"):
        assert admin("GET", root.format(version)).code == 200
        assert admin("GET", f"/apis/autoscaling/{version}/horizontalpodautoscalers").code == 200


@pytest.mark.parametrize("behavior", [{"scaleUp": {}}, {"scaleDown": {"stabilizationWindowSeconds": 10}}, {}])
def test_what_a_behaviour_leaves_out_is_filled_in(behavior: dict[str, object], admin: Client, namespace: str) -> None:
    path = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    spec = {"maxReplicas": 3, "scaleTargetRef": target, "behavior": behavior}
    made = admin("POST", path, {"metadata": {"name": "h"}, "spec": spec})
    assert made.code == 201, made.body
    if behavior:
        assert {"scaleUp", "scaleDown"} <= set(made.body["spec"]["behavior"])
        assert all(made.body["spec"]["behavior"][rule]["policies"] for rule in ("scaleUp", "scaleDown"))
