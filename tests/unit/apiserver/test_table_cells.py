"""One small object of each kind, and how it is printed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.apiserver.tables.catalog import PRINTERS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
META = {"name": "x", "creationTimestamp": "2025-12-31T23:59:00Z"}
AGE = "60s"
TEMPLATE = {
    "metadata": {"labels": {"a": "1"}},
    "spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "j"}], "nodeSelector": {"k": "v"}},
}
SELECTOR = {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "In", "values": ["2", "1"]}]}
ADMISSION, FLOW, STORAGE = "admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io", "storage.k8s.io"


def condition(kind: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"type": kind, "status": status, **more}


def certificate(*conditions: str, issued: bool = False) -> dict[str, Any]:
    status: dict[str, Any] = {"conditions": [condition(kind) for kind in conditions]}
    if issued:
        status["certificate"] = "eA=="
    return {"spec": {"signerName": "s", "username": "u", "expirationSeconds": 600}, "status": status}


def ingress(*hosts: str) -> dict[str, Any]:
    return {"spec": {"rules": [{"host": host} if host else {} for host in hosts]}}


def load_balancer(*entries: dict[str, str], **spec: Any) -> dict[str, Any]:
    return {
        "spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1", **spec},
        "status": {"loadBalancer": {"ingress": entries}},
    }


def job(*conditions: str, **status: Any) -> dict[str, Any]:
    return {
        "spec": {"completions": 3, "template": TEMPLATE},
        "status": {"conditions": [condition(c) for c in conditions], **status},
    }


def metrics(*found: dict[str, Any], current: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    target = {"kind": "Deployment", "name": "d"}
    return {
        "spec": {"scaleTargetRef": target, "maxReplicas": 9, "metrics": found},
        "status": {"currentMetrics": current or []},
    }


def resource(name: str, percent: int) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": name, "target": {"averageUtilization": percent}}}


CASES: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("/namespaces", {"status": {"phase": "Active"}}, ["x", "Active", AGE]),
    ("/configmaps", {"data": {"a": "", "b": ""}, "binaryData": {"c": ""}}, ["x", 3, AGE]),
    ("/secrets", {"type": "Opaque", "data": {"a": ""}}, ["x", "Opaque", 1, AGE]),
    ("/serviceaccounts", {"secrets": [{"name": "s"}]}, ["x", AGE]),
    (
        "/services",
        {"spec": {"type": "NodePort", "clusterIPs": ["10.0.0.1", "::1"], "ports": [{"port": 80, "nodePort": 30000}]}},
        ["x", "NodePort", "10.0.0.1", "<none>", "80:30000/TCP", AGE, "<none>"],
    ),
    (
        "/services",
        {"spec": {"type": "ExternalName", "externalName": "e.com", "selector": {"b": "2", "a": "1"}}},
        ["x", "ExternalName", "<none>", "e.com", "<none>", AGE, "a=1,b=2"],
    ),
    ("/services", load_balancer(), ["x", "LoadBalancer", "10.0.0.1", "<pending>", "<none>", AGE, "<none>"]),
    (
        "/services",
        load_balancer({"ip": "2.2.2.2"}, {"hostname": "h"}, externalIPs=["1.1.1.1"]),
        ["x", "LoadBalancer", "10.0.0.1", "2.2.2.2,h,1.1.1.1", "<none>", AGE, "<none>"],
    ),
    ("/endpoints", {}, ["x", "<none>", AGE]),
    (
        "/endpoints",
        {"subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "::1"}], "ports": [{"port": 1}, {"port": 2}]}]},
        ["x", "1.1.1.1:1,[::1]:1,1.1.1.1:2 + 1 more...", AGE],
    ),
    (
        "/nodes",
        {
            "metadata": {**META, "labels": {"node-role.kubernetes.io/b": "", "kubernetes.io/role": "a"}},
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [condition("Ready", "Unknown")],
                "addresses": [{"type": "InternalIP", "address": "1.1.1.1"}],
                "nodeInfo": {"kubeletVersion": "v1", "osImage": "os", "kernelVersion": "6", "containerRuntimeVersion": "c"},
            },
        },
        ["x", "NotReady,SchedulingDisabled", "a,b", AGE, "v1", "1.1.1.1", "<none>", "os", "6", "c"],
    ),
    (
        "/persistentvolumes",
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"namespace": "n", "name": "c"},
                "storageClassName": "s",
                "volumeMode": "Block",
            },
            "status": {"phase": "Bound", "reason": "r"},
        },
        ["x", "1Gi", "RWO,RWX", "Retain", "Bound", "n/c", "s", "<unset>", "r", AGE, "Block"],
    ),
    (
        "/persistentvolumeclaims",
        {
            "spec": {"volumeName": "v"},
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]},
        },
        ["x", "Bound", "v", "1Gi", "RWO", "", "<unset>", AGE, "<unset>"],
    ),
    (
        "/persistentvolumeclaims",
        {"metadata": {**META, "deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Pending"}},
        ["x", "Terminating", "", "", "", "", "<unset>", AGE, "<unset>"],
    ),
    (
        "/resourcequotas",
        {"status": {"hard": {"pods": "4", "limits.cpu": "2", "cpu": "1"}, "used": {"pods": "1"}}},
        ["x", "cpu: 0/1, pods: 1/4", "limits.cpu: 0/2", AGE],
    ),
    (
        "/events",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "f"},
            "type": "Normal",
            "reason": "R",
            "message": " m\n",
            "source": {"component": "k", "host": "h"},
            "firstTimestamp": "2025-12-31T23:58:00Z",
            "lastTimestamp": "2025-12-31T23:59:50Z",
            "count": 7,
        },
        ["10s", "Normal", "R", "pod/p", "f", "k, h", "m", "2m", 7, "x"],
    ),
    (
        "/events",
        {"involvedObject": {"kind": "Pod"}, "reportingComponent": "c", "eventTime": "2025-12-31T23:59:30.000000Z"},
        ["30s", "", "", "pod", "", "c", "", "30s", 1, "x"],
    ),
    (
        "/replicationcontrollers",
        {"spec": {"replicas": 2, "selector": {"a": "1"}, "template": TEMPLATE}, "status": {"replicas": 1}},
        ["x", 2, 1, 0, AGE, "c,d", "i,j", "a=1"],
    ),
    ("/podtemplates", {"template": TEMPLATE}, ["x", "c,d", "i,j", "a=1"]),
    ("/componentstatuses", {"conditions": [condition("Healthy", message="ok")]}, ["x", "Healthy", "ok", ""]),
    (
        "apps/deployments",
        {
            "spec": {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE},
            "status": {"readyReplicas": 1, "updatedReplicas": 2},
        },
        ["x", "1/3", 2, 0, AGE, "c,d", "i,j", "a=1,b in (1,2)"],
    ),
    ("apps/replicasets", {"spec": {"replicas": 3, "template": TEMPLATE}}, ["x", 3, 0, 0, AGE, "c,d", "i,j", "<none>"]),
    ("apps/statefulsets", {"spec": {"replicas": 3, "template": TEMPLATE}}, ["x", "0/3", AGE, "c,d", "i,j"]),
    (
        "apps/daemonsets",
        {"spec": {"template": TEMPLATE}, "status": {"desiredNumberScheduled": 2, "numberReady": 1}},
        ["x", 2, 0, 1, 0, 0, "k=v", AGE, "c,d", "i,j", "<none>"],
    ),
    (
        "apps/controllerrevisions",
        {
            "metadata": {
                **META,
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "controller": True}],
            },
            "revision": 4,
        },
        ["x", "daemonset.apps/d", 4, AGE],
    ),
    ("batch/jobs", job(), ["x", "Running", "0/3", "", AGE, "c,d", "i,j", "<none>"]),
    (
        "batch/jobs",
        job("Complete", succeeded=3, startTime="2025-12-31T23:00:00Z", completionTime="2025-12-31T23:02:05Z"),
        ["x", "Complete", "3/3", "2m5s", AGE, "c,d", "i,j", "<none>"],
    ),
    ("batch/jobs", {"spec": {"parallelism": 2}}, ["x", "Running", "0/1 of 2", "", AGE, "", "", "<none>"]),
    ("batch/jobs", job("Suspended"), ["x", "Suspended", "0/3", "", AGE, "c,d", "i,j", "<none>"]),
    (
        "batch/cronjobs",
        {
            "spec": {"schedule": "* * * * *", "suspend": False, "jobTemplate": {"spec": {"template": TEMPLATE}}},
            "status": {"active": [{}], "lastScheduleTime": "2025-12-31T23:59:00Z"},
        },
        ["x", "* * * * *", "<none>", "False", 1, "60s", AGE, "c,d", "i,j", "<none>"],
    ),
    (
        "autoscaling/horizontalpodautoscalers",
        metrics(resource("cpu", 80), current=[{"resource": {"current": {"averageUtilization": 40}}}]),
        ["x", "Deployment/d", "cpu: 40%/80%", "<unset>", 9, 0, AGE],
    ),
    (
        "autoscaling/horizontalpodautoscalers",
        metrics(
            {"type": "Pods", "pods": {"target": {"averageValue": "5"}}},
            {"type": "External", "external": {"target": {"averageValue": "7"}}},
            {"type": "Object", "object": {"target": {"value": "9"}}},
        ),
        ["x", "Deployment/d", "<unknown>/5, <unknown>/7 (avg) + 1 more...", "<unset>", 9, 0, AGE],
    ),
    ("policy/poddisruptionbudgets", {"spec": {"minAvailable": "50%"}}, ["x", "50%", "N/A", 0, AGE]),
    ("networking.k8s.io/ingresses", ingress(), ["x", "<none>", "*", "", "80", AGE]),
    ("networking.k8s.io/ingresses", ingress("a", "b", "c"), ["x", "<none>", "a,b,c", "", "80", AGE]),
    ("networking.k8s.io/ingresses", ingress("a", "b", "c", ""), ["x", "<none>", "a,b,c + 1 more...", "", "80", AGE]),
    ("networking.k8s.io/ingresses", ingress("a", "", "", ""), ["x", "<none>", "a", "", "80", AGE]),
    (
        "networking.k8s.io/ingresses",
        {"spec": {"ingressClassName": "n", "tls": [{}]}, "status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}},
        ["x", "n", "*", "1.1.1.1", "80, 443", AGE],
    ),
    (
        "networking.k8s.io/ingressclasses",
        {"spec": {"controller": "c", "parameters": {"apiGroup": "g", "kind": "K", "name": "n"}}},
        ["x", "c", "K.g/n", AGE],
    ),
    ("networking.k8s.io/networkpolicies", {"spec": {"podSelector": SELECTOR}}, ["x", "a=1,b in (1,2)", AGE]),
    (
        "networking.k8s.io/ipaddresses",
        {"spec": {"parentRef": {"resource": "services", "namespace": "n", "name": "s"}}},
        ["x", "services/n/s", AGE],
    ),
    (
        "networking.k8s.io/ipaddresses",
        {"spec": {"parentRef": {"group": "G.io", "resource": "things", "name": "s"}}},
        ["x", "things.g.io/s", AGE],
    ),
    ("/endpoints", {"subsets": [{"notReadyAddresses": [{"ip": "1.1.1.1"}]}]}, ["x", "", AGE]),
    ("networking.k8s.io/servicecidrs", {"spec": {"cidrs": ["10.0.0.0/24", "fd::/64"]}}, ["x", "10.0.0.0/24,fd::/64", AGE]),
    (
        "discovery.k8s.io/endpointslices",
        {
            "addressType": "IPv4",
            "ports": [{"port": 80}, {"name": "n"}, {}],
            "endpoints": [{"addresses": [a]} for a in "1234"],
        },
        ["x", "IPv4", "80,n,*", "1,2,3 + 1 more...", AGE],
    ),
    ("discovery.k8s.io/endpointslices", {"addressType": "IPv6"}, ["x", "IPv6", "<unset>", "<unset>", AGE]),
    (
        "rbac.authorization.k8s.io/rolebindings",
        {
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [
                {"kind": "User", "name": "u"},
                {"kind": "User", "name": "v"},
                {"kind": "Group", "name": "g"},
                {"kind": "ServiceAccount", "namespace": "n", "name": "s"},
            ],
        },
        ["x", "Role/r", AGE, "u, v", "g", "n/s"],
    ),
    (
        f"{STORAGE}/storageclasses",
        {"metadata": {**META, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p"},
        ["x (default)", "p", "Delete", "Immediate", False, AGE],
    ),
    (f"{STORAGE}/volumeattributesclasses", {"driverName": "d"}, ["x", "d", AGE]),
    (
        f"{STORAGE}/volumeattachments",
        {"spec": {"attacher": "a", "nodeName": "n", "source": {"persistentVolumeName": "v"}}, "status": {"attached": True}},
        ["x", "a", "v", "n", True, AGE],
    ),
    (
        f"{STORAGE}/csidrivers",
        {"spec": {"attachRequired": False, "tokenRequests": [{"audience": "a"}], "volumeLifecycleModes": ["Persistent"]}},
        ["x", False, False, False, "a", False, "Persistent", AGE],
    ),
    (f"{STORAGE}/csinodes", {"spec": {"drivers": [{}, {}]}}, ["x", 2, AGE]),
    (f"{STORAGE}/csistoragecapacities", {"storageClassName": "s", "capacity": "1Gi"}, ["x", "s", "1Gi"]),
    ("scheduling.k8s.io/priorityclasses", {"value": 5, "preemptionPolicy": "Never"}, ["x", 5, False, AGE, "Never"]),
    ("node.k8s.io/runtimeclasses", {"handler": "h"}, ["x", "h", AGE]),
    ("coordination.k8s.io/leases", {"spec": {"holderIdentity": "h"}}, ["x", "h", AGE]),
    ("certificates.k8s.io/certificatesigningrequests", certificate(), ["x", AGE, "s", "u", "10m", "Pending"]),
    (
        "certificates.k8s.io/certificatesigningrequests",
        certificate("Approved", issued=True),
        ["x", AGE, "s", "u", "10m", "Approved,Issued"],
    ),
    ("certificates.k8s.io/certificatesigningrequests", certificate("Denied"), ["x", AGE, "s", "u", "10m", "Denied"]),
    (
        "certificates.k8s.io/certificatesigningrequests",
        certificate("Approved", "Failed"),
        ["x", AGE, "s", "u", "10m", "Approved,Failed"],
    ),
    ("certificates.k8s.io/clustertrustbundles", {"spec": {"signerName": "s"}}, ["x", "s"]),
    (f"{ADMISSION}/validatingwebhookconfigurations", {"webhooks": [{}, {}]}, ["x", 2, AGE]),
    (
        f"{ADMISSION}/validatingadmissionpolicies",
        {"spec": {"validations": [{}], "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}},
        ["x", 1, "v1/ConfigMap", AGE],
    ),
    (f"{ADMISSION}/mutatingadmissionpolicies", {"spec": {"mutations": [{}, {}]}}, ["x", 2, "<unset>", AGE]),
    (
        f"{ADMISSION}/validatingadmissionpolicybindings",
        {"spec": {"policyName": "p", "paramRef": {"name": "c", "namespace": "n"}}},
        ["x", "p", "n/c", AGE],
    ),
    (
        f"{ADMISSION}/validatingadmissionpolicybindings",
        {"spec": {"policyName": "p", "paramRef": {"name": "c"}}},
        ["x", "p", "*/c", AGE],
    ),
    (
        f"{ADMISSION}/validatingadmissionpolicybindings",
        {"spec": {"policyName": "p", "paramRef": {"namespace": "n", "selector": SELECTOR}}},
        [
            "x",
            "p",
            "&LabelSelector{MatchLabels:map[string]string{a: 1,},MatchExpressions:[]LabelSelectorRequirement{"
            "LabelSelectorRequirement{Key:b,Operator:In,Values:[2 1],},},}",
            AGE,
        ],
    ),
    (f"{ADMISSION}/mutatingadmissionpolicybindings", {"spec": {"policyName": "p"}}, ["x", "p", "<unset>", AGE]),
    (
        f"{FLOW}/flowschemas",
        {
            "spec": {
                "priorityLevelConfiguration": {"name": "l"},
                "matchingPrecedence": 9,
                "distinguisherMethod": {"type": "ByUser"},
            },
            "status": {"conditions": [condition("Dangling", "False")]},
        },
        ["x", "l", 9, "ByUser", AGE, "False"],
    ),
    (
        f"{FLOW}/prioritylevelconfigurations",
        {"spec": {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0}}},
        ["x", "Exempt", "<none>", "<none>", "<none>", "<none>", AGE],
    ),
    (
        "apiregistration.k8s.io/apiservices",
        {"status": {"conditions": [condition("Available")]}},
        ["x", "Local", "True", AGE],
    ),
    (
        "apiregistration.k8s.io/apiservices",
        {
            "spec": {"service": {"namespace": "n", "name": "s"}},
            "status": {"conditions": [condition("Available", "False", reason="R")]},
        },
        ["x", "n/s", "False (R)", AGE],
    ),
    ("resource.k8s.io/resourceclaims", {}, ["x", "pending", AGE]),
    ("resource.k8s.io/resourceslices", {"spec": {"allNodes": True, "driver": "d"}}, ["x", "", "d", "", AGE]),
    (
        "resource.k8s.io/resourceclaims",
        {"status": {"allocation": {"devices": {}}, "reservedFor": [{}]}},
        ["x", "allocated,reserved", AGE],
    ),
    (
        "resource.k8s.io/resourceslices",
        {"spec": {"nodeName": "n", "driver": "d", "pool": {"name": "p"}}},
        ["x", "n", "d", "p", AGE],
    ),
]


@pytest.mark.parametrize(("resource", "obj", "cells"), CASES, ids=[f"{index}-{case[0]}" for index, case in enumerate(CASES)])
def test_cells(resource: str, obj: dict[str, Any], cells: list[Any]) -> None:
    assert PRINTERS[resource]({"metadata": META, **obj}, NOW) == cells
