"""Names of CSI drivers."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required, too_long
from kubegate.registry.validation.names import dns1123_subdomain

_LIMIT = 63


def check_csi_driver_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no DNS subdomain (in any case) of at most 63 bytes."""
    if not name:
        errors.append(required(path))
    if len(name) > _LIMIT:
        errors.append(too_long(path, _LIMIT))
    errors += [invalid(path, name, text) for text in dns1123_subdomain(name.lower())]
