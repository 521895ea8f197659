"""The values that mutation expressions give (``Object{...}``, ``JSONPatch{...}``) as JSON.

Source: k8s.io/apiserver ``pkg/cel/mutation/dynamic`` (ObjectVal).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from kubegate.cel.times import Duration, Timestamp
from kubegate.cel.values import Optional, StructValue


def to_json(value: Any) -> Any:
    """A CEL value as JSON."""
    if isinstance(value, StructValue):
        return {name: to_json(item) for name, item in value.fields.items()}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Duration | Timestamp):
        return str(value)
    if isinstance(value, Optional):
        return to_json(value.value) if value.present else None
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def type_problems(value: Any) -> str:
    """What is wrong with the type names of an ``Object``: each must say where in the object it stands."""
    return "\n".join(_problems(value, value.name)) if isinstance(value, StructValue) else ""


def _problems(value: Any, expected: str) -> Iterator[str]:
    if isinstance(value, StructValue):
        if value.name != expected:
            why = "which matches field name path from root Object type"
            yield f'unexpected type name "{value.name}", expected "{expected}", {why}'
        for name, item in value.fields.items():
            yield from _problems(item, f"{expected}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _problems(item, expected)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _problems(item, expected)
