"""Pods: defaults, validation, updates."""

import pytest
from support import REGISTRY, create, merged, resource, update

PODS = "v1/pods"
CONTAINER = {"name": "c", "image": "nginx"}
POD = {"spec": {"containers": [CONTAINER], "serviceAccountName": "default"}}


def with_spec(**spec):
    return merged(POD, {"spec": spec})


def with_container(**fields):
    return with_spec(containers=[{**CONTAINER, **fields}])


def test_defaults():
    pod, errors = create(PODS, with_container(ports=[{"containerPort": 80}], resources={"limits": {"cpu": "0.5"}}))
    container = pod["spec"]["containers"][0]
    assert errors == []
    assert container["imagePullPolicy"] == "Always"
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert container["resources"] == {"limits": {"cpu": "500m"}, "requests": {"cpu": "500m"}}
    assert pod["spec"]["restartPolicy"] == "Always"
    assert pod["spec"]["terminationGracePeriodSeconds"] == 30
    assert pod["status"] == {"phase": "Pending", "qosClass": "Burstable"}


def test_defaults_settle():
    kind, pod = resource(PODS), create(PODS, with_container(livenessProbe={"httpGet": {"port": 80}}))[0]
    again = merged(pod, {})
    REGISTRY.default(kind, again)
    assert again == pod


@pytest.mark.parametrize(
    ("image", "policy"), [("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent"), ("r:5000/a", "Always")]
)
def test_pull_policy(image, policy):
    pod, _ = create(PODS, with_container(image=image))
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"containers": []}, "spec.containers: Required value"),
        ({"restartPolicy": "X"}, 'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure"'),
        ({"dnsPolicy": "None"}, "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
        ({"hostname": "a.b"}, 'spec.hostname: Invalid value: "a.b": must not contain dots'),
        ({"activeDeadlineSeconds": 0}, "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and"),
        ({"nodeSelector": {"a b": "c"}}, 'spec.nodeSelector: Invalid value: "a b": name part'),
        ({"tolerations": [{"key": "a", "operator": "X"}]}, 'spec.tolerations[0].operator: Unsupported value: "X"'),
        ({"volumes": [{"name": "v"}, {"name": "v"}]}, 'spec.volumes[1].name: Duplicate value: "v"'),
        ({"terminationGracePeriodSeconds": -1}, ""),
    ],
)
def test_spec(spec, wrong):
    _, errors = create(PODS, with_spec(**spec))
    assert (not errors) if not wrong else errors[0].startswith(wrong)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "A"}, 'spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label'),
        ({"image": ""}, "spec.containers[0].image: Required value"),
        ({"ports": [{"containerPort": 0}]}, "spec.containers[0].ports[0].containerPort: Required value"),
        ({"env": [{"name": ""}]}, "spec.containers[0].env[0].name: Required value"),
        ({"volumeMounts": [{"name": "v", "mountPath": "/"}]}, 'spec.containers[0].volumeMounts[0].name: Not found: "v"'),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        ({"livenessProbe": {}}, "spec.containers[0].livenessProbe: Required value: must specify a handler type"),
    ],
)
def test_container(fields, wrong):
    _, errors = create(PODS, with_container(**fields))
    assert errors
    assert errors[0].startswith(wrong)


def test_update_of_the_image_only():
    old, _ = create(PODS, POD)
    spec = merged(old["spec"], {"containers": [{**old["spec"]["containers"][0], "image": "other"}]})
    assert update(PODS, old, {"spec": spec})[1] == []
    errors = update(PODS, old, {"spec": {"hostname": "h"}})[1]
    assert errors[0].startswith("spec: Forbidden: pod updates may not change fields other than")


def test_status_is_its_own():
    old, _ = create(PODS, POD)
    pod, errors = update(PODS, old, {"status": {"phase": "Running", "podIP": "10.0.0.9"}}, "status")
    assert errors == []
    assert pod["status"]["podIPs"] == [{"ip": "10.0.0.9"}]
    assert update(PODS, old, {"status": {"phase": "Running"}})[0]["status"]["phase"] == "Pending"


def test_warnings():
    pod, _ = create(PODS, with_container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]))
    assert REGISTRY.warnings(resource(PODS), pod, None) == [
        'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'
    ]
