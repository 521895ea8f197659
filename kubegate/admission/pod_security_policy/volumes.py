"""Which volumes a policy allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.pods import containers_with_path
from kubegate.api.field_errors import FieldError, invalid

_NAMES = {"cephfs": "cephFS"}
"""Volume field -> the policy's name of it, where they differ."""


def check_volumes(policy: dict[str, Any], pod: dict[str, Any]) -> Iterator[FieldError]:
    """What is wrong with the pod's volumes."""
    spec, allowed = policy.get("spec") or {}, set((policy.get("spec") or {}).get("volumes") or ())
    for index, volume in enumerate((pod.get("spec") or {}).get("volumes") or ()):
        path = f"spec.volumes[{index}]"
        field = next((key for key in volume if key != "name"), "")
        kind = _NAMES.get(field, field)
        if "*" not in allowed and kind not in allowed and not ("secret" in allowed and _is_token(volume)):
            yield invalid(path, kind, f"{kind} volumes are not allowed to be used")
        elif kind == "hostPath":
            yield from _host_path(spec, pod, volume, path)
        elif kind == "flexVolume":
            yield from _driver(spec, "allowedFlexVolumes", "driver", volume, f"{path}.driver", "Flexvolume driver")
        elif kind == "csi":
            yield from _driver(spec, "allowedCSIDrivers", "name", volume, f"{path}.csi.driver", "Inline CSI driver")


def _is_token(volume: dict[str, Any]) -> bool:
    """A projected volume as every pod gets one for its service account: where secrets are allowed it is, too."""
    projected = volume.get("projected")
    return projected is not None and all(map(_is_of_token, projected.get("sources") or ()))


def _is_of_token(source: dict[str, Any]) -> bool:
    token, config, pod = source.get("serviceAccountToken"), source.get("configMap"), source.get("downwardAPI")
    if token is not None:
        return token.get("path") == "token" and not token.get("audience")
    if config is not None:
        return bool(config.get("name") == "kube-root-ca.crt")
    return pod is not None and all(map(_is_namespace, pod.get("items") or ()))


def _is_namespace(item: dict[str, Any]) -> bool:
    field = item.get("fieldRef") or {}
    wanted = ("namespace", "v1", "metadata.namespace")
    return (item.get("path"), field.get("apiVersion"), field.get("fieldPath")) == wanted


def _host_path(spec: dict[str, Any], pod: dict[str, Any], volume: dict[str, Any], path: str) -> Iterator[FieldError]:
    given = (volume.get("hostPath") or {}).get("path") or ""
    allowed = spec.get("allowedHostPaths") or ()
    matching = [entry for entry in allowed if _below(given, entry.get("pathPrefix") or "")]
    if allowed and not matching:
        yield invalid(f"{path}.hostPath.pathPrefix", given, "is not allowed to be used")
    elif allowed and all(entry.get("readOnly") for entry in matching):
        for where, container in containers_with_path(pod["spec"]):
            for index, mount in enumerate(container.get("volumeMounts") or ()):
                if mount.get("name") == volume.get("name") and not mount.get("readOnly"):
                    yield invalid(f"{where}.volumeMounts[{index}].readOnly", False, "must be read-only")


def _below(path: str, prefix: str) -> bool:
    path, prefix = path.rstrip("/"), prefix.rstrip("/")
    return path == prefix or path.startswith(prefix + "/")


def _driver(
    spec: dict[str, Any], field: str, key: str, volume: dict[str, Any], path: str, what: str
) -> Iterator[FieldError]:
    allowed = [entry.get(key) for entry in spec.get(field) or ()]
    source: dict[str, Any] = volume.get("csi") or volume.get("flexVolume") or {}
    driver = source.get("driver") or ""
    if allowed and driver not in allowed:
        yield invalid(path, driver, f"{what} is not allowed to be used")
