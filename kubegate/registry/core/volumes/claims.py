"""Persistent volume claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.go import quote
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.volumes.claim_defaults import default_claim
from kubegate.registry.core.volumes.claim_sources import settle_sources
from kubegate.registry.core.volumes.claim_spec import check_claim_spec
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name, quantity, same
from kubegate.registry.validation.names import qualified_name
from kubegate.registry.validation.resources import check_quantity, is_native

_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_RESIZE_STATES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)
_FROZEN = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def _default(claim: Object) -> None:
    default_claim(claim)


def _prepare(claim: Object, context: WriteContext) -> None:
    settle_sources(claim, None, context)


def _validate(claim: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, claim)
    check_claim_spec(errors, "spec", claim.get("spec") or {})
    return errors


def _amount(obj: Object, *keys: str) -> Any:
    for key in keys:
        obj = obj.get(key) or {}
    return obj.get("storage")


def _validate_update(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(claim, context)
    spec, before = claim.get("spec") or {}, old.get("spec") or {}
    new, prior = dict(spec), dict(before)
    if not before.get("volumeName"):
        prior["volumeName"] = spec.get("volumeName")
    _check_class(errors, claim, old, new, prior)
    bound = (old.get("status") or {}).get("phase") == "Bound"
    if bound and _amount(spec, "resources", "requests") is not None:
        resources = spec.get("resources") or {}
        requests = {**(resources.get("requests") or {}), "storage": _amount(before, "resources", "requests")}
        new["resources"] = {**resources, "requests": requests}
    if bound and spec.get("volumeAttributesClassName") is not None:
        new["volumeAttributesClassName"] = before.get("volumeAttributesClassName")
    if not same(_set(new), _set(prior)) or ("storageClassName" in _set(new)) != ("storageClassName" in _set(prior)):
        errors.append(forbidden("spec", f"{_FROZEN}\n@@ -1 +1 @@"))
    wanted, had = quantity(_amount(spec, "resources", "requests")), quantity(_amount(before, "resources", "requests"))
    capacity = quantity(_amount(old.get("status") or {}, "capacity"))
    if wanted < had and wanted <= capacity:
        text = "field can not be less than status.capacity"
        errors.append(forbidden("spec.resources.requests.storage", text))
    check_immutable(errors, "volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    name, old_name = spec.get("volumeAttributesClassName"), before.get("volumeAttributesClassName")
    if old_name is not None and name != old_name and not name:
        what = "nil" if name is None else "an empty string"
        text = f"update from non-nil value to {what} is forbidden"
        errors.append(forbidden("spec.volumeAttributesClassName", text))
    return errors


def _set(spec: Object) -> Object:
    """The fields that say something; no class at all (an empty name) says something, too."""
    return {field: value for field, value in spec.items() if value is not None}


def _check_class(errors: list[FieldError], claim: Object, old: Object, new: Object, prior: Object) -> None:
    """A class may be set once, and may move from the old annotation to the field."""
    annotation, old_annotation = annotations_of(claim).get(_CLASS_ANNOTATION), annotations_of(old).get(_CLASS_ANNOTATION)
    name, old_name = new.get("storageClassName"), prior.get("storageClassName")
    if old_annotation is not None and old_name is None and name == old_annotation and annotation in (None, old_annotation):
        new.pop("storageClassName", None)
        return
    if (annotation or "") != (old_annotation or ""):
        path = f"metadata.annotations.{_CLASS_ANNOTATION}"
        errors.append(invalid(path, annotation or "", IMMUTABLE))
    if name is not None and old_name is None and old_annotation in (None, name):
        new.pop("storageClassName", None)


def _validate_status(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = claim.get("status") or {}
    if not (claim.get("spec") or {}).get("accessModes"):
        errors.append(required("Spec.accessModes"))
    for name, value in (status.get("capacity") or {}).items():
        if quantity(value).value() < 0:
            text = "must be a valid resource quantity"
            errors.append(invalid(f"status.capacity[{name}]", quantity(value).value(), text))
    path = "status.allocatedResourceStatus"
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        _check_key(errors, path, name)
        if state not in _RESIZE_STATES:
            errors.append(not_supported(path, name, sorted(_RESIZE_STATES)))
    for name, value in (status.get("allocatedResources") or {}).items():
        count = len(errors)
        _check_key(errors, "status.allocatedResources", name)
        if len(errors) == count:
            check_quantity(errors, f"status.allocatedResources[{name}]", "storage", value)
    return errors


def _check_key(errors: list[FieldError], path: str, name: str) -> None:
    count = len(errors)
    check_name(errors, path, name, qualified_name)
    if len(errors) == count and is_native(name) and name != "storage":
        errors.append(not_supported(path, name, ["storage"]))


def _warnings(claim: Object, old: Object | None) -> Sequence[str]:
    found: list[str] = []
    for key in (_CLASS_ANNOTATION,):
        if key in annotations_of(claim):
            found.append(f'metadata.annotations[{key}]: deprecated since v1.8; use "storageClassName" attribute instead')
    return found + warn_about_claim_spec(claim.get("spec") or {}, "spec")


def warn_about_claim_spec(spec: Object, path: str) -> list[str]:
    """Warnings about the amount of storage of a claim."""
    found: list[str] = []
    for kind in ("requests", "limits"):
        amount = quantity(_amount(spec, "resources", kind))
        if amount.milli_value() % 1000:
            text = f"fractional byte value {quote(str(amount))} is invalid, must be an integer"
            found.append(f"{path}.resources.{kind}[storage]: {text}")
    return found


CLAIM = Strategy(
    resource="persistentvolumeclaims",
    has_status=True,
    initial_status=lambda: {"phase": "Pending"},
    default=_default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=settle_sources,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
