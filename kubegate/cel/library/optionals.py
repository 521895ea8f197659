"""Optional values, and the insertion that two-variable comprehensions use. Source: cel-go ``cel/library.go``."""

from __future__ import annotations

from typing import Any

from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.operators import describe
from kubegate.cel.types import BOOL, list_of, map_of, optional_of, param
from kubegate.cel.values import NONE, Optional, UInt, to_key

_V, _K = param("V"), param("K")
_OPTIONAL = optional_of(_V)
_MAP = map_of(_K, _V)


def _is_zero(value: Any) -> bool:
    kind = type(value)
    if value is None:
        return True
    if kind in (bool, int, UInt, float, str, bytes, list, dict):
        return not value
    if kind is Optional:
        return not value.present
    return bool(getattr(value, "nanos", 1) == 0)


def _value(optional: Optional) -> Any:
    if not optional.present:
        raise EvaluationError("optional.none() dereference")
    return optional.value


def _insert(target: dict[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    found = to_key(key)
    if found in target:
        raise EvaluationError(f"insert failed: key {describe(key)} already exists")
    return {**target, found: value}


def _insert_all(target: dict[Any, Any], update: dict[Any, Any]) -> dict[Any, Any]:
    for key in update:
        if key in target:
            raise EvaluationError(f"insert failed: key {describe(key)} already exists")
    return {**target, **update}


def _unwrap(items: list[Any]) -> list[Any]:
    for item in items:
        if type(item) is not Optional:
            raise EvaluationError(f"value {describe(item)} is not optional")
    return [item.value for item in items if item.present]


LIBRARY = Library(
    (
        Function("optional.none", (overload("optional_none", (), _OPTIONAL, lambda: NONE),)),
        Function("optional.of", (overload("optional_of", (_V,), _OPTIONAL, lambda value: Optional(True, value)),)),
        Function(
            "optional.ofNonZeroValue",
            (
                overload(
                    "optional_ofNonZeroValue",
                    (_V,),
                    _OPTIONAL,
                    lambda value: NONE if _is_zero(value) else Optional(True, value),
                ),
            ),
        ),
        Function("value", (member("optional_value", (_OPTIONAL,), _V, _value),)),
        Function("hasValue", (member("optional_hasValue", (_OPTIONAL,), BOOL, lambda o: o.present),)),
        Function(
            "or", (member("optional_or_optional", (_OPTIONAL, _OPTIONAL), _OPTIONAL, lambda a, b: a if a.present else b),)
        ),
        Function(
            "orValue", (member("optional_orValue_value", (_OPTIONAL, _V), _V, lambda a, b: a.value if a.present else b),)
        ),
        Function("optional.unwrap", (overload("optional_unwrap", (list_of(_OPTIONAL),), list_of(_V), _unwrap),)),
        Function("unwrapOpt", (member("optional_unwrapOpt", (list_of(_OPTIONAL),), list_of(_V), _unwrap),)),
        Function(
            "cel.@mapInsert",
            (
                overload("@mapInsert_map_key_value", (_MAP, _K, _V), _MAP, _insert),
                overload("@mapInsert_map_map", (_MAP, _MAP), _MAP, _insert_all),
            ),
        ),
    )
)
