"""Whether a schema is structural: every field is described outside of anyOf, allOf, oneOf and not, and has a type.

Source: apiextensions-apiserver ``pkg/apiserver/schema/{validation,complete}.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.cel.library.regexes import BadPattern, compile_pattern
from kubegate.registry.custom.structural import Schema

ROOT, ITEM, FIELD = "at the root", "for specified array items", "for specified object fields"
_JUNCTORS = ("anyOf", "allOf", "oneOf")
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_NOT_NESTED = (
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("externalDocs", "must be undefined to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
)


def check_structural(schema: Schema, path: str) -> list[FieldError]:
    """What keeps a schema from being structural, sorted."""
    errors: list[FieldError] = []
    _check(schema, path, ROOT, errors)
    _complete(schema, schema, path, path, errors)
    return sorted(errors, key=str)


def children(schema: Schema, path: str) -> list[tuple[str, Schema, str]]:
    """The schemas below: how they are reached (``properties``, ``items`` ...), themselves, their paths."""
    found = [("properties", child, f"{path}.properties[{name}]") for name, child in (schema.get("properties") or {}).items()]
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            found.append((key, schema[key], f"{path}.{key}"))
    return found


def _check(schema: Schema, path: str, level: str, errors: list[FieldError]) -> None:
    kind = schema.get("type") or ""
    if kind == "array" and schema.get("items") is None:
        errors.append(required(f"{path}.items", "must be specified"))
    if level == ROOT and schema.get("additionalProperties") is not None:
        errors.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
    for reached, child, place in children(schema, path):
        _check(child, place, ITEM if reached == "items" else FIELD, errors)
    _extensions(schema, kind, path, errors)
    _junctors(schema, path, errors)
    _type(schema, kind, path, level, errors)
    _identity(schema, path, level, errors)


def _extensions(schema: Schema, kind: str, path: str, errors: list[FieldError]) -> None:
    if not schema.get("x-kubernetes-int-or-string"):
        return
    if kind:
        errors.append(invalid(f"{path}.type", kind, "must be empty if x-kubernetes-int-or-string is true"))
    for name in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
        if schema.get(name):
            errors.append(invalid(f"{path}.{name}", True, "must be false if x-kubernetes-int-or-string is true"))


def _type(schema: Schema, kind: str, path: str, level: str, errors: list[FieldError]) -> None:
    embedded = schema.get("x-kubernetes-embedded-resource")
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if embedded and kind != "object":
        text = "must be object if x-kubernetes-embedded-resource is true"
        errors.append(invalid(f"{path}.type", kind, text) if kind else required(f"{path}.type", text))
    elif not kind and not free:
        errors.append(required(f"{path}.type", f"must not be empty {level}"))
    if embedded and schema.get("additionalProperties") is not None:
        text = "must not be used if x-kubernetes-embedded-resource is set"
        errors.append(forbidden(f"{path}.additionalProperties", text))
    if level == ROOT and kind and kind != "object":
        errors.append(invalid(f"{path}.type", kind, "must be object at the root"))
    if embedded and not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
        text = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        errors.append(required(f"{path}.properties", text))


def _identity(schema: Schema, path: str, level: str, errors: list[FieldError]) -> None:
    """What a whole object's schema may say of kind, apiVersion and metadata."""
    properties = schema.get("properties") or {}
    if level != ROOT and not schema.get("x-kubernetes-embedded-resource"):
        return
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            errors.append(invalid(f"{path}.properties[{name}].type", properties[name].get("type") or "", "must be string"))
    meta, place = properties.get("metadata"), f"{path}.properties[metadata]"
    if meta is None:
        return
    if meta.get("type") != "object":
        errors.append(invalid(f"{place}.type", meta.get("type") or "", "must be object"))
    extra = set(meta) - {"type", "properties"} or set(meta.get("properties") or {}) - {"name", "generateName"}
    if level == ROOT and extra:
        text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.append(forbidden(place, text))


def _junctors(schema: Schema, path: str, errors: list[FieldError]) -> None:
    any_of, all_of = schema.get("anyOf"), schema.get("allOf") or []
    for name in _JUNCTORS:
        for index, nested in enumerate(schema.get(name) or ()):
            if name == "anyOf" and any_of == _INT_OR_STRING:
                continue
            first = name == "allOf" and index == 0 and all_of[0].get("anyOf") == _INT_OR_STRING
            _nested(nested, f"{path}.{name}[{index}]", errors, skip_any=first)
    if schema.get("not"):
        _nested(schema["not"], f"{path}.not", errors)
    pattern = schema.get("pattern")
    if pattern:
        _pattern(pattern, path, errors)


def _pattern(pattern: str, path: str, errors: list[FieldError]) -> None:
    try:
        compile_pattern(pattern)
    except BadPattern as error:
        text = f"must be a valid regular expression, but isn't: {error.message}"
        errors.append(invalid(f"{path}.pattern", pattern, text))


def _nested(schema: Schema, path: str, errors: list[FieldError], *, skip_any: bool = False) -> None:
    shown = {key: value for key, value in schema.items() if not (skip_any and key == "anyOf")}
    _junctors(shown, path, errors)
    if isinstance(schema.get("items"), dict):
        _nested(schema["items"], f"{path}.items", errors)
    for name, child in (schema.get("properties") or {}).items():
        _nested(child, f"{path}.properties[{name}]", errors)
    errors += [forbidden(f"{path}.{key}", text) for key, text in _NOT_NESTED if schema.get(key)]
    if "metadata" in (schema.get("properties") or {}):
        errors.append(forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context"))


def _complete(schema: Schema, outer: Schema, path: str, outer_path: str, errors: list[FieldError]) -> None:
    """Each field that a junctor speaks of must be described outside of it too."""
    for name in (*_JUNCTORS, "not"):
        nested: Any = schema.get(name) or []
        branches = [(f"{path}.not", nested)] if name == "not" and nested else []
        branches = branches or [(f"{path}.{name}[{index}]", branch) for index, branch in enumerate(nested)]
        for place, branch in branches:
            _described(branch, outer, place, outer_path, errors)
            _complete(branch, outer, place, outer_path, errors)
    if schema is outer:
        for _, child, place in children(schema, path):
            _complete(child, child, place, place, errors)


def _described(nested: Schema, outer: Schema, path: str, outer_path: str, errors: list[FieldError]) -> None:
    for name, child in (nested.get("properties") or {}).items():
        found = (outer.get("properties") or {}).get(name)
        place, inner = f"{outer_path}.properties[{name}]", f"{path}.properties[{name}]"
        if found is None:
            errors.append(required(place, f"because it is defined in {inner}"))
        else:
            _described(child, found, inner, place, errors)
    if isinstance(nested.get("items"), dict):
        place, inner = f"{outer_path}.items", f"{path}.items"
        if not isinstance(outer.get("items"), dict):
            errors.append(required(place, f"because it is defined in {inner}"))
        else:
            _described(nested["items"], outer["items"], inner, place, errors)
