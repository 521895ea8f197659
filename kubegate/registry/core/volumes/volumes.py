"""Persistent volumes."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, annotations_of, name_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.defaults import default_volume_source
from kubegate.registry.core.volumes.claim_spec import VOLUME_MODES, check_access_modes
from kubegate.registry.core.volumes.persistent_sources import SOURCES, check_source
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import (
    NOT_POSITIVE,
    check_enum,
    check_immutable,
    check_name,
    check_set,
    quantity,
    same,
)
from kubegate.registry.validation.names import dns1123_subdomain
from kubegate.registry.validation.selectors import check_node_selector

_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def _default(volume: Object) -> None:
    status = volume.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"
    spec = volume.setdefault("spec", {})
    if not spec.get("persistentVolumeReclaimPolicy"):
        spec["persistentVolumeReclaimPolicy"] = "Retain"
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    for name, value in (spec.get("capacity") or {}).items():
        spec["capacity"][name] = str(quantity(value))
    default_volume_source(spec)


def check_volume_spec(errors: list[FieldError], path: str, spec: Object, name: str) -> None:
    """Complain about the specification of a persistent volume."""
    modes = spec.get("accessModes") or []
    if not modes:
        errors.append(required(f"{path}.accessModes"))
    check_access_modes(errors, f"{path}.accessModes", modes)
    _check_capacity(errors, f"{path}.capacity", spec.get("capacity"))
    if policy := spec.get("persistentVolumeReclaimPolicy"):
        check_set(errors, f"{path}.persistentVolumeReclaimPolicy", policy, ("Delete", "Recycle", "Retain"))
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        if affinity.get("required") is None:
            errors.append(required(f"{path}.nodeAffinity.required", "must specify required node constraints"))
        else:
            check_node_selector(errors, f"{path}.nodeAffinity.required", affinity["required"])
    check_source(errors, path, spec, name)
    host = (spec.get("hostPath") or {}).get("path")
    if host and posixpath.normpath(host) == "/" and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        text = "may not be 'recycle' for a hostPath mount of '/'"
        errors.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", text))
    if spec.get("storageClassName"):
        check_name(errors, f"{path}.storageClassName", spec["storageClassName"], dns1123_subdomain)
    if spec.get("volumeMode") is not None:
        check_enum(errors, f"{path}.volumeMode", spec["volumeMode"], VOLUME_MODES)
    attributes = spec.get("volumeAttributesClassName")
    if attributes is not None:
        place = f"{path}.volumeAttributesClassName"
        if not attributes:
            errors.append(required(place, "an empty string is disallowed"))
        else:
            check_name(errors, place, attributes, dns1123_subdomain)
        if spec.get("csi") is None:
            errors.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))


def _check_capacity(errors: list[FieldError], path: str, capacity: Any) -> None:
    if not capacity:
        errors.append(required(path))
    if "storage" not in (capacity or {}) or len(capacity) > 1:
        errors.append(not_supported(path, capacity, ["storage"]))
    for name, value in (capacity or {}).items():
        amount = quantity(value)
        if amount.value() < 0:
            errors.append(invalid(f"{path}[{name}]", amount.value(), "must be a valid resource quantity"))
        if amount.mantissa <= 0:
            errors.append(invalid(f"{path}[{name}]", str(amount), NOT_POSITIVE))


def _validate(volume: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, volume)
    check_volume_spec(errors, "spec", volume.get("spec") or {}, name_of(volume))
    return errors


def _validate_update(volume: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(volume, context)
    spec, before = volume.get("spec") or {}, old.get("spec") or {}
    sources = {key: spec.get(key) for key in SOURCES}
    csi, old_csi = spec.get("csi"), before.get("csi")
    if csi and old_csi and old_csi.get("controllerExpandSecretRef") is None:
        sources["csi"] = {key: value for key, value in csi.items() if key != "controllerExpandSecretRef"}
    if not same(sources, {key: before.get(key) for key in SOURCES}):
        text = "spec.persistentvolumesource is immutable after creation\n@@ -1 +1 @@"
        errors.append(forbidden("spec.persistentvolumesource", text))
    check_immutable(errors, "volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    if before.get("nodeAffinity") is not None and not same(spec.get("nodeAffinity"), before["nodeAffinity"]):
        text = f"{IMMUTABLE}, except for updating from beta label to GA"
        errors.append(invalid("nodeAffinity", _affinity_shown(spec.get("nodeAffinity")), text))
    if before.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        text = "update from non-nil value to nil is forbidden"
        errors.append(forbidden("spec.volumeAttributesClassName", text))
    return errors


def _affinity_shown(affinity: Object | None) -> Any:
    if affinity is None:
        return None
    terms = [
        {
            shown: [
                {"Key": r.get("key") or "", "Operator": r.get("operator") or "", "Values": r.get("values")}
                for r in term[key]
            ]
            if term.get(key) is not None
            else None
            for shown, key in (("MatchExpressions", "matchExpressions"), ("MatchFields", "matchFields"))
        }
        for term in (affinity.get("required") or {}).get("nodeSelectorTerms") or ()
    ]
    return {"Required": {"NodeSelectorTerms": terms} if affinity.get("required") is not None else None}


def _warnings(volume: Object, old: Object | None) -> Sequence[str]:
    found, spec = [], volume.get("spec") or {}
    if _CLASS_ANNOTATION in annotations_of(volume):
        text = 'deprecated since v1.8; use "storageClassName" attribute instead'
        found.append(f"metadata.annotations[{_CLASS_ANNOTATION}]: {text}")
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        text = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
        found.append(f"spec.persistentVolumeReclaimPolicy: {text}")
    for key, shown, text in (
        ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ):
        if spec.get(key) is not None:
            found.append(f"spec.{shown}: {text}")
    return found


def _stamp_phase(volume: Object, old: Object, context: WriteContext) -> None:
    """The time of the last change of phase, unless the client says another."""
    status, before = volume.setdefault("status", {}), old.get("status") or {}
    told, known = status.get("lastPhaseTransitionTime"), before.get("lastPhaseTransitionTime")
    if status.get("phase") != before.get("phase"):
        if told in (None, known):
            status["lastPhaseTransitionTime"] = context.timestamp
    elif told is None and known is not None:
        status["lastPhaseTransitionTime"] = known


VOLUME = Strategy(
    resource="persistentvolumes",
    namespaced=False,
    has_status=True,
    initial_status=lambda: {"phase": "Pending"},
    default=_default,
    prepare=lambda volume, context: volume["status"].update({"lastPhaseTransitionTime": context.timestamp}),
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(prepare=_stamp_phase)},
)
