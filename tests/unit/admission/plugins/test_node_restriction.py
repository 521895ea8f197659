"""NodeRestriction: a table of what a node may and may not write."""

from __future__ import annotations

import copy

import pytest

from kubegate.admission.interface import Operation
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import User

NODE = User.of("system:node:n1", ["system:nodes", "system:authenticated"])
_UNKNOWN_AUDIENCE = (
    'audience "other" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience'
)
OWNER = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "uid-n1", "controller": True}


def node(name="n1", labels=None, **spec):
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def mirror(pod, *owners, node_name="n1", **spec):
    meta = {"annotations": {"kubernetes.io/config.mirror": "x"}, "ownerReferences": list(owners)}
    return pod(meta=meta, nodeName=node_name, **spec)


@pytest.fixture
def judge(world):
    world.add(node())
    plugin = world.build("NodeRestriction")

    def answer(asked):
        refusal = plugin.mutate(asked)
        return refusal.message if refusal else None

    return answer


@pytest.mark.parametrize(
    ("user", "refused"),
    [
        (NODE, True),
        (User.of("system:node:n1", []), False),
        (User.of("kubelet", ["system:nodes"]), False),
    ],
)
def test_only_nodes_are_restricted(judge, review, pod, user, refused):
    assert (judge(review(pod(), user=user)) is not None) is refused


def test_a_node_without_a_name_may_do_nothing(judge, review):
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    message = judge(review(obj, user=User.of("system:node:", ["system:nodes"])))
    assert 'could not determine node from user "system:node:"' in message


class TestNodes:
    @pytest.mark.parametrize(
        ("obj", "old", "why"),
        [
            (node("n2"), None, 'node "n1" is not allowed to modify node "n2"'),
            (node(configSource={}), None, "not allowed to create pods with a non-nil configSource"),
            (node(labels={"node-restriction.kubernetes.io/x": ""}), None, "labels: node-restriction.kubernetes.io/x"),
            (node(labels={"a.node-restriction.kubernetes.io/x": ""}), None, "labels: a.node-restriction.kubernetes.io/x"),
            (
                node(labels={"kubernetes.io/x": "", "k8s.io/y": ""}),
                None,
                "set the following labels: k8s.io/y, kubernetes.io/x",
            ),
            (node(labels={"node-role.kubernetes.io/master": ""}), None, "labels: node-role.kubernetes.io/master"),
            (node(), node(labels={"kubernetes.io/x": ""}), "is not allowed to modify labels: kubernetes.io/x"),
            (node(taints=[]), node(taints=[{"key": "t"}]), "is not allowed to modify taints"),
            (node(configSource={"a": 1}), node(), "is not allowed to update configSource"),
        ],
    )
    def test_what_would_steer_pods_is_refused(self, judge, review, obj, old, why):
        assert why in judge(review(obj, old=old, user=NODE))

    @pytest.mark.parametrize(
        "label", ["example.com/x", "kubernetes.io/hostname", "node.kubernetes.io/x", "a.kubelet.kubernetes.io/x"]
    )
    def test_a_kubelets_own_labels_pass(self, judge, review, label):
        assert judge(review(node(labels={label: "v"}), user=NODE)) is None

    def test_owners_stay(self, judge, review):
        new = node()
        new["metadata"]["ownerReferences"] = [{"uid": "x"}]
        assert "is not allowed to modify ownerReferences" in judge(review(new, old=node(), user=NODE))

    def test_another_node_is_not_deleted(self, judge, review):
        assert 'not allowed to modify node "n2"' in judge(review(None, old=node("n2"), user=NODE))


class TestPods:
    def test_a_mirror_pod_of_its_own_is_created(self, judge, review, pod):
        assert judge(review(mirror(pod, OWNER), user=NODE)) is None

    @pytest.mark.parametrize(
        ("owners", "spec", "why"),
        [
            ((), {}, "with an owner reference set to itself"),
            ((OWNER, OWNER), {}, "with a single owner reference set to itself"),
            ((OWNER | {"name": "n2"},), {}, "with an owner reference set to itself"),
            ((OWNER | {"controller": False},), {}, "with a controller owner reference set to itself"),
            ((OWNER | {"blockOwnerDeletion": True},), {}, "must not set blockOwnerDeletion"),
            ((OWNER | {"uid": "other"},), {}, "UID mismatch: expected other got uid-n1"),
            ((OWNER,), {"node_name": "n2"}, "with spec.nodeName set to itself"),
            ((OWNER,), {"serviceAccountName": "a"}, "reference a service account"),
            ((OWNER,), {"volumes": [{"secret": {"secretName": "s"}}]}, "reference secrets"),
            ((OWNER,), {"volumes": [{"configMap": {"name": "s"}}]}, "reference configmaps"),
            ((OWNER,), {"containers": [{"envFrom": [{"configMapRef": {"name": "c"}}]}]}, "reference configmaps"),
            (
                (OWNER,),
                {"volumes": [{"projected": {"sources": [{"clusterTrustBundle": {}}]}}]},
                "reference clustertrustbundles",
            ),
            ((OWNER,), {"volumes": [{"persistentVolumeClaim": {}}]}, "reference persistentvolumeclaims"),
            ((OWNER,), {"resourceClaims": [{"name": "r"}]}, "reference resourceclaims"),
        ],
    )
    def test_mirror_pods_reference_nothing_and_belong_to_the_node(self, judge, review, pod, owners, spec, why):
        assert why in judge(review(mirror(pod, *owners, **spec), user=NODE))

    def test_ordinary_pods_are_not_created(self, judge, review, pod):
        assert "can only create mirror pods" in judge(review(pod(nodeName="n1"), user=NODE))

    @pytest.mark.parametrize(("place", "allowed"), [("n1", True), ("n2", False)])
    def test_pods_are_deleted_evicted_and_reported_where_they_run(self, world, judge, review, pod, place, allowed):
        old = world.add(pod(nodeName=place))
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
        questions = [
            review(None, old=old, user=NODE),
            review(eviction, user=NODE, resource="pods", subresource="eviction", namespace="ns", name="p"),
            review(copy.deepcopy(old), old=old, user=NODE, subresource="status"),
        ]
        assert [judge(asked) is None for asked in questions] == [allowed] * 3

    def test_a_status_changes_neither_labels_nor_claims(self, judge, review, pod):
        old, relabelled, claimed = pod(nodeName="n1"), pod(nodeName="n1", meta={"labels": {"a": "b"}}), pod(nodeName="n1")
        claimed["status"] = {"resourceClaimStatuses": [{"name": "r"}]}
        assert "cannot update labels through pod status" in judge(
            review(relabelled, old=old, user=NODE, subresource="status")
        )
        assert "cannot update resource claim" in judge(review(claimed, old=old, user=NODE, subresource="status"))

    def test_other_subresources_are_refused(self, judge, review, pod):
        assert "unexpected pod subresource" in judge(review(pod(), old=pod(), user=NODE, subresource="resize"))
        assert 'unexpected operation "UPDATE"' in judge(review(pod(), old=pod(), user=NODE))


class TestTokens:
    def ask(self, review, *, uid="uid-p", name="p", kind="Pod", audiences=()):
        bound = {"apiVersion": "v1", "kind": kind, "name": name, "uid": uid}
        obj = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        obj["spec"] = {"boundObjectRef": bound, "audiences": list(audiences)}
        asked = review(obj, user=NODE, subresource="token", namespace="ns", name="sa")
        asked.resource = GroupVersionResource("", "v1", "serviceaccounts")
        return asked

    @pytest.fixture(autouse=True)
    def pods(self, world, pod):
        sources = [{"serviceAccountToken": {"audience": "vault"}}]
        world.add(pod(nodeName="n1", volumes=[{"name": "v", "projected": {"sources": sources}}]))
        world.add(pod("far", nodeName="n2"))

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ({"kind": "Secret"}, "not bound to a pod"),
            ({"name": ""}, "not bound to a pod"),
            ({"uid": ""}, "without a uid"),
            ({"uid": "other"}, "does not match the UID in record"),
            ({"name": "ghost"}, 'pod "ghost" not found'),
            ({"name": "far", "uid": "uid-far"}, "scheduled on a different node"),
            ({"audiences": ["other"]}, _UNKNOWN_AUDIENCE),
            ({"audiences": ["vault", "other"]}, "node may only request 0 or 1 audiences"),
            ({"audiences": ["vault"]}, None),
        ],
    )
    def test_tokens_are_for_pods_of_the_node(self, judge, review, how, why):
        message = judge(self.ask(review, **how))
        assert (message is None) if why is None else why in message

    def test_another_audience_may_be_allowed_explicitly(self, world, review, grants):
        world.authorizer = grants(("request-serviceaccounts-token-audience", "other", "sa"))
        assert world.build("NodeRestriction").mutate(self.ask(review, audiences=["other"])) is None

    def test_a_csi_drivers_audience_counts(self, world, judge, review, pod):
        driver = {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "d"}}
        world.add({**driver, "spec": {"tokenRequests": [{"audience": "csi"}]}})
        world.add(pod("q", nodeName="n1", volumes=[{"name": "v", "csi": {"driver": "d"}}]))
        assert judge(self.ask(review, name="q", uid="uid-q", audiences=["csi"])) is None


class TestOthers:
    @pytest.mark.parametrize(
        ("namespace", "name", "why"),
        [
            ("kube-node-lease", "n1", None),
            ("kube-node-lease", "n2", "same name as the requesting node"),
            ("ns", "n1", 'in the "kube-node-lease" system namespace'),
        ],
    )
    def test_leases(self, judge, review, namespace, name, why):
        obj = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name, "namespace": namespace}}
        for asked in (review(obj, user=NODE), review(None, old=obj, user=NODE)):
            message = judge(asked)
            assert (message is None) if why is None else why in message

    @pytest.mark.parametrize(("name", "allowed"), [("n1", True), ("n2", False)])
    def test_csi_nodes(self, judge, review, name, allowed):
        obj = {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": name}}
        assert (judge(review(obj, user=NODE)) is None) is allowed

    @pytest.mark.parametrize(("place", "allowed"), [("n1", True), ("n2", False)])
    @pytest.mark.parametrize("operation", [Operation.CREATE, Operation.DELETE])
    def test_resource_slices(self, judge, review, place, allowed, operation):
        obj = {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceSlice",
            "metadata": {"name": "s"},
            "spec": {"nodeName": place},
        }
        asked = review(obj, user=NODE) if operation is Operation.CREATE else review(None, old=obj, user=NODE)
        asked.kind = GroupVersionKind("resource.k8s.io", "v1", "ResourceSlice")
        assert (judge(asked) is None) is allowed

    def test_claims_only_grow_in_their_status(self, judge, review):
        old = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "status": {"capacity": {}}}
        grown, labelled = copy.deepcopy(old), copy.deepcopy(old)
        grown["status"]["capacity"] = {"storage": "1Gi"}
        labelled["metadata"]["labels"] = {"a": "b"}
        assert judge(review(grown, old=old, user=NODE, subresource="status")) is None
        assert "fields other than status.quantity" in judge(review(labelled, old=old, user=NODE, subresource="status"))
        assert "may only update PVC status" in judge(review(grown, old=old, user=NODE))
