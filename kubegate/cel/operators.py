"""The operators on values: arithmetic with 64-bit overflow, comparison, membership, indexing.

Source: cel-go ``common/types``.
"""

from __future__ import annotations

import math
from typing import Any

from kubegate.api.go_floats import format_double
from kubegate.cel.errors import EvaluationError
from kubegate.cel.times import SECOND, Duration, Timestamp, make_duration, make_timestamp
from kubegate.cel.values import (
    INT_MAX,
    INT_MIN,
    NONE,
    UINT_MAX,
    Lazy,
    Optional,
    TypeValue,
    UInt,
    equal,
    from_key,
    to_key,
    type_name,
)

NO_OVERLOAD = "no such overload"
_NUMBERS = (int, UInt, float)
# The complaint names the operator only where the first operand neither has the operator nor takes calls itself.
_RECEIVERS = (str, Timestamp, Duration)


def no_overload(name: str = "") -> EvaluationError:
    """The error of an operator or function that does not take these values."""
    return EvaluationError(f"{NO_OVERLOAD}: {name}" if name else NO_OVERLOAD)


def check_int(value: int) -> int:
    """An int in range; raises `EvaluationError`."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvaluationError("integer overflow")


def check_uint(value: int) -> UInt:
    """A uint in range; raises `EvaluationError`."""
    if 0 <= value <= UINT_MAX:
        return UInt(value)
    raise EvaluationError("unsigned integer overflow")


def add(a: Any, b: Any) -> Any:
    """``a + b``."""
    kind, other = type(a), type(b)
    if kind is int and other is int:
        return check_int(a + b)
    if (kind is str and other is str) or (kind is float and other is float) or (kind is bytes and other is bytes):
        return a + b
    if kind is list and other is list:
        return a + b
    if kind is UInt and other is UInt:
        return check_uint(int(a) + int(b))
    if (kind is Timestamp and other is Duration) or (kind is Duration and other is Timestamp):
        return make_timestamp(a.nanos + b.nanos)
    if kind is Duration and other is Duration:
        return make_duration(a.nanos + b.nanos)
    raise no_overload("" if kind in (int, UInt, float, str, bytes, list, Timestamp, Duration) else "_+_")


def subtract(a: Any, b: Any) -> Any:
    """``a - b``."""
    kind, other = type(a), type(b)
    if kind is int and other is int:
        return check_int(a - b)
    if kind is float and other is float:
        return a - b
    if kind is UInt and other is UInt:
        return check_uint(int(a) - int(b))
    if (kind is Timestamp and other is Timestamp) or (kind is Duration and other is Duration):
        return make_duration(a.nanos - b.nanos)
    if kind is Timestamp and other is Duration:
        return make_timestamp(a.nanos - b.nanos)
    raise no_overload("" if kind in (*_NUMBERS, *_RECEIVERS) else "_-_")


def multiply(a: Any, b: Any) -> Any:
    """``a * b``."""
    kind, other = type(a), type(b)
    if kind is int and other is int:
        return check_int(a * b)
    if kind is float and other is float:
        return a * b
    if kind is UInt and other is UInt:
        return check_uint(int(a) * int(b))
    raise no_overload("" if kind in (*_NUMBERS, *_RECEIVERS) else "_*_")


def divide(a: Any, b: Any) -> Any:
    """``a / b``: integers truncate towards zero, doubles follow IEEE 754."""
    kind, other = type(a), type(b)
    if kind is float and other is float:
        if b == 0.0:
            if a == 0.0 or a != a:
                return math.nan
            return math.copysign(math.inf, a) * math.copysign(1.0, b)
        return a / b
    if kind in (int, UInt) and kind is other:
        if b == 0:
            raise EvaluationError("division by zero")
        quotient = abs(int(a)) // abs(int(b))
        if kind is UInt:
            return UInt(quotient)
        return check_int(quotient if (a < 0) == (b < 0) else -quotient)
    raise no_overload("" if kind in (*_NUMBERS, *_RECEIVERS) else "_/_")


def modulo(a: Any, b: Any) -> Any:
    """``a % b``: the sign is that of ``a``."""
    kind = type(a)
    if kind in (int, UInt) and kind is type(b):
        if b == 0:
            raise EvaluationError("modulus by zero")
        if kind is int and a == INT_MIN and b == -1:
            raise EvaluationError("integer overflow")
        rest = abs(int(a)) % abs(int(b))
        return UInt(rest) if kind is UInt else (-rest if a < 0 else rest)
    raise no_overload("" if kind in (int, UInt, *_RECEIVERS) else "_%_")


def negate(a: Any) -> Any:
    """``-a``."""
    if type(a) is int:
        return check_int(-a)
    if type(a) is float:
        return -a
    if type(a) is Duration:
        return make_duration(-a.nanos)
    raise no_overload("" if type(a) in (bool, *_RECEIVERS) else "-_")


_ORDERED = (int, UInt, float, str, bytes, bool, Timestamp, Duration)


def compare(a: Any, b: Any, name: str) -> int:
    """-1, 0, 1; raises `EvaluationError` where there is no order (NaN too)."""
    kind, other = type(a), type(b)
    if kind is other:
        if kind is float and (a != a or b != b):
            raise EvaluationError("NaN values cannot be ordered")
        if kind is str:
            first, second = a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass")
            return int(first > second) - int(first < second)
        if kind in _ORDERED:
            return int(a > b) - int(a < b)
    elif kind in _NUMBERS and other in _NUMBERS:
        if a != a or b != b:
            raise EvaluationError("NaN values cannot be ordered")
        return int(a > b) - int(a < b)
    raise no_overload("" if kind in _ORDERED else name)


def contains(item: Any, container: Any) -> bool:
    """``item in container``."""
    kind = type(container)
    if kind is list or kind is tuple:
        return any(equal(item, element) for element in container)
    if kind is dict:
        return type(item) in (str, int, UInt, float, bool) and to_key(item) in container
    if isinstance(container, Lazy):
        return type(item) is str and container.has(item)
    raise no_overload()


def describe(value: Any) -> str:
    """A key or index in a message."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return format_double(value)
    return "0" if value is None else str(value)


def missing_key(key: Any) -> EvaluationError:
    """The error of a key that a map has not."""
    return EvaluationError(f"no such key: {describe(key)}")


def list_index(value: Any) -> int:
    """A number as an index; raises `EvaluationError`."""
    kind = type(value)
    if kind is int or kind is UInt:
        return int(value)
    if kind is float:
        if value.is_integer():
            return int(value)
        raise EvaluationError(f"unsupported index value {value} in list")
    raise EvaluationError(f"unsupported index type '{type_name(value)}' in list")


ABSENT = object()


def find(operand: Any, key: Any, *, optional: bool = False) -> Any:
    """``operand[key]``, or `ABSENT`; raises `EvaluationError` for an index of a wrong type."""
    kind = type(operand)
    if kind is dict:
        if type(key) in (str, int, UInt, float, bool):
            return operand.get(to_key(key), ABSENT)
        return ABSENT
    if kind is list or kind is tuple:
        position = list_index(key)
        return operand[position] if 0 <= position < len(operand) else ABSENT
    if kind is Optional:
        return find(operand.value, key) if operand.present else ABSENT
    if isinstance(operand, Lazy) and type(key) is str:
        return operand.select(key) if operand.has(key) else ABSENT
    fields = getattr(operand, "fields", None)
    if isinstance(fields, dict):
        return fields.get(key, ABSENT)
    return ABSENT


def index(operand: Any, key: Any) -> Any:
    """``operand[key]`` or ``operand.key``; of an optional, an optional."""
    if type(operand) is Optional:
        return optional_index(operand, key)
    found = find(operand, key)
    if found is not ABSENT:
        return found
    if type(operand) in (list, tuple):
        raise EvaluationError(f"index out of bounds: {describe(key)}")
    raise missing_key(key)


def optional_index(operand: Any, key: Any) -> Optional:
    """``operand[?key]`` or ``operand.?key``."""
    if type(operand) is Optional:
        if not operand.present:
            return NONE
        operand = operand.value
    found = find(operand, key)
    return NONE if found is ABSENT else Optional(True, found)


def size(value: Any) -> int:
    """The number of code points, bytes, elements or entries."""
    kind = type(value)
    if kind is list or kind is dict or kind is str or kind is bytes or kind is tuple:
        return len(value)
    raise no_overload("" if kind in _RECEIVERS else "size")


def cost_size(value: Any) -> int:
    """A value's size as cost rules see it: 1 for what has no size."""
    kind = type(value)
    if kind is str or kind is list or kind is dict or kind is bytes or kind is tuple:
        return len(value)
    return int(getattr(value, "cel_size", _one)())


def _one() -> int:
    return 1


def keys(value: Any) -> list[Any]:
    """What a one-variable comprehension ranges over."""
    kind = type(value)
    if kind is list or kind is tuple:
        return list(value)
    if kind is dict:
        return [from_key(key) for key in value]
    raise EvaluationError(f"got '{_implementation(value)}', expected iterable type")


def pairs(value: Any) -> list[tuple[Any, Any]]:
    """What a two-variable comprehension ranges over."""
    kind = type(value)
    if kind is list or kind is tuple:
        return list(enumerate(value))
    if kind is dict:
        return [(from_key(key), item) for key, item in value.items()]
    raise EvaluationError(f"unsupported comprehension range type: {_implementation(value)}")


_IMPLEMENTATIONS: dict[type, str] = {
    type(None): "types.Null",
    bool: "types.Bool",
    int: "types.Int",
    UInt: "types.Uint",
    float: "types.Double",
    str: "types.String",
    bytes: "types.Bytes",
    Duration: "types.Duration",
    Timestamp: "types.Timestamp",
    Optional: "*types.Optional",
    TypeValue: "*types.Type",
}


def _implementation(value: Any) -> str:
    """What messages about ranges call a value: the type that represents it in the reference implementation."""
    return _IMPLEMENTATIONS.get(type(value)) or type_name(value)


def seconds(value: Duration) -> int:
    """Whole seconds, towards zero."""
    return -(-value.nanos // SECOND) if value.nanos < 0 else value.nanos // SECOND
