"""Objects of custom kinds, made of their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.analysis.mutation.witnesses.specimens import minimal
from kubegate.api.names import Object

_DEPTH = 8
_HEAD = ("apiVersion", "kind", "metadata", "status")
_TEXTS = {"date-time": "2030-01-01T00:00:00Z", "date": "2030-01-01", "duration": "1h", "ipv4": "10.0.0.1"}


def custom_specimens(definition: Object, namespace: str) -> Iterator[Object]:
    """Of each served version one with all fields, and one with those that it must have."""
    spec = definition.get("spec") or {}
    where = namespace if spec.get("scope") == "Namespaced" else ""
    for version in spec.get("versions") or []:
        schema = value_at(version, ("schema", "openAPIV3Schema")) or {}
        kind = str(value_at(spec, ("names", "kind")) or "")
        made = minimal(f"{spec.get('group')}/{version.get('name')}", kind, where)
        for all_fields in (True, False):
            fields = _object(schema, _DEPTH, all_fields=all_fields)
            kept = {name: value for name, value in fields.items() if name not in _HEAD}
            if version.get("served"):
                yield {**made, **kept}


def _value(schema: dict[str, Any], depth: int, *, all_fields: bool) -> Any:
    if "default" in schema:
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, depth, all_fields=all_fields)
    if kind == "array":
        count = max(int(schema.get("minItems") or 0), 1 if all_fields else 0)
        return [_value(schema.get("items") or {}, depth - 1, all_fields=all_fields) for _ in range(count)]
    if kind in ("integer", "number"):
        return _number(schema)
    if kind == "boolean":
        return False
    return _TEXTS.get(str(schema.get("format")), "x" * max(1, int(schema.get("minLength") or 0)))


def _number(schema: dict[str, Any]) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        return int(low) + (1 if schema.get("exclusiveMinimum") else 0)
    return min(1, int(high)) if high is not None else 1


def _object(schema: dict[str, Any], depth: int, *, all_fields: bool) -> dict[str, Any]:
    needed = schema.get("required") or []
    found: dict[str, Any] = {}
    for name, below in (schema.get("properties") or {}).items():
        if depth > 0 and (all_fields or name in needed):
            found[name] = _value(below, depth - 1, all_fields=all_fields)
    other = schema.get("additionalProperties")
    if all_fields and depth > 0 and isinstance(other, dict):
        found["x"] = _value(other, depth - 1, all_fields=all_fields)
    return found
