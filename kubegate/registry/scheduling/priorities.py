"""Priority classes."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid
from kubegate.api.names import Object, metadata, name_of
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_choice

_USER_LIMIT = 1_000_000_000
_SYSTEM = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}


def _default(obj: Object) -> None:
    if obj.get("preemptionPolicy") is None:
        obj["preemptionPolicy"] = "PreemptLowerPriority"
    obj.setdefault("value", 0)


def _system_problem(obj: Object) -> str:
    known = _SYSTEM.get(name_of(obj))
    if known is None:
        return _reserved(f"{name_of(obj)} is not a known system priority class")
    if (obj.get("value") or 0) != known:
        return _reserved(f"value of {name_of(obj)} PriorityClass must be {known}")
    if obj.get("globalDefault"):
        return _reserved(f"globalDefault of {name_of(obj)} PriorityClass must be false")
    return ""


def _reserved(text: str) -> str:
    return f"priority class names with 'system-' prefix are reserved for system use only. error: {text}"


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    if name_of(obj).startswith("system-"):
        if problem := _system_problem(obj):
            errors.append(forbidden("metadata.name", problem))
    elif (obj.get("value") or 0) > _USER_LIMIT:
        text = f"maximum allowed value of a user defined priority is {_USER_LIMIT}"
        errors.append(forbidden("value", text))
    if obj.get("preemptionPolicy") is not None:
        choices = ("PreemptLowerPriority", "Never")
        check_choice(errors, "preemptionPolicy", obj["preemptionPolicy"], choices)
    return errors


def _prepare(obj: Object, context: WriteContext) -> None:
    metadata(obj)["generation"] = 1


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    if (obj.get("value") or 0) != (old.get("value") or 0):
        errors.append(forbidden("value", "may not be changed in an update."))
    if obj.get("preemptionPolicy") != old.get("preemptionPolicy"):
        errors.append(invalid("preemptionPolicy", obj.get("preemptionPolicy"), IMMUTABLE))
    return errors


PRIORITY_CLASS = Strategy(
    resource="priorityclasses.scheduling.k8s.io",
    namespaced=False,
    default=_default,
    prepare=_prepare,
    validate=_validate,
    validate_update=_validate_update,
)
