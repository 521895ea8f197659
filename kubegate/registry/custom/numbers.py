"""Numbers against schemas: ranges of types and formats, bounds, multiples.

Bounds of whole numbers are cut to whole numbers, where their type allows no others they are complained about too.
Source: kube-openapi ``pkg/validation/validate/{validator,values}.go``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.go_floats import format_double
from kubegate.registry.custom.formats import kept_format
from kubegate.registry.custom.structural import Schema

_NOWHERE = "<nil>"
_BITS = {"int32": 31, "int64": 63, "": 63}
_MAX_FLOAT = 3.4028235677973366e38
"""What is above is no 32-bit number, rounded."""
_CLOSE = 1e-9


def check_number(value: int | float, schema: Schema, path: str) -> Iterator[FieldError]:
    """What is wrong with a number."""
    place = path or _NOWHERE
    if not _fits(value, schema):
        yield _out_of_range("Checked", schema, path)
    factor, low, high = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
    if factor is not None:
        number, by, misfit = _comparable(value, factor, "MultipleOf", schema, path)
        yield from misfit
        if by < 0:
            yield invalid(place, by, f"factor MultipleOf declared for {path} must be positive: {_text(by)}")
        elif not _is_multiple(number, by):
            yield invalid(place, number, f"{path} in body should be a multiple of {_text(by)}")
    if low is not None:
        number, bound, misfit = _comparable(value, low, "Minimum boundary", schema, path)
        yield from misfit
        exclusive = bool(schema.get("exclusiveMinimum"))
        if number < bound or (exclusive and number == bound):
            words = "greater than" if exclusive else "greater than or equal to"
            yield invalid(place, number, f"{path} in body should be {words} {_text(bound)}")
    if high is not None:
        number, bound, misfit = _comparable(value, high, "Maximum boundary", schema, path)
        yield from misfit
        exclusive = bool(schema.get("exclusiveMaximum"))
        if number > bound or (exclusive and number == bound):
            words = "less than" if exclusive else "less than or equal to"
            yield invalid(place, number, f"{path} in body should be {words} {_text(bound)}")


def _comparable(
    value: int | float, bound: int | float, what: str, schema: Schema, path: str
) -> tuple[int | float, int | float, list[FieldError]]:
    """A value and a bound of one kind, and what is wrong with the bound."""
    if not _fits(bound, schema):
        return float(value), float(bound), [_out_of_range(what, schema, path)]
    return (value, int(bound), []) if isinstance(value, int) else (value, float(bound), [])


def _fits(number: int | float, schema: Schema) -> bool:
    kind, form = schema.get("type"), kept_format(schema)
    if kind == "integer":
        limit = 1 << _BITS[form]
        return float(number).is_integer() and -limit <= number < limit
    return form != "float" or abs(number) < _MAX_FLOAT


def _out_of_range(what: str, schema: Schema, path: str) -> FieldError:
    form = kept_format(schema)
    shown = f"with format {form}" if form else "(default format)"
    return invalid(_NOWHERE, "", f"{what} value must be of type {schema.get('type')} {shown} in {path}")


def _is_multiple(number: int | float, factor: int | float) -> bool:
    if isinstance(number, int) and isinstance(factor, int):
        return factor == 0 or number % factor == 0
    quotient = 1 / factor * number if factor < 1 else number / factor
    return _is_nearly_whole(quotient)


def _is_nearly_whole(number: float) -> bool:
    if number.is_integer():
        return True
    whole = math.trunc(number)
    return whole != 0 and abs(number - whole) / (abs(number) + abs(whole)) < _CLOSE


def _text(number: int | float) -> str:
    return str(number) if isinstance(number, int) else format_double(number)
