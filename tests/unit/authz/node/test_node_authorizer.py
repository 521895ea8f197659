"""What nodes may do; each refusal with its reason."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.authz.node.authorizer import NodeAuthorizer, node_name
from kubegate.authz.node.rules import node_rules
from kubegate.bundle.bootstrap import rbac_objects

N1 = User("system:node:n1", groups=("system:nodes",))
UNRELATED = "no relationship found between node 'n1' and this object"


def pod(name="p", node="n1", *, namespace="a", spec=None, status=None, **metadata):
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": {"nodeName": node, **(spec or {})},
        "status": status or {},
    }


def ask(verb, resource, name="", *, user=N1, namespace="a", group="", fields=()):
    resource, _, subresource = resource.partition("/")
    requirements = tuple(SelectorRequirement(key, "In", (value,)) for key, value in fields) or None
    return Attributes(user, verb, True, group, "*", resource, subresource, namespace, name, "", requirements)


def test_others_have_no_opinion_and_unnamed_nodes_a_reason():
    authorizer = NodeAuthorizer()
    for user in (User("n1"), User("system:node:n1"), User("x", groups=("system:nodes",))):
        assert authorizer.authorize(ask("get", "pods", user=user)).reason == ""
    nameless = User("system:node:", groups=("system:nodes",))
    assert authorizer.authorize(ask("get", "pods", user=nameless)).reason == 'unknown node for user "system:node:"'
    assert node_name(N1) == "n1"


@pytest.mark.parametrize(
    ("spec", "resource", "name"),
    [
        ({"imagePullSecrets": [{"name": "s"}]}, "secrets", "s"),
        ({"containers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]}, "secrets", "s"),
        ({"containers": [{"envFrom": [{"configMapRef": {"name": "c"}}]}]}, "configmaps", "c"),
        ({"initContainers": [{"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}]}, "secrets", "s"),
        (
            {"ephemeralContainers": [{"env": [{"name": "E", "valueFrom": {"configMapKeyRef": {"name": "c"}}}]}]},
            "configmaps",
            "c",
        ),
        ({"volumes": [{"secret": {"secretName": "s"}}]}, "secrets", "s"),
        ({"volumes": [{"configMap": {"name": "c"}}]}, "configmaps", "c"),
        (
            {"volumes": [{"projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {"name": "c"}}]}}]},
            "configmaps",
            "c",
        ),
        ({"volumes": [{"csi": {"nodePublishSecretRef": {"name": "s"}}}]}, "secrets", "s"),
        ({"volumes": [{"azureFile": {"secretName": "s"}}]}, "secrets", "s"),
        ({"volumes": [{"rbd": {"secretRef": {"name": "s"}}}]}, "secrets", "s"),
        ({"volumes": [{"persistentVolumeClaim": {"claimName": "d"}}]}, "persistentvolumeclaims", "d"),
        ({"volumes": [{"name": "v", "ephemeral": {}}]}, "persistentvolumeclaims", "p-v"),
        ({"serviceAccountName": "robot"}, "serviceaccounts", "robot"),
    ],
)
def test_a_node_may_read_what_its_pods_refer_to(spec, resource, name):
    authorizer = NodeAuthorizer([pod(spec=spec)])
    assert authorizer.authorize(ask("get", resource, name)).allowed
    assert authorizer.authorize(ask("get", resource, "another")).reason == UNRELATED
    assert not authorizer.authorize(ask("get", resource, name, namespace="b")).allowed
    other = User("system:node:n2", groups=("system:nodes",))
    assert not authorizer.authorize(ask("get", resource, name, user=other)).allowed


@pytest.mark.parametrize(
    ("claim", "status", "name"),
    [
        ({"name": "gpu", "resourceClaimName": "mine"}, {}, "mine"),
        (
            {"name": "gpu", "resourceClaimTemplateName": "t"},
            {"resourceClaimStatuses": [{"name": "gpu", "resourceClaimName": "made"}]},
            "made",
        ),
        ({"name": "other"}, {"extendedResourceClaimStatus": {"resourceClaimName": "extended"}}, "extended"),
    ],
)
def test_resource_claims(claim, status, name):
    authorizer = NodeAuthorizer([pod(spec={"resourceClaims": [claim]}, status=status)])
    assert authorizer.authorize(ask("get", "resourceclaims", name, group="resource.k8s.io")).allowed
    assert not authorizer.authorize(ask("get", "resourceclaims", "t", group="resource.k8s.io")).allowed


def test_a_mirror_pod_grants_nothing_but_itself():
    mirror = pod(spec={"volumes": [{"secret": {"secretName": "s"}}]}, annotations={"kubernetes.io/config.mirror": "x"})
    authorizer = NodeAuthorizer([mirror])
    assert authorizer.authorize(ask("get", "secrets", "s")).reason == UNRELATED
    assert authorizer.authorize(ask("get", "pods", "p")).allowed


def test_volumes_and_the_secrets_that_the_kubelet_needs():
    claim = {"namespace": "a", "name": "d"}
    csi = {
        "nodeStageSecretRef": {"name": "stage", "namespace": "z"},
        "controllerPublishSecretRef": {"name": "ctl", "namespace": "z"},
    }
    volume = {"kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": {"claimRef": claim, "csi": csi}}
    authorizer = NodeAuthorizer([pod(spec={"volumes": [{"persistentVolumeClaim": {"claimName": "d"}}]}), volume])
    assert authorizer.authorize(ask("get", "persistentvolumes", "pv", namespace="")).allowed
    assert authorizer.authorize(ask("get", "persistentvolumes", "pv", namespace="a")).reason == UNRELATED
    assert authorizer.authorize(ask("get", "secrets", "stage", namespace="z")).allowed
    assert not authorizer.authorize(ask("get", "secrets", "ctl", namespace="z")).allowed
    authorizer.remove("PersistentVolume", "", "pv")
    assert not authorizer.authorize(ask("get", "persistentvolumes", "pv", namespace="")).allowed
    assert not authorizer.authorize(ask("get", "secrets", "stage", namespace="z")).allowed


def test_changes_of_pods_count_at_once():
    secret = {"volumes": [{"secret": {"secretName": "s"}}]}
    authorizer = NodeAuthorizer([pod("p", "", spec=secret)])
    assert not authorizer.authorize(ask("get", "secrets", "s")).allowed
    authorizer.upsert(pod("p", spec=secret))
    authorizer.upsert(pod("q", spec=secret))
    authorizer.remove("Pod", "a", "p")
    assert authorizer.authorize(ask("get", "secrets", "s")).allowed
    authorizer.upsert(pod("q", "n2", spec=secret))
    assert not authorizer.authorize(ask("get", "secrets", "s")).allowed
    authorizer.remove("Pod", "a", "q")
    assert authorizer.graph._needed == {} == authorizer.graph._bound


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (ask("update", "secrets", "s"), "can only read resources of this type"),
        (ask("get", "secrets/x", "s"), "cannot read subresource"),
        (ask("get", "secrets", "s", namespace=""), "can only read namespaced object of this type"),
        (ask("list", "secrets"), "No Object name found"),
        (ask("list", "persistentvolumeclaims"), "can only get individual resources of this type"),
        (ask("get", "persistentvolumeclaims/x", "d"), "cannot get subresource"),
        (ask("get", "persistentvolumeclaims/status", "d"), "can only get/update/patch this type"),
        (ask("patch", "persistentvolumeclaims/status", "d"), UNRELATED),
        (ask("list", "serviceaccounts"), "can only create tokens for individual service accounts"),
        (ask("create", "serviceaccounts", "sa"), "can only create token subresource of serviceaccount"),
        (ask("create", "serviceaccounts/token", "sa"), UNRELATED),
        (ask("get", "serviceaccounts", "sa", namespace=""), "can only read namespaced object of this type"),
        (ask("list", "leases", group="coordination.k8s.io"), "can only get, create, update, patch, or delete a node lease"),
        (
            ask("get", "leases", "n1", group="coordination.k8s.io"),
            'can only access leases in the "kube-node-lease" system namespace',
        ),
        (
            ask("get", "leases", "n2", group="coordination.k8s.io", namespace="kube-node-lease"),
            "can only access node lease with the same name as the requesting node",
        ),
        (ask("list", "csinodes", group="storage.k8s.io"), "can only get, create, update, patch, or delete a CSINode"),
        (ask("get", "csinodes/x", "n1", group="storage.k8s.io"), "cannot authorize CSINode subresources"),
        (
            ask("get", "csinodes", "n2", group="storage.k8s.io"),
            "can only access CSINode with the same name as the requesting node",
        ),
        (ask("get", "resourceslices/x", "s", group="resource.k8s.io"), "cannot authorize ResourceSlice subresources"),
        (
            ask("list", "resourceslices", group="resource.k8s.io"),
            "can only list/watch/deletecollection resourceslices with nodeName field selector",
        ),
        (
            ask("escalate", "resourceslices", group="resource.k8s.io"),
            "only the following verbs are allowed for a ResourceSlice: "
            "get, watch, list, create, update, patch, delete, deletecollection",
        ),
        (ask("list", "nodes"), "node 'n1' cannot read all nodes, only its own Node object"),
        (ask("get", "nodes", "n2"), "node 'n1' cannot read 'n2', only its own Node object"),
        (ask("delete", "nodes", "n1"), ""),
        (ask("get", "nodes/status", "n1"), ""),
        (ask("list", "pods"), "can only list/watch pods with spec.nodeName field selector"),
        (
            ask("list", "pods", fields=[("spec.nodeName", "n2")]),
            "can only list/watch pods with spec.nodeName field selector",
        ),
        (ask("watch", "pods", "p"), UNRELATED),
        (ask("get", "pods/log", "p"), ""),
        (ask("deletecollection", "pods"), ""),
        (ask("create", "podcertificaterequests", group="certificates.k8s.io"), ""),
    ],
)
def test_refusals(request_, reason):
    verdict = NodeAuthorizer().authorize(request_)
    assert (verdict.decision, verdict.reason) == (Decision.NO_OPINION, reason)


@pytest.mark.parametrize(
    "request_",
    [
        ask("create", "nodes"),
        ask("get", "nodes", "n1"),
        ask("patch", "nodes/status", "whatever"),
        ask("list", "pods", fields=[("spec.nodeName", "n1")]),
        ask("create", "pods"),
        ask("update", "pods/status", "p"),
        ask("create", "pods/eviction", "p"),
        ask("create", "leases", group="coordination.k8s.io", namespace="kube-node-lease"),
        ask("delete", "leases", "n1", group="coordination.k8s.io", namespace="kube-node-lease"),
        ask("create", "csinodes", group="storage.k8s.io"),
        ask("create", "resourceslices", group="resource.k8s.io"),
        ask("watch", "resourceslices", group="resource.k8s.io", fields=[("spec.nodeName", "n1")]),
        ask("list", "services"),
        ask("create", "events", group="events.k8s.io"),
        ask("create", "subjectaccessreviews", group="authorization.k8s.io"),
        ask("watch", "runtimeclasses", group="node.k8s.io"),
    ],
)
def test_what_every_node_may(request_):
    assert NodeAuthorizer().authorize(request_).allowed


@pytest.mark.parametrize(
    ("kind", "resource", "group"),
    [("VolumeAttachment", "volumeattachments", "storage.k8s.io"), ("ResourceSlice", "resourceslices", "resource.k8s.io")],
)
def test_objects_bound_to_a_node(kind, resource, group):
    authorizer = NodeAuthorizer([{"kind": kind, "metadata": {"name": "x"}, "spec": {"nodeName": "n1"}}])
    assert authorizer.authorize(ask("get", resource, "x", group=group, namespace="")).allowed
    other = User("system:node:n2", groups=("system:nodes",))
    assert not authorizer.authorize(ask("get", resource, "x", group=group, namespace="", user=other)).allowed
    authorizer.remove(kind, "", "x")
    assert not authorizer.authorize(ask("get", resource, "x", group=group, namespace="")).allowed


def test_pod_certificate_requests_behind_their_gate():
    request_ = {"kind": "PodCertificateRequest", "metadata": {"name": "r", "namespace": "a"}, "spec": {"nodeName": "n1"}}
    authorizer = NodeAuthorizer([request_], gates={"PodCertificateRequest": True})
    group = "certificates.k8s.io"
    assert authorizer.authorize(ask("create", "podcertificaterequests", group=group)).allowed
    assert authorizer.authorize(ask("get", "podcertificaterequests", "r", group=group)).allowed
    assert authorizer.authorize(
        ask("watch", "podcertificaterequests", group=group, fields=[("spec.nodeName", "n1")])
    ).allowed
    assert not authorizer.authorize(ask("watch", "podcertificaterequests", group=group)).allowed
    for asked, reason in (
        (ask("get", "podcertificaterequests", "s", group=group), UNRELATED),
        (
            ask("list", "podcertificaterequests", group=group),
            "can only list/watch podcertificaterequests with nodeName field selector",
        ),
        (
            ask("update", "podcertificaterequests/status", "r", group=group),
            "nodes may not access the status subresource of PodCertificateRequests",
        ),
        (ask("delete", "podcertificaterequests", "r", group=group), "nodes may not delete podcertificaterequests"),
    ):
        assert authorizer.authorize(asked).reason == reason


def test_reading_service_accounts_and_trust_bundles_is_behind_gates():
    account = pod(spec={"serviceAccountName": "robot"})
    asked = ask("get", "serviceaccounts", "robot")
    off = {"KubeletServiceAccountTokenForCredentialProviders": False}
    assert NodeAuthorizer([account]).authorize(asked).allowed
    assert NodeAuthorizer([account], gates=off).authorize(asked).reason == "not allowed to get service accounts"
    assert NodeAuthorizer([account], gates={**off, "PodCertificateRequest": True}).authorize(asked).allowed
    bundle = ask("watch", "clustertrustbundles", group="certificates.k8s.io", namespace="")
    assert not NodeAuthorizer().authorize(bundle).allowed
    assert NodeAuthorizer(gates={"ClusterTrustBundle": True}).authorize(bundle).allowed


def test_the_static_rules_are_those_of_the_role_that_nodes_once_had():
    role = next(obj for obj in rbac_objects() if obj["kind"] == "ClusterRole" and obj["metadata"]["name"] == "system:node")
    assert list(node_rules({})) == role["rules"]


def test_rules_of_a_node_cannot_be_listed():
    authorizer = NodeAuthorizer()
    assert authorizer.rules_for(N1, "a").incomplete
    assert authorizer.rules_for(User("u"), "a").incomplete is False


@pytest.mark.parametrize(
    ("source", "namespace"),
    [
        ({"rbd": {"secretRef": {"name": "s"}}}, "a"),
        ({"rbd": {"secretRef": {"name": "s", "namespace": "z"}}}, "z"),
        ({"azureFile": {"secretName": "s"}}, "a"),
        ({"azureFile": {"secretName": "s", "secretNamespace": "z"}}, "z"),
        ({"csi": {"nodeExpandSecretRef": {"name": "s", "namespace": "z"}}}, "z"),
    ],
)
def test_the_secret_of_a_volume_is_in_its_claims_namespace_unless_named(source, namespace):
    spec = {"claimRef": {"namespace": "a", "name": "d"}, **source}
    volume = {"kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": spec}
    authorizer = NodeAuthorizer([pod(spec={"volumes": [{"persistentVolumeClaim": {"claimName": "d"}}]}), volume])
    for tried in ("a", "z"):
        assert authorizer.authorize(ask("get", "secrets", "s", namespace=tried)).allowed is (tried == namespace)


def test_a_volume_without_claim_grants_nothing():
    volume = {"kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": {"rbd": {"secretRef": {"name": "s"}}}}
    authorizer = NodeAuthorizer([pod(), volume])
    assert not authorizer.authorize(ask("get", "persistentvolumes", "pv", namespace="")).allowed
