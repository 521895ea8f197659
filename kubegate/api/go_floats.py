"""How Go writes floating-point numbers. Source: Go ``strconv.FormatFloat``."""

from __future__ import annotations

from decimal import Decimal


def format_double(number: float) -> str:
    """``strconv.FormatFloat(x, 'g', -1, 64)``: an exponent from 1e+06 on."""
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "+Inf" if number > 0 else "-Inf"
    sign, digits, exponent = _shortest(number)
    point = exponent + len(digits)
    if -4 <= point - 1 < 6:
        return sign + _plain(digits, point)
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    power = point - 1
    return f"{sign}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _shortest(number: float) -> tuple[str, str, int]:
    """Sign, shortest digits without trailing zeros, decimal exponent of the last digit."""
    sign, parts, exponent = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, parts)).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return "-" if sign else "", "0", 0
    return "-" if sign else "", stripped, int(exponent) + len(digits) - len(stripped)


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"
