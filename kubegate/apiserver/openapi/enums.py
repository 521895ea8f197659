"""Which fields take one of a few values: the validation data does not tell, documents do.

Source: the values that the API documentation lists for each field; what the values mean is told where the server's own
words are known.
"""

from __future__ import annotations

from typing import Any

_CORE, _APPS, _BATCH = "io.k8s.api.core.v1.", "io.k8s.api.apps.v1.", "io.k8s.api.batch.v1."
_NETWORKING, _POLICY, _STORAGE = "io.k8s.api.networking.v1.", "io.k8s.api.policy.v1.", "io.k8s.api.storage.v1."
_SCALING, _ADMISSION, _DISCOVERY = (
    "io.k8s.api.autoscaling.v2.",
    "io.k8s.api.admissionregistration.v1.",
    "io.k8s.api.discovery.v1.",
)

_VALUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "SCTP TCP UDP",
        (
            *(f"{_CORE}{kind}.protocol" for kind in ("ContainerPort", "ServicePort", "EndpointPort", "PortStatus")),
            *(f"{_NETWORKING}{kind}.protocol" for kind in ("NetworkPolicyPort", "IngressPortStatus")),
            f"{_DISCOVERY}EndpointPort.protocol",
        ),
    ),
    (
        "Always IfNotPresent Never",
        (
            f"{_CORE}Container.imagePullPolicy",
            f"{_CORE}EphemeralContainer.imagePullPolicy",
            f"{_CORE}ImageVolumeSource.pullPolicy",
        ),
    ),
    (
        "FallbackToLogsOnError File",
        tuple(f"{_CORE}{kind}.terminationMessagePolicy" for kind in ("Container", "EphemeralContainer")),
    ),
    ("Always Never OnFailure", (f"{_CORE}PodSpec.restartPolicy",)),
    ("ClusterFirst ClusterFirstWithHostNet Default None", (f"{_CORE}PodSpec.dnsPolicy",)),
    (
        "Never PreemptLowerPriority",
        (f"{_CORE}PodSpec.preemptionPolicy", "io.k8s.api.scheduling.v1.PriorityClass.preemptionPolicy"),
    ),
    ("Failed Pending Running Succeeded Unknown", (f"{_CORE}PodStatus.phase",)),
    ("BestEffort Burstable Guaranteed", (f"{_CORE}PodStatus.qosClass",)),
    ("Bidirectional HostToContainer None", (f"{_CORE}VolumeMount.mountPropagation",)),
    ("NoExecute NoSchedule PreferNoSchedule", (f"{_CORE}Taint.effect", f"{_CORE}Toleration.effect")),
    ("DoesNotExist Exists Gt In Lt NotIn", (f"{_CORE}NodeSelectorRequirement.operator",)),
    ("DoNotSchedule ScheduleAnyway", (f"{_CORE}TopologySpreadConstraint.whenUnsatisfiable",)),
    (
        "Honor Ignore",
        tuple(f"{_CORE}TopologySpreadConstraint.{name}" for name in ("nodeAffinityPolicy", "nodeTaintsPolicy")),
    ),
    ("HTTP HTTPS", (f"{_CORE}HTTPGetAction.scheme",)),
    ("Default Unmasked", (f"{_CORE}SecurityContext.procMount",)),
    ("Localhost RuntimeDefault Unconfined", (f"{_CORE}SeccompProfile.type", f"{_CORE}AppArmorProfile.type")),
    ("Always OnRootMismatch", (f"{_CORE}PodSecurityContext.fsGroupChangePolicy",)),
    ("Merge Strict", (f"{_CORE}PodSecurityContext.supplementalGroupsPolicy",)),
    ("ClusterIP ExternalName LoadBalancer NodePort", (f"{_CORE}ServiceSpec.type",)),
    ("ClientIP None", (f"{_CORE}ServiceSpec.sessionAffinity",)),
    ("Cluster Local", tuple(f"{_CORE}ServiceSpec.{name}TrafficPolicy" for name in ("external", "internal"))),
    ("PreferDualStack RequireDualStack SingleStack", (f"{_CORE}ServiceSpec.ipFamilyPolicy",)),
    (
        "Delete Recycle Retain",
        (f"{_CORE}PersistentVolumeSpec.persistentVolumeReclaimPolicy", f"{_STORAGE}StorageClass.reclaimPolicy"),
    ),
    (
        "Block Filesystem",
        (f"{_CORE}PersistentVolumeSpec.volumeMode", f"{_CORE}PersistentVolumeClaimSpec.volumeMode"),
    ),
    ("Available Bound Failed Pending Released", (f"{_CORE}PersistentVolumeStatus.phase",)),
    ("Bound Lost Pending", (f"{_CORE}PersistentVolumeClaimStatus.phase",)),
    ("Active Terminating", (f"{_CORE}NamespaceStatus.phase",)),
    ("Pending Running Terminated", (f"{_CORE}NodeStatus.phase",)),
    ("DoesNotExist Exists In NotIn", (f"{_CORE}ScopedResourceSelectorRequirement.operator",)),
    ("Immediate WaitForFirstConsumer", (f"{_STORAGE}StorageClass.volumeBindingMode",)),
    ("Recreate RollingUpdate", (f"{_APPS}DeploymentStrategy.type",)),
    ("OnDelete RollingUpdate", (f"{_APPS}DaemonSetUpdateStrategy.type", f"{_APPS}StatefulSetUpdateStrategy.type")),
    ("OrderedReady Parallel", (f"{_APPS}StatefulSetSpec.podManagementPolicy",)),
    ("Allow Forbid Replace", (f"{_BATCH}CronJobSpec.concurrencyPolicy",)),
    ("Indexed NonIndexed", (f"{_BATCH}JobSpec.completionMode",)),
    ("Failed TerminatingOrFailed", (f"{_BATCH}JobSpec.podReplacementPolicy",)),
    ("Count FailIndex FailJob Ignore", (f"{_BATCH}PodFailurePolicyRule.action",)),
    ("In NotIn", (f"{_BATCH}PodFailurePolicyOnExitCodesRequirement.operator",)),
    ("Exact ImplementationSpecific Prefix", (f"{_NETWORKING}HTTPIngressPath.pathType",)),
    ("AlwaysAllow IfHealthyBudget", (f"{_POLICY}PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy",)),
    ("FQDN IPv4 IPv6", (f"{_DISCOVERY}EndpointSlice.addressType",)),
    (
        "Fail Ignore",
        tuple(
            f"{_ADMISSION}{kind}.failurePolicy"
            for kind in ("MutatingWebhook", "ValidatingWebhook", "ValidatingAdmissionPolicySpec")
        ),
    ),
    (
        "Equivalent Exact",
        tuple(f"{_ADMISSION}{kind}.matchPolicy" for kind in ("MutatingWebhook", "ValidatingWebhook", "MatchResources")),
    ),
    (
        "None NoneOnDryRun Some Unknown",
        tuple(f"{_ADMISSION}{kind}.sideEffects" for kind in ("MutatingWebhook", "ValidatingWebhook")),
    ),
    ("IfNeeded Never", (f"{_ADMISSION}MutatingWebhook.reinvocationPolicy",)),
)

_FIELDS = {field: tuple(values.split()) for values, fields in _VALUES for field in fields}


_TEXTS = {
    "SCTP TCP UDP": ("is the SCTP protocol.", "is the TCP protocol.", "is the UDP protocol."),
}
"""What the server says of each value."""


def add_enums(name: str, schema: dict[str, Any]) -> None:
    """Give the fields of a definition the values that they take, and the sentence that lists them."""
    for field, body in (schema.get("properties") or {}).items():
        values = _FIELDS.get(f"{name}.{field}")
        if values is None:
            continue
        texts = _TEXTS.get(" ".join(values)) or ("",) * len(values)
        listed = "\n".join(f' - `"{value}"` {text}'.rstrip() for value, text in zip(values, texts, strict=True))
        body["description"] = f"{body.get('description', '')}\n\nPossible enum values:\n{listed}".lstrip("\n")
        body["enum"] = list(values)
