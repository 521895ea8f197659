"""Resource claims and their templates.

Source: ``pkg/apis/resource/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import validate_annotations, validate_labels
from kubegate.registry.resource.admin_access import check_requests, check_results
from kubegate.registry.resource.names import check_items, check_label, check_pool_name
from kubegate.registry.resource.permissions import check_status
from kubegate.registry.resource.requests import (
    check_configuration,
    check_devices,
    check_request_reference,
    check_request_references,
    default_requests,
    request_names,
)
from kubegate.registry.validation.basics import check_choice, check_immutable, check_required
from kubegate.registry.validation.selectors import check_node_selector

_RESERVED_LIMIT, _RESULTS_LIMIT, _CONFIG_LIMIT = 256, 32, 64


def _default(claim: Object) -> None:
    default_requests(claim.setdefault("spec", {}).setdefault("devices", {}))
    claim.setdefault("status", {})


def _validate(claim: Object, context: WriteContext) -> list[FieldError]:
    devices = (claim.get("spec") or {}).get("devices") or {}
    errors = check_requests(claim, devices, context)
    check_devices(errors, "spec.devices", devices)
    return errors


def _validate_update(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_immutable(errors, "spec", claim.get("spec") or {}, old.get("spec") or {})
    return errors


def _validate_status(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = [*check_results(claim, old, context), *check_status(claim, old, context)]
    status, before = claim.get("status") or {}, old.get("status") or {}
    users, allocation = status.get("reservedFor") or [], status.get("allocation")
    path = "status.reservedFor"
    check_items(errors, path, users, _RESERVED_LIMIT, _check_user, lambda user: user.get("uid") or "")
    _check_reports(errors, status.get("devices") or [], allocation)
    if users and allocation is None:
        errors.append(forbidden(path, "may not be specified when `allocated` is not set"))
    elif users and claim["metadata"].get("deletionTimestamp"):
        known = before.get("reservedFor") or []
        if any(user not in known for user in users):
            text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
            errors.append(forbidden(path, text))
    if allocation is not None and before.get("allocation") is not None:
        check_immutable(errors, "status.allocation", allocation, before["allocation"])
    elif allocation is not None:
        names = request_names((claim.get("spec") or {}).get("devices") or {})
        _check_allocation(errors, "status.allocation", allocation, names)
    return errors


def _check_user(errors: list[FieldError], path: str, user: Object) -> None:
    check_required(errors, path, user, "resource", "name", "uid")


def _device_key(device: Object) -> tuple[str, ...]:
    return tuple(device.get(key) or "" for key in ("driver", "pool", "device", "shareID"))


def _check_reports(errors: list[FieldError], reports: list[Object], allocation: Object | None) -> None:
    allocated = {_device_key(item) for item in ((allocation or {}).get("devices") or {}).get("results") or ()}

    def check(errors: list[FieldError], path: str, device: Object) -> None:
        check_csi_driver_name(errors, f"{path}.driver", device.get("driver") or "")
        check_pool_name(errors, f"{path}.pool", device.get("pool") or "")
        check_label(errors, f"{path}.device", device.get("device") or "")
        if _device_key(device) not in allocated:
            errors.append(forbidden(path, "must be an allocated device in the claim"))

    check_items(errors, "status.devices", reports, None, check, _device_key)


def _check_allocation(errors: list[FieldError], path: str, allocation: Object, names: set[str]) -> None:
    devices = allocation.get("devices") or {}

    def result(errors: list[FieldError], path: str, item: Object) -> None:
        check_request_reference(errors, f"{path}.request", item.get("request") or "", names)
        check_csi_driver_name(errors, f"{path}.driver", item.get("driver") or "")
        check_pool_name(errors, f"{path}.pool", item.get("pool") or "")
        check_label(errors, f"{path}.device", item.get("device") or "")

    def configuration(errors: list[FieldError], path: str, item: Object) -> None:
        check_choice(errors, f"{path}.source", item.get("source"), ["FromClaim", "FromClass"])
        check_request_references(errors, f"{path}.requests", item.get("requests") or [], names)
        check_configuration(errors, path, item)

    check_items(errors, f"{path}.devices.results", devices.get("results") or [], _RESULTS_LIMIT, result)
    check_items(errors, f"{path}.devices.config", devices.get("config") or [], _CONFIG_LIMIT, configuration)
    if allocation.get("nodeSelector") is not None:
        check_node_selector(errors, f"{path}.nodeSelector", allocation["nodeSelector"])


def _default_template(template: Object) -> None:
    spec = template.setdefault("spec", {})
    spec.setdefault("metadata", {})
    default_requests(spec.setdefault("spec", {}).setdefault("devices", {}))


def _validate_template(template: Object, context: WriteContext) -> list[FieldError]:
    spec = template.get("spec") or {}
    errors = check_requests(template, (spec.get("spec") or {}).get("devices") or {}, context)
    meta = spec.get("metadata") or {}
    validate_annotations(meta.get("annotations") or {}, "spec.metadata.annotations", errors)
    validate_labels(meta.get("labels") or {}, "spec.metadata.labels", errors)
    check_devices(errors, "spec.spec.devices", (spec.get("spec") or {}).get("devices") or {})
    return errors


RESOURCE_CLAIM = Strategy(
    resource="resourceclaims.resource.k8s.io",
    has_status=True,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    subresources={"status": Subresource(validate=_validate_status)},
)
RESOURCE_CLAIM_TEMPLATE = Strategy(
    resource="resourceclaimtemplates.resource.k8s.io",
    default=_default_template,
    validate=_validate_template,
    validate_update=_validate_update,
)
