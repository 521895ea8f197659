"""Tables of custom resources: the columns that a definition asks for.

Source: apiextensions-apiserver ``pkg/registry/customresource/tableconvertor``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from kubegate.api.go_floats import format_double
from kubegate.api.names import Object
from kubegate.apiserver.tables.cells import since
from kubegate.cel.times import parse_timestamp
from kubegate.registry.custom.kind import Column, CustomKind

_STEP = re.compile(
    r"\.([A-Za-z0-9_\-]+)"
    r"|\['((?:[^'\\]|\\.)*)'\]"
    r"|\[(\d+|\*)\]"
    r"|\[\?\(@\.([\w.]+)\s*==\s*[\"']([^\"']*)[\"']\)\]"
)


def column_definitions(kind: CustomKind, name_column: Object, age_column: Object) -> list[Object]:
    """The name, and the definition's columns (only the age, if it has none)."""
    if not kind.columns:
        return [name_column, age_column]
    return [name_column, *map(_definition, kind.columns)]


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def cells(kind: CustomKind, obj: Object, now: datetime) -> list[Any]:
    """A row."""
    meta = obj["metadata"]
    if not kind.columns:
        return [meta.get("name", ""), since(meta.get("creationTimestamp"), now)]
    return [meta.get("name", ""), *(_cell(column, obj, now) for column in kind.columns)]


def _cell(column: Column, obj: Object, now: datetime) -> Any:
    found = list(find(obj, column.json_path))
    if not found or (found[0] is None and column.type != "string"):
        return None
    value = found[0]  # of several the first
    if column.type == "integer":
        return _number(value, whole=True)
    if column.type == "number":
        return _number(value, whole=False)
    if column.type == "boolean":
        return value if isinstance(value, bool) else None
    if column.type == "date":
        return _age(value, now) if isinstance(value, str) else None
    return _text(value)


def _age(text: str, now: datetime) -> str:
    if text and parse_timestamp(text) is None:
        return "<invalid>"
    return since(text, now)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return format_double(value)
    if value is None:
        return "<no value>"
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    for char in "<>&":  # Go's encoder writes them so that the text is safe in HTML
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _number(value: Any, *, whole: bool) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if whole else float(value)


def find(obj: Any, path: str) -> Iterator[Any]:
    """The values at a simple JSON path (``.spec.ports[0].name``, ``[*]``, ``[?(@.type=="Ready")]``)."""
    steps = list(_STEP.finditer(path))
    yield from _walk(obj, steps)


def _walk(value: Any, steps: list[re.Match[str]]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    name = step[1] or step[2]
    if name is not None:
        if isinstance(value, dict) and name.replace("\\", "") in value:
            yield from _walk(value[name.replace("\\", "")], rest)
    elif step[3] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _walk(item, rest)
    elif step[3] is not None:
        if isinstance(value, list) and int(step[3]) < len(value):
            yield from _walk(value[int(step[3])], rest)
    elif step[4]:
        for item in value if isinstance(value, list) else ():
            if list(find(item, f".{step[4]}")) == [step[5]]:
                yield from _walk(item, rest)
