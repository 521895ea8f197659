"""Events, stored in the form of the core group, served by events.k8s.io too.

Source: ``pkg/apis/core/validation`` (events.go) and the conversions of ``pkg/apis/events``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import Object, namespace_of
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_name
from kubegate.registry.validation.names import dns1123_subdomain, qualified_name

_CLUSTER_KINDS = frozenset(
    {"Node", "PersistentVolume", "Namespace", "ComponentStatus", "ClusterRole", "ClusterRoleBinding", "StorageClass"}
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


def _validate_legacy(errors: list[FieldError], event: Object) -> None:
    involved, namespace = event.get("involvedObject") or {}, namespace_of(event)
    if not namespace:
        return
    other = involved.get("namespace") or ""
    if not other:
        if namespace not in ("default", "kube-system"):
            errors.append(invalid("involvedObject.namespace", other, "does not match event.namespace"))
    elif other != namespace and (involved.get("kind") or "") not in _CLUSTER_KINDS:
        errors.append(invalid("involvedObject.namespace", other, "does not match event.namespace"))


def _validate(event: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _validate_legacy(errors, event)
    if event.get("eventTime"):
        _validate_new_fields(errors, event)
    return errors


def _validate_new_fields(errors: list[FieldError], event: Object) -> None:
    controller = event.get("reportingComponent") or ""
    if not controller:
        errors.append(required("reportingController"))
    else:
        check_name(errors, "reportingController", controller, qualified_name)
    for key, limit in (("reportingInstance", 128), ("action", 128), ("reason", 128)):
        value = event.get(key) or ""
        if not value:
            errors.append(required(key))
        elif len(value) > limit:
            errors.append(invalid(key, "", f"can have at most {limit} characters"))
    if len(event.get("message") or "") > 1024:
        errors.append(invalid("message", "", "can have at most 1024 characters"))


def _validate_update(event: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(event, context)
    if not old.get("eventTime") and not event.get("eventTime"):
        return errors
    for key in ("involvedObject", "reason", "eventTime", "related", "action", "reportingComponent", "reportingInstance"):
        if (event.get(key) or None) != (old.get(key) or None):
            errors.append(invalid(key, event.get(key), IMMUTABLE))
    return errors


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


def validate_new_style(event: Object) -> list[FieldError]:
    """What ``events.k8s.io/v1`` demands of a new event beside the core rules; the event is in the stored form."""
    errors: list[FieldError] = []
    if not event.get("eventTime"):
        errors.append(required("eventTime"))
    if event.get("type") not in ("Normal", "Warning"):
        errors.append(invalid("type", "", "has invalid value: " + str(event.get("type") or "")))
    for key, shown in (("count", "deprecatedCount"),):
        if event.get(key):
            errors.append(forbidden(shown, "needs to be unset"))
    for key in ("firstTimestamp", "lastTimestamp"):
        if event.get(key):
            errors.append(forbidden(f"deprecated{key[0].upper()}{key[1:]}", "needs to be unset"))
    if any((event.get("source") or {}).values()):
        errors.append(forbidden("deprecatedSource", "needs to be unset"))
    return errors


def _event_name(name: str, prefix: bool) -> list[str]:
    return dns1123_subdomain(name)


EVENT = Strategy(
    resource="events",
    name=_event_name,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
