"""CEL's values as Python values, and what they are called at run time.

null None, bool bool, int int (64 bits), uint `UInt`, double float, string str, bytes bytes, list list or tuple, map dict,
timestamp `Timestamp`, duration `Duration`, optional `Optional`, type `TypeValue`; libraries add classes derived from
`Opaque`.
Boolean map keys are kept apart from numbers by `BoolKey`, since Python's ``True`` equals 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from kubegate.cel.errors import EvaluationError

INT_MIN, INT_MAX, UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1


class UInt(int):
    """An unsigned 64-bit integer."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"


class BoolKey(Enum):
    """A boolean as the key of a map."""

    TRUE = True
    FALSE = False


@dataclass(frozen=True, slots=True)
class TypeValue:
    """A type as a value, by its runtime name."""

    name: str


@dataclass(frozen=True, slots=True)
class Optional:
    """A value that may be absent; ``present`` tells, since the value may be null."""

    present: bool
    value: Any = None


NONE = Optional(False)


class Opaque:
    """A value of a library's own type; ``type_name`` is what ``type()`` and messages call it."""

    __slots__ = ()

    type_name = ""

    def cel_size(self) -> int:
        """The size that cost rules reckon with."""
        return 1


@dataclass(frozen=True, slots=True)
class StructValue:
    """A message built by ``Name{field: value}``; unset fields are absent."""

    name: str
    fields: dict[str, Any]


class Lazy:
    """A map-like value whose entries are computed when they are selected (``variables``)."""

    __slots__ = ()

    def select(self, name: str) -> Any:
        """The entry's value; raises `EvaluationError`."""
        raise EvaluationError(f"no such key: {name}")

    def has(self, name: str) -> bool:
        """Whether there is such an entry."""
        return False


def type_name(value: Any) -> str:
    """The runtime name of a value's type."""
    kind = type(value)
    name = _NAMES.get(kind)
    if name is not None:
        return name
    if isinstance(value, StructValue):
        return value.name
    return str(getattr(value, "type_name", kind.__name__))


_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    tuple: "list",
    dict: "map",
    TypeValue: "type",
    Optional: "optional_type",
}


def to_key(value: Any) -> Any:
    """A value as a key of a Python dict; raises `EvaluationError` where CEL has no such keys."""
    kind = type(value)
    if kind is str or kind is int or kind is UInt or kind is float:
        return value
    if kind is bool:
        return BoolKey.TRUE if value else BoolKey.FALSE
    raise EvaluationError("unsupported key type")


def from_key(key: Any) -> Any:
    """The value that a key stands for."""
    return key.value if type(key) is BoolKey else key


def equal(first: Any, second: Any) -> bool:
    """CEL's equality: across numeric types by value, otherwise different types are never equal."""
    a, b = type(first), type(second)
    if a is bool or b is bool:
        return a is b and first is second
    if a is b:
        if a is list:
            return len(first) == len(second) and all(map(equal, first, second))
        if a is dict:
            return len(first) == len(second) and all(
                key in second and equal(value, second[key]) for key, value in first.items()
            )
        if a is Optional:
            return first.present == second.present and equal(first.value, second.value)
        return bool(first == second)
    if a in _NUMBERS and b in _NUMBERS:
        return bool(first == second)
    if a in (list, tuple) and b in (list, tuple):
        return equal(list(first), list(second))
    return False


_NUMBERS = frozenset((int, UInt, float))
