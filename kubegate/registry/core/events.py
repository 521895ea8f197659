"""Events, stored in the form of the core group, served by events.k8s.io too.

Source: ``pkg/apis/core/validation`` (events.go) and the conversions of ``pkg/apis/events``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import check_immutable, check_name, same
from kubegate.registry.validation.names import dns1123_subdomain, path_segment_name, qualified_name

_LIMIT, _NOTE_LIMIT = 128, 1024
_FIXED = (
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "reason",
    "type",
    "eventTime",
    "action",
    "related",
    "reportingController",
    "reportingInstance",
)
_RENAMED = (
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
)


def _default(event: Object) -> None:
    event.setdefault("involvedObject", {})
    event.setdefault("source", {})
    for key in ("firstTimestamp", "lastTimestamp", "eventTime"):
        event.setdefault(key, None)
    for key in ("reportingComponent", "reportingInstance"):
        event.setdefault(key, "")


def _validate(event: Object, context: WriteContext) -> list[FieldError]:
    """What holds in every version. Events with a time of their own are of the newer sort."""
    errors: list[FieldError] = []
    namespace, other = namespace_of(event), (event.get("involvedObject") or {}).get("namespace") or ""
    wrong = invalid("involvedObject.namespace", other, "does not match event.namespace")
    if event.get("eventTime"):
        if not other and namespace not in ("default", "kube-system"):
            errors.append(wrong)
        _check_reporter(errors, event)
    elif namespace != other and (other or namespace != "default"):
        errors.append(wrong)
    errors += [invalid("namespace", namespace, text) for text in dns1123_subdomain(namespace)]
    return errors


def _check_reporter(errors: list[FieldError], event: Object) -> None:
    controller = event.get("reportingComponent") or ""
    if not controller:
        errors.append(required("reportingComponent"))
    check_name(errors, "reportingComponent", controller, qualified_name)
    for key in ("reportingInstance", "action", "reason"):
        value = event.get(key) or ""
        if not value:
            errors.append(required(key))
        elif len(value.encode()) > _LIMIT:
            errors.append(invalid(key, "", f"can have at most {_LIMIT} characters"))
    if len((event.get("message") or "").encode()) > _NOTE_LIMIT:
        errors.append(invalid("message", "", f"can have at most {_NOTE_LIMIT} characters"))


def _check_series(errors: list[FieldError], series: Object | None) -> None:
    if series is None:
        return
    if (series.get("count") or 0) < 2:
        errors.append(invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        errors.append(required("series.lastObservedTime"))


def _validate_update(event: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return _validate(event, context)


def to_core_event(event: Object) -> Object:
    """An ``events.k8s.io/v1`` event in the stored form."""
    result = dict(event)
    for core, new in _RENAMED:
        if new in result:
            result[core] = result.pop(new)
    if result.get("apiVersion"):
        result["apiVersion"] = "v1"
    return result


def to_new_event(event: Object) -> Object:
    """A stored event as ``events.k8s.io/v1`` serves it."""
    result: dict[str, Any] = dict(event)
    for core, new in _RENAMED:
        if core in result:
            result[new] = result.pop(core)
    result["apiVersion"] = "events.k8s.io/v1"
    for key in ("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"):
        result.setdefault(key, None)
    return result


def validate_new_style(event: Object, old: Object | None) -> list[FieldError]:
    """What ``events.k8s.io/v1`` demands beside the rules for all versions; the events are in the stored form."""
    if old is not None:
        return _validate_new_style_update(event, old)
    name = name_of(event)
    errors = [invalid("metadata.name", name, text) for text in dns1123_subdomain(name)]
    _check_series(errors, event.get("series"))
    if not event.get("eventTime"):
        errors.append(required("eventTime"))
    kind = event.get("type") or ""
    if kind not in ("Normal", "Warning"):
        errors.append(invalid("type", "", f"has invalid value: {kind}"))
    source = event.get("source") or {}
    for key in ("firstTimestamp", "lastTimestamp", "count", "source"):
        if any(source.values()) if key == "source" else event.get(key):
            errors.append(invalid(key, "", "needs to be unset"))
    return errors


def _validate_new_style_update(event: Object, old: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    if not same(event.get("series"), old.get("series")):
        _check_series(errors, event.get("series"))
    for field in _FIXED:
        key = "reportingComponent" if field == "reportingController" else field
        check_immutable(errors, field, event.get(key), old.get(key))
    return errors


EVENT = Strategy(
    resource="events",
    name=path_segment_name,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
