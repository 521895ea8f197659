"""Where a persistent volume's data is: the types of its source, exactly one of which is given."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.volumes import simple_sources as simple
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.validation.basics import check_name, check_required
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain
from kubegate.registry.validation.paths import check_no_backsteps

_SECRETS = (
    "controllerPublishSecretRef",
    "controllerExpandSecretRef",
    "nodePublishSecretRef",
    "nodeExpandSecretRef",
)


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
_TYPES: tuple[tuple[str, str, str, simple.Check], ...] = (
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
    ("rbd", "rbd", "rbd", simple.requiring("rbd")),
    ("quobyte", "quobyte", "quobyte", simple.check_quobyte),
    ("cephfs", "cephFS", "cephfs", simple.requiring("cephfs")),
    ("iscsi", "iscsi", "iscsi", simple.check_iscsi),
    ("cinder", "cinder", "cinder", simple.with_secret(simple.requiring("cinder"), "name", "namespace")),
    ("fc", "fc", "fc", simple.check_fibre_channel),
    ("flexVolume", "flexVolume", "flexVolume", simple.check_flex),
    ("azureFile", "azureFile", "azureFile", _check_azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", simple.requiring("vsphereVolume")),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", simple.requiring("photonPersistentDisk")),
    ("portworxVolume", "portworxVolume", "portworxVolume", simple.requiring("portworxVolume")),
    ("azureDisk", "azureDisk", "azureDisk", simple.check_azure_disk),
    ("scaleIO", "scaleIO", "scaleIO", simple.requiring("scaleIO")),
    ("local", "local", "local", _check_local),
    ("storageos", "storageos", "storageos", simple.with_secret(simple.check_storage_os, "name", "namespace")),
    ("csi", "csi", "csi", _check_csi),
)


SOURCES = tuple(key for key, *_ in _TYPES)
"""Their fields."""


def check_source(errors: list[FieldError], path: str, spec: Object, name: str) -> None:
    """``name``: the volume's, on which the length of iSCSI names depends."""
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
