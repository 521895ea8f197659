"""Resource slices: the devices that a driver offers on a node.

Source: ``pkg/apis/resource/validation``.
"""

from __future__ import annotations

import re

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.resource.names import (
    check_items,
    check_label,
    check_pool_name,
    check_qualified_name,
    check_required_label,
)
from kubegate.registry.validation.basics import NOT_POSITIVE, check_immutable, quantity
from kubegate.registry.validation.names import dns1123_subdomain, label_value, qualified_name
from kubegate.registry.validation.selectors import check_node_selector

_DEVICES, _ADVANCED_DEVICES, _COUNTER_SETS, _TAINTS, _CONSUMPTIONS = 128, 64, 8, 16, 2
_PROPERTIES, _VALUE_LIMIT = 32, 64
_TARGETS = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
_VALUES = ("bool", "int", "string", "version")
_EFFECTS = ["None", "NoExecute", "NoSchedule"]
_UNSET = "must be either unset or set to true"
_NUMBER, _PART, _BUILD = r"(0|[1-9]\d*)", r"(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)", r"[0-9a-zA-Z-]+"
_SEMVER = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_PART}(\.{_PART})*)?(\+{_BUILD}(\.{_BUILD})*)?", re.ASCII)


def _default(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    pool = spec.setdefault("pool", {})
    spec.setdefault("driver", "")
    pool.setdefault("name", "")
    for key in ("generation", "resourceSliceCount"):
        pool.setdefault(key, 0)
    for device in spec.get("devices") or ():
        for capacity in (device.get("capacity") or {}).values():
            if capacity.get("value") is not None:
                capacity["value"] = str(quantity(capacity["value"]))


def _prepare(obj: Object, context: WriteContext) -> None:
    """Taints get the time at which they came."""
    for device in obj["spec"].get("devices") or ():
        for taint in device.get("taints") or ():
            if not taint.get("timeAdded"):
                taint["timeAdded"] = context.timestamp


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    return _check(obj, None)


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return _check(obj, old.get("spec") or {})


def _check(obj: Object, before: Object | None) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    pool, devices = spec.get("pool") or {}, spec.get("devices") or []
    check_csi_driver_name(errors, "spec.driver", spec.get("driver") or "")
    check_pool_name(errors, "spec.pool.name", pool.get("name") or "")
    count, generation = pool.get("resourceSliceCount") or 0, pool.get("generation") or 0
    if count <= 0:
        errors.append(invalid("spec.pool.resourceSliceCount", count, NOT_POSITIVE))
    if generation < 0:
        text = "must be greater than or equal to zero"
        errors.append(invalid("spec.pool.generation", generation, text))
    if before is not None:
        check_immutable(errors, "spec.pool.name", pool.get("name"), (before.get("pool") or {}).get("name"))
        for key in ("driver", "nodeName"):
            check_immutable(errors, f"spec.{key}", spec.get(key), before.get(key))
    _check_node(errors, "spec", spec, _TARGETS)
    if spec.get("sharedCounters") and devices:
        errors.append(invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed"))
    advanced = any(device.get("taints") or device.get("consumesCounters") for device in devices)

    def check_one(errors: list[FieldError], path: str, device: Object) -> None:
        _check_device(errors, path, device, per_device=bool(spec.get("perDeviceNodeSelection")))

    limit = _ADVANCED_DEVICES if advanced else _DEVICES
    check_items(errors, "spec.devices", devices, limit, check_one, lambda device: device.get("name") or "")
    sets = spec.get("sharedCounters") or []
    check_items(errors, "spec.sharedCounters", sets, _COUNTER_SETS, _check_counter_set, lambda item: item.get("name"))
    return errors


def _check_node(errors: list[FieldError], path: str, spec: Object, targets: tuple[str, ...]) -> None:
    found = _targets(errors, path, spec, targets)
    listed = ", ".join(f"`{key}`" for key in targets)
    text = f"exactly one of {listed} is required"
    if not found:
        errors.append(required(path, text))
    elif len(found) > 1:
        shown = "{" + ", ".join(f"`{key}`" for key in found) + "}"
        errors.append(invalid(path, shown, f"{text}, but multiple fields are set"))


def _targets(errors: list[FieldError], path: str, spec: Object, targets: tuple[str, ...]) -> list[str]:
    """The fields that say where a device is; complaints about their values on the way."""
    found: list[str] = []
    for key in targets:
        value = spec.get(key)
        if value is None:
            continue
        if key == "nodeName":
            if value:
                errors += [invalid(f"{path}.{key}", value, text) for text in dns1123_subdomain(value)]
            else:
                whole = "perDeviceNodeSelection" in targets  # the slice, not one of its devices
                text = "must be either unset or set to a non-empty string" if whole else "must not be empty"
                errors.append(invalid(f"{path}.{key}", value, text))
        elif key == "nodeSelector":
            check_node_selector(errors, f"{path}.{key}", value)
            terms = value.get("nodeSelectorTerms") or []
            if "perDeviceNodeSelection" in targets and len(terms) != 1:
                text = "must have exactly one node selector term"
                errors.append(invalid(f"{path}.{key}.nodeSelectorTerms", terms, text))
        elif not value:
            errors.append(invalid(f"{path}.{key}", value, _UNSET))
        if value:
            found.append(key)
    return found


def _check_device(errors: list[FieldError], path: str, device: Object, *, per_device: bool) -> None:
    check_label(errors, f"{path}.name", device.get("name") or "")
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    if (total := len(attributes) + len(capacity)) > _PROPERTIES:
        text = f"the total number of attributes and capacities must not exceed {_PROPERTIES}"
        errors.append(invalid(path, total, text))
    for key in sorted(attributes):
        check_qualified_name(errors, f"{path}.attributes", key)
        _check_attribute(errors, f"{path}.attributes[{key}]", attributes[key])
    for key in sorted(capacity):
        check_qualified_name(errors, f"{path}.capacity", key)
        if capacity[key].get("requestPolicy") is not None and not device.get("allowMultipleAllocations"):
            text = "allowMultipleAllocations must be true"
            errors.append(forbidden(f"{path}.capacity[{key}].requestPolicy", text))
    check_items(errors, f"{path}.taints", device.get("taints") or [], _TAINTS, _check_taint)
    consumed = device.get("consumesCounters") or []
    check_items(
        errors,
        f"{path}.consumesCounters",
        consumed,
        _CONSUMPTIONS,
        _check_consumption,
        lambda item: item.get("counterSet"),
    )
    _check_device_node(errors, path, device, per_device=per_device)


def _check_device_node(errors: list[FieldError], path: str, device: Object, *, per_device: bool) -> None:
    where = "`perDeviceNodeSelection` is set to true in the ResourceSlice spec"
    targets = ("nodeName", "nodeSelector", "allNodes")
    if not per_device:
        if any(device.get(key) is not None for key in targets):
            text = f"`nodeName`, `nodeSelector` and `allNodes` can only be set if {where}"
            errors.append(invalid(path, None, text))
        return
    found = _targets(errors, path, device, targets)
    text = f"exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when {where}"
    if not found:
        errors.append(required(path, text))
    elif len(found) > 1:
        errors.append(invalid(path, "{" + ", ".join(f"`{key}`" for key in found) + "}", text))


def _check_attribute(errors: list[FieldError], path: str, attribute: Object) -> None:
    text, version = attribute.get("string"), attribute.get("version")
    if text is not None and len(text.encode()) > _VALUE_LIMIT:
        errors.append(too_long(f"{path}.string", _VALUE_LIMIT))
    if version is not None:
        if not _SEMVER.fullmatch(version):
            errors.append(invalid(f"{path}.version", version, "must be a string compatible with semver.org spec 2.0.0"))
        if len(version) > _VALUE_LIMIT:
            errors.append(too_long(f"{path}.version", _VALUE_LIMIT))
    given = [key for key in _VALUES if attribute.get(key) is not None]
    if len(given) != 1:
        shown = {key: attribute[key] for key in given} if given else ""
        errors.append(invalid(path, shown, "exactly one value must be specified"))


def _check_taint(errors: list[FieldError], path: str, taint: Object) -> None:
    key, value, effect = (taint.get(name) or "" for name in ("key", "value", "effect"))
    if not key:
        errors.append(required(f"{path}.key"))
    errors += [invalid(f"{path}.key", key, text) for text in (qualified_name(key) if key else ())]
    errors += [invalid(f"{path}.value", value, text) for text in label_value(value)]
    if not effect:
        errors.append(required(f"{path}.effect"))
    elif effect not in _EFFECTS:
        errors.append(not_supported(f"{path}.effect", effect, _EFFECTS))


def _check_counters(errors: list[FieldError], path: str, counters: Object) -> None:
    if not counters:
        errors.append(required(path))
    for name in sorted(counters):
        check_label(errors, path, name)


def _check_counter_set(errors: list[FieldError], path: str, item: Object) -> None:
    check_required_label(errors, f"{path}.name", item.get("name") or "")
    _check_counters(errors, f"{path}.counters", item.get("counters") or {})


def _check_consumption(errors: list[FieldError], path: str, item: Object) -> None:
    check_required_label(errors, f"{path}.counterSet", item.get("counterSet") or "")
    _check_counters(errors, f"{path}.counters", item.get("counters") or {})


RESOURCE_SLICE = Strategy(
    resource="resourceslices.resource.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default,
    prepare=_prepare,
    validate=_validate,
    validate_update=_validate_update,
)
