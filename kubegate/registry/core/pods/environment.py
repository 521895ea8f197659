"""Environment variables of containers, and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Collection

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.basics import check_name, quantity
from kubegate.registry.validation.names import (
    config_map_key,
    dns1123_label,
    dns1123_subdomain,
    dns_subdomain_name,
    environment_variable,
    qualified_name,
)
from kubegate.registry.validation.paths import check_not_reserved

VOLUME_FIELDS = frozenset({"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"})
_ENV_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
_KNOWN_LABELS = _ENV_FIELDS | VOLUME_FIELDS | {"spec.restartPolicy", "spec.schedulerName", "status.phase"}
_RESOURCES = sorted(f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage"))
_PAGES = ("requests.hugepages-", "limits.hugepages-")
_SUBSCRIPT = re.compile(r"(.*)\['(.*)'\]\Z", re.DOTALL)
_SIZES = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ONE_AT_A_TIME = "may not have more than one field specified at a time"


def check_env(errors: list[FieldError], path: str, variables: list[Object], volumes: dict[str, Object]) -> None:
    """Complain about environment variables; ``volumes`` are the pod's, by name."""
    for index, variable in enumerate(variables):
        place, name = f"{path}[{index}]", variable.get("name") or ""
        if not name:
            errors.append(required(f"{place}.name"))
        else:
            check_name(errors, f"{place}.name", name, environment_variable)
        if (source := variable.get("valueFrom")) is not None:
            _check_source(errors, f"{place}.valueFrom", source, variable.get("value") or "", volumes)


def _check_source(errors: list[FieldError], path: str, source: Object, value: str, volumes: dict[str, Object]) -> None:
    given = [key for key in _SOURCES if source.get(key) is not None]
    for key in given:
        place = f"{path}.{key}"
        if key == "fieldRef":
            check_field_reference(errors, place, source[key], _ENV_FIELDS)
        elif key == "resourceFieldRef":
            check_resource_reference(errors, place, source[key], for_volume=False)
        elif key == "fileKeyRef":
            _check_file_key(errors, place, source[key], volumes)
        else:
            _check_key(errors, place, source[key])
    if not given:
        choices = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        errors.append(invalid(path, "", f"must specify one of: {choices}"))
    elif value:
        errors.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif len(given) > 1:
        errors.append(invalid(path, "", _ONE_AT_A_TIME))


def _check_key(errors: list[FieldError], path: str, reference: Object) -> None:
    check_name(errors, f"{path}.name", reference.get("name") or "", dns1123_subdomain)
    key = reference.get("key") or ""
    if not key:
        errors.append(required(f"{path}.key"))
    else:
        check_name(errors, f"{path}.key", key, config_map_key)


def _check_file_key(errors: list[FieldError], path: str, reference: Object, volumes: dict[str, Object]) -> None:
    key, volume, file = reference.get("key") or "", reference.get("volumeName") or "", reference.get("path") or ""
    if not key:
        errors.append(required(f"{path}.key"))
    else:
        check_name(errors, f"{path}.key", key, environment_variable)
    if not volume:
        errors.append(required(f"{path}.volumeName"))
    else:
        check_name(errors, f"{path}.volumeName", volume, dns1123_label)
    if not file:
        errors.append(required(f"{path}.path"))
    else:
        check_not_reserved(errors, f"{path}.path", file)
    if volume and (volumes.get(volume) or {"emptyDir": {}}).get("emptyDir") is None:
        errors.append(invalid(f"{path}.volumeName", volume, "referenced volume must be of type emptyDir"))


def check_env_from(errors: list[FieldError], path: str, sources: list[Object]) -> None:
    """Complain about sources of many environment variables."""
    for index, source in enumerate(sources):
        place = f"{path}[{index}]"
        if prefix := source.get("prefix"):
            check_name(errors, f"{place}.prefix", prefix, environment_variable)
        given = [key for key in ("configMapRef", "secretRef") if source.get(key) is not None]
        for key in given:
            name = source[key].get("name") or ""
            if not name:
                errors.append(required(f"{place}.{key}.name"))
            else:
                errors += [invalid(f"{place}.{key}.name", name, text) for text in dns_subdomain_name(name, True)]
        if not given:
            errors.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            errors.append(invalid(path, "", _ONE_AT_A_TIME))


def check_field_reference(errors: list[FieldError], path: str, reference: Object, fields: Collection[str]) -> None:
    """Complain about a reference to a field of the pod that is not offered."""
    version, field = reference.get("apiVersion") or "", reference.get("fieldPath") or ""
    for key, value in (("apiVersion", version), ("fieldPath", field)):
        if not value:
            errors.append(required(f"{path}.{key}"))
            return
    match = _SUBSCRIPT.match(field)
    label = match[1] if match else field
    problem = "" if version == "v1" else f"unsupported pod version: {version}"
    if not problem and (label not in _KNOWN_LABELS or (match and label not in ("metadata.labels", "metadata.annotations"))):
        problem = f"field label not supported: {label}"
        if match and label in _KNOWN_LABELS:
            problem = f"field label does not support subscript: {label}"
    if problem and not (label == "spec.host" and version == "v1"):
        errors.append(invalid(f"{path}.fieldPath", field, f"error converting fieldPath: {problem}"))
    elif match:
        key = match[2].lower() if label == "metadata.annotations" else match[2]
        check_name(errors, path, key, qualified_name)
    elif label not in fields:
        errors.append(not_supported(f"{path}.fieldPath", label, sorted(fields)))


def check_resource_reference(errors: list[FieldError], path: str, reference: Object, *, for_volume: bool) -> None:
    """Complain about a reference to a container's resources that is not offered."""
    resource = reference.get("resource") or ""
    if for_volume and not reference.get("containerName"):
        errors.append(required(f"{path}.containerName"))
    elif not resource:
        errors.append(required(f"{path}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(_PAGES):
        errors.append(not_supported(f"{path}.resource", resource, _RESOURCES))
    divisor = quantity(reference.get("divisor"))
    if divisor.mantissa == 0:
        return
    kind = resource.partition(".")[2]
    noun = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(kind, "")
    if resource.startswith(_PAGES):
        noun = "hugepages"
    text = ""
    if kind == "cpu" and str(divisor) not in ("1m", "1"):
        text = "only divisor's values 1m and 1 are supported with the cpu resource"
    elif noun and str(divisor) not in _SIZES:
        text = f"only divisor's values {', '.join(_SIZES)} are supported with the {noun} resource"
    if text:
        errors.append(invalid(f"{path}.divisor", resource, text))
