"""Tolerations in an annotation, pod-level resources on Windows, and the reporters of events."""

import pytest
from support import create

TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
CONTAINERS = [{"name": "c", "image": "i"}]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", []),
        ("null", []),
        ('[{"Operator": "Exists"}]', []),
        (
            "x",
            [
                f'metadata.annotations: Invalid value: "{TOLERATIONS}": '
                "invalid character 'x' looking for beginning of value"
            ],
        ),
        (
            "{}",
            [
                f'metadata.annotations: Invalid value: "{TOLERATIONS}": '
                "json: cannot unmarshal object into Go value of type []core.Toleration"
            ],
        ),
        (
            '[{"key": "a", "effect": "X"}]',
            [
                f'metadata.annotations.{TOLERATIONS}[0].effect: Unsupported value: "X": '
                'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'
            ],
        ),
    ],
)
def test_tolerations_in_an_annotation_are_checked(text, wrong):
    pod = {"metadata": {"annotations": {TOLERATIONS: text}}, "spec": {"containers": CONTAINERS}}

    assert create("v1/pods", pod)[1] == wrong


def test_a_windows_pod_has_no_resources_of_its_own():
    pod = {"spec": {"containers": CONTAINERS, "os": {"name": "windows"}, "resources": {"claims": [], "limits": {"x": "1"}}}}

    assert create("v1/pods", pod)[1] == ["spec.resources: Forbidden: may not be set for a windows pod"]


@pytest.mark.parametrize(
    ("where", "field", "named"),
    [
        ("v1/events", "reportingComponent", "involvedObject"),
        ("events.k8s.io/v1/events", "reportingController", "regarding"),
    ],
)
def test_each_version_of_events_names_the_reporter_in_its_way(where, field, named):
    event = {
        named: {"namespace": "a"},
        "eventTime": "2026-01-02T03:04:05.000000Z",
        "reportingInstance": "i",
        "action": "a",
        "reason": "r",
        "type": "Normal",
    }

    assert create(where, event)[1][0] == f"{field}: Required value"
