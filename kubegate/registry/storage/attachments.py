"""Attachments of volumes to nodes.

Source: ``pkg/apis/storage/validation``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required, too_long
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.core.volumes.volumes import check_volume_spec
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import between, check_name, same
from kubegate.registry.validation.names import dns1123_subdomain

_MESSAGE_LIMIT, _ATTACHMENT_BYTES = 1024, 256 * 1024


def _validate_attachment(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    if not spec.get("attacher"):
        errors.append(required("spec.attacher"))
    source = spec.get("source") or {}
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if name is None and inline is None:
        errors.append(required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"))
    if name is not None and inline is not None:
        text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        errors.append(forbidden("spec.source", text))
    if name is not None and inline is None and not name:
        errors.append(required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"))
    if inline is not None and name is None:
        check_volume_spec(errors, "spec.source.inlineVolumeSpec", inline, "")
    check_name(errors, "spec.nodeName", spec.get("nodeName") or "", dns1123_subdomain)
    _check_attachment_status(errors, "status", obj.get("status") or {})
    return errors


def _check_attachment_status(errors: list[FieldError], path: str, status: Object) -> None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in (status.get("attachmentMetadata") or {}).items())
    if size > _ATTACHMENT_BYTES:
        errors.append(too_long(f"{path}.attachmentMetadata", _ATTACHMENT_BYTES))
    for key in ("attachError", "detachError"):
        problem = status.get(key) or {}
        if len((problem.get("message") or "").encode()) > _MESSAGE_LIMIT:
            errors.append(too_long(f"{path}.{key}.message", _ATTACHMENT_BYTES))  # the limit that the server names
        code = problem.get("errorCode")
        if code is not None and code < 0:
            errors.append(invalid(f"{path}.{key}.errorCode", code, between(0, 2**31 - 1)))


def _validate_new_attachment(obj: Object, context: WriteContext) -> list[FieldError]:
    """New attachments follow stricter rules than old ones."""
    errors = _validate_attachment(obj, context)
    spec = obj.get("spec") or {}
    check_csi_driver_name(errors, "spec.attacher", spec.get("attacher") or "")
    volume = (spec.get("source") or {}).get("persistentVolumeName")
    if volume is not None:
        check_name(errors, "spec.source.persistentVolumeName", volume, dns1123_subdomain)
    return errors


def _validate_attachment_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_attachment(obj, context)
    if not same(obj.get("spec"), old.get("spec")):
        errors.append(invalid("spec", _attachment_shown(obj.get("spec") or {}), IMMUTABLE))
    return errors


def _attachment_shown(spec: Object) -> dict[str, Any]:
    source = spec.get("source") or {}
    return {
        "Attacher": spec.get("attacher") or "",
        "Source": {
            "PersistentVolumeName": source.get("persistentVolumeName"),
            "InlineVolumeSpec": source.get("inlineVolumeSpec"),
        },
        "NodeName": spec.get("nodeName") or "",
    }


VOLUME_ATTACHMENT = Strategy(
    resource="volumeattachments.storage.k8s.io",
    namespaced=False,
    has_status=True,
    initial_status=lambda: {"attached": False},
    default=lambda obj: obj.setdefault("status", {}).setdefault("attached", False) and None,
    validate=_validate_new_attachment,
    validate_update=_validate_attachment_update,
    subresources={"status": Subresource(validate=_validate_attachment_update)},
)
