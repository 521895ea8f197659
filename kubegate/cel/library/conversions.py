"""Conversions between types: ``int()``, ``string()``, ``timestamp()`` ...

Source: cel-go ``common/types`` (ConvertToType).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubegate.api.go_floats import format_double
from kubegate.cel import types
from kubegate.cel.declarations import Function, Library, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library.costs import once
from kubegate.cel.times import (
    MAX_SECONDS,
    MIN_SECONDS,
    SECOND,
    Duration,
    Timestamp,
    make_duration,
    parse_duration,
    parse_timestamp,
)
from kubegate.cel.types import Type
from kubegate.cel.values import INT_MAX, INT_MIN, UINT_MAX, TypeValue, UInt, type_name

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan"
    r"|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)p[+-]?[0-9]+)",
    re.ASCII | re.IGNORECASE,
)
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


def _mismatch(source: str, target: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{source}' to '{target}'")


def to_bool(value: Any) -> bool:
    """``bool(x)``."""
    if type(value) is bool:
        return value
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise _mismatch("string", "bool")


def to_int(value: Any) -> int:
    """``int(x)``: doubles are truncated, timestamps become seconds, durations nanoseconds."""
    if type(value) is int:
        return value
    if type(value) is float:
        # The largest int64 is not a double: the bounds themselves are refused.
        if value != value or not float(INT_MIN) < value < float(INT_MAX):
            raise EvaluationError("integer overflow")
        return int(value)
    if type(value) is UInt:
        if value > INT_MAX:
            raise EvaluationError("integer overflow")
        return int(value)
    if type(value) is Timestamp:
        return value.nanos // SECOND
    if type(value) is Duration:
        return value.nanos
    if not _INTEGER.fullmatch(value) or not INT_MIN <= int(value) <= INT_MAX:
        raise _mismatch("string", "int")
    return int(value)


def to_uint(value: Any) -> UInt:
    """``uint(x)``."""
    if type(value) is UInt:
        return value
    if type(value) is float:
        if value != value or not 0 <= value < float(UINT_MAX):
            raise EvaluationError("unsigned integer overflow")
        return UInt(int(value))
    if type(value) is int:
        if value < 0:
            raise EvaluationError("unsigned integer overflow")
        return UInt(value)
    if not re.fullmatch("[0-9]+", value, re.ASCII) or int(value) > UINT_MAX:
        raise _mismatch("string", "uint")
    return UInt(int(value))


def to_double(value: Any) -> float:
    """``double(x)``."""
    if type(value) is not str:
        return float(value)
    if not _FLOAT.fullmatch(value):
        raise _mismatch("string", "double")
    try:
        number = float.fromhex(value) if "0x" in value.lower() else float(value)
    except OverflowError:
        number = float("inf")
    if abs(number) == float("inf") and "inf" not in value.lower():
        raise _mismatch("string", "double")
    return number


def to_string(value: Any) -> str:
    """``string(x)`` of the types that have one."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return format_double(value)
    if kind is bytes:
        try:
            return str(value.decode("utf-8"))
        except UnicodeDecodeError:
            raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None
    if kind is UInt:
        return str(int(value))
    return str(value)


def to_bytes(value: Any) -> bytes:
    """``bytes(x)``."""
    return value if type(value) is bytes else value.encode("utf-8", "surrogatepass")


def to_duration(value: Any) -> Duration:
    """``duration(x)``: of a string such as ``1h30m``, or of nanoseconds."""
    if type(value) is Duration:
        return value
    if type(value) is int:
        return make_duration(value)
    found = parse_duration(value)
    if found is None:
        raise _mismatch("string", "google.protobuf.Duration")
    return found


def to_timestamp(value: Any) -> Timestamp:
    """``timestamp(x)``: of RFC 3339, or of seconds since 1970."""
    if type(value) is Timestamp:
        return value
    if type(value) is int:
        if not MIN_SECONDS <= value <= MAX_SECONDS:
            raise EvaluationError("timestamp overflow")
        return Timestamp(value * SECOND)
    found = parse_timestamp(value)
    if found is None:
        raise _mismatch("string", "google.protobuf.Timestamp")
    if not MIN_SECONDS <= found.nanos // SECOND <= MAX_SECONDS:
        raise EvaluationError("timestamp overflow")
    return found


def to_type(value: Any) -> TypeValue:
    """``type(x)``."""
    return TypeValue(type_name(value))


def _conversion(name: str, result: Type, convert: Callable[[Any], Any], *sources: Type) -> Function:
    ids = {"timestamp": "timestamp", "duration": "duration", "int": "int64", "uint": "uint64"}
    overloads = [
        overload(
            f"{ids.get(source.kind, source.kind)}_to_{ids.get(name, name)}",
            (source,),
            result,
            convert,
            once if {source.kind, name} == {"string", "bytes"} else None,
        )
        for source in sources
    ]
    return Function(name, tuple(overloads))


_B, _BY, _D, _I, _S, _U = types.BOOL, types.BYTES, types.DOUBLE, types.INT, types.STRING, types.UINT
_DU, _T = types.DURATION, types.TIMESTAMP

LIBRARY = Library(
    (
        _conversion("bool", _B, to_bool, _B, _S),
        _conversion("bytes", _BY, to_bytes, _BY, _S),
        _conversion("double", _D, to_double, _D, _I, _S, _U),
        _conversion("duration", _DU, to_duration, _DU, _I, _S),
        _conversion("int", _I, to_int, _I, _D, _DU, _S, _T, _U),
        _conversion("string", _S, to_string, _S, _B, _BY, _D, _DU, _I, _T, _U),
        _conversion("timestamp", _T, to_timestamp, _T, _I, _S),
        _conversion("uint", _U, to_uint, _U, _D, _I, _S),
        Function("dyn", (overload("to_dyn", (types.A,), types.DYN, lambda value: value),)),
        Function("type", (overload("type", (types.A,), types.type_of(types.A), to_type),)),
    )
)
