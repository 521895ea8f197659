"""Small checks that every kind uses: enumerations, numbers, required texts, lists of complaints about one name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.api.quantity import Quantity, QuantityError
from kubegate.registry.metadata import IMMUTABLE, NEGATIVE

NOT_POSITIVE = "must be greater than zero"
NOT_INTEGER = "must be an integer"


def between(low: int, high: int) -> str:
    """The complaint about a number out of range."""
    return f"must be between {low} and {high}, inclusive"


def check_name(errors: list[FieldError], path: str, value: str, rule: Callable[[str], list[str]]) -> None:
    """Add what a rule of syntax says about a text."""
    errors += [invalid(path, value, text) for text in rule(value)]


def check_required(errors: list[FieldError], path: str, obj: Object, *keys: str, detail: str = "") -> None:
    """Complain about each of the fields that is absent or empty."""
    errors += [required(f"{path}.{key}" if path else key, detail) for key in keys if not obj.get(key)]


def check_enum(errors: list[FieldError], path: str, value: Any, supported: Sequence[str]) -> None:
    """Complain if the value is none of ``supported``, which are shown in this order."""
    if value not in supported:
        errors.append(not_supported(path, value if value is not None else "", supported))


def check_set(errors: list[FieldError], path: str, value: Any, supported: Collection[str]) -> None:
    """As `check_enum`, the choices sorted."""
    if value not in supported:
        errors.append(not_supported(path, value if value is not None else "", sorted(supported)))


def check_choice(errors: list[FieldError], path: str, value: str | None, supported: Sequence[str]) -> None:
    """Complain if the value is missing, or none of ``supported``."""
    if not value:
        errors.append(required(path))
    elif value not in supported:
        errors.append(not_supported(path, value, supported))


def check_nonnegative(errors: list[FieldError], path: str, obj: Object, *keys: str) -> None:
    """Complain about each of the fields that is below zero."""
    for key in keys:
        value = obj.get(key)
        if value is not None and value < 0:
            errors.append(invalid(f"{path}.{key}", value, NEGATIVE))


def check_port(errors: list[FieldError], path: str, port: int) -> None:
    """Complain about a number that is no port."""
    if not 1 <= port <= 65535:
        errors.append(invalid(path, port, between(1, 65535)))


def check_user_id(errors: list[FieldError], path: str, value: int | None) -> None:
    """Complain about a number that is no user or group id."""
    if value is not None and not 0 <= value <= 2**31 - 1:
        errors.append(invalid(path, value, between(0, 2**31 - 1)))


def check_immutable(errors: list[FieldError], path: str, value: Any, old: Any) -> None:
    """Complain if the value changed."""
    if not same(value, old):
        errors.append(invalid(path, value, IMMUTABLE))


def check_file_mode(errors: list[FieldError], path: str, mode: int | None) -> None:
    """Complain about a number that is no permission."""
    if mode is not None and not 0 <= mode <= 0o777:
        errors.append(invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive"))


def check_one_of(errors: list[FieldError], path: str, obj: Object, keys: Sequence[str], noun: str) -> str:
    """The first of ``keys`` that is set; each further one is forbidden. Empty if none is."""
    found = ""
    for key in keys:
        if obj.get(key) is None:
            continue
        if found:
            errors.append(forbidden(f"{path}.{key}", f"may not specify more than 1 {noun}"))
        else:
            found = key
    return found


def same(value: Any, other: Any) -> bool:
    """Equality that sees no difference between absent and empty lists and maps, as the server compares."""
    if isinstance(value, dict) or isinstance(other, dict):
        left, right = value or {}, other or {}
        if not isinstance(left, dict) or not isinstance(right, dict):
            return False
        if left.keys() == right.keys():
            return all(same(left[key], right[key]) for key in left)
        return all(same(left.get(key), right.get(key)) for key in left.keys() | right.keys())
    if isinstance(value, list) or isinstance(other, list):
        left_items, right_items = value or [], other or []
        if not isinstance(left_items, list) or not isinstance(right_items, list) or len(left_items) != len(right_items):
            return False
        return all(map(same, left_items, right_items))
    return bool(value == other) or (
        not value and not other and (value is None or other is None) and value != 0 and other != 0
    )


def quantity(value: Any) -> Quantity:
    """The quantity in a decoded object; zero if it is none (decoding has refused it before)."""
    try:
        return Quantity.of(value)
    except QuantityError:
        return Quantity(0)
