"""Names in dynamic resource allocation: pools, attributes, sets of items.

Source: ``pkg/apis/resource/validation``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, required, too_long, too_many
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.validation.names import c_identifier, dns1123_label, dns1123_subdomain

_POOL_LIMIT, _ID_LIMIT = 253, 32


def check_pool_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no path of DNS subdomains."""
    if not name:
        errors.append(required(path))
        return
    if len(name) > _POOL_LIMIT:
        errors.append(too_long(path, _POOL_LIMIT))
    for part in name.split("/"):
        errors += [invalid(path, part, text) for text in dns1123_subdomain(part)]


def check_label(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no DNS label."""
    errors += [invalid(path, name, text) for text in dns1123_label(name)]


def check_required_label(errors: list[FieldError], path: str, name: str) -> None:
    """As `check_label`; an empty name is missing."""
    if name:
        check_label(errors, path, name)
    else:
        errors.append(required(path))


def check_class_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about a missing or wrong name of a device class."""
    if not name:
        errors.append(required(path))
    else:
        errors += [invalid(path, name, text) for text in dns1123_subdomain(name)]


def _check_identifier(errors: list[FieldError], path: str, name: str) -> None:
    if len(name) > _ID_LIMIT:
        errors.append(too_long(path, _ID_LIMIT))
    errors += [invalid(path, name, text) for text in c_identifier(name)]


def check_qualified_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about the name of an attribute or a capacity: ``[domain/]identifier``."""
    domain, slash, identifier = name.partition("/")
    if not slash:
        _check_identifier(errors, path, name)
        return
    if domain:
        check_csi_driver_name(errors, path, domain)
    else:
        errors.append(invalid(path, "", "the domain must not be empty"))
    if identifier:
        _check_identifier(errors, path, identifier)
    else:
        errors.append(invalid(path, "", "the name must not be empty"))


def check_fully_qualified_name(errors: list[FieldError], path: str, name: str) -> None:
    """As `check_qualified_name`; the domain is needed."""
    check_qualified_name(errors, path, name)
    if "/" not in name:
        text = "a fully qualified name must be a domain and a name separated by a slash"
        errors.append(invalid(path, name, text))


def check_items(
    errors: list[FieldError],
    path: str,
    items: Sequence[Any],
    limit: int | None,
    check: Callable[[list[FieldError], str, Any], None],
    key: Callable[[Any], Any] | None = None,
) -> None:
    """Complain about each item, about too many of them (then of nothing else), and about equal keys."""
    if limit is not None and len(items) > limit:
        errors.append(too_many(path, len(items), limit))
        return
    for index, item in enumerate(items):
        check(errors, f"{path}[{index}]", item)
    seen: set[Any] = set()
    for index, item in enumerate(items if key is not None else ()):
        value = key(item) if key is not None else None
        if value in seen:
            errors.append(duplicate(f"{path}[{index}]", value))
        seen.add(value)
