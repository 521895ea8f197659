"""``anyOf``, ``oneOf``, ``allOf`` and ``not``: besides that none fits, what the branch says that agrees with the value most.

Source: kube-openapi ``pkg/validation/validate/schema_props.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.registry.custom.formats import kept_format
from kubegate.registry.custom.structural import Schema, additional, items
from kubegate.registry.custom.value_types import ROOT, type_error

Check = Callable[[Any, Schema, str], list[FieldError]]
"""What is wrong with a value at a path."""


def check_composites(value: Any, schema: Schema, path: str, check: Check) -> Iterator[FieldError]:
    """What is wrong with a value by the branches of its schema."""
    shown = f'"{path}"'
    if branches := schema.get("anyOf"):
        found = [check(value, branch, path) for branch in branches]
        if all(found):
            yield invalid(ROOT, "", f"{shown} must validate at least one schema (anyOf)")
            yield from found[_nearest(value, branches, check)]
    if branches := schema.get("oneOf"):
        found = [check(value, branch, path) for branch in branches]
        count = sum(not errors for errors in found)
        if not count:
            yield invalid(ROOT, "", f"{shown} must validate one and only one schema (oneOf). Found none valid")
            yield from found[_nearest(value, branches, check)]
        elif count > 1:
            text = f"{shown} must validate one and only one schema (oneOf). Found {count} valid alternatives"
            yield invalid(ROOT, "", text)
    if branches := schema.get("allOf"):
        found = [check(value, branch, path) for branch in branches]
        for errors in found:
            yield from errors
        if any(found):
            some = ". None validated" if all(found) else ""
            yield invalid(ROOT, "", f"{shown} must validate all the schemas (allOf){some}")
    if (branch := schema.get("not")) and not check(value, branch, path):
        yield invalid(ROOT, "", f"{shown} must not validate the schema (not)")


def _nearest(value: Any, branches: list[Schema], check: Check) -> int:
    """The first of the branches that agree most."""
    counts = [agreement(value, branch, check) for branch in branches]
    return counts.index(max(counts))


def agreement(value: Any, schema: Schema, check: Check) -> int:
    """At how many places a schema was compared with a value, without the places where comparing ended early."""
    if value is None:
        return int(not schema.get("type") or bool(schema.get("nullable")))
    count = 4 + _of_branches(value, schema, check)
    if schema.get("type") or kept_format(schema):
        count += 1 if type_error(value, schema, "") else 2
    if isinstance(value, str):
        count += 1 + bool(kept_format(schema))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        count += 2
    elif isinstance(value, list):
        count += 2 + sum(agreement(item, items(schema), check) for item in value)
    elif isinstance(value, dict):
        count += 1 + _of_fields(value, schema, check)
    return count


def _of_fields(value: dict[str, Any], schema: Schema, check: Check) -> int:
    low, high = schema.get("minProperties"), schema.get("maxProperties")
    if (low is not None and len(value) < low) or (high is not None and len(value) > high):
        return 0
    properties, rest = schema.get("properties") or {}, additional(schema) or None
    below = ((item, properties.get(key, rest)) for key, item in value.items())
    return sum(agreement(item, child, check) for item, child in below if child is not None)


def _of_branches(value: Any, schema: Schema, check: Check) -> int:
    total = sum(agreement(value, branch, check) for branch in schema.get("allOf") or ())
    any_of, one_of = schema.get("anyOf") or [], schema.get("oneOf") or []
    for branches in (any_of, one_of):
        fitting = [branch for branch in branches if not check(value, branch, "")]
        if fitting and (branches is any_of or len(fitting) == 1):
            total += agreement(value, fitting[0], check)
        elif branches and not fitting:
            total += max(agreement(value, branch, check) for branch in branches)
    return total
