"""Storage classes, volume attributes classes, CSI drivers and nodes, attachments, capacities."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object, name_of
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.core.volumes.volumes import check_volume_spec
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name, quantity, same
from kubegate.registry.validation.names import dns1123_subdomain, qualified_name
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.shown import map_shown

_PARAMETERS, _PARAMETER_BYTES = 512, 256 * 1024
_MODES = ["Immediate", "WaitForFirstConsumer"]
_POLICIES = ["Delete", "Retain"]


def _default_class(obj: Object) -> None:
    if obj.get("reclaimPolicy") is None:
        obj["reclaimPolicy"] = "Delete"
    if obj.get("volumeBindingMode") is None:
        obj["volumeBindingMode"] = "Immediate"


def _check_provisioner(errors: list[FieldError], path: str, name: str) -> None:
    if not name:
        errors.append(required(path, name))
    else:
        check_name(errors, path, name.lower(), qualified_name)


def _check_parameters(errors: list[FieldError], path: str, parameters: dict[str, str], *, needed: bool = False) -> None:
    if len(parameters) > _PARAMETERS:
        errors.append(too_long(path, _PARAMETERS))
        return
    size = 0
    for key, value in parameters.items():
        if not key:
            errors.append(invalid(path, key, "field can not be empty."))
        size += len(key) + len(value or "")
    if size > _PARAMETER_BYTES:
        errors.append(too_long(path, _PARAMETER_BYTES))
    if needed and not parameters:
        errors.append(required(path, "must contain at least one key/value pair"))


def _validate_class(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_provisioner(errors, "provisioner", obj.get("provisioner") or "")
    _check_parameters(errors, "parameters", obj.get("parameters") or {})
    policy = obj.get("reclaimPolicy")
    if policy is not None and policy not in _POLICIES:
        errors.append(not_supported("reclaimPolicy", policy, _POLICIES))
    mode = obj.get("volumeBindingMode")
    if mode is None:
        errors.append(required("volumeBindingMode"))
    elif mode not in _MODES:
        errors.append(not_supported("volumeBindingMode", mode, _MODES))
    _check_topologies(errors, "allowedTopologies", obj.get("allowedTopologies") or [])
    return errors


def _check_topologies(errors: list[FieldError], path: str, terms: list[Object]) -> None:
    seen: list[Any] = []
    for index, term in enumerate(terms):
        place = f"{path}[{index}]"
        keys: dict[str, frozenset[str]] = {}
        for position, requirement in enumerate(term.get("matchLabelExpressions") or ()):
            where, key = f"{place}.matchLabelExpressions[{position}]", requirement.get("key") or ""
            values = requirement.get("values") or []
            if not values:
                errors.append(required(f"{where}.values"))
            for number, value in enumerate(values):
                if value in values[:number]:
                    errors.append(duplicate(f"{where}.values[{number}]", value))
            check_name(errors, f"{where}.key", key, qualified_name)
            if key in keys:
                errors.append(duplicate(f"{where}.key", key))
            keys[key] = frozenset(values)
        if keys in seen:
            errors.append(duplicate(f"{place}.matchLabelExpressions", ""))
        seen.append(keys)


def _validate_class_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    parameters, before = obj.get("parameters") or {}, old.get("parameters") or {}
    if parameters != before:
        errors.append(invalid("parameters", map_shown(parameters), IMMUTABLE))
    if obj.get("provisioner") != old.get("provisioner"):
        errors.append(invalid("provisioner", obj.get("provisioner") or "", IMMUTABLE))
    for key in ("reclaimPolicy", "volumeBindingMode"):
        check_immutable(errors, key, obj.get(key), old.get(key))
    return errors


STORAGE_CLASS = Strategy(
    resource="storageclasses.storage.k8s.io",
    namespaced=False,
    default=_default_class,
    validate=_validate_class,
    validate_update=_validate_class_update,
)


def _validate_attributes(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_provisioner(errors, "driverName", obj.get("driverName") or "")
    _check_parameters(errors, "parameters", obj.get("parameters") or {}, needed=True)
    return errors


def _validate_attributes_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_immutable(errors, "driverName", obj.get("driverName"), old.get("driverName"))
    if (obj.get("parameters") or {}) != (old.get("parameters") or {}):
        errors.append(invalid("parameters", map_shown(obj.get("parameters")), IMMUTABLE))
    return errors


VOLUME_ATTRIBUTES_CLASS = Strategy(
    resource="volumeattributesclasses.storage.k8s.io",
    namespaced=False,
    validate=_validate_attributes,
    validate_update=_validate_attributes_update,
)


def _driver_name(name: str, prefix: bool) -> list[str]:
    return []  # the driver's own rule is checked with the rest


def _default_driver(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for key, value in (
        ("attachRequired", True),
        ("podInfoOnMount", False),
        ("storageCapacity", False),
        ("requiresRepublish", False),
        ("seLinuxMount", False),
    ):
        if spec.get(key) is None:
            spec[key] = value
    if spec.get("fsGroupPolicy") is None:
        spec["fsGroupPolicy"] = "ReadWriteOnceWithFSType"
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def _validate_driver(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_csi_driver_name(errors, "metadata.name", name_of(obj))
    spec = obj.get("spec") or {}
    for key in ("attachRequired", "podInfoOnMount", "storageCapacity"):
        if spec.get(key) is None:
            errors.append(required(f"spec.{key}"))
    policy, policies = spec.get("fsGroupPolicy"), ["File", "None", "ReadWriteOnceWithFSType"]
    if policy is not None and policy not in policies:
        errors.append(not_supported("spec.fsGroupPolicy", policy, policies))
    audiences = [token.get("audience") or "" for token in spec.get("tokenRequests") or ()]
    for index, token in enumerate(spec.get("tokenRequests") or ()):
        if audiences[index] in audiences[:index]:
            errors.append(duplicate(f"spec.tokenRequests[{index}].audience", audiences[index]))
        seconds = token.get("expirationSeconds")
        if seconds is not None and seconds < 600:
            text = "may not specify a duration less than 10 minutes"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
        elif seconds is not None and seconds > 2**32:
            text = "may not specify a duration larger than 2^32 seconds"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in ("Ephemeral", "Persistent"):
            errors.append(not_supported("spec.volumeLifecycleModes", mode, ["Ephemeral", "Persistent"]))
    return errors


def _validate_driver_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    for key in ("attachRequired", "volumeLifecycleModes"):
        check_immutable(errors, f"spec.{key}", spec.get(key), before.get(key))
    return errors


CSI_DRIVER = Strategy(
    resource="csidrivers.storage.k8s.io",
    namespaced=False,
    name=_driver_name,
    generation=("spec",),
    default=_default_driver,
    validate=_validate_driver,
    validate_update=_validate_driver_update,
)


def _validate_node(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, driver in enumerate((obj.get("spec") or {}).get("drivers") or ()):
        path, name = f"spec.drivers[{index}]", driver.get("name") or ""
        check_csi_driver_name(errors, f"{path}.name", name)
        node = driver.get("nodeID") or ""
        if not node:
            errors.append(required(f"{path}.nodeID", node))
        if len(node) > 256:
            errors.append(invalid(f"{path}.nodeID", node, "must be 256 characters or less"))
        count = (driver.get("allocatable") or {}).get("count")
        if count is not None and count < 0:
            text = "must be greater than or equal to 0"
            errors.append(invalid(f"{path}.allocatable.count", count, text))
        keys = driver.get("topologyKeys") or []
        for position, key in enumerate(keys):
            check_name(errors, f"{path}", key, qualified_name)
            if key in keys[:position]:
                errors.append(duplicate(f"{path}.topologyKeys", key))
        if name in seen:
            errors.append(duplicate(f"{path}.name", name))
        seen.add(name)
    return errors


CSI_NODE = Strategy(
    resource="csinodes.storage.k8s.io",
    namespaced=False,
    default=lambda obj: obj.setdefault("spec", {}).setdefault("drivers", None),
    validate=_validate_node,
    validate_update=lambda obj, old, context: _validate_node(obj, context),
)


def _validate_capacity(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_label_selector(errors, "nodeTopology", obj.get("nodeTopology"))
    check_name(errors, "storageClassName", obj.get("storageClassName") or "", dns1123_subdomain)
    if obj.get("capacity") is not None and quantity(obj["capacity"]).mantissa < 0:
        text = "must be greater than or equal to 0"
        errors.append(invalid("capacity", str(quantity(obj["capacity"])), text))
    return errors


def _validate_capacity_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    if not same(obj.get("nodeTopology"), old.get("nodeTopology")):
        errors.append(invalid("nodeTopology", obj.get("nodeTopology"), IMMUTABLE))
    check_immutable(errors, "storageClassName", obj.get("storageClassName"), old.get("storageClassName"))
    return errors + _validate_capacity(obj, context)


def _default_capacity(obj: Object) -> None:
    for key in ("capacity", "maximumVolumeSize"):
        if obj.get(key) is not None:
            obj[key] = str(quantity(obj[key]))


CSI_STORAGE_CAPACITY = Strategy(
    resource="csistoragecapacities.storage.k8s.io",
    default=_default_capacity,
    validate=_validate_capacity,
    validate_update=_validate_capacity_update,
)


def _validate_attachment(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    check_csi_driver_name(errors, "spec.attacher", spec.get("attacher") or "")
    if not spec.get("nodeName"):
        errors.append(required("spec.nodeName"))
    else:
        check_name(errors, "spec.nodeName", spec["nodeName"], dns1123_subdomain)
    source = spec.get("source") or {}
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if name is None and inline is None:
        errors.append(required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"))
    if name is not None and inline is not None:
        text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        errors.append(forbidden("spec.source", text))
    if name is not None and inline is None and not name:
        errors.append(required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"))
    if inline is not None and name is None:
        check_volume_spec(errors, "spec.source.inlineVolumeSpec", inline, "")
    return errors


def _validate_attachment_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    if not same(obj.get("spec"), old.get("spec")):
        errors.append(invalid("spec", obj.get("spec"), IMMUTABLE))
    return errors


VOLUME_ATTACHMENT = Strategy(
    resource="volumeattachments.storage.k8s.io",
    namespaced=False,
    has_status=True,
    initial_status=lambda: {"attached": False},
    default=lambda obj: obj.setdefault("status", {}).setdefault("attached", False) and None,
    validate=_validate_attachment,
    validate_update=_validate_attachment_update,
    subresources={"status": Subresource()},
)

STRATEGIES: tuple[Strategy, ...] = (
    STORAGE_CLASS,
    VOLUME_ATTRIBUTES_CLASS,
    CSI_DRIVER,
    CSI_NODE,
    CSI_STORAGE_CAPACITY,
    VOLUME_ATTACHMENT,
)
