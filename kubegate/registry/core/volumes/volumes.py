"""Persistent volumes."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, annotations_of, name_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.defaults import default_volume_source
from kubegate.registry.core.volumes import simple_sources as simple
from kubegate.registry.core.volumes.claim_spec import VOLUME_MODES, check_access_modes
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import (
    NOT_POSITIVE,
    check_enum,
    check_immutable,
    check_name,
    check_required,
    check_set,
    quantity,
    same,
)
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain
from kubegate.registry.validation.paths import check_no_backsteps
from kubegate.registry.validation.selectors import check_node_selector

_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_SECRETS = (
    "controllerPublishSecretRef",
    "controllerExpandSecretRef",
    "nodePublishSecretRef",
    "nodeExpandSecretRef",
)
Check = Callable[[list[FieldError], str, Object], None]


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


def _check_glusterfs(errors: list[FieldError], path: str, source: Object) -> None:
    check_required(errors, path, source, "endpoints", "path")
    namespace = source.get("endpointsNamespace")
    if namespace == "":
        text = "if the endpointnamespace is set, it must be a valid namespace name"
        errors.append(invalid(f"{path}.endpointsNamespace", "", text))
    elif namespace is not None:
        simple.check_namespace_field(errors, f"{path}.endpointsNamespace", namespace)


def _check_azure_file(errors: list[FieldError], path: str, source: Object) -> None:
    check_required(errors, path, source, "secretName", "shareName")
    if source.get("secretNamespace") == "":
        errors.append(required(f"{path}.secretNamespace"))


def _check_with_secret(check: Check) -> Check:
    def run(errors: list[FieldError], path: str, source: Object) -> None:
        check(errors, path, source)
        simple.check_secret_reference(errors, f"{path}.secretRef", source.get("secretRef"), "name", "namespace")

    return run


def _plain(kind: str) -> Check:
    def run(errors: list[FieldError], path: str, source: Object) -> None:
        check_required(errors, path, source, *simple.REQUIRED_FIELDS[kind])

    return run


def _check_csi(errors: list[FieldError], path: str, source: Object) -> None:
    check_csi_driver_name(errors, f"{path}.driver", source.get("driver") or "")
    check_required(errors, path, source, "volumeHandle")
    for key in _SECRETS:
        reference = source.get(key)
        if reference is None:
            continue
        for field, rule in (("name", dns1123_subdomain), ("namespace", dns1123_label)):
            if not reference.get(field):
                errors.append(required(f"{path}.{key}.{field}"))
            else:
                check_name(errors, f"{path}.{key}.{field}", reference[field], rule)


def _check_local(errors: list[FieldError], path: str, source: Object) -> None:
    if not source.get("path"):
        errors.append(required(f"{path}.path"))
    else:
        check_no_backsteps(errors, f"{path}.path", source["path"])


# (field, path when it is one too many, path of its own errors, check), in the order in which the server looks.
_TYPES: tuple[tuple[str, str, str, Check], ...] = (
    ("hostPath", "hostPath", "hostPath", simple.check_host_path),
    (
        "gcePersistentDisk",
        "gcePersistentDisk",
        "persistentDisk",
        lambda errors, path, source: simple.check_disk(errors, path, source, "pdName"),
    ),
    (
        "awsElasticBlockStore",
        "awsElasticBlockStore",
        "awsElasticBlockStore",
        lambda errors, path, source: simple.check_disk(errors, path, source, "volumeID"),
    ),
    ("glusterfs", "glusterfs", "glusterfs", _check_glusterfs),
    ("flocker", "flocker", "flocker", simple.check_flocker),
    ("nfs", "nfs", "nfs", simple.check_nfs),
    ("rbd", "rbd", "rbd", _plain("rbd")),
    ("quobyte", "quobyte", "quobyte", simple.check_quobyte),
    ("cephfs", "cephFS", "cephfs", _plain("cephfs")),
    ("iscsi", "iscsi", "iscsi", simple.check_iscsi),
    ("cinder", "cinder", "cinder", _check_with_secret(_plain("cinder"))),
    ("fc", "fc", "fc", simple.check_fibre_channel),
    ("flexVolume", "flexVolume", "flexVolume", simple.check_flex),
    ("azureFile", "azureFile", "azureFile", _check_azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", _plain("vsphereVolume")),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", _plain("photonPersistentDisk")),
    ("portworxVolume", "portworxVolume", "portworxVolume", _plain("portworxVolume")),
    ("azureDisk", "azureDisk", "azureDisk", simple.check_azure_disk),
    ("scaleIO", "scaleIO", "scaleIO", _plain("scaleIO")),
    ("local", "local", "local", _check_local),
    ("storageos", "storageos", "storageos", _check_with_secret(simple.check_storage_os)),
    ("csi", "csi", "csi", _check_csi),
)


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
    _check_source(errors, path, spec, name)
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


def _check_source(errors: list[FieldError], path: str, spec: Object, name: str) -> None:
    found = False
    for key, too_many, own, check in _TYPES:
        source = spec.get(key)
        if source is None:
            continue
        if found and key != "flexVolume":
            simple.forbid_more(errors, f"{path}.{too_many}")
            continue
        found = True
        if key == "iscsi":
            simple.check_iscsi(errors, f"{path}.{own}", source, persistent_name=name)
        else:
            check(errors, f"{path}.{own}", source)
        if key == "local" and spec.get("nodeAffinity") is None:
            errors.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    if not found:
        errors.append(required(path, "must specify a volume type"))


def _validate(volume: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, volume)
    check_volume_spec(errors, "spec", volume.get("spec") or {}, name_of(volume))
    return errors


def _validate_update(volume: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(volume, context)
    spec, before = volume.get("spec") or {}, old.get("spec") or {}
    sources = {key: spec.get(key) for key, *_ in _TYPES}
    csi, old_csi = spec.get("csi"), before.get("csi")
    if csi and old_csi and old_csi.get("controllerExpandSecretRef") is None:
        sources["csi"] = {key: value for key, value in csi.items() if key != "controllerExpandSecretRef"}
    if not same(sources, {key: before.get(key) for key, *_ in _TYPES}):
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
