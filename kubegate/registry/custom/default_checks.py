"""Whether the defaults of a definition's schema are values of that schema.

Those below ``additionalProperties`` are not looked at. Source: apiextensions-apiserver
``pkg/apiserver/schema/defaulting/validation.go``.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.registry.custom.embedded import check_embedded
from kubegate.registry.custom.rule_evaluation import evaluate
from kubegate.registry.custom.rules import compile_tree
from kubegate.registry.custom.structural import Schema, prune
from kubegate.registry.custom.structural_checks import children
from kubegate.registry.custom.values import validate


def check_defaults(schema: Schema, path: str) -> list[FieldError]:
    """What is wrong with the defaults of a structural schema."""
    errors = [] if schema.get("default") is None else _check(schema["default"], schema, f"{path}.default")
    for reached, child, below in children(schema, path):
        if reached != "additionalProperties":
            errors += check_defaults(child, below)
    return errors


def _check(value: Any, schema: Schema, path: str) -> list[FieldError]:
    trial: Schema = {"type": "object", "properties": {"value": schema}}
    unknown = prune({"value": copy.deepcopy(value)}, trial, resource=False)
    errors = [invalid(path, value, "must not have unknown fields")] if unknown else []
    found = check_embedded(value, schema, path)
    found = found or [_moved(error, path) for error in validate(value, schema)]
    return errors + (found or _complaints_of_rules(value, schema, path))


def _complaints_of_rules(value: Any, schema: Schema, path: str) -> list[FieldError]:
    """What rules say of the value that was so before, and of the value that is new."""
    tree = compile_tree(schema, resource=bool(schema.get("x-kubernetes-embedded-resource")))
    if not tree:
        return []
    kept = list(evaluate(tree, value, value, path))
    return kept + [error for error in evaluate(tree, value, path=path) if error not in kept]


def _moved(error: FieldError, place: str) -> FieldError:
    inner = "" if error.field == "<nil>" else error.field
    joined = place + (inner if inner.startswith("[") else f".{inner}" if inner else "")
    return replace(error, field=joined)
