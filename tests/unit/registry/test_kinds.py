"""One table for the kinds beside pods: what a create says about a wrong field."""

import ipaddress

import pytest
from support import create, merged, update

from kubegate.registry.core.services.allocation import ServiceAllocations

TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
SELECTOR = {"matchLabels": {"a": "b"}}
DEPLOYMENT = {"spec": {"selector": SELECTOR, "template": TEMPLATE}}
JOB = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}}}}
HPA = {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}}
CLAIM = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
FLOW = {"spec": {"priorityLevelConfiguration": {"name": "p"}}}
LEVEL = {"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}}
DEVICES = {"spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}}
SLICE = {"spec": {"driver": "d.io", "nodeName": "n", "pool": {"name": "p", "resourceSliceCount": 1}}}
GOOD = {
    "apps/v1/deployments": DEPLOYMENT,
    "apps/v1/replicasets": DEPLOYMENT,
    "apps/v1/daemonsets": DEPLOYMENT,
    "apps/v1/statefulsets": merged(DEPLOYMENT, {"spec": {"serviceName": "s"}}),
    "batch/v1/jobs": JOB,
    "batch/v1/cronjobs": {"spec": {"schedule": "* * * * *", "jobTemplate": JOB}},
    "autoscaling/v2/horizontalpodautoscalers": HPA,
    "autoscaling/v1/horizontalpodautoscalers": HPA,
    "v1/persistentvolumeclaims": CLAIM,
    "v1/secrets": {},
    "v1/configmaps": {"data": {"a": "b"}},
    "v1/limitranges": {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}},
    "v1/resourcequotas": {"spec": {"hard": {"pods": "1"}}},
    "v1/services": {"spec": {"ports": [{"port": 80}]}},
    "policy/v1/poddisruptionbudgets": {"spec": {"minAvailable": 1, "selector": SELECTOR}},
    "networking.k8s.io/v1/networkpolicies": {"spec": {"podSelector": {}}},
    "networking.k8s.io/v1/ingresses": {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 1}}}}},
    "rbac.authorization.k8s.io/v1/roles": {"rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]},
    "storage.k8s.io/v1/storageclasses": {"provisioner": "p.io/x"},
    "scheduling.k8s.io/v1/priorityclasses": {"value": 1},
    "coordination.k8s.io/v1/leases": {"spec": {}},
    "discovery.k8s.io/v1/endpointslices": {"addressType": "IPv4", "endpoints": []},
    "node.k8s.io/v1/runtimeclasses": {"handler": "h"},
    "flowcontrol.apiserver.k8s.io/v1/flowschemas": FLOW,
    "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations": LEVEL,
    "resource.k8s.io/v1/resourceclaims": DEVICES,
    "resource.k8s.io/v1/resourceclaimtemplates": {"spec": DEVICES},
    "resource.k8s.io/v1/deviceclasses": {"spec": {}},
    "resource.k8s.io/v1/resourceslices": SLICE,
}


@pytest.mark.parametrize("where", GOOD)
def test_good(where):
    obj, errors = create(where, GOOD[where])
    assert errors == []
    again, errors = update(where, obj, {"metadata": {"finalizers": ["a.b/c"]}})
    assert errors == []
    assert again["metadata"].get("generation") == obj["metadata"].get("generation")


@pytest.mark.parametrize(
    ("where", "change", "wrong"),
    [
        ("apps/v1/deployments", {"spec": {"replicas": -1}}, "spec.replicas: Invalid value: -1: must be greater than or"),
        (
            "apps/v1/deployments",
            {"spec": {"selector": {"matchLabels": {"a": "c"}}}},
            "spec.template.metadata.labels: Invalid value",
        ),
        ("batch/v1/jobs", {"spec": {"parallelism": -1}}, "spec.parallelism: Invalid value: -1: must be greater than or"),
        ("batch/v1/cronjobs", {"spec": {"schedule": "x"}}, 'spec.schedule: Invalid value: "x": expected exactly 5 fields'),
        ("autoscaling/v1/horizontalpodautoscalers", {"spec": {"maxReplicas": 0}}, "spec.maxReplicas: Required value"),
        ("v1/configmaps", {"data": {"a b": "c"}}, 'data[a b]: Invalid value: "a b": a valid config key must consist of'),
        ("v1/resourcequotas", {"spec": {"hard": {"pods": "-1"}}}, 'spec.hard[pods]: Invalid value: "-1": must be greater'),
        ("v1/services", {"spec": {"ports": [{"port": 0}]}}, "spec.ports[0].port: Invalid value: 0: must be between 1 and"),
        ("policy/v1/poddisruptionbudgets", {"spec": {"maxUnavailable": 1}}, "spec: Invalid value"),
        ("storage.k8s.io/v1/storageclasses", {"provisioner": ""}, "provisioner: Required value"),
        ("coordination.k8s.io/v1/leases", {"spec": {"leaseDurationSeconds": 0}}, "spec.leaseDurationSeconds: Invalid value"),
        ("node.k8s.io/v1/runtimeclasses", {"handler": "A"}, 'handler: Invalid value: "A": a lowercase RFC 1123 label'),
        (
            "flowcontrol.apiserver.k8s.io/v1/flowschemas",
            {"spec": {"matchingPrecedence": 1}},
            "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
            {"spec": {"limited": {"limitResponse": {"type": "Queue", "queuing": {"handSize": 100}}}}},
            "spec.limited.limitResponse.queuing.handSize: Invalid value: 100: should not be greater than queues (64)",
        ),
        (
            "resource.k8s.io/v1/resourceclaims",
            {"spec": {"devices": {"constraints": [{"requests": ["q"], "matchAttribute": "d.io/a"}]}}},
            'spec.devices.constraints[0].requests[0]: Invalid value: "q": must be the name of a request in the claim',
        ),
        (
            "resource.k8s.io/v1/resourceslices",
            {"spec": {"allNodes": True}},
            'spec: Invalid value: "{`nodeName`, `allNodes`}',
        ),
    ],
)
def test_wrong(where, change, wrong):
    _, errors = create(where, merged(GOOD[where], change))
    assert any(error.startswith(wrong) for error in errors), errors


def test_generation_counts_changes_of_the_specification():
    old, _ = create("apps/v1/deployments", DEPLOYMENT)
    assert old["metadata"]["generation"] == 1
    assert update("apps/v1/deployments", old, {"spec": {"replicas": 3}})[0]["metadata"]["generation"] == 2
    assert update("apps/v1/deployments", old, {"status": {"replicas": 3}}, "status")[0]["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("where", "change", "wrong"),
    [
        ("apps/v1/deployments", {"spec": {"selector": {"matchLabels": {"a": "c"}}}}, "field is immutable"),
        ("v1/persistentvolumeclaims", {"spec": {"volumeName": "v", "accessModes": ["ReadOnlyMany"]}}, "spec is immutable"),
        ("storage.k8s.io/v1/storageclasses", {"provisioner": "other.io/x"}, "field is immutable"),
        ("resource.k8s.io/v1/resourceclaims", {"spec": {"devices": {"requests": []}}}, "field is immutable"),
    ],
)
def test_what_never_changes(where, change, wrong):
    old, _ = create(where, GOOD[where])
    _, errors = update(where, old, change)
    assert any(wrong in error for error in errors), errors


def test_services_get_addresses():
    services = ServiceAllocations([ipaddress.ip_network("10.0.0.0/24")], range(30000, 32768))
    first, errors = create("v1/services", {"spec": {"type": "NodePort", "ports": [{"port": 80}]}}, services=services)
    assert errors == []
    assert first["spec"]["clusterIP"].startswith("10.0.0.")
    assert first["spec"]["clusterIPs"] == [first["spec"]["clusterIP"]]
    assert 30000 <= first["spec"]["ports"][0]["nodePort"] < 32768
    taken = {"spec": {"clusterIP": first["spec"]["clusterIP"], "ports": [{"port": 80}]}}
    assert "provided IP is already allocated" in create("v1/services", taken, services=services)[1][0]
    assert create("v1/services", taken, services=services, dry_run=True)[1] == []
