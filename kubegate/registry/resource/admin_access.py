"""Devices that are in use are reached (``adminAccess``) from namespaces whose label allows it alone.

Source: kubernetes ``pkg/registry/resource/utils.go`` (KEP-5018).
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, internal_error
from kubegate.api.names import Object, labels_of, namespace_of
from kubegate.registry.interface import WriteContext

_LABEL = "resource.kubernetes.io/admin-access"
_NEEDED = f"admin access to devices requires the `{_LABEL}: true` label on the containing namespace"


def check_requests(obj: Object, devices: Object, context: WriteContext) -> list[FieldError]:
    """Of a new claim, or of a template, whose ``devices`` these are."""
    asked = [(request.get("exactly") or {}).get("adminAccess") is True for request in devices.get("requests") or ()]
    return _check(obj, f"spec.devices.requests[{asked.index(True)}].adminAccess", context) if True in asked else []


def check_results(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Of an allocation; what was granted once stays."""
    if True in _granted(old) or True not in _granted(claim):
        return []
    path = f"status.allocation.devices.results[{_granted(claim).index(True)}].adminAccess"
    return _check(claim, path, context)


def _granted(claim: Object) -> list[bool]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    return [result.get("adminAccess") is True for result in (allocation.get("devices") or {}).get("results") or ()]


def _check(obj: Object, path: str, context: WriteContext) -> list[FieldError]:
    if context.cluster is None:
        return []
    name = namespace_of(obj)
    namespace = context.cluster.get("namespaces", "", name)
    if namespace is None:
        why = f'could not retrieve namespace to verify admin access: namespaces "{name}" not found'
        return [internal_error(path, why)]
    return [] if labels_of(namespace).get(_LABEL) == "true" else [forbidden(path, _NEEDED)]
