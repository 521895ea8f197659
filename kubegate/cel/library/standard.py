"""The standard functions and operators. Operators have no implementation here: the planner knows them.

Source: cel-go ``common/stdlib/standard.go``; ``cel.CrossTypeNumericComparisons``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.cel import operators, types
from kubegate.cel.declarations import Cost, Function, Library, member, overload
from kubegate.cel.library import costs, regexes
from kubegate.cel.times import Duration, Timestamp
from kubegate.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    LIST_A,
    MAP_AB,
    STRING,
    TIMESTAMP,
    UINT,
    A,
    B,
    Type,
    list_of,
    map_of,
    optional_of,
    type_of,
)

_NAMES = {INT: "int64", UINT: "uint64"}


def _label(kind: Type) -> str:
    return _NAMES.get(kind, kind.kind)


def _same(verb: str, *kinds: Type) -> list[Any]:
    return [overload(f"{verb}_{_label(kind)}", (kind, kind), kind) for kind in kinds]


def _comparison(name: str, verb: str) -> Function:
    ordered = (BOOL, INT, DOUBLE, UINT, STRING, BYTES, TIMESTAMP, DURATION)
    numbers = (INT, DOUBLE, UINT)
    same = [overload(f"{verb}_{_label(kind)}", (kind, kind), BOOL) for kind in ordered]
    mixed = [overload(f"{verb}_{_label(a)}_{_label(b)}", (a, b), BOOL) for a in numbers for b in numbers if a is not b]
    return Function(name, tuple(same + mixed))


def _operators() -> tuple[Function, ...]:
    plus = [
        *_same("add", BYTES, DOUBLE, DURATION, INT, STRING, UINT),
        overload("add_duration_timestamp", (DURATION, TIMESTAMP), TIMESTAMP),
        overload("add_timestamp_duration", (TIMESTAMP, DURATION), TIMESTAMP),
        overload("add_list", (LIST_A, LIST_A), LIST_A),
    ]
    minus = [
        *_same("subtract", DOUBLE, DURATION, INT, UINT),
        overload("subtract_timestamp_duration", (TIMESTAMP, DURATION), TIMESTAMP),
        overload("subtract_timestamp_timestamp", (TIMESTAMP, TIMESTAMP), DURATION),
    ]
    values, keyed = list_of(B), map_of(A, B)
    index = [
        overload("index_list", (values, INT), B),
        overload("index_map", (keyed, A), B),
        overload("optional_list_index_int", (optional_of(values), INT), optional_of(B)),
        overload("optional_map_index_value", (optional_of(keyed), A), optional_of(B)),
    ]
    optional_index = [
        overload("list_optindex_optional_int", (values, INT), optional_of(B)),
        overload("optional_list_optindex_optional_int", (optional_of(values), INT), optional_of(B)),
        overload("map_optindex_optional_value", (keyed, A), optional_of(B)),
        overload("optional_map_optindex_optional_value", (optional_of(keyed), A), optional_of(B)),
    ]
    return (
        Function("_?_:_", (overload("conditional", (BOOL, A, A), A),)),
        Function("_&&_", (overload("logical_and", (BOOL, BOOL), BOOL),)),
        Function("_||_", (overload("logical_or", (BOOL, BOOL), BOOL),)),
        Function("!_", (overload("logical_not", (BOOL,), BOOL, _not),), guarded=False),
        Function("@not_strictly_false", (overload("not_strictly_false", (BOOL,), BOOL, _not_false),), guarded=False),
        Function("_==_", (overload("equals", (A, A), BOOL),)),
        Function("_!=_", (overload("not_equals", (A, A), BOOL),)),
        Function("_+_", tuple(plus)),
        Function("_-_", tuple(minus)),
        Function("_*_", tuple(_same("multiply", DOUBLE, INT, UINT))),
        Function("_/_", tuple(_same("divide", DOUBLE, INT, UINT))),
        Function("_%_", tuple(_same("modulo", INT, UINT))),
        Function(
            "-_",
            (
                overload("negate_double", (DOUBLE,), DOUBLE, operators.negate),
                overload("negate_int64", (INT,), INT, operators.negate),
            ),
            guarded=False,
        ),
        _comparison("_<_", "less"),
        _comparison("_<=_", "less_equals"),
        _comparison("_>_", "greater"),
        _comparison("_>=_", "greater_equals"),
        Function("_[_]", tuple(index)),
        Function("_[?_]", tuple(optional_index)),
        Function(
            "@in",
            (
                overload("in_list", (A, LIST_A), BOOL, operators.contains, costs.members),
                overload("in_map", (A, MAP_AB), BOOL, operators.contains),
            ),
            guarded=False,
        ),
    )


def _not(value: Any) -> bool:
    if type(value) is bool:
        return not value
    raise operators.no_overload()


def _not_false(value: Any) -> bool:
    return value is not False


def _text(test: Callable[[str, str], Any], name: str = "") -> Callable[[Any, Any], Any]:
    """A function of two strings that says itself what it does not take (of targets that take calls: without its name)."""

    def of(target: Any, argument: Any) -> Any:
        if type(target) is not str:
            raise operators.no_overload("" if isinstance(target, Duration | Timestamp) else name)
        if type(argument) is not str:
            raise operators.no_overload()
        return test(target, argument)

    return of


def _string_function(name: str, id: str, test: Callable[[str, str], bool], cost: Cost) -> Function:
    return Function(name, (member(id, (STRING, STRING), BOOL, _text(test)),), cost, guarded=False)


def _matches(text: str, pattern: str) -> bool:
    return regexes.search(pattern, text)


def _strings() -> tuple[Function, ...]:
    matches = _text(_matches, "matches")
    return (
        _string_function("contains", "contains_string", lambda a, b: b in a, costs.product),
        _string_function("startsWith", "starts_with_string", lambda a, b: a.startswith(b), costs.once),
        _string_function("endsWith", "ends_with_string", lambda a, b: a.endswith(b), costs.once),
        Function(
            "matches",
            (
                overload("matches", (STRING, STRING), BOOL, matches),
                member("matches_string", (STRING, STRING), BOOL, matches),
            ),
            costs.regex,
            guarded=False,
        ),
    )


def _sizes() -> Function:
    kinds = {"bytes": BYTES, "list": LIST_A, "map": MAP_AB, "string": STRING}
    plain = [overload(f"size_{name}", (kind,), INT, operators.size) for name, kind in kinds.items()]
    members = [member(f"{name}_size", (kind,), INT, operators.size) for name, kind in kinds.items()]
    return Function("size", tuple(plain + members), guarded=False)


def _type_names() -> dict[str, tuple[Type, str]]:
    names = {
        "bool": BOOL,
        "bytes": BYTES,
        "double": DOUBLE,
        "google.protobuf.Duration": DURATION,
        "google.protobuf.Timestamp": TIMESTAMP,
        "int": INT,
        "list": list_of(types.DYN),
        "map": map_of(types.DYN, types.DYN),
        "null_type": types.NULL,
        "string": STRING,
        "type": types.TYPE,
        "uint": UINT,
        "dyn": types.DYN,
    }
    return {name: (type_of(kind), name) for name, kind in names.items()}


TYPE_NAMES = _type_names()
"""What the names of types mean: their type and, as a value, their runtime name."""

LIBRARY = Library((*_operators(), *_strings(), _sizes()))
