"""Mutants of the rules (``x-kubernetes-validations``) of custom kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.mutation.operators.admission_policies import text_edits
from kubegate.analysis.mutation.operators.edit import Edit, Path, drop_each, value_at
from kubegate.api.names import Object

RULES = "x-kubernetes-validations"
EACH = "*"
"""The step into the items of a list, or the values of a map."""

_SCHEMA = ("schema", "openAPIV3Schema")


def definition_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a CustomResourceDefinition, in the order of its schemas."""
    for path, _ in rule_lists(obj):
        for index in range(len(value_at(obj, path))):
            yield from text_edits(obj, (*path, index, "rule"))
        yield from drop_each(obj, "schema rule removed", path)


def rule_lists(obj: Object) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where rules stand in the definition, and the fields of an object that they are about: ``("spec", "hosts", "*")``."""
    for index, version in enumerate(value_at(obj, ("spec", "versions")) or []):
        yield from _below(value_at(version, _SCHEMA), ("spec", "versions", index, *_SCHEMA), ())


def _below(schema: Any, path: Path, fields: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if not isinstance(schema, dict):
        return
    if schema.get(RULES):
        yield (*path, RULES), fields
    for name, below in (schema.get("properties") or {}).items():
        yield from _below(below, (*path, "properties", name), (*fields, name))
    for step in ("items", "additionalProperties"):
        yield from _below(schema.get(step), (*path, step), (*fields, EACH))
