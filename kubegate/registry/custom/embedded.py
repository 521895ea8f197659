"""Objects inside of objects (``x-kubernetes-embedded-resource``): they say what they are, and their metadata is metadata.

Source: apiextensions-apiserver ``pkg/apiserver/schema/objectmeta``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.api.schema.codecs import Struct
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.table import builtin
from kubegate.registry.custom.structural import Schema, additional, items
from kubegate.registry.metadata import validate_metadata
from kubegate.registry.validation.names import dns1035_label, path_segment_name

_UNNAMED = "fakename"
"""An embedded object needs no name."""


def check_embedded(value: Any, schema: Schema, path: str = "") -> list[FieldError]:
    """What is wrong with the objects inside of a value that are declared to be objects."""
    if isinstance(value, list):
        found = [check_embedded(item, items(schema), f"{path}[{index}]") for index, item in enumerate(value)]
        return [error for errors in found for error in errors]
    if not isinstance(value, dict):
        return []
    errors = _resource(value, path) if path and schema.get("x-kubernetes-embedded-resource") else []
    properties, rest = schema.get("properties") or {}, additional(schema)
    for key, item in value.items():
        if key in properties:
            errors += check_embedded(item, properties[key], f"{path}.{key}" if path else key)
        elif rest is not None:
            errors += check_embedded(item, rest, f"{path}[{key}]")
    return errors


def _resource(value: Object, path: str) -> list[FieldError]:
    errors = [required(f"{path}.{key}") for key in ("apiVersion", "kind") if key not in value]
    if "apiVersion" in value:
        errors += _text(value["apiVersion"], f"{path}.apiVersion", _version_problem)
    if "kind" in value:
        errors += _text(value["kind"], f"{path}.kind", _kind_problem)
    if "metadata" in value:
        errors += _metadata(value["metadata"], f"{path}.metadata")
    return errors


def _text(value: Any, path: str, problem: Callable[[str], str]) -> list[FieldError]:
    if not isinstance(value, str):
        return [invalid(path, value, "must be a string")]
    text = problem(value) if value else "must not be empty"
    return [invalid(path, value, text)] if text else []


def _version_problem(text: str) -> str:
    return f"unexpected GroupVersion string: {text}" if text.count("/") > 1 else ""


def _kind_problem(text: str) -> str:
    problems = dns1035_label(text.lower())
    return f"may have mixed case, but should otherwise match: {','.join(problems)}" if problems else ""


def _metadata(value: Any, path: str) -> list[FieldError]:
    codec = builtin().codec("meta/v1.ObjectMeta")
    assert isinstance(codec, Struct)
    context = Context()
    try:
        if not isinstance(value, dict):
            raise context.mismatch(value, codec.go, "struct")
        meta = codec.decode(value, context)
    except DecodeError as error:
        return [invalid(path, value, error.message)]
    named = {**meta, "name": meta.get("name") or _UNNAMED}
    return validate_metadata(named, bool(meta.get("namespace")), path_segment_name, path)
