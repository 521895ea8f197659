"""When a job counts as done before all of its pods are: which indexes, how many of them.

Source: ``pkg/apis/batch/validation``.
"""

from __future__ import annotations

import re

from kubegate.api.field_errors import FieldError, invalid, required, too_long, too_many
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.registry.validation.basics import check_nonnegative

NEEDS_INDEX = "requires indexed completion mode"
_RULES, _INDEXES_LIMIT = 20, 64 * 1024
_INTEGER = re.compile("[+-]?[0-9]+", re.ASCII)


class _IndexError(ValueError):
    """A list of indexes that cannot be read, in the server's words."""


def check_success_policy(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about the success policy of a job, which has one."""
    rules = spec["successPolicy"].get("rules") or []
    if spec.get("completionMode") != "Indexed":
        shown = [{"SucceededIndexes": r.get("succeededIndexes"), "SucceededCount": r.get("succeededCount")} for r in rules]
        errors.append(invalid(path, {"Rules": shown or None}, NEEDS_INDEX))
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
            total = _count(indexes, completions)
        except _IndexError as error:
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


def _count(indexes: str, completions: int) -> int:
    """How many indexes ``1,3-5`` names; raises `_IndexError`."""
    total, last = 0, -1
    for position, interval in enumerate(indexes.split(",") if indexes else ()):
        limits = interval.split("-")
        if len(limits) > 2:
            text = "violates the requirement that an index interval can have at most two parts separated by '-'"
            raise _IndexError(f"the fragment {quote(interval)} {text}")
        first = _index(limits[0], completions)
        end = first
        if len(limits) > 1:
            end = _index(limits[1], completions)
            if first >= end:
                raise _IndexError(f"non-increasing order, previous: {first}, current: {end}")
        if position and last >= first:
            raise _IndexError(f"non-increasing order, previous: {last}, current: {first}")
        total, last = total + end - first + 1, end
    return total


def _index(text: str, completions: int) -> int:
    if not _INTEGER.fullmatch(text):
        raise _IndexError(f"cannot convert string to integer for index: {quote(text)}")
    if int(text) >= completions:
        raise _IndexError(f"too large index: {quote(text)}")
    return int(text)
