"""Whether the fields by which objects can be selected are there, and are simple.

Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation``, ``pkg/apiserver/schema/cel`` (ValidFieldPath).
"""

from __future__ import annotations

import re

from kubegate.api.field_errors import FieldError, duplicate, invalid, required, too_many
from kubegate.api.names import Object
from kubegate.registry.custom.structural import additional

_LIMIT = 8
_TOKEN = re.compile(r"[.\[\]]|[^.\[\]]+")
_KINDS = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
_NO_FIELD = "does not refer to a valid field"


def check_selectable(fields: list[Object], schema: Object, path: str) -> list[FieldError]:
    """What is wrong with ``selectableFields``."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, entry in enumerate(fields):
        place, text = f"{path}[{index}].jsonPath", entry.get("jsonPath") or ""
        if not text:
            errors.append(required(place))
            continue
        found, problem = _schema_at(schema, text)
        if problem:
            errors.append(invalid(place, text, f"is an invalid path: {problem}"))
            continue
        if text.split(".")[1] == "metadata":
            errors.append(invalid(place, text, "must not point to fields in metadata"))
        if found.get("type") not in ("string", "boolean", "integer"):
            errors.append(invalid(place, text, _KINDS))
        if text in seen:
            errors.append(duplicate(place, text))
        seen.add(text)
    if len(seen) > _LIMIT:
        errors.append(too_many(path, len(seen), _LIMIT))
    return errors


def _schema_at(schema: Object, path: str) -> tuple[Object, str]:
    """(the schema of a field, why there is none)."""
    tokens = _TOKEN.findall(path)
    for index, token in enumerate(tokens):
        if index % 2:
            properties, rest = schema.get("properties"), additional(schema)
            below = (properties or {}).get(token) if properties else rest
            if below is None:
                return {}, _NO_FIELD
            schema = below
        elif token == "[":
            return {}, "array notation is not allowed"
        elif token != ".":
            return {}, f"expected [ or . but got: {token}"
    return (schema, "") if len(tokens) % 2 == 0 else ({}, "unexpected end of JSON path")
