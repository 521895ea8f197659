"""Validation of the volumes of a pod."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, required
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.registry.core.volumes import projected
from kubegate.registry.core.volumes import simple_sources as simple
from kubegate.registry.core.volumes.claim_spec import check_claim_template
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.validation.basics import check_choice, check_name, quantity
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain


def _check_empty_dir(errors: list[FieldError], path: str, source: Object) -> None:
    if source.get("sizeLimit") is not None and quantity(source["sizeLimit"]).mantissa < 0:
        errors.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def _check_csi(errors: list[FieldError], path: str, source: Object) -> None:
    check_csi_driver_name(errors, f"{path}.driver", source.get("driver") or "")
    secret = source.get("nodePublishSecretRef")
    if secret is not None:
        name = secret.get("name") or ""
        if not name:
            errors.append(required(f"{path}.nodePublishSecretRef.name"))
        else:
            check_name(errors, f"{path}.name", name, dns1123_subdomain)


def _check_ephemeral(errors: list[FieldError], path: str, source: Object) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        errors.append(required(f"{path}.volumeClaimTemplate"))
    else:
        check_claim_template(errors, f"{path}.volumeClaimTemplate", template)


# (field, path when it is one too many, path of its own errors, check), in the order in which the server looks.
_TYPES: tuple[tuple[str, str, str, simple.Check], ...] = (
    ("emptyDir", "emptyDir", "emptyDir", _check_empty_dir),
    ("hostPath", "hostPath", "hostPath", simple.check_host_path),
    ("gitRepo", "gitRepo", "gitRepo", simple.check_git_repo),
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
    ("secret", "secret", "secret", lambda errors, path, source: projected.check_files(errors, path, source, "secretName")),
    ("nfs", "nfs", "nfs", simple.check_nfs),
    ("iscsi", "iscsi", "iscsi", simple.check_iscsi),
    ("glusterfs", "glusterfs", "glusterfs", simple.requiring("glusterfs")),
    ("flocker", "flocker", "flocker", simple.check_flocker),
    ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", simple.requiring("persistentVolumeClaim")),
    ("rbd", "rbd", "rbd", simple.requiring("rbd")),
    ("cinder", "cinder", "cinder", simple.with_secret(simple.requiring("cinder"), "name")),
    ("cephfs", "cephFS", "cephfs", simple.requiring("cephfs")),
    ("quobyte", "quobyte", "quobyte", simple.check_quobyte),
    ("downwardAPI", "downwarAPI", "downwardAPI", projected.check_downward_api),
    ("fc", "fc", "fc", simple.check_fibre_channel),
    ("flexVolume", "flexVolume", "flexVolume", simple.check_flex),
    (
        "configMap",
        "configMap",
        "configMap",
        lambda errors, path, source: projected.check_files(errors, path, source, "name"),
    ),
    ("azureFile", "azureFile", "azureFile", simple.requiring("azureFile")),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", simple.requiring("vsphereVolume")),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", simple.requiring("photonPersistentDisk")),
    ("portworxVolume", "portworxVolume", "portworxVolume", simple.requiring("portworxVolume")),
    ("azureDisk", "azureDisk", "azureDisk", simple.check_azure_disk),
    ("storageos", "storageos", "storageos", simple.with_secret(simple.check_storage_os, "name")),
    ("projected", "projected", "projected", projected.check_projected),
    ("scaleIO", "scaleIO", "scaleIO", simple.requiring("scaleIO")),
    ("csi", "csi", "csi", _check_csi),
    ("ephemeral", "ephemeral", "ephemeral", _check_ephemeral),
)


def check_volumes(
    errors: list[FieldError], path: str, volumes: list[Object], pod_name: str, *, is_pod: bool
) -> dict[str, Object]:
    """Complain about volumes; answers the valid ones by name. ``pod_name`` is empty in a template."""
    valid: dict[str, Object] = {}
    created = {f"{pod_name}-{volume.get('name')}" for volume in volumes if pod_name and volume.get("ephemeral") is not None}
    for index, volume in enumerate(volumes):
        place, name, before = f"{path}[{index}]", volume.get("name") or "", len(errors)
        _check_volume(errors, place, volume, name, pod_name, is_pod)
        if not name:
            errors.append(required(f"{place}.name"))
        else:
            check_name(errors, f"{place}.name", name, dns1123_label)
        if name in valid:
            errors.append(duplicate(f"{place}.name", name))
        if len(errors) == before:
            valid[name] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim in created:
            text = "must not reference a PVC that gets created for an ephemeral volume"
            errors.append(invalid(f"{place}.persistentVolumeClaim.claimName", claim, text))
    return valid


def _check_volume(errors: list[FieldError], path: str, volume: Object, name: str, pod_name: str, is_pod: bool) -> None:
    found = False
    for key, too_many, own, check in _TYPES:
        source = volume.get(key)
        if source is None:
            continue
        if found:
            simple.forbid_more(errors, f"{path}.{too_many}")
        else:
            check(errors, f"{path}.{own}", source)
        if key == "iscsi" and source.get("initiatorName") is not None:
            portal = source.get("targetPortal") or ""
            if len(f"{name}:{portal}") > 64:
                errors.append(invalid(f"{path}.name", name, simple.TOO_LONG_PORTAL))
        if key == "ephemeral" and not found and pod_name and name:
            claim = f"{pod_name}-{name}"
            errors += [
                invalid(f"{path}.name", name, f"PVC name {quote(claim)}: {text}") for text in dns1123_subdomain(claim)
            ]
        found = True
    image = volume.get("image")
    if image is not None:
        if found:
            simple.forbid_more(errors, f"{path}.image")
        else:
            _check_image(errors, f"{path}.image", image, is_pod)
    elif not found:
        errors.append(required(path, "must specify a volume type"))


def _check_image(errors: list[FieldError], path: str, source: Object, is_pod: bool) -> None:
    if is_pod and not source.get("reference"):
        errors.append(required(f"{path}.reference"))
    check_choice(errors, f"{path}.pullPolicy", source.get("pullPolicy"), ("Always", "IfNotPresent", "Never"))
