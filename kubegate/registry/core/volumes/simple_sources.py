"""Volume types whose rules are a few required fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.basics import between, check_enum, check_name, check_required
from kubegate.registry.validation.names import dns1123_label, dns_label_name
from kubegate.registry.validation.paths import check_descending, check_no_backsteps

_HOST_PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_ISCSI = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)\Z", re.ASCII),
    "eui": re.compile(r"eui.[a-zA-Z0-9]{16}\Z"),
    "naa": re.compile(r"naa.[a-zA-Z0-9]{32}\Z"),
}
_HOST_PORTS = "must be a host:port pair or multiple pairs separated by commas"
_HOST_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*\Z")
_REQUIRED_FIELDS = {
    "rbd": ("monitors", "image"),
    "cephfs": ("monitors",),
    "glusterfs": ("endpoints", "path"),
    "azureFile": ("secretName", "shareName"),
    "vsphereVolume": ("volumePath",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "scaleIO": ("gateway", "system", "volumeName"),
    "persistentVolumeClaim": ("claimName",),
    "cinder": ("volumeID",),
}
"""Types of which nothing else is checked than that these fields are there."""

Check = Callable[[list[FieldError], str, Object], None]
"""Of a source at a path: what is wrong with it is added to the errors."""


def requiring(kind: str) -> Check:
    """The check of such a type."""

    def check(errors: list[FieldError], path: str, source: Object) -> None:
        check_required(errors, path, source, *_REQUIRED_FIELDS[kind])

    return check


def check_host_path(errors: list[FieldError], path: str, source: Object) -> None:
    """``hostPath``."""
    if not source.get("path"):
        errors.append(required(f"{path}.path"))
        return
    check_no_backsteps(errors, f"{path}.path", source["path"])
    if source.get("type") is not None:
        check_enum(errors, f"{path}.type", source["type"], _HOST_PATH_TYPES)


def check_git_repo(errors: list[FieldError], path: str, source: Object) -> None:
    """``gitRepo``."""
    check_required(errors, path, source, "repository")
    check_descending(errors, f"{path}.directory", source.get("directory") or "")


def check_disk(errors: list[FieldError], path: str, source: Object, name: str) -> None:
    """``gcePersistentDisk`` and ``awsElasticBlockStore``; ``name`` is the field that names the disk."""
    check_required(errors, path, source, name)
    partition = source.get("partition") or 0
    if not 0 <= partition <= 255:
        errors.append(invalid(f"{path}.partition", partition, between(1, 255)))


def check_nfs(errors: list[FieldError], path: str, source: Object) -> None:
    """``nfs``."""
    check_required(errors, path, source, "server", "path")
    target = source.get("path") or ""
    if not target.startswith("/"):
        errors.append(invalid(f"{path}.path", target, "must be an absolute path"))


def check_iscsi(errors: list[FieldError], path: str, source: Object, *, persistent_name: str | None = None) -> None:
    """``iscsi``; ``persistent_name`` is the name of the persistent volume, None in a pod."""
    check_required(errors, path, source, "targetPortal")
    persistent, initiator = persistent_name is not None, source.get("initiatorName")
    portal = source.get("targetPortal") or ""
    if persistent and initiator is not None and len(f"{persistent_name}:{portal}") > 64:
        errors.append(invalid(f"{path}.targetportal", portal, TOO_LONG_PORTAL))
    name = source.get("iqn") or ""
    if not name:
        errors.append(required(f"{path}.iqn"))
    else:
        _check_iscsi_name(errors, f"{path}.iqn", name, persistent)
    lun = source.get("lun") or 0
    if not 0 <= lun <= 255:
        errors.append(invalid(f"{path}.lun", lun, between(0, 255)))
    secret = source.get("secretRef")
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and secret is None:
        errors.append(required(f"{path}.secretRef"))
    if persistent and secret is not None:
        check_required(errors, f"{path}.secretRef", secret, "name")
    if initiator is not None:
        _check_iscsi_name(errors, f"{path}.initiatorname", initiator, persistent)


TOO_LONG_PORTAL = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."
)


def _check_iscsi_name(errors: list[FieldError], path: str, name: str, persistent: bool) -> None:
    pattern = _ISCSI.get(name[:3])
    if pattern is None:
        text = "must be valid format" if persistent else "must be valid format starting with iqn, eui, or naa"
        errors.append(invalid(path, name, text))
    elif not pattern.search(name):
        errors.append(invalid(path, name, "must be valid format"))


def check_fibre_channel(errors: list[FieldError], path: str, source: Object) -> None:
    """``fc``."""
    names, ids, lun = source.get("targetWWNs") or [], source.get("wwids") or [], source.get("lun")
    if not names and not ids:
        errors.append(required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both"))
    if names and ids:
        errors.append(invalid(f"{path}.targetWWNs", names, "targetWWNs and wwids can not be specified simultaneously"))
    if names and lun is None:
        errors.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif names and lun is not None and not 0 <= lun <= 255:
        errors.append(invalid(f"{path}.lun", lun, between(0, 255)))


def check_flocker(errors: list[FieldError], path: str, source: Object) -> None:
    """``flocker``."""
    name, uuid = source.get("datasetName") or "", source.get("datasetUUID") or ""
    if not name and not uuid:
        errors.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        errors.append(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"))
    if "/" in name:
        errors.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))


def check_quobyte(errors: list[FieldError], path: str, source: Object) -> None:
    """``quobyte``."""
    registry = source.get("registry") or ""
    if not registry:
        errors.append(required(f"{path}.registry", _HOST_PORTS))
    elif len(source.get("tenant") or "") >= 65:
        errors.append(required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters"))
    else:
        for pair in registry.split(","):
            if not _HOST_PORT.match(pair):
                errors.append(invalid(f"{path}.registry", registry, _HOST_PORTS))
    check_required(errors, path, source, "volume")


def check_flex(errors: list[FieldError], path: str, source: Object) -> None:
    """``flexVolume``."""
    check_required(errors, path, source, "driver")
    for key in source.get("options") or ():
        domain = f".{key.partition('/')[0].lower()}"
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            text = "kubernetes.io and k8s.io namespaces are reserved"
            errors.append(invalid(f"{path}.options[{key}]", key, text))


def check_azure_disk(errors: list[FieldError], path: str, source: Object) -> None:
    """``azureDisk``."""
    check_required(errors, path, source, "diskName", "diskURI")
    mode, kind, uri = source.get("cachingMode"), source.get("kind"), source.get("diskURI") or ""
    if mode is not None:
        check_enum(errors, f"{path}.cachingMode", mode, ("None", "ReadOnly", "ReadWrite"))
    if kind is None:
        return
    check_enum(errors, f"{path}.kind", kind, ("Dedicated", "Managed", "Shared"))
    managed = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
    blob = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        errors.append(not_supported(f"{path}.diskURI", uri, [managed]))
    if kind != "Managed" and not uri.startswith("https://"):
        errors.append(not_supported(f"{path}.diskURI", uri, [blob]))


def check_storage_os(errors: list[FieldError], path: str, source: Object) -> None:
    """``storageos``."""
    name, namespace = source.get("volumeName") or "", source.get("volumeNamespace") or ""
    if not name:
        errors.append(required(f"{path}.volumeName"))
    else:
        check_name(errors, f"{path}.volumeName", name, dns1123_label)
    if namespace:
        check_name(errors, f"{path}.volumeNamespace", namespace, dns1123_label)


def check_secret_reference(errors: list[FieldError], path: str, reference: Any, *keys: str) -> None:
    """A reference to a secret must have these fields."""
    if reference is not None:
        check_required(errors, path, reference, *keys)


def with_secret(check: Check, *keys: str) -> Check:
    """The check of a source with such a reference in ``secretRef``."""

    def run(errors: list[FieldError], path: str, source: Object) -> None:
        check(errors, path, source)
        check_secret_reference(errors, f"{path}.secretRef", source.get("secretRef"), *keys)

    return run


def check_namespace_field(errors: list[FieldError], path: str, value: str) -> None:
    """A field that names a namespace."""
    errors += [invalid(path, value, text) for text in dns_label_name(value, False)]


def forbid_more(errors: list[FieldError], path: str) -> None:
    """Complain about a second volume type."""
    errors.append(forbidden(path, "may not specify more than 1 volume type"))
