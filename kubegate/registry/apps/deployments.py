"""Deployments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.apps.replica_sets import check_replica_template
from kubegate.registry.apps.selectors import check_selector
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import default_embedded_template
from kubegate.registry.core.replication_controllers import warn_about_controller_name
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_nonnegative, same
from kubegate.registry.validation.ports import (
    check_at_most_100_percent,
    check_int_or_percent,
    int_or_percent_value,
)
from kubegate.registry.validation.shown import selector_shown

_COUNTS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)


def _default(deployment: Object) -> None:
    spec = deployment.setdefault("spec", {})
    for key, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(key) is None:
            spec[key] = value
    strategy = spec.get("strategy")
    if strategy is None:
        strategy = spec["strategy"] = {}
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.get("rollingUpdate")
        if rolling is None:
            rolling = strategy["rollingUpdate"] = {}
        for key in ("maxUnavailable", "maxSurge"):
            if rolling.get(key) is None:
                rolling[key] = "25%"
    default_embedded_template(spec)
    deployment.setdefault("status", {})


def check_rolling_update(errors: list[FieldError], path: str, rolling: Object) -> None:
    """Complain about how many pods may be missing or too many during an update."""
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    check_int_or_percent(errors, f"{path}.maxUnavailable", unavailable)
    check_int_or_percent(errors, f"{path}.maxSurge", surge)
    if int_or_percent_value(unavailable) == 0 and int_or_percent_value(surge) == 0:
        shown = unavailable if unavailable is not None else 0
        errors.append(invalid(f"{path}.maxUnavailable", shown, "may not be 0 when `maxSurge` is 0"))
    check_at_most_100_percent(errors, f"{path}.maxUnavailable", unavailable)


def _check_strategy(errors: list[FieldError], path: str, strategy: Object) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            text = "may not be specified when strategy `type` is 'Recreate'"
            errors.append(forbidden(f"{path}.rollingUpdate", text))
    elif kind == "RollingUpdate":
        if rolling is None:
            errors.append(required(f"{path}.rollingUpdate", "this should be defaulted and never be nil"))
        else:
            check_rolling_update(errors, f"{path}.rollingUpdate", rolling)
    else:
        errors.append(
            not_supported(path, {"Type": kind, "RollingUpdate": rolling_shown(rolling)}, ["Recreate", "RollingUpdate"])
        )


def rolling_shown(rolling: Object | None) -> Any:
    """Rolling-update parameters as messages show them."""
    if rolling is None:
        return None
    return {"MaxUnavailable": rolling.get("maxUnavailable", 0), "MaxSurge": rolling.get("maxSurge", 0)}


def _validate(deployment: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = deployment.get("spec") or {}
    check_core_finalizers(errors, deployment)
    check_nonnegative(errors, "spec", spec, "replicas")
    check_selector(errors, spec.get("selector"), "deployment")
    check_replica_template(errors, spec.get("selector"), spec.get("template") or {})
    _check_strategy(errors, "spec.strategy", spec.get("strategy") or {})
    check_nonnegative(errors, "spec", spec, "minReadySeconds", "revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        check_nonnegative(errors, "spec", spec, "progressDeadlineSeconds")
        if deadline <= (spec.get("minReadySeconds") or 0):
            errors.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return errors


def _validate_update(deployment: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(deployment, context)
    selector = (deployment.get("spec") or {}).get("selector")
    if not same(selector, (old.get("spec") or {}).get("selector")):
        errors.append(invalid("spec.selector", selector_shown(selector), IMMUTABLE))
    return errors


def _validate_status(deployment: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status, before = deployment.get("status") or {}, old.get("status") or {}
    check_nonnegative(errors, "status", status, *_COUNTS, "terminatingReplicas", "collisionCount")
    total = status.get("replicas") or 0
    for key in ("updatedReplicas", "readyReplicas", "availableReplicas"):
        if (status.get(key) or 0) > total:
            errors.append(invalid(f"status.{key}", status.get(key) or 0, "cannot be greater than status.replicas"))
    if (status.get("availableReplicas") or 0) > (status.get("readyReplicas") or 0):
        text = "cannot be greater than readyReplicas"
        errors.append(invalid("status.availableReplicas", status.get("availableReplicas") or 0, text))
    check_collisions(errors, status, before)
    return errors


def check_collisions(errors: list[FieldError], status: Object, old: Object) -> None:
    """The count of hash collisions only grows."""
    count, before = status.get("collisionCount"), old.get("collisionCount")
    if before is not None and (count is None or count < before):
        errors.append(invalid("status.collisionCount", count or 0, "cannot be decremented"))


def _warnings(deployment: Object, old: Object | None) -> Sequence[str]:
    found = warn_about_controller_name(deployment) if old is None else []
    return found + warn_about_template((deployment.get("spec") or {}).get("template"), deployment, old)


DEPLOYMENT = Strategy(
    resource="deployments.apps",
    has_status=True,
    generation=("spec", "metadata.annotations"),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={
        "status": Subresource(metadata=("annotations", "ownerReferences", "finalizers"), validate=_validate_status)
    },
)
