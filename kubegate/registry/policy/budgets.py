"""Pod disruption budgets."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import validate_conditions
from kubegate.registry.validation.basics import check_nonnegative, check_set
from kubegate.registry.validation.ports import check_at_most_100_percent, check_int_or_percent
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.shown import selector_shown

_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _initial_status() -> Object:
    return dict.fromkeys(_COUNTS, 0)


def _default(budget: Object) -> None:
    budget.setdefault("spec", {})
    status = budget.setdefault("status", {})
    for key in _COUNTS:
        status.setdefault(key, 0)


def _shown(spec: Object) -> dict[str, Any]:
    return {
        "MinAvailable": spec.get("minAvailable"),
        "Selector": selector_shown(spec.get("selector")),
        "MaxUnavailable": spec.get("maxUnavailable"),
        "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
    }


def _validate(budget: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = budget.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        errors.append(invalid("spec", _shown(spec), "minAvailable and maxUnavailable cannot be both set"))
    for key in ("minAvailable", "maxUnavailable"):
        if spec.get(key) is not None:
            check_int_or_percent(errors, f"spec.{key}", spec[key])
            check_at_most_100_percent(errors, f"spec.{key}", spec[key])
    check_label_selector(errors, "spec.selector", spec.get("selector"))
    if spec.get("unhealthyPodEvictionPolicy") is not None:
        choices = ("AlwaysAllow", "IfHealthyBudget")
        check_set(errors, "spec.unhealthyPodEvictionPolicy", spec["unhealthyPodEvictionPolicy"], choices)
    return errors


def _validate_status(budget: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = budget.get("status") or {}
    validate_conditions(status.get("conditions") or [], "status.conditions", errors)
    check_nonnegative(errors, "status", status, *_COUNTS)
    return errors


POD_DISRUPTION_BUDGET = Strategy(
    resource="poddisruptionbudgets.policy",
    has_status=True,
    initial_status=_initial_status,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda budget, old, context: _validate(budget, context),
    subresources={"status": Subresource(validate=_validate_status)},
)
