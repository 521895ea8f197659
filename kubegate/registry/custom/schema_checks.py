"""Whether a definition's schema is structural and uses only what is supported.

Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation`` and ``pkg/apiserver/schema/validation.go``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.registry.custom.rule_checks import check_rules
from kubegate.registry.custom.structural import Schema, prune
from kubegate.registry.custom.structural_checks import check_structural, children
from kubegate.registry.custom.values import validate

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("$ref", "$schema", "id", "definitions", "dependencies", "patternProperties", "additionalItems")
_LIST_TYPES = ("atomic", "map", "set")


def check_schema(schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with an ``openAPIV3Schema``."""
    errors: list[FieldError] = []
    if schema.get("nullable"):
        errors.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    _check(schema, path, errors, root=True)
    if not errors:
        errors += check_structural(schema, path)
    if not errors:
        _check_defaults(schema, path, errors)
    if not errors:
        errors += check_rules(schema, path)
    return errors


def _check(schema: Schema, path: str, errors: list[FieldError], *, root: bool = False) -> None:
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.append(forbidden(f"{path}.uniqueItems", text))
    below = schema.get("additionalProperties")
    if below is False:
        errors.append(forbidden(f"{path}.additionalProperties", "additionalProperties cannot be set to false"))
    if below is not None and below is not False and schema.get("properties"):
        errors.append(forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive"))
    for name in _UNSUPPORTED:
        if schema.get(name):
            errors.append(forbidden(f"{path}.{name}", f"{name} is not supported"))
    if isinstance(schema.get("items"), list):
        errors.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        errors.append(not_supported(f"{path}.type", kind, _TYPES))
    if root and "default" in schema:
        errors.append(forbidden(f"{path}.default", "must not be set"))
    _check_extensions(schema, kind, path, errors)
    for _, child, place in children(schema, path):
        _check(child, place, errors)
    for name in ("allOf", "anyOf", "oneOf"):
        for index, child in enumerate(schema.get(name) or ()):
            _check(child, f"{path}.{name}[{index}]", errors)
    if schema.get("not"):
        _check(schema["not"], f"{path}.not", errors)


def _check_extensions(schema: Schema, kind: str, path: str, errors: list[FieldError]) -> None:
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        errors.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"))
    list_type, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or []
    if list_type is not None and kind != "array":
        text = "must be array if x-kubernetes-list-type is specified"
        errors.append(invalid(f"{path}.type", kind, text) if kind else required(f"{path}.type", text))
    if list_type is not None and list_type not in _LIST_TYPES:
        errors.append(not_supported(f"{path}.x-kubernetes-list-type", list_type, ("atomic", "set", "map")))
    if keys and list_type != "map":
        if list_type is None:
            errors.append(
                required(f"{path}.x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty")
            )
        else:
            text = "must be map if x-kubernetes-list-map-keys is non-empty"
            errors.append(invalid(f"{path}.x-kubernetes-list-type", list_type, text))
    if list_type == "map":
        _check_map_list(schema, keys, path, errors)
    if list_type == "set" and kind == "array":
        _check_set_items(schema.get("items"), path, errors)
    if list_type in ("map", "set") and isinstance(schema.get("items"), dict) and schema["items"].get("nullable"):
        errors.append(forbidden(f"{path}.items.nullable", f"cannot be nullable when x-kubernetes-list-type is {list_type}"))
    map_type = schema.get("x-kubernetes-map-type")
    if map_type is not None and map_type not in ("atomic", "granular"):
        errors.append(not_supported(f"{path}.x-kubernetes-map-type", map_type, ("atomic", "granular")))
    if map_type is not None and kind != "object":
        text = "must be object if x-kubernetes-map-type is specified"
        errors.append(invalid(f"{path}.type", kind, text) if kind else required(f"{path}.type", text))


def _check_set_items(item: Any, path: str, errors: list[FieldError]) -> None:
    """Items of sets are compared as a whole."""
    if not isinstance(item, dict):
        return
    text = "must be atomic as item of a list with x-kubernetes-list-type=set"
    list_type = item.get("x-kubernetes-list-type")
    if item.get("type") == "array" and list_type not in (None, "atomic"):
        errors.append(invalid(f"{path}.items.x-kubernetes-list-type", list_type, text))
    if item.get("type") == "object" and item.get("x-kubernetes-map-type") != "atomic":
        errors.append(invalid(f"{path}.items.x-kubernetes-map-type", list_type, text))


def _check_map_list(schema: Schema, keys: list[str], path: str, errors: list[FieldError]) -> None:
    place = f"{path}.x-kubernetes-list-map-keys"
    if not keys:
        errors.append(required(place, "must not be empty if x-kubernetes-list-type is map"))
    item = schema.get("items")
    if not isinstance(item, dict):
        if item is None:
            errors.append(required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map"))
        return
    if item.get("type") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        errors.append(invalid(f"{path}.items.type", item.get("type") or "", text))
    properties = item.get("properties") or {}
    for key in keys:
        if key not in properties:
            errors.append(invalid(place, keys, "entries must all be names of item properties"))
            continue
        if properties[key].get("type") in ("array", "object"):
            text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            errors.append(invalid(f"{path}.items.properties[{key}].type", item.get("type"), text))
        if properties[key].get("nullable"):
            text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
            errors.append(forbidden(f"{path}.items.properties[{key}].nullable", text))
        if key not in (item.get("required") or ()) and properties[key].get("default") is None:
            text = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            errors.append(required(f"{path}.items.properties[{key}].default", text))
    if len(set(keys)) != len(keys):
        errors.append(invalid(place, keys, "must not contain duplicate entries"))


def _check_defaults(schema: Schema, path: str, errors: list[FieldError]) -> None:
    if schema.get("default") is not None:
        place, value = f"{path}.default", schema["default"]
        trial = {"type": "object", "properties": {"value": {**schema, "nullable": bool(schema.get("nullable"))}}}
        if isinstance(value, dict) and prune({"value": _copy(value)}, trial, resource=False):
            errors.append(invalid(place, value, "must not have unknown fields"))
        else:
            errors += [_moved(error, place) for error in validate(value, schema)]
    for _, child, below in children(schema, path):
        _check_defaults(child, below, errors)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _moved(error: FieldError, place: str) -> FieldError:
    inner = "" if error.field == "<nil>" else error.field
    joined = place + (inner if inner.startswith("[") else f".{inner}" if inner else "")
    return replace(error, field=joined)


def check_status_root(schema: Schema, path: str) -> list[FieldError]:
    """With a status subresource the root may only describe an object."""
    errors = []
    for name, value in schema.items():
        if name == "type" and value != "object":
            text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
            errors.append(invalid(f"{path}.type", value, text))
    return errors
