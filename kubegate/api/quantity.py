"""Quantities: ``500m``, ``1.5Gi``, ``2e3``.

A quantity is an exact decimal number together with the form in which it is written (decimal suffixes, binary suffixes or
an exponent). Parsing canonicalises as the server does: ``1000m`` is printed ``1``, ``1.5Gi`` is printed ``1536Mi``.

Source: apimachinery ``pkg/api/resource``.
"""

from __future__ import annotations

import re
from functools import lru_cache, total_ordering
from typing import Any

from kubegate.errors import InvalidInput

BINARY_SI = "BinarySI"
DECIMAL_SI = "DecimalSI"
DECIMAL_EXPONENT = "DecimalExponent"

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = {exponent: suffix for suffix, exponent in _BINARY.items()} | {0: ""}
_SYNTAX = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)\Z", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)\Z", re.ASCII)
_MAX_INT64 = 2**63 - 1
_MAX_DIGITS = 18
_NANO = -9
_EXPONENT_LIMIT = 10_000
"""Exponents beyond this are cut: no arithmetic on attacker-chosen powers of ten with millions of digits."""

FORMAT_MESSAGE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
SUFFIX_MESSAGE = "unable to parse quantity's suffix"


class QuantityError(InvalidInput):
    """The text is no quantity; ``message`` is in the server's words."""

    code = "invalid-quantity"


@total_ordering
class Quantity:
    """An exact number ``mantissa * 10**scale`` and the form it is written in. Immutable; compares by value."""

    __slots__ = ("_text", "format", "mantissa", "scale")

    def __init__(self, mantissa: int, scale: int = 0, format: str = DECIMAL_SI, text: str = "") -> None:
        self.mantissa = mantissa
        self.scale = scale
        self.format = format
        self._text = text

    @staticmethod
    def parse(text: str) -> Quantity:
        """Read a quantity; raises `QuantityError`."""
        return _parse(text)

    @staticmethod
    def of(value: Any) -> Quantity:
        """Read a quantity from a JSON value: text, number, or null (which is zero); raises `QuantityError`."""
        if isinstance(value, str):
            return _parse(value.strip())
        if value is None:
            return ZERO
        if isinstance(value, Quantity):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise QuantityError(FORMAT_MESSAGE)
        return _parse(repr(value))

    def __str__(self) -> str:
        if not self._text:
            self._text = _canonical(self)
        return self._text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def scaled(self, scale: int) -> int:
        """The number in units of ``10**scale``, rounded away from zero."""
        shift = self.scale - scale
        if shift >= 0:
            return self.mantissa * int(10**shift)
        divisor = 10**-shift
        return -(-self.mantissa // divisor) if self.mantissa >= 0 else int(self.mantissa // divisor)

    def value(self) -> int:
        """The number rounded away from zero to an integer."""
        return self.scaled(0)

    def milli_value(self) -> int:
        """The number in thousandths, rounded away from zero."""
        return self.scaled(-3)

    def is_integer(self) -> bool:
        """True if there is no fractional part."""
        return self.scale >= 0 or self.mantissa % int(10**-self.scale) == 0

    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self.mantissa > 0) - (self.mantissa < 0)

    def compare(self, other: Quantity) -> int:
        """-1, 0 or 1 as the number is less than, equal to or greater than the other."""
        left, right = _aligned(self, other)
        return (left > right) - (left < right)

    def add(self, other: Quantity) -> Quantity:
        """The sum, in the form of this one (of the other, if this one is zero)."""
        left, right = _aligned(self, other)
        return Quantity(left + right, min(self.scale, other.scale), self.format if self.mantissa else other.format)

    def sub(self, other: Quantity) -> Quantity:
        """The difference, in the form of this one (of the other, if this one is zero)."""
        left, right = _aligned(self, other)
        return Quantity(left - right, min(self.scale, other.scale), self.format if self.mantissa else other.format)

    def negated(self) -> Quantity:
        """The number with the other sign."""
        return Quantity(-self.mantissa, self.scale, self.format)

    def approximate(self) -> float:
        """The number as a float, with loss of precision (infinite when out of range)."""
        try:
            return float(self.mantissa) * 10.0**self.scale
        except OverflowError:
            return float("inf") if self.mantissa > 0 else float("-inf")

    def __eq__(self, other: object) -> bool:
        return self.compare(other) == 0 if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self.compare(other) < 0

    def __hash__(self) -> int:
        mantissa, exponent = _without_factors(self.mantissa, 10)
        return hash((mantissa, self.scale + exponent if mantissa else 0))


def is_quantity(text: str) -> bool:
    """True if the text is a quantity."""
    try:
        _parse(text)
    except QuantityError:
        return False
    return True


def _aligned(left: Quantity, right: Quantity) -> tuple[int, int]:
    if left.scale == right.scale:
        return left.mantissa, right.mantissa
    scale = min(left.scale, right.scale)
    return left.mantissa * int(10 ** (left.scale - scale)), right.mantissa * int(10 ** (right.scale - scale))


def _suffix(text: str) -> tuple[int, int, str]:
    """(base, exponent, format) of a suffix."""
    if text in _DECIMAL:
        return 10, _DECIMAL[text], DECIMAL_SI
    if text in _BINARY:
        return 2, _BINARY[text], BINARY_SI
    match = _EXPONENT.match(text)
    if not match:
        raise QuantityError(SUFFIX_MESSAGE)
    exponent = int(match[1][:24])
    if not -(2**63) <= exponent < 2**63:
        raise QuantityError(SUFFIX_MESSAGE)
    return 10, max(-_EXPONENT_LIMIT, min(exponent, _EXPONENT_LIMIT)), DECIMAL_EXPONENT


@lru_cache(maxsize=16_384)
def _parse(text: str) -> Quantity:
    if text == "0":
        return ZERO
    match = _SYNTAX.match(text) if text else None
    if match is None:
        raise QuantityError(FORMAT_MESSAGE)
    sign, whole, fraction, suffix = match[1], match[2], match[3] or "", match[4]
    base, exponent, form = _suffix(suffix)
    number = whole.lstrip("0") or "0"
    quick = _parse_short(text, sign, number, fraction, base, exponent, form)
    return quick if quick is not None else _parse_long(sign, number, fraction, base, exponent, form)


def _parse_short(text: str, sign: str, number: str, fraction: str, base: int, exponent: int, form: str) -> Quantity | None:
    """The number if it is short; its text is kept where the server finds it canonical at a glance."""
    if base == 2:
        precision = 15 - len(number) - int(exponent * 3 / 10) - 1 if not fraction else -1
        scale, factor = 0, 1 << exponent
    else:
        precision = _MAX_DIGITS - len(number) - len(fraction)
        scale, factor = exponent - len(fraction), 1
    if precision < 0 or scale < _NANO:
        return None
    digits = number + fraction
    mantissa = int(digits)
    if base == 2:
        kept = mantissa & 7 != 0
    else:
        kept = scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"
    value = mantissa * factor
    return Quantity(-value if sign == "-" else value, scale, form, text if kept else "")


def _parse_long(sign: str, number: str, fraction: str, base: int, exponent: int, form: str) -> Quantity:
    mantissa, scale = int(number + fraction), -len(fraction)
    if base == 2:
        mantissa <<= exponent
    else:
        scale += exponent
    if scale < _NANO:  # what is too small to be represented is rounded up: who wants some gets some
        mantissa, scale = Quantity(mantissa, scale).scaled(_NANO), _NANO
    amount = Quantity(mantissa, scale, form)
    if form == BINARY_SI:
        if amount > Quantity(_MAX_INT64):
            amount = Quantity(_MAX_INT64, 0, form)
        elif ZERO < amount < Quantity(1):
            amount = Quantity(mantissa, scale, DECIMAL_SI)
    return Quantity(-amount.mantissa, amount.scale, amount.format) if sign == "-" else amount


def _without_factors(number: int, factor: int) -> tuple[int, int]:
    """The number divided by ``factor`` as often as it goes, and how often."""
    times = 0
    while number and number % factor == 0:
        number //= factor
        times += 1
    return number, times


def _canonical(quantity: Quantity) -> str:
    if quantity.mantissa == 0:
        return "0"
    form = quantity.format
    if form == BINARY_SI:
        if quantity.is_integer() and abs(quantity.value()) >= 1024:
            number, times = _without_factors(quantity.value(), 1024)
            return f"{number}{_BINARY_SUFFIX.get(times * 10, '')}"
        form = DECIMAL_SI
    mantissa, times = _without_factors(quantity.mantissa, 10)
    exponent = quantity.scale + times
    mantissa *= 10 ** (exponent % 3)
    exponent -= exponent % 3
    if form == DECIMAL_SI:
        return f"{mantissa}{_DECIMAL_SUFFIX.get(exponent, '')}"
    return f"{mantissa}e{exponent}" if exponent else str(mantissa)


ZERO = Quantity(0, 0, DECIMAL_SI, "0")
