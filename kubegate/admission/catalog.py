"""Every admission plugin in the order in which it runs, and which of them are on when no flag says otherwise.

Mutating and validating passes use the same order; a plugin takes part in a pass if it has that method. A plugin's module
is imported when it is enabled. Plugins of other packages (entry points in the group ``kubegate.admission``, each a
`Plugin`) are off by default and run before the policies and webhooks.

Source: kubernetes ``pkg/kubeapiserver/options/plugins.go``, v1.36; PodSecurityPolicy stands where it stood in v1.24.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable
from importlib.metadata import entry_points
from typing import NamedTuple

from kubegate.admission.interface import Plugin


class Entry(NamedTuple):
    """A plugin's public name, its module under ``kubegate.admission.plugins``, and whether it is on by default."""

    name: str
    module: str
    on_by_default: bool = False


IN_TREE = (
    Entry("AlwaysAdmit", "always_admit"),
    Entry("NamespaceAutoProvision", "namespace_auto_provision"),
    Entry("NamespaceLifecycle", "namespace_lifecycle", True),
    Entry("NamespaceExists", "namespace_exists"),
    Entry("LimitPodHardAntiAffinityTopology", "limit_pod_hard_anti_affinity_topology"),
    Entry("LimitRanger", "limit_ranger", True),
    Entry("ServiceAccount", "service_account", True),
    Entry("NodeRestriction", "node_restriction"),
    Entry("TaintNodesByCondition", "taint_nodes_by_condition", True),
    Entry("AlwaysPullImages", "always_pull_images"),
    Entry("ImagePolicyWebhook", "image_policy_webhook"),
    Entry("PodSecurity", "pod_security", True),
    Entry("PodSecurityPolicy", "pod_security_policy"),
    Entry("PodNodeSelector", "pod_node_selector"),
    Entry("Priority", "priority", True),
    Entry("DefaultTolerationSeconds", "default_toleration_seconds", True),
    Entry("PodTolerationRestriction", "pod_toleration_restriction"),
    Entry("EventRateLimit", "event_rate_limit"),
    Entry("ExtendedResourceToleration", "extended_resource_toleration"),
    Entry("DefaultStorageClass", "default_storage_class", True),
    Entry("StorageObjectInUseProtection", "storage_object_in_use_protection", True),
    Entry("PodGroupProtection", "pod_group_protection", True),
    Entry("OwnerReferencesPermissionEnforcement", "owner_references_permission_enforcement"),
    Entry("PersistentVolumeClaimResize", "persistent_volume_claim_resize", True),
    Entry("RuntimeClass", "runtime_class", True),
    Entry("CertificateApproval", "certificate_approval", True),
    Entry("CertificateSigning", "certificate_signing", True),
    Entry("ClusterTrustBundleAttest", "cluster_trust_bundle_attest", True),
    Entry("CertificateSubjectRestriction", "certificate_subject_restriction", True),
    Entry("DefaultIngressClass", "default_ingress_class", True),
    Entry("DenyServiceExternalIPs", "deny_service_external_ips"),
    Entry("PodTopologyLabels", "pod_topology_labels", True),
    Entry("PodGroupWorkloadExists", "pod_group_workload_exists", True),
    Entry("NodeDeclaredFeatureValidator", "node_declared_feature_validator", True),
    Entry("JobValidation", "job_validation", True),
    Entry("PodResizeValidator", "pod_resize_validator", True),
)

LAST = (
    Entry("MutatingAdmissionPolicy", "mutating_admission_policy", True),
    Entry("MutatingAdmissionWebhook", "mutating_admission_webhook", True),
    Entry("ValidatingAdmissionPolicy", "validating_admission_policy", True),
    Entry("ValidatingAdmissionWebhook", "validating_admission_webhook", True),
    Entry("ResourceQuota", "resource_quota", True),
    Entry("AlwaysDeny", "always_deny"),
)

ENTRY_POINTS = "kubegate.admission"


def third_party() -> dict[str, Plugin]:
    """The plugins that other installed packages bring, by name; only their descriptors are loaded."""
    return {point.name: point.load() for point in entry_points(group=ENTRY_POINTS)}


def order(others: Iterable[str] = ()) -> list[str]:
    """All names in running order; ``others`` are third-party plugins."""
    return [entry.name for entry in IN_TREE] + sorted(others) + [entry.name for entry in LAST]


def defaults_on() -> frozenset[str]:
    """The plugins that are on when no flag says otherwise."""
    return frozenset(entry.name for entry in IN_TREE + LAST if entry.on_by_default)


def enabled(enable: Collection[str], disable: Collection[str], others: Iterable[str] = ()) -> list[str]:
    """The plugins that run, in order: the defaults, plus ``enable``, minus ``disable``."""
    chosen = (defaults_on() | set(enable)) - set(disable)
    return [name for name in order(others) if name in chosen]


def descriptor(name: str) -> Plugin:
    """Import an in-tree plugin and give its descriptor; raises KeyError for a name that is not in the catalog."""
    modules = {entry.name: entry.module for entry in IN_TREE + LAST}
    plugin: Plugin = importlib.import_module(f"kubegate.admission.plugins.{modules[name]}").PLUGIN
    return plugin
