"""When a job counts as done before all of its pods are: which indexes, how many of them.

Source: ``pkg/apis/batch/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required, too_long, too_many
from kubegate.api.names import Object
from kubegate.registry.batch.indexes import IndexListError, count_indexes
from kubegate.registry.validation.basics import check_nonnegative
from kubegate.registry.validation.internal_form import internal_form

NEEDS_INDEX = "requires indexed completion mode"
_RULES, _INDEXES_LIMIT = 20, 64 * 1024


def check_success_policy(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about the success policy of a job, which has one."""
    rules = spec["successPolicy"].get("rules") or []
    if spec.get("completionMode") != "Indexed":
        errors.append(invalid(path, internal_form(spec["successPolicy"], "batch/v1.SuccessPolicy"), NEEDS_INDEX))
        return
    if not rules:
        errors.append(required(f"{path}.rules", "at least one rules must be specified when the successPolicy is specified"))
    if len(rules) > _RULES:
        errors.append(too_many(f"{path}.rules", len(rules), _RULES))
    for index, rule in enumerate(rules):
        _check_rule(errors, f"{path}.rules[{index}]", rule, spec.get("completions") or 0)


def _check_rule(errors: list[FieldError], path: str, rule: Object, completions: int) -> None:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if count is None and indexes is None:
        errors.append(required(path, "at least one of succeededCount or succeededIndexes must be specified"))
    total = 0
    if indexes is not None:
        place = f"{path}.succeededIndexes"
        if len(indexes.encode()) > _INDEXES_LIMIT:
            errors.append(too_long(place, _INDEXES_LIMIT))
        try:
            total = count_indexes(indexes, completions)
        except IndexListError as error:
            errors.append(invalid(place, indexes, f"error parsing succeededIndexes: {error}"))
    if count is None:
        return
    check_nonnegative(errors, path, rule, "succeededCount")
    place = f"{path}.succeededCount"
    if count > completions:
        text = f"must be less than or equal to {completions} (the number of specified completions)"
        errors.append(invalid(place, count, text))
    if indexes is not None and count > total:
        text = f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        errors.append(invalid(place, count, text))
