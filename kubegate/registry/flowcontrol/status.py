"""The status that both kinds have: conditions."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, required
from kubegate.api.names import Object
from kubegate.registry.interface import WriteContext


def check_conditions(errors: list[FieldError], obj: Object) -> None:
    """Complain about conditions without a type, and about types that stand twice."""
    seen: set[str] = set()
    for index, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        kind = condition.get("type") or ""
        if kind in seen:
            errors.append(duplicate(f"status.conditions[{index}].type", kind))
        seen.add(kind)
        if not kind:
            errors.append(required(f"status.conditions[{index}].type", "must not be empty"))


def validate_status(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """The rules of a write of the status."""
    errors: list[FieldError] = []
    check_conditions(errors, obj)
    return errors
