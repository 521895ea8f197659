"""Lists: Kubernetes' ``isSorted``, ``sum``, ``min`` ..., cel-go's list extensions (version 3), and sets.

Source: apiserver ``library/lists.go``; cel-go ``ext/{lists,sets}.go``.
"""

from __future__ import annotations

from functools import cmp_to_key
from operator import itemgetter
from typing import Any

from kubegate.cel import operators
from kubegate.cel.declarations import Function, Library, Overload, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.times import Duration
from kubegate.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    list_of,
    optional_of,
    param,
)
from kubegate.cel.values import NONE, Optional, UInt, equal, type_name

_T = param("T")
_LIST = list_of(_T)
_COMPARABLE = (INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES)
_SUMMABLE = (INT, UINT, DOUBLE, DURATION)
_RANGE_LIMIT = 1_000_000
"""A range that is longer costs more than any expression may."""


def _compare(first: Any, second: Any) -> int:
    return operators.compare(first, second, "compare")


def is_sorted(items: list[Any]) -> bool:
    """Whether no element is less than the one before it."""
    return all(_compare(items[i], items[i + 1]) <= 0 for i in range(len(items) - 1))


def _sum(zero: Any) -> Any:
    def total(items: list[Any]) -> Any:
        result = zero
        for item in items:
            result = operators.add(result, item)
        return result

    return total


def _extreme(name: str, sign: int) -> Any:
    def extreme(items: list[Any]) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        best = items[0]
        for item in items[1:]:
            if _compare(item, best) * sign > 0:
                best = item
        return best

    return extreme


def _position(items: list[Any], wanted: Any) -> int:
    return next((index for index, item in enumerate(items) if equal(item, wanted)), -1)


def _last_position(items: list[Any], wanted: Any) -> int:
    return next((index for index in range(len(items) - 1, -1, -1) if equal(items[index], wanted)), -1)


def slice_of(items: list[Any], start: int, end: int) -> list[Any]:
    """The elements from ``start`` to before ``end``."""
    if start < 0 or end < 0:
        raise EvaluationError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvaluationError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if len(items) < end:
        raise EvaluationError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return list(items[start:end])


def flatten(items: list[Any], depth: int = 1) -> list[Any]:
    """Lists in the list put in their place, ``depth`` levels deep."""
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    found: list[Any] = []
    for item in items:
        if type(item) is list and depth > 0:
            found.extend(flatten(item, depth - 1))
        else:
            found.append(item)
    return found


def sort_by(items: list[Any], keys: list[Any]) -> list[Any]:
    """The elements in the order of their keys."""
    if len(items) != len(keys):
        sizes = f"{len(items)} and {len(keys)} elements respectively"
        raise EvaluationError(
            f"@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got {sizes}"
        )
    if not items:
        return items
    kind = type_name(keys[0])
    if kind in ("list", "map", "null_type", "type", "optional_type"):
        raise EvaluationError("list elements must be comparable")
    if any(type_name(key) != kind for key in keys):
        raise EvaluationError("list elements must have the same type")
    by_key = cmp_to_key(_compare)
    pairs = sorted(zip(map(by_key, keys), items, strict=True), key=itemgetter(0))
    return [item for _, item in pairs]


def sort(items: list[Any]) -> list[Any]:
    """The elements in order."""
    return sort_by(items, items)


def distinct(items: list[Any]) -> list[Any]:
    """Each element once, in the order of first appearance."""
    found: list[Any] = []
    for item in items:
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def range_of(count: int) -> list[int]:
    """0, 1, ... up to before ``count``."""
    if count > _RANGE_LIMIT:
        raise EvaluationError("operation cancelled: actual cost limit exceeded")
    return list(range(count))


def _first(items: list[Any]) -> Optional:
    return Optional(True, items[0]) if items else NONE


def _last(items: list[Any]) -> Optional:
    return Optional(True, items[-1]) if items else NONE


def _typed(name: str, kinds: Any, result: Any, implementation: Any, *, same: bool = False) -> tuple[Overload, ...]:
    return tuple(
        member(f"list_{kind.kind}_{name}", (list_of(kind),), kind if same else result, implementation) for kind in kinds
    )


_ZEROS = {"int": 0, "uint": UInt(0), "double": 0.0, "duration": Duration(0)}

_KUBERNETES = (
    Function("isSorted", _typed("is_sorted_bool", _COMPARABLE, BOOL, is_sorted), costs.elements),
    Function(
        "sum",
        tuple(
            member(f"list_{kind.kind}_sum_{kind.kind}", (list_of(kind),), kind, _sum(_ZEROS[kind.kind]))
            for kind in _SUMMABLE
        ),
        costs.elements,
    ),
    Function("max", _typed("max_self", _COMPARABLE, None, _extreme("max", 1), same=True), costs.elements),
    Function("min", _typed("min_self", _COMPARABLE, None, _extreme("min", -1), same=True), costs.elements),
    Function("indexOf", (member("list_a_index_of_int", (_LIST, _T), INT, _position),), costs.elements),
    Function("lastIndexOf", (member("list_a_last_index_of_int", (_LIST, _T), INT, _last_position),), costs.elements),
)

_EXTENSIONS = (
    Function("slice", (member("list_slice", (_LIST, INT, INT), _LIST, slice_of),), costs.made_list),
    Function(
        "flatten",
        (
            member("list_flatten", (list_of(_LIST),), _LIST, flatten),
            member("list_flatten_int", (list_of(DYN), INT), list_of(DYN), flatten),
        ),
        costs.flattened,
    ),
    Function(
        "sort",
        tuple(
            member(f"list_{kind.kind}_sort", (list_of(kind),), list_of(kind), sort, costs.sorted_by_itself)
            for kind in _COMPARABLE
        ),
    ),
    Function(
        "@sortByAssociatedKeys",
        tuple(
            member(f"list_{kind.kind}_sortByAssociatedKeys", (_LIST, list_of(kind)), _LIST, sort_by, costs.sorted_by_keys)
            for kind in _COMPARABLE
        ),
    ),
    Function("lists.range", (overload("lists_range", (INT,), list_of(INT), range_of),), costs.made_list),
    Function("reverse", (member("list_reverse", (_LIST,), _LIST, lambda items: list(items[::-1])),), costs.made_list),
    Function("distinct", (member("list_distinct", (_LIST,), _LIST, distinct),), costs.sorted_by_itself),
    Function("first", (member("list_first", (_LIST,), optional_of(_T), _first),)),
    Function("last", (member("list_last", (_LIST,), optional_of(_T), _last),)),
)


def _contains_all(items: list[Any], others: list[Any]) -> bool:
    return all(any(equal(item, other) for item in items) for other in others)


_SETS = (
    Function("sets.contains", (overload("list_sets_contains_list", (_LIST, _LIST), BOOL, _contains_all),), costs.pairs),
    Function(
        "sets.equivalent",
        (
            overload(
                "list_sets_equivalent_list",
                (_LIST, _LIST),
                BOOL,
                lambda a, b: _contains_all(a, b) and _contains_all(b, a),
            ),
        ),
        costs.pairs_twice,
    ),
    Function(
        "sets.intersects",
        (
            overload(
                "list_sets_intersects_list",
                (_LIST, _LIST),
                BOOL,
                lambda a, b: any(equal(item, other) for item in a for other in b),
            ),
        ),
        costs.pairs,
    ),
)

LIBRARY = Library(_KUBERNETES + _EXTENSIONS + _SETS)
