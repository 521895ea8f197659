"""Where the rules (``x-kubernetes-validations``) of custom kinds stand in their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.api.names import Object

RULES = "x-kubernetes-validations"
EACH = "*"
"""The step into the items of a list, or the values of a map."""

Path = tuple[str | int, ...]
_SCHEMA = ("schema", "openAPIV3Schema")


def rule_lists(definition: Object) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where rules stand in a definition, and the fields of an object that they are about: ``("spec", "hosts", "*")``."""
    for index, version in enumerate((definition.get("spec") or {}).get("versions") or []):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        yield from _below(schema, ("spec", "versions", index, *_SCHEMA), ())


def _below(schema: Any, path: Path, fields: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if not isinstance(schema, dict):
        return
    if schema.get(RULES):
        yield (*path, RULES), fields
    for name, below in (schema.get("properties") or {}).items():
        yield from _below(below, (*path, "properties", name), (*fields, name))
    for step in ("items", "additionalProperties"):
        yield from _below(schema.get(step), (*path, step), (*fields, EACH))
