"""Plugins about other objects: classes, claims, nodes, services, certificates, owners, events, affinity."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubegate.admission.interface import Operation
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import User

SOMEBODY = User.of("somebody", ["system:authenticated"])


def storage_class(world, name, *, default=False, created="2026-01-01T00:00:00Z", **fields):
    mark = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    meta = {"name": name, "annotations": mark, "creationTimestamp": created}
    world.add({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": meta, "provisioner": "p", **fields})


def claim(size="1Gi", phase="Bound", **spec):
    spec = {"resources": {"requests": {"storage": size}}, **spec}
    meta = {"name": "c", "namespace": "ns"}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec, "status": {"phase": phase}}


class TestDefaultStorageClass:
    @pytest.mark.parametrize(
        ("classes", "wanted"),
        [
            ([("a", "2026-01-01T00:00:00Z"), ("b", "2026-01-02T00:00:00Z")], "b"),
            ([("b", "2026-01-01T00:00:00Z"), ("a", "2026-01-01T00:00:00Z")], "a"),
            ([], None),
        ],
    )
    def test_the_newest_default_counts_then_the_first_by_name(self, world, review, classes, wanted):
        for name, created in classes:
            storage_class(world, name, default=True, created=created)
        storage_class(world, "other", created="2027-01-01T00:00:00Z")
        obj = claim()
        world.build("DefaultStorageClass").mutate(review(obj))
        assert obj["spec"].get("storageClassName") == wanted

    @pytest.mark.parametrize("own", ["", "mine"])
    def test_a_claim_that_says_something_is_left_alone(self, world, review, own):
        storage_class(world, "a", default=True)
        obj = claim(storageClassName=own)
        world.build("DefaultStorageClass").mutate(review(obj))
        assert obj["spec"]["storageClassName"] == own


class TestClaimResize:
    def judge(self, world, review, old, new):
        refusal = world.build("PersistentVolumeClaimResize").validate(review(new, old=old))
        return refusal.message if refusal else None

    def test_growth_needs_a_bound_claim_and_a_class_that_allows_it(self, world, review):
        storage_class(world, "grows", allowVolumeExpansion=True)
        storage_class(world, "stays")
        small, big = claim(storageClassName="grows"), claim("2Gi", storageClassName="grows")
        assert self.judge(world, review, small, big) is None
        assert "Only bound" in self.judge(world, review, claim(phase="Pending", storageClassName="grows"), big)
        for name in ("stays", "ghost", ""):
            message = self.judge(world, review, claim(storageClassName=name), claim("2Gi", storageClassName=name))
            assert "only dynamically provisioned pvc can be resized" in message

    def test_the_same_size_and_less_are_not_judged_here(self, world, review):
        assert self.judge(world, review, claim("2Gi"), claim("2048Mi")) is None
        assert self.judge(world, review, claim("2Gi"), claim("1Gi")) is None


@pytest.mark.parametrize(
    ("kind", "version", "finalizer"),
    [
        ("PersistentVolume", "v1", "kubernetes.io/pv-protection"),
        ("PersistentVolumeClaim", "v1", "kubernetes.io/pvc-protection"),
        ("VolumeAttributesClass", "storage.k8s.io/v1", "kubernetes.io/vac-protection"),
    ],
)
def test_storage_objects_are_kept_while_in_use(world, review, kind, version, finalizer):
    obj = {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "finalizers": ["mine"]}}
    plugin = world.build("StorageObjectInUseProtection")
    plugin.mutate(review(obj))
    plugin.mutate(review(obj))
    assert obj["metadata"]["finalizers"] == ["mine", finalizer]


class TestDefaultIngressClass:
    def test_the_default_is_filled_in_unless_the_ingress_says_something(self, world, review):
        mark = {"ingressclass.kubernetes.io/is-default-class": "true"}
        world.add(
            {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "d", "annotations": mark}}
        )
        plugin = world.build("DefaultIngressClass")

        def result(annotations, spec):
            obj = {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "i", "annotations": annotations},
            }
            obj["spec"] = spec
            plugin.mutate(review(obj))
            return obj["spec"].get("ingressClassName")

        assert result({}, {}) == "d"
        assert result({}, {"ingressClassName": "mine"}) == "mine"
        assert result({"kubernetes.io/ingress.class": "old"}, {}) is None


@pytest.mark.parametrize(
    ("taints", "count"),
    [
        ([], 1),
        ([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}], 1),
        ([{"key": "x", "effect": "NoExecute"}], 2),
    ],
)
def test_new_nodes_are_tainted(world, review, taints, count):
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"taints": list(taints)}}
    world.build("TaintNodesByCondition").mutate(review(node))
    assert len(node["spec"]["taints"]) == count
    assert {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"} in node["spec"]["taints"]


class TestDenyServiceExternalIPs:
    @staticmethod
    def service(*ips):
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"externalIPs": list(ips)}}

    def test_no_new_external_address(self, world, review):
        plugin = world.build("DenyServiceExternalIPs")
        assert plugin.validate(review(self.service("1.1.1.1"))) is not None
        assert plugin.validate(review(self.service("1.1.1.1", "2.2.2.2"), old=self.service("1.1.1.1"))) is not None

    def test_what_is_there_may_stay_or_go(self, world, review):
        plugin = world.build("DenyServiceExternalIPs")
        assert plugin.validate(review(self.service("1.1.1.1"), old=self.service("2.2.2.2", "1.1.1.1"))) is None
        assert plugin.validate(review(self.service())) is None


def test_required_anti_affinity_is_per_host_only(world, review, pod):
    def affinity(key):
        terms = [{"topologyKey": key}]
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}

    plugin = world.build("LimitPodHardAntiAffinityTopology")
    assert plugin.validate(review(pod(affinity=affinity("kubernetes.io/hostname")))) is None
    refusal = plugin.validate(review(pod(affinity=affinity("zone"))))
    assert "has TopologyKey zone but only key kubernetes.io/hostname is allowed" in refusal.message


def signing_request(signer, *, organization="", status=None, text=None, common_name="x"):
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    pem = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "r"},
        "spec": {"signerName": signer, "request": text if text is not None else base64.b64encode(pem).decode()},
        "status": status or {},
    }


class TestCertificates:
    @pytest.mark.parametrize(
        ("grant", "allowed"), [("example.com/one", True), ("example.com/*", True), ("*", True), ("example.com/two", False)]
    )
    @pytest.mark.parametrize(
        ("plugin", "verb", "subresource"),
        [("CertificateApproval", "approve", "approval"), ("CertificateSigning", "sign", "status")],
    )
    def test_acting_for_a_signer_must_be_allowed(self, world, review, grants, plugin, verb, subresource, grant, allowed):
        world.authorizer = grants((verb, "signers", grant))
        old = signing_request("example.com/one")
        new = {**old, "status": {"certificate": "x"}}
        refusal = world.build(plugin).validate(review(new, old=old, user=SOMEBODY, subresource=subresource))
        assert (refusal is None) is allowed
        if refusal:
            assert f'user not permitted to {verb} requests with signerName "example.com/one"' in refusal.message

    def test_an_unchanged_status_is_not_signing(self, world, review):
        old = signing_request("example.com/one")
        new = {**old, "metadata": {"name": "r", "labels": {"a": "b"}}}
        assert world.build("CertificateSigning").validate(review(new, old=old, user=SOMEBODY, subresource="status")) is None

    def test_the_signer_of_the_stored_request_counts(self, world, review, grants):
        world.authorizer = grants(("sign", "signers", "mine.com/one"))
        old = signing_request("example.com/one")
        new = {**signing_request("mine.com/one"), "status": {"certificate": "x"}}
        assert (
            world.build("CertificateSigning").validate(review(new, old=old, user=SOMEBODY, subresource="status")) is not None
        )

    @pytest.mark.parametrize(("organization", "refused"), [("system:masters", True), ("team", False), ("", False)])
    def test_no_client_certificate_for_masters(self, world, review, organization, refused):
        obj = signing_request("kubernetes.io/kube-apiserver-client", organization=organization)
        refusal = world.build("CertificateSubjectRestriction").validate(review(obj))
        assert (refusal is not None) is refused

    def test_what_is_no_request_is_refused(self, world, review):
        obj = signing_request("kubernetes.io/kube-apiserver-client", text="bm8=")
        assert "failed to parse CSR" in world.build("CertificateSubjectRestriction").validate(review(obj)).message

    def test_other_signers_are_not_judged(self, world, review):
        obj = signing_request("example.com/one", organization="system:masters")
        assert world.build("CertificateSubjectRestriction").validate(review(obj)) is None

    def test_a_signers_bundle_needs_attest(self, world, review, grants):
        obj = {"kind": "ClusterTrustBundle", "metadata": {"name": "b"}, "spec": {"signerName": "example.com/one"}}
        asked = review(obj, user=SOMEBODY)
        asked.resource = GroupVersionResource("certificates.k8s.io", "v1beta1", "clustertrustbundles")
        assert "user not permitted to attest" in world.build("ClusterTrustBundleAttest").validate(asked).message
        world.authorizer = grants(("attest", "signers", "example.com/*"))
        assert world.build("ClusterTrustBundleAttest").validate(asked) is None
        del obj["spec"]["signerName"]
        world.authorizer = grants()
        assert world.build("ClusterTrustBundleAttest").validate(asked) is None


class TestOwnerReferences:
    @staticmethod
    def owned(**reference):
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", **reference}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "ownerReferences": [owner]}}

    BARE: ClassVar = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}

    def judge(self, world, asked):
        refusal = world.build("OwnerReferencesPermissionEnforcement").validate(asked)
        return refusal.message if refusal else None

    def test_changing_owners_needs_delete(self, world, review, grants):
        asked = review(self.owned(), old=self.BARE, user=SOMEBODY)
        assert "cannot set an ownerRef on a resource you can't delete: , <nil>" in self.judge(world, asked)
        world.authorizer = grants(("delete", "configmaps", "c"))
        assert self.judge(world, asked) is None

    def test_creating_with_owners_does_not(self, world, review):
        assert self.judge(world, review(self.owned(), user=SOMEBODY)) is None

    def test_blocking_needs_the_owners_finalizers(self, world, review, grants):
        asked = review(self.owned(blockOwnerDeletion=True), user=SOMEBODY)
        assert "a resource you can't set finalizers on: , <nil>" in self.judge(world, asked)
        world.authorizer = grants(("update", "replicasets/finalizers", "r"))
        assert self.judge(world, asked) is None
        question = world.authorizer.asked[-1]
        assert (question.group, question.namespace) == ("apps", "ns")

    def test_blocking_by_an_unknown_kind(self, world, review, grants):
        asked = review(self.owned(apiVersion="x.io/v1", kind="Foo", blockOwnerDeletion=True), user=SOMEBODY)
        assert 'no matches for kind "Foo" in version "x.io/v1"' in self.judge(world, asked)
        world.authorizer = grants(("update", "*/finalizers", "*"), ("update", "*", "*"))
        assert self.judge(world, asked) is None

    def test_an_unchanged_list_and_the_status_of_pods_pass(self, world, review, pod):
        assert self.judge(world, review(self.owned(), old=self.owned(), user=SOMEBODY)) is None
        new = pod(meta={"ownerReferences": [{"uid": "u"}]})
        assert self.judge(world, review(new, old=pod(), user=SOMEBODY, subresource="status")) is None


class TestEventRateLimit:
    CONFIGURATION: ClassVar = {"apiVersion": "eventratelimit.admission.k8s.io/v1alpha1", "kind": "Configuration"}

    def plugin(self, world, *limits):
        return world.build("EventRateLimit", {**self.CONFIGURATION, "limits": list(limits)})

    @staticmethod
    def event(review, name="p", **more):
        obj = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "involvedObject": {"name": name}}
        asked = review(obj, **more)
        asked.kind, asked.resource = GroupVersionKind("", "v1", "Event"), GroupVersionResource("", "v1", "events")
        return asked

    def test_the_burst_is_used_up_and_refills(self, world, review):
        plugin = self.plugin(world, {"type": "Server", "qps": 1, "burst": 2})
        answers = [plugin.validate(self.event(review)) for _ in range(3)]
        assert [answer is None for answer in answers] == [True, True, False]
        assert (answers[2].code, answers[2].message) == (429, "Too many requests: limit reached on type Server for key ")
        world.moment += timedelta(seconds=1)
        assert plugin.validate(self.event(review)) is None

    def test_keys_are_counted_apart(self, world, review):
        plugin = self.plugin(
            world, {"type": "Namespace", "qps": 1, "burst": 1}, {"type": "SourceAndObject", "qps": 1, "burst": 1}
        )
        assert plugin.validate(self.event(review, "a", namespace="x")) is None
        assert plugin.validate(self.event(review, "b", namespace="y")) is None
        assert "type Namespace for key x" in plugin.validate(self.event(review, "c", namespace="x")).message

    def test_buckets_are_bounded(self, world, review):
        plugin = self.plugin(world, {"type": "User", "qps": 1, "burst": 1, "cacheSize": 2})
        for name in ("a", "b", "c"):
            assert plugin.validate(self.event(review, user=User.of(name))) is None
        assert plugin.validate(self.event(review, user=User.of("a"))) is None, "forgotten, so it starts full"

    def test_dry_runs_take_nothing(self, world, review):
        plugin = self.plugin(world, {"type": "Server", "qps": 1, "burst": 1})
        for _ in range(3):
            assert plugin.validate(self.event(review, dry_run=True)) is None
        assert plugin.validate(self.event(review)) is None


@pytest.mark.parametrize("operation", list(Operation))
def test_always_deny_refuses_everything(world, review, operation):
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    plugin = world.build("AlwaysDeny")
    for answer in (plugin.mutate(review(obj, operation=operation)), plugin.validate(review(obj, operation=operation))):
        assert "admission control is denying all modifications" in answer.message
