"""The schemas of built-in kinds, from those that `kubernetes-validate` ships."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

import orjson

from kubegate.apiserver.openapi.enums import add_enums

VERSION = "1.36.0"


@functools.cache
def _file() -> Path:
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise LookupError("kubernetes-validate is not installed")
    return Path(spec.origin).parent / f"kubernetes-json-schema/v{VERSION}-local/_definitions.json"


def definitions() -> dict[str, Any]:
    """All of them, by name; read anew each time, as they are rarely asked for and large."""
    found: dict[str, Any] = orjson.loads(_file().read_bytes())["$defs"]
    return found


def names(definitions: dict[str, Any]) -> dict[tuple[str, ...], str]:
    """(group, version, kind) -> name."""
    found: dict[tuple[str, ...], str] = {}
    for name, body in definitions.items():
        for gvk in body.get("x-kubernetes-group-version-kind", ()):
            found.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
    return found


def require(name: str, definitions: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add a schema and all that it refers to."""
    if name in schemas or name not in definitions:
        return
    references: list[str] = []
    schemas[name] = {}
    schemas[name] = _component(definitions[name], references)
    add_enums(name, schemas[name])
    for reference in references:
        require(reference, definitions, schemas)


def _component(body: Any, references: list[str]) -> Any:
    if isinstance(body, list):
        return [_component(item, references) for item in body]
    if not isinstance(body, dict):
        return body
    made = _common(body)
    reference = body.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        references.append(name)
        target = {"$ref": f"#/components/schemas/{name}"}
        return {**made, "allOf": [target], "default": {}} if made else target
    for key in ("items", "additionalProperties", "oneOf"):
        if key in body:
            made[key] = _component(body[key], references)
    if "properties" in body:
        made["properties"] = {
            name: _without_enum(name, _component(item, references)) for name, item in body["properties"].items()
        }
    return made


def _without_enum(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The validation data names the one value of apiVersion and kind, which documents do not."""
    return {key: value for key, value in body.items() if key != "enum"} if name in ("apiVersion", "kind") else body


def _common(body: dict[str, Any]) -> dict[str, Any]:
    """What is not a schema itself; types without the null that the validation data allows everywhere."""
    skipped = ("$ref", "items", "additionalProperties", "oneOf", "properties", "type", "enum")
    made = {key: value for key, value in body.items() if key not in skipped}
    kind = body.get("type")
    if kind is not None:
        made["type"] = next((name for name in kind if name != "null"), "string") if isinstance(kind, list) else kind
    if "enum" in body:
        made["enum"] = [value for value in body["enum"] if value is not None]
    return made


def plain(body: Any, prefix: str) -> Any:
    """A definition of the Swagger document."""
    if isinstance(body, list):
        return [plain(item, prefix) for item in body]
    if not isinstance(body, dict):
        return body
    made = _common(body)
    if isinstance(body.get("$ref"), str):
        made["$ref"] = prefix + body["$ref"].rpartition("/")[2]
    for key in ("items", "additionalProperties", "oneOf"):
        if key in body:
            made[key] = plain(body[key], prefix)
    if "properties" in body:
        made["properties"] = {name: _without_enum(name, plain(item, prefix)) for name, item in body["properties"].items()}
    return made
