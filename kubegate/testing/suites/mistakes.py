"""What is wrong with a suite, said of its fields: where, what was expected, what is likely meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kubegate.errors import InvalidInput
from kubegate.testing.suites.places import Places

Steps = tuple[str | int, ...]

_TYPES = {
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "string": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
}
_QUOTED = re.compile(r"'([^']*)'")


def mistake(file: str, document: Any, error: ValidationError, model: type[BaseModel], places: Places) -> InvalidInput:
    """The first thing that is wrong; misspelt fields come first, since others seem to be missing because of them."""
    rows = sorted(error.errors(), key=lambda row: row["type"] != "extra_forbidden")
    row = rows[0]
    path = _steps(row["loc"], document)
    message, hint = _told(dict(row), path, model)
    return InvalidInput(message, location=places.place(file, path), hint=hint)


def _told(row: dict[str, Any], path: Steps, model: type[BaseModel]) -> tuple[str, str]:
    """Message and hint."""
    kind, value = str(row["type"]), row.get("input")
    name = path[-1] if path else "suite"
    if kind == "extra_forbidden":
        known = _fields(model.model_json_schema(), path[:-1])
        return f"unknown field {name!r}", _likely(str(name), known) or (f"known: {', '.join(known)}" if known else "")
    if kind == "missing":
        return f"{name} is missing", ""
    if kind == "literal_error":
        choices = str(row["ctx"]["expected"])
        return f"must be {choices}, not {value!r}", _likely(str(value), _QUOTED.findall(choices))
    if kind == "value_error":
        return str(row["ctx"]["error"]), ""
    wanted = _TYPES.get(kind.removesuffix("_type").removesuffix("_parsing"))
    if wanted is None:
        return str(row["msg"]), ""
    hint = ""
    if wanted == "a list" and isinstance(value, str | int):
        hint = f"write [{value}]"
    elif wanted == "a text" and isinstance(value, bool | int | float):
        hint = f"write '{str(value).lower() if isinstance(value, bool) else value}'"
    return f"must be {wanted}, not {_named(value)}", hint


def _steps(location: Sequence[str | int], document: Any) -> Steps:
    """The place in the document: without the names of alternatives, which the library puts between."""
    found: list[str | int] = []
    value = document
    for number, step in enumerate(location):
        last = number == len(location) - 1
        if isinstance(value, Mapping) and (step in value or (last and str(step).isidentifier())):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        found.append(step)
    return tuple(found)


def _fields(schema: Mapping[str, Any], path: Steps) -> list[str]:
    """The fields that there are at a path."""
    definitions = schema.get("$defs", {})
    found: list[Mapping[str, Any]] = [schema]
    for step in path:
        parts = [part for each in found for part in _alternatives(each, definitions)]
        if isinstance(step, int):
            found = [part["items"] for part in parts if "items" in part]
        else:
            named = [part["properties"][step] for part in parts if step in part.get("properties", {})]
            others = [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
            found = named or others
    parts = [part for each in found for part in _alternatives(each, definitions)]
    return list(dict.fromkeys(name for part in parts for name in part.get("properties", {})))


def _alternatives(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    while "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rpartition("/")[2]]
    if "anyOf" in schema:
        return [part for option in schema["anyOf"] for part in _alternatives(option, definitions)]
    return [schema]


def _likely(text: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(text.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[near[0]]!r}?" if near else ""


def _named(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else "a text"
    return "a list" if isinstance(value, list) else "a mapping"
