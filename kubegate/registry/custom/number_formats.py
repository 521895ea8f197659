"""Formats of numbers with check digits. Source: govalidator (``IsISBN10``, ``IsISBN13``, ``IsCreditCard``)."""

from __future__ import annotations

import re

_NOISE = re.compile(r"[\s-]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_CARD = re.compile(
    r"4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}"
    r"|(2131|1800|35\d{3})\d{11}",
    re.ASCII,
)


def is_isbn10(text: str) -> bool:
    """Whether a text is an ISBN of ten digits."""
    digits = _NOISE.sub("", text)
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return sum(weight * value for weight, value in enumerate(values, 1)) % 11 == 0


def is_isbn13(text: str) -> bool:
    """Whether a text is an ISBN of thirteen digits."""
    digits = _NOISE.sub("", text)
    if not re.fullmatch("[0-9]{13}", digits):
        return False
    return sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10 == 0


def is_credit_card(text: str) -> bool:
    """Whether the digits in a text are a credit card's number."""
    digits = _NOT_DIGITS.sub("", text)
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    total = sum(doubled) + sum(map(int, digits[::-2]))
    return total % 10 == 0 and _CARD.fullmatch(digits) is not None
