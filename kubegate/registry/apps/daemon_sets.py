"""Daemon sets."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.names import Object, annotations_of, metadata
from kubegate.registry.apps.deployments import check_collisions, rolling_shown
from kubegate.registry.apps.selectors import check_always_restarting, check_labels
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import check_template, default_embedded_template
from kubegate.registry.core.replication_controllers import warn_about_controller_name
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_nonnegative, same
from kubegate.registry.validation.ports import (
    check_at_most_100_percent,
    check_int_or_percent,
    int_or_percent_value,
)
from kubegate.registry.validation.selectors import check_label_selector, is_empty_selector
from kubegate.registry.validation.shown import selector_shown

_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
)
_MORE_COUNTS = ("observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount")


def _initial_status() -> Object:
    return dict.fromkeys(_COUNTS, 0)


def _default(daemon_set: Object) -> None:
    spec = daemon_set.setdefault("spec", {})
    strategy = spec.get("updateStrategy")
    if strategy is None:
        strategy = spec["updateStrategy"] = {}
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.get("rollingUpdate")
        if rolling is None:
            rolling = strategy["rollingUpdate"] = {}
        for key, value in (("maxUnavailable", 1), ("maxSurge", 0)):
            if rolling.get(key) is None:
                rolling[key] = value
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    default_embedded_template(spec)
    if _TEMPLATE_GENERATION not in annotations_of(daemon_set):
        _set_template_generation(daemon_set, 0)
    status = daemon_set.setdefault("status", {})
    for key in _COUNTS:
        status.setdefault(key, 0)


def _validate(daemon_set: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = daemon_set.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    check_core_finalizers(errors, daemon_set)
    check_label_selector(errors, "spec.selector", selector)
    check_labels(errors, selector, template)
    if selector is not None and is_empty_selector(selector):
        errors.append(invalid("spec.selector", {}, "empty selector is invalid for daemonset"))
    check_template(errors, "spec.template", template)
    check_always_restarting(errors, template, "DaemonSet")
    check_nonnegative(errors, "spec", spec, "minReadySeconds")
    _check_strategy(errors, "spec.updateStrategy", spec.get("updateStrategy") or {})
    check_nonnegative(errors, "spec", spec, "revisionHistoryLimit")
    return errors


def _check_strategy(errors: list[FieldError], path: str, strategy: Object) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        shown = {"Type": kind, "RollingUpdate": rolling_shown(rolling)}
        errors.append(not_supported(path, shown, ["RollingUpdate", "OnDelete"]))
        return
    if rolling is None:
        errors.append(required(f"{path}.rollingUpdate"))
        return
    place, unavailable, surge = f"{path}.rollingUpdate", rolling.get("maxUnavailable"), rolling.get("maxSurge")
    for key, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        check_int_or_percent(errors, f"{place}.{key}", value)
        check_at_most_100_percent(errors, f"{place}.{key}", value)
    has_unavailable, has_surge = bool(int_or_percent_value(unavailable)), bool(int_or_percent_value(surge))
    if has_unavailable and has_surge:
        errors.append(invalid(f"{place}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    elif not has_unavailable and not has_surge:
        errors.append(required(f"{place}.maxUnavailable", "cannot be 0 when maxSurge is 0"))


def _validate_update(daemon_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    selector = (daemon_set.get("spec") or {}).get("selector")
    if not same(selector, (old.get("spec") or {}).get("selector")):
        errors.append(invalid("spec.selector", selector_shown(selector), IMMUTABLE))
    return errors + _validate(daemon_set, context)


def _prepare(daemon_set: Object, context: WriteContext) -> None:
    _set_template_generation(daemon_set, 1)


def _prepare_update(daemon_set: Object, old: Object, context: WriteContext) -> None:
    """The deprecated generation of the template is counted by the server, whatever the writer says."""
    current = annotations_of(old).get(_TEMPLATE_GENERATION) or "0"
    generation = int(current) if current.isascii() and current.isdigit() else 0
    if not same((daemon_set.get("spec") or {}).get("template"), (old.get("spec") or {}).get("template")):
        generation += 1
    _set_template_generation(daemon_set, generation)


def _set_template_generation(daemon_set: Object, generation: int) -> None:
    meta = metadata(daemon_set)
    meta["annotations"] = {**(meta.get("annotations") or {}), _TEMPLATE_GENERATION: str(generation)}


def _validate_status(daemon_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = daemon_set.get("status") or {}
    check_nonnegative(errors, "status", status, *_COUNTS, *_MORE_COUNTS)
    check_collisions(errors, status, old.get("status") or {})
    return errors


def _warnings(daemon_set: Object, old: Object | None) -> Sequence[str]:
    found = warn_about_controller_name(daemon_set) if old is None else []
    return found + warn_about_template((daemon_set.get("spec") or {}).get("template"), daemon_set, old)


DAEMON_SET = Strategy(
    resource="daemonsets.apps",
    has_status=True,
    initial_status=_initial_status,
    generation=("spec",),
    default=_default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=_prepare_update,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
