"""Finalizers of core kinds: a name without a domain must be one that Kubernetes knows."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object

_STANDARD = ("kubernetes", "orphan", "foregroundDeletion")
_TEXT = "name is neither a standard finalizer name nor is it fully qualified"


def check_core_finalizers(errors: list[FieldError], obj: Object) -> None:
    """Complain about ``metadata.finalizers`` of a core kind."""
    for index, name in enumerate((obj.get("metadata") or {}).get("finalizers") or ()):
        check_known_finalizer(errors, f"metadata.finalizers[{index}]", name)


def check_known_finalizer(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about an unknown name without a domain."""
    if "/" not in name and name not in _STANDARD:
        errors.append(invalid(path, name, _TEXT))
