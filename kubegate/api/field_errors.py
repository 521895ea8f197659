"""Errors about one field of an object, in the words of the API.

Source: apimachinery ``pkg/util/validation/field``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kubegate.api.go import quote
from kubegate.api.go_floats import format_double

OMIT: Any = object()
"""The value is not shown (Required, Forbidden, Too long ...)."""

_TITLES = {
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueNotFound": "Not found",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
    "FieldValueTypeInvalid": "Invalid value",
    "InternalError": "Internal error",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One complaint: ``reason`` is the cause's reason, ``field`` the path (``spec.containers[0].name``)."""

    reason: str
    field: str
    detail: str = ""
    value: Any = OMIT

    @property
    def body(self) -> str:
        """The text without the path: ``Invalid value: "x": must be ...``."""
        text = _TITLES[self.reason]
        if self.value is not OMIT:
            text += f": {render(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.body}"

    def to_cause(self) -> dict[str, str]:
        """The entry of ``status.details.causes``."""
        return {"reason": self.reason, "message": self.body, "field": self.field}


def render(value: Any) -> str:
    """A value as messages show it: strings quoted as Go does, objects as compact JSON."""
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "null"
    if isinstance(value, float):
        return format_double(value)
    text = orjson.dumps(value).decode()
    for char in "<>&":  # Go's encoder writes them so that the text is safe in HTML
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def required(field: str, detail: str = "") -> FieldError:
    """The field must be set."""
    return FieldError("FieldValueRequired", field, detail)


def invalid(field: str, value: Any, detail: str) -> FieldError:
    """The value is wrong."""
    return FieldError("FieldValueInvalid", field, detail, value)


def type_invalid(field: str, value: Any, detail: str) -> FieldError:
    """The value is of the wrong type (schemas of custom resources)."""
    return FieldError("FieldValueTypeInvalid", field, detail, value)


def duplicate(field: str, value: Any) -> FieldError:
    """The value stands twice where it may stand once."""
    return FieldError("FieldValueDuplicate", field, "", value)


def not_supported(field: str, value: Any, supported: Sequence[str]) -> FieldError:
    """The value is none of ``supported`` (shown in the order given; sort as the real validation does)."""
    detail = "supported values: " + ", ".join(quote(choice) for choice in supported) if supported else ""
    return FieldError("FieldValueNotSupported", field, detail, value)


def forbidden(field: str, detail: str) -> FieldError:
    """The field may not be set or changed."""
    return FieldError("FieldValueForbidden", field, detail)


def not_found(field: str, value: Any) -> FieldError:
    """The value refers to something that is not there."""
    return FieldError("FieldValueNotFound", field, "", value)


def too_long(field: str, limit: int) -> FieldError:
    """The text is longer than ``limit`` bytes."""
    return FieldError("FieldValueTooLong", field, f"may not be more than {limit} bytes")


def too_many(field: str, count: int, limit: int) -> FieldError:
    """The list has more than ``limit`` items."""
    detail = f"must have at most {limit} items" if limit != 1 else f"must have at most {limit} item"
    return FieldError("FieldValueTooMany", field, detail, count)


def internal_error(field: str, detail: str) -> FieldError:
    """The validation itself failed."""
    return FieldError("InternalError", field, detail)


def aggregate(errors: Sequence[FieldError]) -> str:
    """Several errors in one message: equal texts once, ``[a, b]`` when more than one."""
    return joined([str(error) for error in errors])


def joined(texts: Sequence[str]) -> str:
    """The same of texts."""
    different = list(dict.fromkeys(texts))
    return different[0] if len(different) == 1 else "[" + ", ".join(different) + "]"
