"""``quantity``. Source: apiserver ``pkg/cel/library/quantity.go``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kubegate.api.quantity import Quantity, QuantityError, is_quantity
from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.types import BOOL, DOUBLE, INT, STRING, object_type
from kubegate.cel.values import INT_MAX, INT_MIN

QUANTITY_TYPE = object_type("kubernetes.Quantity")


_PARTS = re.compile(r"[+-]?0*([0-9]*)(?:\.([0-9]*))?(?:([KMGTPE]i)|(.*))", re.ASCII)
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """A quantity as a value; equal if the numbers are. ``is_short``: the server holds it as an int64 and a power of ten; it
    finds integers only among those."""

    quantity: Quantity
    is_short: bool = field(default=True, compare=False)
    type_name = "kubernetes.Quantity"

    def plus(self, other: QuantityValue) -> QuantityValue:
        """The sum."""
        return QuantityValue(self.quantity.add(other.quantity), self.is_short and other.is_short)

    def minus(self, other: QuantityValue) -> QuantityValue:
        """The difference."""
        return QuantityValue(self.quantity.sub(other.quantity), self.is_short and other.is_short)

    def __str__(self) -> str:
        return str(self.quantity)


def to_quantity(text: str) -> QuantityValue:
    """``quantity(text)``; raises `EvaluationError`."""
    try:
        return QuantityValue(Quantity.parse(text), _is_short(text))
    except QuantityError as error:
        raise EvaluationError(error.message) from None


def _is_short(text: str) -> bool:
    match = _PARTS.fullmatch(text)
    if not match:
        return False
    digits, fraction, binary, _ = match.groups(default="")
    count = max(len(digits), 1)
    if binary:
        return not fraction and 15 - count - int(_BINARY[binary] * 3 / 10) - 1 >= 0
    return count + len(fraction) <= 18


def _is_integer(value: QuantityValue) -> bool:
    quantity = value.quantity
    return value.is_short and quantity.scale >= 0 and INT_MIN <= quantity.value() <= INT_MAX


def _as_integer(value: QuantityValue) -> int:
    if not _is_integer(value):
        raise EvaluationError("cannot convert value to integer")
    return value.quantity.value()


def _of(number: int) -> QuantityValue:
    return QuantityValue(Quantity.parse(str(number)))


_Q = QUANTITY_TYPE

LIBRARY = Library(
    (
        Function("quantity", (overload("string_to_quantity", (STRING,), _Q, to_quantity),), costs.once),
        Function("isQuantity", (overload("is_quantity_string", (STRING,), BOOL, is_quantity),), costs.once),
        # Not a member function: that is how the server declares it.
        Function("sign", (overload("quantity_sign", (_Q,), INT, lambda q: q.quantity.sign()),)),
        Function("isInteger", (member("quantity_is_integer", (_Q,), BOOL, _is_integer),)),
        Function("asInteger", (member("quantity_get_int", (_Q,), INT, _as_integer),)),
        Function("asApproximateFloat", (member("quantity_get_float", (_Q,), DOUBLE, lambda q: q.quantity.approximate()),)),
        Function(
            "isGreaterThan",
            (member("quantity_is_greater_than", (_Q, _Q), BOOL, lambda a, b: a.quantity.compare(b.quantity) > 0),),
        ),
        Function(
            "isLessThan", (member("quantity_is_less_than", (_Q, _Q), BOOL, lambda a, b: a.quantity.compare(b.quantity) < 0),)
        ),
        Function("compareTo", (member("quantity_compare_to", (_Q, _Q), INT, lambda a, b: a.quantity.compare(b.quantity)),)),
        Function(
            "add",
            (
                member("quantity_add", (_Q, _Q), _Q, QuantityValue.plus),
                member("quantity_add_int", (_Q, INT), _Q, lambda a, b: a.plus(_of(b))),
            ),
        ),
        Function(
            "sub",
            (
                member("quantity_sub", (_Q, _Q), _Q, QuantityValue.minus),
                member("quantity_sub_int", (_Q, INT), _Q, lambda a, b: a.minus(_of(b))),
            ),
        ),
    )
)
