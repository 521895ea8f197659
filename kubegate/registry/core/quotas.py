"""Resource quotas."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.defaults import round_up_resources
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.resources import check_quantity, check_quota_resource_name, is_standard_quota

_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_POD_RESOURCES = frozenset(
    {
        "pods",
        "cpu",
        "memory",
        "requests.cpu",
        "requests.memory",
        "limits.cpu",
        "limits.memory",
    }
)
_CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_ONLY_EXISTS = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def _default(quota: Object) -> None:
    round_up_resources(quota.setdefault("spec", {}).get("hard"))
    status = quota.setdefault("status", {})
    round_up_resources(status.get("hard"))
    round_up_resources(status.get("used"))


def _check_hard(errors: list[FieldError], path: str, hard: Object | None) -> None:
    for name, value in (hard or {}).items():
        place = f"{path}[{name}]"
        check_quota_resource_name(errors, place, name)
        check_quantity(errors, place, name, value)


def _validate(quota: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = quota.get("spec") or {}
    check_core_finalizers(errors, quota)
    _check_hard(errors, "spec.hard", spec.get("hard"))
    _check_scopes(errors, spec)
    if spec.get("scopeSelector") is not None:
        _check_selector(errors, "spec.scopeSelector.matchExpressions", spec)
    return errors


def _scope_allows(scope: str, name: str) -> bool:
    if scope in ("Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"):
        return name in _POD_RESOURCES
    if scope == "BestEffort":
        return name == "pods"
    if scope == "VolumeAttributesClass":
        return name in ("persistentvolumeclaims", "requests.storage")
    return True


def _check_scopes(errors: list[FieldError], spec: Object) -> None:
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _SCOPES:
            errors.append(invalid("spec.scopes", scopes, "unsupported scope"))
        for name in sorted(spec.get("hard") or ()):
            if is_standard_quota(name) and not _scope_allows(scope, name):
                errors.append(invalid("spec.scopes", scopes, "unsupported scope applied to resource"))
    _check_conflicts(errors, "spec.scopes", scopes, scopes)


def _check_conflicts(errors: list[FieldError], path: str, scopes: list[str], shown: Any) -> None:
    for pair in _CONFLICTS:
        if set(pair) <= set(scopes):
            errors.append(invalid(path, shown, "conflicting scopes"))


def _check_selector(errors: list[FieldError], path: str, spec: Object) -> None:
    expressions = spec["scopeSelector"].get("matchExpressions") or []
    for expression in expressions:
        scope, operator = expression.get("scopeName") or "", expression.get("operator") or ""
        values = expression.get("values") or []
        if scope not in _SCOPES:
            errors.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
        for name in sorted(spec.get("hard") or ()):
            if is_standard_quota(name) and not _scope_allows(scope, name):
                text = "unsupported scope applied to resource"
                errors.append(invalid(path, _selector_shown(expressions), text))
        if scope not in ("PriorityClass", "VolumeAttributesClass") and scope in _SCOPES and operator != "Exists":
            errors.append(invalid(f"{path}.operator", operator, _ONLY_EXISTS))
        if operator in ("In", "NotIn"):
            if not values:
                text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
                errors.append(required(f"{path}.values", text))
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
                errors.append(invalid(f"{path}.values", values, text))
        else:
            errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    _check_conflicts(errors, path, [item.get("scopeName") or "" for item in expressions], spec.get("scopes"))


def _selector_shown(expressions: list[Object]) -> dict[str, Any]:
    listed = [
        {"ScopeName": item.get("scopeName") or "", "Operator": item.get("operator") or "", "Values": item.get("values")}
        for item in expressions
    ]
    return {"MatchExpressions": listed}


def _validate_update(quota: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(quota, context)
    scopes, before = (quota.get("spec") or {}).get("scopes"), (old.get("spec") or {}).get("scopes")
    if set(scopes or ()) != set(before or ()):
        errors.append(invalid("spec.scopes", scopes, IMMUTABLE))
    return errors


def _validate_status(quota: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = quota.get("status") or {}
    _check_hard(errors, "status.hard", status.get("hard"))
    _check_hard(errors, "status.used", status.get("used"))
    return errors


RESOURCE_QUOTA = Strategy(
    resource="resourcequotas",
    has_status=True,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    subresources={"status": Subresource(validate=_validate_status)},
)
