"""Pods: creation, ordinary updates, status, binding.

Source: ``pkg/registry/core/pod`` and ``pkg/apis/core/validation``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.names import Object, annotations_of, labels_of, name_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.annotations import (
    APP_ARMOR,
    app_armor_field,
    check_annotations_match_fields,
    check_pod_annotations,
)
from kubegate.registry.core.pods.containers import check_trimmed_image
from kubegate.registry.core.pods.defaults import default_pod
from kubegate.registry.core.pods.ephemeral import ephemeral_subresource
from kubegate.registry.core.pods.pod_status import pod_status_subresource
from kubegate.registry.core.pods.pod_update import validate_pod_update
from kubegate.registry.core.pods.pod_warnings import warn_about_pod
from kubegate.registry.core.pods.qos import qos_class
from kubegate.registry.core.pods.resize import resize_subresource
from kubegate.registry.core.pods.spec import check_pod_spec
from kubegate.registry.core.pods.windows import containers_with_paths
from kubegate.registry.interface import Strategy, WriteContext

_GATED = "Scheduling is blocked due to non-empty scheduling gates"


def check_pod_metadata_and_spec(errors: list[FieldError], pod: Object) -> None:
    """What holds for a pod whenever it is written."""
    spec = pod.get("spec") or {}
    check_core_finalizers(errors, pod)
    check_pod_annotations(errors, "metadata.annotations", annotations_of(pod), spec)
    check_pod_spec(errors, "spec", spec, pod_name=name_of(pod), is_pod=True)
    if not spec.get("serviceAccountName"):
        for index, volume in enumerate(spec.get("volumes") or ()):
            for position, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
                if source.get("serviceAccountToken") is not None:
                    place = f"spec.volumes[{index}].projected.sources[{position}].serviceAccountToken"
                    errors.append(forbidden(place, "must not be specified when serviceAccountName is not set"))
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            check_trimmed_image(errors, f"spec.{key}[{index}]", container)


def _validate(pod: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = pod.get("spec") or {}
    check_pod_metadata_and_spec(errors, pod)
    if spec.get("ephemeralContainers"):
        errors.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        errors.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
    check_annotations_match_fields(errors, "spec", annotations_of(pod), spec)
    return errors


def _validate_update(pod: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_pod_metadata_and_spec(errors, pod)
    validate_pod_update(errors, pod, old)
    return errors


def _prepare(pod: Object, context: WriteContext) -> None:
    spec = pod.setdefault("spec", {})
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        spec["terminationGracePeriodSeconds"] = 1
    status: dict[str, Any] = {"phase": "Pending"}
    if spec.get("schedulingGates"):
        gated = {"type": "PodScheduled", "status": "False", "lastProbeTime": None, "reason": "SchedulingGated"}
        status["conditions"] = [gated | {"lastTransitionTime": context.timestamp, "message": _GATED}]
    status["qosClass"] = qos_class(spec)
    pod["status"] = status
    _merge_match_label_keys(pod)
    _sync_app_armor(pod, context)


def _terms(spec: Object) -> Iterator[Object]:
    affinity = spec.get("affinity") or {}
    for key in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(key) or {}
        for term in pods.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            yield term.get("podAffinityTerm") or {}
        yield from pods.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    yield from spec.get("topologySpreadConstraints") or ()


def _merge_match_label_keys(pod: Object) -> None:
    labels = labels_of(pod)
    for term in _terms(pod["spec"]):
        selector = term.get("labelSelector")
        if selector is None:
            continue
        for names, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
            for key in term.get(names) or ():
                if key in labels:
                    expression = {"key": key, "operator": operator, "values": [labels[key]]}
                    selector.setdefault("matchExpressions", []).append(expression)


def _sync_app_armor(pod: Object, context: WriteContext) -> None:
    """Deprecated AppArmor annotations become fields (fields no longer become annotations)."""
    spec = pod["spec"]
    if (spec.get("os") or {}).get("name") == "windows":
        return
    of_pod = (spec.get("securityContext") or {}).get("appArmorProfile")
    annotations = annotations_of(pod)
    for container, _ in containers_with_paths(spec, "spec"):
        key = f"{APP_ARMOR}{container.get('name')}"
        own = (container.get("securityContext") or {}).get("appArmorProfile")
        if key in annotations and own is None:
            profile = app_armor_field(annotations[key])
            if profile is not None and profile == of_pod:
                continue
            if profile is not None:
                container["securityContext"] = {**(container.get("securityContext") or {}), "appArmorProfile": profile}
            text = 'deprecated since v1.30; use the "appArmorProfile" field instead'
            context.notices.append(f"metadata.annotations[{key}]: {text}")


POD = Strategy(
    resource="pods",
    has_status=True,
    generation=("spec",),
    default=default_pod,
    prepare=_prepare,
    validate=_validate,
    validate_update=_validate_update,
    warnings=warn_about_pod,
    subresources={
        "status": pod_status_subresource(),
        "ephemeralcontainers": ephemeral_subresource(check_pod_metadata_and_spec),
        "resize": resize_subresource(check_pod_metadata_and_spec),
    },
)
