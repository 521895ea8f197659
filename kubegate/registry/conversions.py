"""How served versions relate to the version that is stored and validated (the hub), where they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kubegate.api.names import GroupVersionResource, Object
from kubegate.registry.autoscaling.version_1 import to_version_1, to_version_2
from kubegate.registry.core.events import to_core_event, to_new_event, validate_new_style
from kubegate.registry.registry import Conversion
from kubegate.registry.resource import version_1beta1

_Conversions: TypeAlias = dict[GroupVersionResource, Conversion]
_POLICY_VERSIONS = ("v1beta1", "v1alpha1")
_DEVICES = ("deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices")


def renamed(api_version: str) -> Callable[[Object], Object]:
    """The same object under another version."""

    def convert(obj: Object) -> Object:
        return {**obj, "apiVersion": api_version}

    return convert


def _same_but_named(group: str, hub: str, versions: dict[str, tuple[str, ...]]) -> _Conversions:
    """The versions of resources that differ from the hub in nothing but their name."""
    made: _Conversions = {}
    for version, resources in versions.items():
        for resource in resources:
            conversion = Conversion(renamed(f"{group}/{hub}"), renamed(f"{group}/{version}"))
            made[GroupVersionResource(group, version, resource)] = conversion
    return made


CONVERSIONS: Mapping[GroupVersionResource, Conversion] = {
    GroupVersionResource("events.k8s.io", "v1", "events"): Conversion(
        to_core_event,
        to_new_event,
        validate=validate_new_style,
        fields={"reportingComponent": "reportingController"},
    ),
    GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers"): Conversion(to_version_2, to_version_1),
    **_same_but_named("networking.k8s.io", "v1", {"v1beta1": ("ipaddresses", "servicecidrs")}),
    **_same_but_named("storage.k8s.io", "v1", {"v1beta1": ("volumeattributesclasses",)}),
    **_same_but_named("coordination.k8s.io", "v1beta1", {"v1alpha2": ("leasecandidates",)}),
    **_same_but_named("certificates.k8s.io", "v1beta1", {"v1alpha1": ("clustertrustbundles",)}),
    **_same_but_named(
        "admissionregistration.k8s.io",
        "v1",
        dict.fromkeys(_POLICY_VERSIONS, ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings")),
    ),
    **_same_but_named("resource.k8s.io", "v1", {"v1beta2": _DEVICES}),
    **_same_but_named("resource.k8s.io", "v1", {"v1beta1": ("deviceclasses",)}),
    GroupVersionResource("resource.k8s.io", "v1beta1", "resourceclaims"): Conversion(
        version_1beta1.claim_to_hub, version_1beta1.claim_from_hub
    ),
    GroupVersionResource("resource.k8s.io", "v1beta1", "resourceclaimtemplates"): Conversion(
        version_1beta1.template_to_hub, version_1beta1.template_from_hub
    ),
    GroupVersionResource("resource.k8s.io", "v1beta1", "resourceslices"): Conversion(
        version_1beta1.slice_to_hub, version_1beta1.slice_from_hub
    ),
    **_same_but_named("resource.k8s.io", "v1beta2", {"v1alpha3": ("devicetaintrules",)}),
}
