"""Storage classes, volume attributes classes, CSI drivers and nodes, attachments, capacities."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.core.volumes.volumes import check_volume_spec
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import between, check_immutable, check_name, quantity, same
from kubegate.registry.validation.names import dns1123_subdomain, qualified_name
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.shown import map_shown, selector_shown

_PARAMETERS, _PARAMETER_BYTES = 512, 256 * 1024
_MODES = ["Immediate", "WaitForFirstConsumer"]
_POLICIES = ["Delete", "Retain"]
_SHORTEST_PERIOD = 10
_NODE_ID_LIMIT = 256
_MESSAGE_LIMIT, _ATTACHMENT_BYTES = 1024, 256 * 1024


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
    # The server compares with as many empty terms as there are terms, before those that it has seen.
    seen: list[Any] = [{} for _ in terms]
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
        errors += [duplicate(f"{place}.matchLabelExpressions", "") for other in seen if other == keys]
        seen.append(keys)


def _validate_class_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_class(obj, context)
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
    return errors + _validate_attributes(obj, context)


VOLUME_ATTRIBUTES_CLASS = Strategy(
    resource="volumeattributesclasses.storage.k8s.io",
    namespaced=False,
    validate=_validate_attributes,
    validate_update=_validate_attributes_update,
)


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
    spec = obj.get("spec") or {}
    policy, policies = spec.get("fsGroupPolicy"), ["File", "None", "ReadWriteOnceWithFSType"]
    if policy is not None and policy not in policies:
        errors.append(not_supported("spec.fsGroupPolicy", policy, policies))
    audiences = [token.get("audience") or "" for token in spec.get("tokenRequests") or ()]
    for index, token in enumerate(spec.get("tokenRequests") or ()):
        if audiences[index] in audiences[:index]:
            errors.append(duplicate(f"spec.tokenRequests[{index}].audience", audiences[index]))
            continue
        seconds = token.get("expirationSeconds")
        if seconds is not None and seconds < 600:
            text = "may not specify a duration less than 10 minutes"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
        elif seconds is not None and seconds > 2**32:
            text = "may not specify a duration larger than 2^32 seconds"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in ("Ephemeral", "Persistent"):
            errors.append(not_supported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"]))
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < _SHORTEST_PERIOD:
        text = f"must be greater than or equal to {_SHORTEST_PERIOD} seconds"
        errors.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, text))
    return errors


def _validate_driver_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_driver(obj, context)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    check_immutable(errors, "spec.attachedRequired", spec.get("attachRequired"), before.get("attachRequired"))  # sic
    modes = "volumeLifecycleModes"
    check_immutable(errors, f"spec.{modes}", spec.get(modes), before.get(modes))
    return errors


CSI_DRIVER = Strategy(
    resource="csidrivers.storage.k8s.io",
    namespaced=False,
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
        if len(node) > _NODE_ID_LIMIT:
            errors.append(invalid(f"{path}.nodeID", node, f"must be {_NODE_ID_LIMIT} characters or less"))
        count = (driver.get("allocatable") or {}).get("count")
        if count is not None and count < 0:
            text = "must be greater than or equal to 0"
            errors.append(invalid(f"{path}.allocatable.count", count, text))
        if name in seen:
            errors.append(duplicate(f"{path}.name", name))
        seen.add(name)
        keys = driver.get("topologyKeys") or []
        for position, key in enumerate(keys):
            if not key:
                errors.append(required(path))
            if key in keys[:position]:
                errors.append(duplicate(path, key))
            check_name(errors, path, key, qualified_name)
    return errors


def _validate_node_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Of a driver that was there, only what can be allocated changes."""
    errors = _validate_node(obj, context)
    drivers = (obj.get("spec") or {}).get("drivers") or []
    for before in (old.get("spec") or {}).get("drivers") or ():
        for driver in drivers:
            if driver.get("name") == before.get("name") and _fixed(driver) != _fixed(before):
                errors.append(invalid("spec.drivers", _fixed(driver), IMMUTABLE))
    return errors


def _fixed(driver: Object) -> dict[str, Any]:
    return {
        "Name": driver.get("name") or "",
        "NodeID": driver.get("nodeID") or "",
        "TopologyKeys": driver.get("topologyKeys"),
        "Allocatable": None,
    }


CSI_NODE = Strategy(
    resource="csinodes.storage.k8s.io",
    namespaced=False,
    default=lambda obj: obj.setdefault("spec", {}).setdefault("drivers", None),
    validate=_validate_node,
    validate_update=_validate_node_update,
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
    errors = _validate_capacity(obj, context)
    if not same(obj.get("nodeTopology"), old.get("nodeTopology")):
        errors.append(invalid("nodeTopology", selector_shown(obj.get("nodeTopology")), IMMUTABLE))
    check_immutable(errors, "storageClassName", obj.get("storageClassName"), old.get("storageClassName"))
    return errors


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
    if not spec.get("attacher"):
        errors.append(required("spec.attacher"))
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
    check_name(errors, "spec.nodeName", spec.get("nodeName") or "", dns1123_subdomain)
    _check_attachment_status(errors, "status", obj.get("status") or {})
    return errors


def _check_attachment_status(errors: list[FieldError], path: str, status: Object) -> None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in (status.get("attachmentMetadata") or {}).items())
    if size > _ATTACHMENT_BYTES:
        errors.append(too_long(f"{path}.attachmentMetadata", _ATTACHMENT_BYTES))
    for key in ("attachError", "detachError"):
        problem = status.get(key) or {}
        if len((problem.get("message") or "").encode()) > _MESSAGE_LIMIT:
            errors.append(too_long(f"{path}.{key}.message", _ATTACHMENT_BYTES))  # the limit that the server names
        code = problem.get("errorCode")
        if code is not None and code < 0:
            errors.append(invalid(f"{path}.{key}.errorCode", code, between(0, 2**31 - 1)))


def _validate_new_attachment(obj: Object, context: WriteContext) -> list[FieldError]:
    """New attachments follow stricter rules than old ones."""
    errors = _validate_attachment(obj, context)
    spec = obj.get("spec") or {}
    check_csi_driver_name(errors, "spec.attacher", spec.get("attacher") or "")
    volume = (spec.get("source") or {}).get("persistentVolumeName")
    if volume is not None:
        check_name(errors, "spec.source.persistentVolumeName", volume, dns1123_subdomain)
    return errors


def _validate_attachment_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_attachment(obj, context)
    if not same(obj.get("spec"), old.get("spec")):
        errors.append(invalid("spec", _attachment_shown(obj.get("spec") or {}), IMMUTABLE))
    return errors


def _attachment_shown(spec: Object) -> dict[str, Any]:
    source = spec.get("source") or {}
    return {
        "Attacher": spec.get("attacher") or "",
        "Source": {
            "PersistentVolumeName": source.get("persistentVolumeName"),
            "InlineVolumeSpec": source.get("inlineVolumeSpec"),
        },
        "NodeName": spec.get("nodeName") or "",
    }


VOLUME_ATTACHMENT = Strategy(
    resource="volumeattachments.storage.k8s.io",
    namespaced=False,
    has_status=True,
    initial_status=lambda: {"attached": False},
    default=lambda obj: obj.setdefault("status", {}).setdefault("attached", False) and None,
    validate=_validate_new_attachment,
    validate_update=_validate_attachment_update,
    subresources={"status": Subresource(validate=_validate_attachment_update)},
)

STRATEGIES: tuple[Strategy, ...] = (
    STORAGE_CLASS,
    VOLUME_ATTRIBUTES_CLASS,
    CSI_DRIVER,
    CSI_NODE,
    CSI_STORAGE_CAPACITY,
    VOLUME_ATTACHMENT,
)
