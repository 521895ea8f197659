"""APIServices: which server answers for a version of a group.

Source: k8s.io/kube-aggregator ``pkg/apis/apiregistration/validation``.
"""

from __future__ import annotations

import base64
import binascii

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.go import quote
from kubegate.api.names import Object, name_of
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.basics import check_required
from kubegate.registry.validation.names import dns1035_label, dns1123_subdomain, path_segment_name

_HTTPS = 443
_AVAILABLE = {
    "type": "Available",
    "status": "True",
    "reason": "Local",
    "message": "Local APIServices are always available",
}


def _default(service: Object) -> None:
    spec = service.setdefault("spec", {})
    reference = spec.get("service")
    if reference is not None and reference.get("port") is None:
        reference["port"] = _HTTPS
    for key in ("groupPriorityMinimum", "versionPriority"):
        spec.setdefault(key, 0)
    service.setdefault("status", {})


def _prepare(service: Object, context: WriteContext) -> None:
    """Services that this server answers itself are available from the start."""
    if (service.get("spec") or {}).get("service") is None:
        service["status"] = {"conditions": [{**_AVAILABLE, "lastTransitionTime": context.timestamp}]}


def _validate(service: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = service.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    name, wanted = name_of(service), f"{version}.{group}"
    if not path_segment_name(name) and name != wanted:
        text = f'must be `spec.version+"."+spec.group`: {quote(wanted)}'
        errors.append(invalid("metadata.name", name, text))
    if not group and version != "v1":
        text = "only v1 may have an empty group and it better be legacy kube"
        errors.append(required("spec.group", text))
    errors += [invalid("spec.group", group, text) for text in (dns1123_subdomain(group) if group else ())]
    errors += [invalid("spec.version", version, text) for text in dns1035_label(version)]
    for key, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        priority = spec.get(key) or 0
        if not 0 < priority <= most:
            errors.append(invalid(f"spec.{key}", priority, f"must be positive and less than {most}"))
    _check_target(errors, spec)
    return errors


def _check_target(errors: list[FieldError], spec: Object) -> None:
    reference, insecure = spec.get("service"), bool(spec.get("insecureSkipTLSVerify"))
    bundle, path = _size(spec.get("caBundle")), "spec.insecureSkipTLSVerify"
    if reference is None:
        if bundle:
            text = "local APIServices may not have a caBundle"
            errors.append(invalid("spec.caBundle", f"{bundle} bytes", text))
        if insecure:
            errors.append(invalid(path, True, "local APIServices may not have insecureSkipTLSVerify"))
        return
    check_required(errors, "spec.service", reference, "namespace", "name")
    if insecure and bundle:
        errors.append(invalid(path, True, "may not be true if caBundle is present"))


def _size(text: str | None) -> int:
    try:
        return len(base64.b64decode(text or ""))
    except binascii.Error:
        return 0


def _validate_status(service: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, condition in enumerate((service.get("status") or {}).get("conditions") or ()):
        status = condition.get("status") or ""
        if status not in ("True", "False", "Unknown"):
            choices = ["True", "False", "Unknown"]
            errors.append(not_supported(f"status.conditions[{index}].status", status, choices))
    return errors


API_SERVICE = Strategy(
    resource="apiservices.apiregistration.k8s.io",
    namespaced=False,
    name=path_segment_name,
    has_status=True,
    default=_default,
    prepare=_prepare,
    validate=_validate,
    validate_update=lambda service, old, context: _validate(service, context),
    subresources={"status": Subresource(validate=_validate_status)},
)
