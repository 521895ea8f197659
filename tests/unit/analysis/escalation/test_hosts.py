"""The pods that have the host: every kind is tried, and each is the weakest of its kind."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kubegate.admission.pod_security.evaluator import violations
from kubegate.admission.pod_security.levels import Level, LevelVersion
from kubegate.analysis.escalation.hosts import twists
from kubegate.analysis.escalation.probes import templates
from kubegate.analysis.escalation.running import Pods

NODE = "root on nodes"
ADMISSION = "admissionregistration.k8s.io/v1"
CONTAINERS = "(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))"
CONTEXTS = f"{CONTAINERS}.filter(c, has(c.securityContext)).map(c, c.securityContext)"
VOLUMES = "(has(object.spec.volumes) ? object.spec.volumes : [])"
NOT_PRIVILEGED = f"{CONTEXTS}.all(s, !has(s.privileged) || !s.privileged)"
NO_CAPABILITY = f"{CONTEXTS}.all(s, !has(s.capabilities) || !has(s.capabilities.add))"
NO_PATH = f"{VOLUMES}.all(v, !has(v.hostPath))"
NO_ESCALATION = f"{CONTEXTS}.all(s, has(s.allowPrivilegeEscalation) && !s.allowPrivilegeEscalation)"
ONLY_CONTAINERS = "object.spec.containers.all(c, !has(c.securityContext.privileged) || !c.securityContext.privileged)"
NO_ROOT = "has(object.spec.securityContext.runAsUser) && object.spec.securityContext.runAsUser != 0"
READ_ONLY = f"{CONTAINERS}.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, has(m.readOnly) && m.readOnly))"
NOT_THE_ROOT = f"{VOLUMES}.all(v, !has(v.hostPath) || v.hostPath.path != '/')"
NO_GROUP = "!has(object.spec.securityContext.runAsGroup) || object.spec.securityContext.runAsGroup != 0"


def test_pod_security_refuses_every_one() -> None:
    baseline = LevelVersion(Level.BASELINE, None)
    for template in templates(Pods(), "shop", (), twists(windows=True)):
        assert violations(baseline, template["metadata"], template["spec"]), template["spec"]
    [plain] = templates(Pods(), "shop")
    assert not violations(LevelVersion(Level.RESTRICTED, None), plain["metadata"], plain["spec"])


def guard(*expressions: str, **spec: Any) -> list[dict[str, Any]]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    given = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": text} for text in expressions]}
    binding = {"policyName": "guard", "validationActions": ["Deny"]}
    return [
        {
            "apiVersion": ADMISSION,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "guard"},
            "spec": {**given, **spec},
        },
        {
            "apiVersion": ADMISSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "guard"},
            "spec": binding,
        },
    ]


@pytest.mark.parametrize(
    ("forbidden", "found"),
    [
        ([NOT_PRIVILEGED], True),
        ([ONLY_CONTAINERS, NO_CAPABILITY, NO_PATH], True),  # an init container is privileged
        ([NOT_PRIVILEGED, NO_CAPABILITY], True),  # a path of the host
        ([NOT_PRIVILEGED, NO_CAPABILITY, NO_ROOT, READ_ONLY, NO_ESCALATION], True),  # the socket, by the group root
        ([NOT_PRIVILEGED, NO_CAPABILITY, NO_ROOT, READ_ONLY, NO_ESCALATION, NOT_THE_ROOT, NO_GROUP], True),
        ([NOT_PRIVILEGED, NO_PATH], True),  # a capability
        ([NOT_PRIVILEGED, NO_PATH, NO_CAPABILITY], False),
        ([NO_PATH, NO_ESCALATION], True),  # a capability of a user that is root
        (["has(object.metadata.labels) && object.metadata.labels['team'] == 'web'"], True),
        (["object.spec.containers.all(c, c.image.startsWith('registry.example.com/'))"], True),
        (["false"], False),
    ],
)
def test_a_policy_stops_only_what_it_stops_altogether(cluster: Any, make: Any, forbidden: list[str], found: bool) -> None:
    own = make.eve(make.rule("create", "pods"), namespace="shop")
    assert (NODE in cluster(*own, *guard(*forbidden)).reaches()) is found


@pytest.mark.parametrize(
    ("taint", "forbidden", "step"),
    [
        (None, "true", "runs a pod that has the host in namespace shop"),
        ("NoSchedule", "true", "runs a pod that has the host in namespace shop, on node m1"),
        ("NoSchedule", "!has(object.spec.nodeName)", "runs a pod that has the host in namespace shop, on node m1"),
        ("NoSchedule", "!has(object.spec.tolerations)", "runs a pod that has the host in namespace shop, on node m1"),
        ("NoExecute", "!has(object.spec.tolerations)", ""),
    ],
)
def test_a_node_that_keeps_pods_away(cluster: Any, make: Any, taint: str | None, forbidden: str, step: str) -> None:
    node = make.node("m1", **{"node-role.kubernetes.io/control-plane": ""})
    if taint:
        node["spec"] = {"taints": [{"key": "only-mine", "effect": taint}]}
    # Defaults add tolerations of the node's own conditions.
    own = forbidden.replace("!has(object.spec.tolerations)", "object.spec.tolerations.all(t, has(t.key))")
    reached = cluster(node, *make.eve(make.rule("create", "pods"), namespace="shop"), *guard(own)).reaches()
    assert reached.get("cluster-admin", [""])[0] == step


def test_who_changes_nodes_takes_their_taints_away(cluster: Any, make: Any) -> None:
    node = make.node("m1", **{"node-role.kubernetes.io/control-plane": ""})
    node["spec"] = {"taints": [{"key": "only-mine", "effect": "NoExecute"}]}
    no_tolerations = guard("object.spec.tolerations.all(t, has(t.key))")
    creates = make.eve(make.rule("create", "pods"), namespace="shop")
    changes = make.eve(make.rule("patch", "nodes"))
    assert "cluster-admin" not in cluster(node, *creates, *no_tolerations).reaches()
    step = "takes the taints of node m1 away, and runs a pod that has the host in namespace shop, there"
    assert cluster(node, *creates, *changes, *no_tolerations).reaches()["cluster-admin"][0] == step


@pytest.mark.parametrize(
    ("path", "bound", "found"),
    [
        ("/", None, True),
        ("/", {"namespace": "shop", "name": "mine"}, True),
        ("/", {"namespace": "other", "name": "mine"}, False),
        ("/mnt/data", None, False),
    ],
)
def test_volumes_of_the_host_that_are_there(cluster: Any, make: Any, path: str, bound: Any, found: bool) -> None:
    spec: dict[str, Any] = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": path},
    }
    if bound:
        spec["claimRef"] = {"kind": "PersistentVolumeClaim", **bound}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": spec}
    own = make.eve(make.rule("create", "pods persistentvolumeclaims"), namespace="shop")
    reached = cluster(make.namespace("shop", enforce="restricted"), volume, *own).reaches()
    assert (NODE in reached) is found


def test_on_windows_the_host_has_another_name(cluster: Any, make: Any) -> None:
    own = make.eve(make.rule("create", "pods"), namespace="shop")
    nothing_else = guard(NOT_PRIVILEGED, NO_PATH, NO_CAPABILITY)
    assert cluster(*own, *nothing_else).reaches() == {}
    windows = make.node("w1", **{"kubernetes.io/os": "windows"})
    assert NODE in cluster(windows, *own, *nothing_else).reaches()


def test_what_is_tried_is_not_changed_by_what_is_tried_before() -> None:
    made = [copy.deepcopy(template) for template in templates(Pods(), "shop", (), twists())]
    assert made == list(templates(Pods(), "shop", (), twists()))
