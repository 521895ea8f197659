"""The catalogue against the lists of v1.36, and every descriptor against its entry."""

from __future__ import annotations

import pytest

from kubegate.admission import catalog
from kubegate.admission.interface import Mutator, Validator

MUTATING = [
    "AlwaysAdmit",
    "NamespaceAutoProvision",
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "NodeRestriction",
    "TaintNodesByCondition",
    "AlwaysPullImages",
    "PodSecurityPolicy",
    "PodNodeSelector",
    "Priority",
    "DefaultTolerationSeconds",
    "PodTolerationRestriction",
    "ExtendedResourceToleration",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PodGroupProtection",
    "RuntimeClass",
    "DefaultIngressClass",
    "PodTopologyLabels",
]
VALIDATING = [
    "AlwaysAdmit",
    "NamespaceExists",
    "LimitPodHardAntiAffinityTopology",
    "LimitRanger",
    "ServiceAccount",
    "AlwaysPullImages",
    "PodSecurity",
    "PodSecurityPolicy",
    "PodNodeSelector",
    "Priority",
    "PodTolerationRestriction",
    "EventRateLimit",
    "OwnerReferencesPermissionEnforcement",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "ClusterTrustBundleAttest",
    "CertificateSubjectRestriction",
    "DenyServiceExternalIPs",
    "PodGroupWorkloadExists",
    "NodeDeclaredFeatureValidator",
    "JobValidation",
    "PodResizeValidator",
    "ResourceQuota",
]
ON = [
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PodGroupProtection",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "ClusterTrustBundleAttest",
    "CertificateSubjectRestriction",
    "DefaultIngressClass",
    "PodTopologyLabels",
    "PodGroupWorkloadExists",
    "NodeDeclaredFeatureValidator",
    "JobValidation",
    "PodResizeValidator",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
]
NEEDS_CONFIGURATION = {"ImagePolicyWebhook"}
LIMITS = {"limits": [{"type": "Server", "qps": 1, "burst": 1}]}
CONFIGURED = {
    "EventRateLimit": {"apiVersion": "eventratelimit.admission.k8s.io/v1alpha1", "kind": "Configuration", **LIMITS}
}
POLICIES = {entry.name for entry in catalog.LAST} - {"ResourceQuota", "AlwaysDeny"}


def test_27_plugins_are_on_by_default():
    assert catalog.defaults_on() == set(ON)
    assert len(ON) == 27


@pytest.mark.parametrize(("wanted", "contract"), [(MUTATING, Mutator), (VALIDATING, Validator)])
def test_the_order_and_the_passes_are_those_of_the_server(wanted, contract, world):
    names = [name for name in catalog.order() if name not in POLICIES | NEEDS_CONFIGURATION]
    taking_part = [name for name in names if isinstance(world.build(name, CONFIGURED.get(name)), contract)]
    # PodGroupProtection also judges pods when its alpha gate is on; AlwaysDeny refuses in both passes.
    extra = {"PodGroupProtection", "AlwaysDeny"} - set(wanted)
    assert [name for name in taking_part if name not in extra] == wanted


@pytest.mark.parametrize("entry", catalog.IN_TREE + catalog.LAST, ids=lambda entry: entry.name)
def test_each_descriptor_agrees_with_its_entry(entry):
    descriptor = catalog.descriptor(entry.name)
    assert descriptor.name == entry.name
    assert descriptor.on_by_default is entry.on_by_default


def test_enable_and_disable_change_the_defaults_and_keep_the_order():
    names = catalog.enabled(["AlwaysPullImages", "NamespaceExists"], ["ServiceAccount"])
    assert "ServiceAccount" not in names
    assert names.index("NamespaceLifecycle") < names.index("NamespaceExists") < names.index("AlwaysPullImages")
    assert names[-1] == "ResourceQuota"


def test_other_packages_stand_before_the_policies():
    order = catalog.order(["Ours"])
    assert order.index("PodResizeValidator") < order.index("Ours") < order.index("MutatingAdmissionPolicy")
