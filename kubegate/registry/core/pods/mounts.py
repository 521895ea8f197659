"""Volume mounts and block devices of containers."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_found, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.basics import check_enum
from kubegate.registry.validation.paths import check_descending

_PROPAGATION = ("Bidirectional", "HostToContainer", "None")


def check_mounts(errors: list[FieldError], path: str, container: Object, volumes: dict[str, Object]) -> None:
    """Complain about a container's mounts; ``volumes`` are the pod's valid ones, by name."""
    devices = {device.get("name") or "": device.get("devicePath") or "" for device in container.get("volumeDevices") or ()}
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        place, name, target = f"{path}[{index}]", mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            errors.append(required(f"{place}.name"))
        if name not in volumes:
            errors.append(not_found(f"{place}.name", name))
        if not target:
            errors.append(required(f"{place}.mountPath"))
        if target in seen:
            errors.append(invalid(f"{place}.mountPath", target, "must be unique"))
        seen.add(target)
        if name in devices:
            errors.append(invalid(f"{place}.name", name, "must not already exist in volumeDevices"))
        if target in devices.values():
            errors.append(invalid(f"{place}.mountPath", target, "must not already exist as a path in volumeDevices"))
        _check_sub_paths(errors, path, place, mount)
        if mount.get("mountPropagation") is not None:
            _check_propagation(errors, f"{path}.mountPropagation", mount["mountPropagation"], container)
        _check_recursive(errors, f"{path}.recursiveReadOnly", mount)


def _check_sub_paths(errors: list[FieldError], path: str, place: str, mount: Object) -> None:
    sub_path, expression = mount.get("subPath") or "", mount.get("subPathExpr") or ""
    if sub_path:
        check_descending(errors, f"{path}.subPath", sub_path)
    if expression:
        if sub_path:
            text = "subPathExpr and subPath are mutually exclusive"
            errors.append(invalid(f"{place}.subPathExpr", expression, text))
        check_descending(errors, f"{path}.subPathExpr", expression)


def _check_propagation(errors: list[FieldError], path: str, mode: str, container: Object) -> None:
    check_enum(errors, path, mode, _PROPAGATION)
    if mode == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        text = "Bidirectional mount propagation is available only to privileged containers"
        errors.append(forbidden(path, text))


def _check_recursive(errors: list[FieldError], path: str, mount: Object) -> None:
    mode = mount.get("recursiveReadOnly")
    if mode in (None, "Disabled"):
        return
    if mode not in ("Enabled", "IfPossible"):
        errors.append(not_supported(path, mode, ["Disabled", "Enabled", "IfPossible"]))
        return
    if not mount.get("readOnly"):
        errors.append(forbidden(path, "may only be specified when readOnly is true"))
    if mount.get("mountPropagation") not in (None, "None"):
        errors.append(forbidden(path, "may only be specified when mountPropagation is None or not specified"))


def check_devices(errors: list[FieldError], path: str, container: Object, volumes: dict[str, Object]) -> None:
    """Complain about a container's block devices."""
    mounts = {mount.get("name") or "": mount.get("mountPath") or "" for mount in container.get("volumeMounts") or ()}
    names: set[str] = set()
    targets: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        place, name, target = f"{path}[{index}]", device.get("name") or "", device.get("devicePath") or ""
        source = volumes.get(name)
        if not name:
            errors.append(required(f"{place}.name"))
        if name in names:
            errors.append(invalid(f"{place}.name", name, "must be unique"))
        if source is None:
            errors.append(not_found(f"{place}.name", name))
        elif source.get("persistentVolumeClaim") is None and source.get("ephemeral") is None:
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            errors.append(invalid(f"{place}.name", name, text))
        if not target:
            errors.append(required(f"{place}.devicePath"))
        if target in targets:
            errors.append(invalid(f"{place}.devicePath", target, "must be unique"))
        if ".." in target.split("/"):
            errors.append(invalid(f"{place}.devicePath", target, "can not contain backsteps ('..')"))
        else:
            targets.add(target)
        if name in mounts:
            errors.append(invalid(f"{place}.name", name, "must not already exist in volumeMounts"))
        if target in mounts.values():
            errors.append(invalid(f"{place}.devicePath", target, "must not already exist as a path in volumeMounts"))
        if name:
            names.add(name)
