"""Paths inside volumes."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid


def check_no_backsteps(errors: list[FieldError], path: str, value: str) -> None:
    """Complain about ``..`` between slashes."""
    if ".." in value.split("/"):
        errors.append(invalid(path, value, "must not contain '..'"))


def check_descending(errors: list[FieldError], path: str, value: str) -> None:
    """Complain about a path that is absolute or leads upwards."""
    if value.startswith("/"):
        errors.append(invalid(path, value, "must be a relative path"))
    check_no_backsteps(errors, path, value)


def check_not_reserved(errors: list[FieldError], path: str, value: str) -> None:
    """As `check_descending`; nor may it start with two dots, which the kubelet uses itself."""
    check_descending(errors, path, value)
    if value.startswith("..") and not value.startswith("../"):
        errors.append(invalid(path, value, "must not start with '..'"))
