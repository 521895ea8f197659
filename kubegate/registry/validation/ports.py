"""Ports by number or name, and numbers that may be percentages."""

from __future__ import annotations

import re
from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import check_port
from kubegate.registry.validation.names import percent, port_name


def check_port_or_name(errors: list[FieldError], path: str, value: Any) -> None:
    """Complain about what is neither a port number nor a port name."""
    if isinstance(value, str):
        errors += [invalid(path, value, text) for text in port_name(value)]
    else:
        check_port(errors, path, value or 0)


def check_int_or_percent(errors: list[FieldError], path: str, value: Any) -> None:
    """Complain about what is neither a non-negative number nor a percentage."""
    if isinstance(value, str):
        errors += [invalid(path, value, text) for text in percent(value)]
    elif (value or 0) < 0:
        errors.append(invalid(path, value, NEGATIVE))


def percentage(value: Any) -> int | None:
    """The number before the percent sign; None if the value is no percentage."""
    if isinstance(value, str) and re.fullmatch("[0-9]+%", value, re.ASCII):
        return int(value[:-1])
    return None


def check_at_most_100_percent(errors: list[FieldError], path: str, value: Any) -> None:
    """Complain about a percentage above 100."""
    number = percentage(value)
    if number is not None and number > 100:
        errors.append(invalid(path, value, "must not be greater than 100%"))


def int_or_percent_value(value: Any) -> int:
    """The number, of a percentage the number before the sign (0 if it is neither)."""
    number = percentage(value)
    if number is not None:
        return number
    return value if isinstance(value, int) else 0
