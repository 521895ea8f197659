"""Structural schemas applied to values: dropping unknown fields, filling in defaults.

A schema is the ``openAPIV3Schema`` of a CustomResourceDefinition as it stands there.
Source: apiextensions-apiserver ``pkg/apiserver/schema/{pruning,defaulting}``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kubegate.api.names import METADATA_FIELDS

Schema = dict[str, Any]

_IMPLICIT = ("apiVersion", "kind", "metadata")


def additional(schema: Schema) -> Schema | None:
    """The schema of a map's values, {} if anything goes, None if there is none."""
    found = schema.get("additionalProperties")
    if isinstance(found, dict):
        return found
    return {} if found is True else None


def items(schema: Schema) -> Schema:
    """The schema of a list's items."""
    found = schema.get("items")
    return found if isinstance(found, dict) else {}


def prune(value: Any, schema: Schema, *, resource: bool = True) -> list[str]:
    """Drop unknown fields in place; answers their paths in order. ``resource``: a whole object, with implicit metadata."""
    dropped: list[str] = []
    _prune(value, schema, resource, "", dropped, preserving=False)
    return dropped


def _prune(value: Any, schema: Schema, resource: bool, path: str, dropped: list[str], *, preserving: bool) -> None:
    preserving = preserving or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if isinstance(value, list):
        for index, item in enumerate(value):
            embedded = bool(items(schema).get("x-kubernetes-embedded-resource"))
            _prune(item, items(schema), embedded, f"{path}[{index}]", dropped, preserving=preserving)
        return
    if not isinstance(value, dict):
        return
    properties, rest = schema.get("properties") or {}, additional(schema)
    for key in list(value):
        place = f"{path}.{key}" if path else key
        if resource and key in _IMPLICIT:
            if key == "metadata" and path:
                _prune_metadata(value[key], place, dropped)
            continue
        below = properties.get(key, rest)
        if below is not None:
            embedded = bool(below.get("x-kubernetes-embedded-resource"))
            _prune(value[key], below, embedded, place, dropped, preserving=False)
        elif not preserving:
            del value[key]
            dropped.append(place)


def _prune_metadata(meta: Any, path: str, dropped: list[str]) -> None:
    """Metadata of an object inside of the object; that of the object itself is read before."""
    for key in [key for key in meta if key not in METADATA_FIELDS] if isinstance(meta, dict) else ():
        del meta[key]
        dropped.append(f"{path}.{key}")


def drop_nulls(value: Any, schema: Schema | None) -> None:
    """Drop fields in place that are null, may not be null, and have no default."""
    if isinstance(value, list):
        below = (schema or {}).get("items")
        for item in value:
            drop_nulls(item, below if isinstance(below, dict) else None)
    elif isinstance(value, dict):
        rest = (schema or {}).get("additionalProperties")
        properties = (schema or {}).get("properties") or {}
        for key in list(value):
            field = properties.get(key, rest if isinstance(rest, dict) else None)
            if field is not None and _is_bad_null(value[key], field) and field.get("default") is None:
                del value[key]
            else:
                drop_nulls(value[key], field)


def _is_bad_null(value: Any, schema: Schema) -> bool:
    return value is None and not schema.get("nullable")


def default(value: Any, schema: Schema) -> None:
    """Fill in defaults in place. A null where null is not allowed and a default exists counts as absent."""
    if isinstance(value, list):
        inner = items(schema)
        for index, item in enumerate(value):
            if _is_bad_null(item, inner):
                value[index] = copy.deepcopy(inner.get("default"))
            default(value[index], inner)
        return
    if not isinstance(value, dict):
        return
    properties, rest = schema.get("properties") or {}, additional(schema)
    for key, below in properties.items():
        if below.get("default") is None:
            continue
        if key not in value or _is_bad_null(value[key], below):
            value[key] = copy.deepcopy(below["default"])
    for key, item in value.items():
        below = properties.get(key, rest)
        if below is None:
            continue
        if key not in properties and _is_bad_null(item, below):
            value[key] = copy.deepcopy(below.get("default"))
        default(value[key], below)


def parts(schema: Any) -> Iterator[Schema]:
    """A schema and all schemas in it, those of its junctors too."""
    if isinstance(schema, list):
        for each in schema:
            yield from parts(each)
    elif isinstance(schema, dict):
        yield schema
        for key in ("items", "allOf", "anyOf", "oneOf", "not", "additionalProperties"):
            yield from parts(schema.get(key))
        for below in (schema.get("properties") or {}).values():
            yield from parts(below)


def has_defaults(schema: Any) -> bool:
    """Whether a default stands anywhere in a schema."""
    if isinstance(schema, list):
        return any(map(has_defaults, schema))
    if not isinstance(schema, dict):
        return False
    if schema.get("default") is not None:
        return True
    below = [schema.get("items"), schema.get("additionalProperties"), *(schema.get("properties") or {}).values()]
    return any(map(has_defaults, below))
