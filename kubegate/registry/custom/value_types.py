"""Whether a value is of the type that a schema asks for. Source: kube-openapi ``pkg/validation/validate/type.go``."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, type_invalid
from kubegate.registry.custom.formats import kept_format
from kubegate.registry.custom.structural import Schema

ROOT = "<nil>"
"""How errors show the path of a whole value."""


def json_type(value: Any) -> str:
    """The JSON schema name of a value's type."""
    names = ((bool, "boolean"), (int, "integer"), (str, "string"), (list, "array"), (dict, "object"))
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def type_error(value: Any, schema: Schema, path: str) -> FieldError | None:
    """The complaint about a value of the wrong type."""
    wanted = schema.get("type") or ""
    if schema.get("x-kubernetes-int-or-string"):
        wanted = "integer,string"
    found, form = json_type(value), kept_format(schema)
    numeric = "integer" in wanted or "number" in wanted
    if form and not numeric and isinstance(value, list):
        return None  # a list passes for a text that has a format
    if form and isinstance(value, bool | int | float | dict) and found != wanted and not (numeric and found == "integer"):
        given = "" if isinstance(value, bool | dict) else "int64" if isinstance(value, int) else "float64"
        return type_invalid(path or ROOT, given, f'{path} in body must be of type {form}: "{given}"')
    if not wanted or found in wanted.split(",") or (found == "integer" and wanted == "number"):
        return None
    return type_invalid(path or ROOT, found, f'{path} in body must be of type {wanted}: "{found}"')
