"""Certificate signing requests.

Source: ``pkg/registry/certificates`` and ``pkg/apis/certificates``.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.certificates.conditions import check_conditions, check_kept, check_undecided, conditions_of, stamp
from kubegate.registry.certificates.contents import certificate_complaint, request_complaint
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.names import path_segment_name
from kubegate.registry.validation.signers import check_signer_name

_USAGES = sorted(
    [
        "signing",
        "digital signature",
        "content commitment",
        "key encipherment",
        "key agreement",
        "data encipherment",
        "cert sign",
        "crl sign",
        "encipher only",
        "decipher only",
        "any",
        "server auth",
        "client auth",
        "code signing",
        "email protection",
        "s/mime",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "timestamping",
        "ocsp signing",
        "microsoft sgc",
        "netscape sgc",
    ]
)
_LEGACY = "kubernetes.io/legacy-unknown"


def _default(csr: Object) -> None:
    spec = csr.setdefault("spec", {})
    spec.setdefault("signerName", "")
    spec.setdefault("request", None)
    csr.setdefault("status", {})


def _prepare(csr: Object, context: WriteContext) -> None:
    """Who asks is what the request's user says, never what the object says."""
    spec: dict[str, Any] = csr.setdefault("spec", {})
    info = context.user.to_info()
    for key in ("username", "uid", "groups", "extra"):
        spec.pop(key, None)
        if info.get(key):
            spec[key] = info[key]


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text or "")
    except (binascii.Error, ValueError):
        return b""


def _validate(csr: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = csr.get("spec") or {}
    if complaint := request_complaint(_decoded(spec.get("request"))):
        errors.append(invalid("spec.request", spec.get("request"), complaint))
    usages = spec.get("usages") or []
    if not usages:
        errors.append(required("spec.usages"))
    for index, usage in enumerate(usages):
        if usage not in _USAGES:
            errors.append(not_supported(f"spec.usages[{index}]", usage, _USAGES))
        if usage in usages[:index]:
            errors.append(duplicate(f"spec.usages[{index}]", usage))
    if spec.get("signerName") == _LEGACY:
        text = "the legacy signerName is not allowed via this API version"
        errors.append(invalid("spec.signerName", _LEGACY, text))
    else:
        check_signer_name(errors, "spec.signerName", spec.get("signerName") or "")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < 600:
        text = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.append(invalid("spec.expirationSeconds", seconds, text))
    check_conditions(errors, conditions_of(csr))
    return errors


def _prepare_update(csr: Object, old: Object, context: WriteContext) -> None:
    csr["spec"] = old.get("spec") or {}


def _validate_update(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return []


def _validate_status(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_conditions(errors, conditions_of(csr))
    new, before = (_decoded((it.get("status") or {}).get("certificate")) for it in (csr, old))
    if new != before and not certificate_complaint(before) and (complaint := certificate_complaint(new)):
        errors.append(invalid("status.certificate", "<certificate data>", complaint))
    check_kept(errors, csr, old)
    check_undecided(errors, csr, old)
    if before and new != before:
        errors.append(forbidden("status.certificate", "updates may not modify existing certificate content"))
    return errors


def _validate_approval(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_conditions(errors, conditions_of(csr))
    check_kept(errors, csr, old)
    return errors


def _prepare_status(csr: Object, old: Object, context: WriteContext) -> None:
    stamp(csr, old, context.timestamp)


def _prepare_approval(csr: Object, old: Object, context: WriteContext) -> None:
    """Of the status only conditions may change."""
    conditions = conditions_of(csr)
    status = {key: value for key, value in (old.get("status") or {}).items() if key != "conditions"}
    if conditions:
        status["conditions"] = conditions
    csr["status"] = status
    stamp(csr, old, context.timestamp)


CERTIFICATE_SIGNING_REQUEST = Strategy(
    resource="certificatesigningrequests.certificates.k8s.io",
    namespaced=False,
    name=path_segment_name,
    has_status=True,
    default=_default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=_prepare_update,
    validate_update=_validate_update,
    subresources={
        "status": Subresource(prepare=_prepare_status, validate=_validate_status),
        "approval": Subresource(prepare=_prepare_approval, validate=_validate_approval),
    },
)
