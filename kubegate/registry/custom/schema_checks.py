"""Whether a definition's schema is structural and uses only what is supported.

Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation`` and ``pkg/apiserver/schema/validation.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.registry.custom import internal_print
from kubegate.registry.custom.default_checks import check_defaults
from kubegate.registry.custom.rule_checks import check_rules
from kubegate.registry.custom.structural import Schema
from kubegate.registry.custom.structural_checks import check_structural

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_UNSUPPORTED_EVEN_EMPTY = ("additionalItems", "dependencies", "$ref")
_LIST_TYPES = ("atomic", "map", "set")
_META = ("metadata", "kind", "apiVersion")
_JUNCTORS = ("allOf", "oneOf", "anyOf")


def check_schema(schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with an ``openAPIV3Schema``."""
    errors: list[FieldError] = []
    if schema.get("nullable"):
        errors.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    plain: list[FieldError] = []
    _check(schema, path, plain, root=True)
    structured = not any(_unsupported(plain))  # what is not supported has no structure
    if structured:
        found = check_structural(schema, path) or check_defaults(schema, path)
        structured = not found
        errors += found
    errors += plain
    return errors + check_rules(schema, path, compiled=structured, wrong={error.field for error in plain})


def _unsupported(errors: list[FieldError]) -> Iterator[FieldError]:
    texts = [*(f"{name} is not supported" for name in _UNSUPPORTED), "items must be a schema object and not an array"]
    return (error for error in errors if error.detail in texts)


def _check(
    schema: Schema, path: str, errors: list[FieldError], *, root: bool = False, meta: bool = False, undefaulted: str = ""
) -> None:
    """``meta``: this is, or is inside of, the metadata of an object; ``undefaulted``: why there may be no defaults."""
    _check_supported(schema, path, errors, meta=meta, undefaulted=undefaulted)
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.append(forbidden(f"{path}.uniqueItems", text))
    below = schema.get("additionalProperties")
    if schema.get("properties") and (below is False or isinstance(below, dict)):
        errors.append(forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive"))
    if isinstance(below, dict):
        why = "inside additionalProperties applying to object metadata" if meta else undefaulted
        _check(below, f"{path}.additionalProperties", errors, meta=meta, undefaulted=why)
    for name, child in (schema.get("properties") or {}).items():
        inside = (root or bool(schema.get("x-kubernetes-embedded-resource"))) and name in _META
        why = f"in top-level {name}" if root and inside else undefaulted
        _check(child, f"{path}.properties[{name}]", errors, meta=meta or inside, undefaulted=why)
    if schema.get("not"):
        _check(schema["not"], f"{path}.not", errors, meta=meta, undefaulted=undefaulted)
    for name in _JUNCTORS:
        for index, child in enumerate(schema.get(name) or ()):
            _check(child, f"{path}.{name}[{index}]", errors, meta=meta, undefaulted=undefaulted)
    if isinstance(schema.get("items"), dict):
        _check(schema["items"], f"{path}.items", errors, meta=meta, undefaulted=undefaulted)
    _check_extensions(schema, schema.get("type") or "", path, errors)


def _check_supported(schema: Schema, path: str, errors: list[FieldError], *, meta: bool, undefaulted: str) -> None:
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        errors.append(not_supported(f"{path}.type", kind, _TYPES))
    if schema.get("default") is not None and undefaulted:
        errors.append(forbidden(f"{path}.default", f"must not be set {undefaulted}"))
    for name in _UNSUPPORTED:
        value = schema.get(name)
        if value or (value is not None and name in _UNSUPPORTED_EVEN_EMPTY):
            errors.append(forbidden(f"{path}.{name}", f"{name} is not supported"))
    if kind == "null":
        errors.append(forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative"))
    if isinstance(schema.get("items"), list):
        errors.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
    if meta and schema.get("x-kubernetes-embedded-resource"):
        errors.append(forbidden(f"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta"))


def _check_extensions(schema: Schema, kind: str, path: str, errors: list[FieldError]) -> None:
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        errors.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"))
    map_type = schema.get("x-kubernetes-map-type")
    if map_type is not None and kind != "object":
        text = "must be object if x-kubernetes-map-type is specified"
        errors.append(invalid(f"{path}.type", kind, text) if kind else required(f"{path}.type", text))
    if map_type is not None and map_type not in ("atomic", "granular"):
        errors.append(not_supported(f"{path}.x-kubernetes-map-type", map_type, ("atomic", "granular")))
    _check_list_type(schema, kind, path, errors)


def _check_list_type(schema: Schema, kind: str, path: str, errors: list[FieldError]) -> None:
    list_type, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or []
    place = f"{path}.x-kubernetes-list-type"
    if list_type is not None and kind != "array":
        text = "must be array if x-kubernetes-list-type is specified"
        errors.append(invalid(f"{path}.type", kind, text) if kind else required(f"{path}.type", text))
    elif list_type == "set":
        _check_set_items(schema.get("items"), path, errors)
    if list_type is not None and list_type not in _LIST_TYPES:
        errors.append(not_supported(place, list_type, ("atomic", "set", "map")))
    if keys and list_type != "map":
        text = "must be map if x-kubernetes-list-map-keys is non-empty"
        errors.append(required(place, text) if list_type is None else invalid(place, list_type, text))
    if list_type == "map":
        _check_map_list(schema, keys, path, errors)
    if list_type in ("map", "set") and isinstance(schema.get("items"), dict):
        _check_keys(schema["items"], list_type, keys, f"{path}.items", errors)


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
    place, seen = f"{path}.x-kubernetes-list-map-keys", set()
    if not keys:
        errors.append(required(place, "must not be empty if x-kubernetes-list-type is map"))
    item = schema.get("items")
    if item is None:
        errors.append(required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map"))
    if not isinstance(item, dict):
        return
    if item.get("type") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        errors.append(invalid(f"{path}.items.type", item.get("type") or "", text))
        return
    properties = item.get("properties") or {}
    for key in keys:
        if key not in properties:
            errors.append(invalid(place, keys, "entries must all be names of item properties"))
        elif properties[key].get("type") in ("array", "object"):
            text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            errors.append(invalid(f"{path}.items.properties[{key}].type", item.get("type"), text))
        if key in seen:
            errors.append(invalid(place, keys, "must not contain duplicate entries"))
        seen.add(key)


def _check_keys(item: Schema, list_type: str, keys: list[str], path: str, errors: list[FieldError]) -> None:
    """What identifies an item is always there."""
    if item.get("nullable"):
        errors.append(forbidden(f"{path}.nullable", f"cannot be nullable when x-kubernetes-list-type is {list_type}"))
    properties = item.get("properties") or {}
    for key in keys if list_type == "map" else ():
        if key not in properties:
            continue
        if key not in (item.get("required") or ()) and properties[key].get("default") is None:
            text = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            errors.append(required(f"{path}.properties[{key}].default", text))
        if properties[key].get("nullable"):
            text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
            errors.append(forbidden(f"{path}.properties[{key}].nullable", text))


_WITH_STATUS = (
    *("Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength"),
    *("MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties"),
    *("ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations"),
)


def check_status_root(schema: Schema, path: str) -> list[FieldError]:
    """With a status subresource the root may only describe an object, plainly."""
    shown = internal_print.schema(schema)
    for name, value in shown.items():
        if value in (None, "", False) or value == [] or value == {}:
            continue
        if name == "Type" and value != "object":
            text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
            return [invalid(f"{path}.type", value, text)]
        if name not in _WITH_STATUS:
            fields = f"only [{' '.join(_WITH_STATUS)}] fields are allowed at the root of the schema"
            return [invalid(path, shown, f"{fields} if the status subresource is enabled")]
    return []
