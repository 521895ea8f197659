"""Storage classes and volume attributes classes.

Source: ``pkg/apis/storage/validation``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name
from kubegate.registry.validation.names import qualified_name
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
        errors.append(invalid("parameters", map_shown(obj.get("parameters")), IMMUTABLE))
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
