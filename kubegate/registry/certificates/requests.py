"""Certificate signing requests.

Source: ``pkg/registry/certificates`` and ``pkg/apis/certificates``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.go import quote
from kubegate.api.names import Object
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
_DECIDED = ("Approved", "Denied", "Failed")
_LEGACY = "kubernetes.io/legacy-unknown"
_PEM = re.compile(rb"-----BEGIN ([^-\r\n]+)-----\s.*?-----END \1-----", re.DOTALL)


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


def _pem_kind(text: Any) -> str:
    try:
        decoded = base64.b64decode(text or "")
    except (binascii.Error, ValueError):
        return ""
    match = _PEM.search(decoded)
    return match[1].decode("latin-1") if match else ""


def _validate(csr: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = csr.get("spec") or {}
    if _pem_kind(spec.get("request")) != "CERTIFICATE REQUEST":
        shown = spec.get("request") or None
        errors.append(invalid("spec.request", shown, "PEM block type must be CERTIFICATE REQUEST"))
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
    _check_conditions(errors, (csr.get("status") or {}).get("conditions") or [])
    return errors


def _check_conditions(errors: list[FieldError], conditions: list[Object]) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        path, kind, status = f"status.conditions[{index}]", condition.get("type") or "", condition.get("status") or ""
        if not kind:
            errors.append(required(f"{path}.type"))
        if kind in _DECIDED:
            if not status:
                errors.append(required(f"{path}.status"))
            elif status != "True":
                errors.append(not_supported(f"{path}.status", status, ["True"]))
        elif not status:
            errors.append(required(f"{path}.status"))
        elif status not in ("True", "False", "Unknown"):
            errors.append(not_supported(f"{path}.status", status, ["False", "True", "Unknown"]))
        if kind in seen:
            errors.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        if kind in ("Approved", "Denied") and {"Approved", "Denied"} <= seen:
            text = "Approved and Denied conditions are mutually exclusive"
            errors.append(invalid("status.conditions", kind, text))


def _prepare_update(csr: Object, old: Object, context: WriteContext) -> None:
    csr["spec"] = old.get("spec") or {}


def _validate_update(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return []


def _count(conditions: list[Object], kind: str) -> int:
    return sum(condition.get("type") == kind for condition in conditions)


def _same_conditions(errors: list[FieldError], csr: Object, old: Object, *kinds: str) -> None:
    """Conditions of these types may be neither removed nor added nor changed here."""
    new = (csr.get("status") or {}).get("conditions") or []
    before = (old.get("status") or {}).get("conditions") or []
    for kind in kinds:
        if _count(new, kind) < _count(before, kind):
            text = f"updates may not remove a condition of type {quote(kind)}"
            errors.append(forbidden("status.conditions", text))
        elif _count(new, kind) > _count(before, kind):
            text = f"updates may not add a condition of type {quote(kind)}"
            errors.append(forbidden("status.conditions", text))


def _kept_conditions(errors: list[FieldError], csr: Object, old: Object, *kinds: str) -> None:
    new = (csr.get("status") or {}).get("conditions") or []
    before = (old.get("status") or {}).get("conditions") or []
    for kind in kinds:
        if _count(new, kind) < _count(before, kind):
            text = f"updates may not remove a condition of type {quote(kind)}"
            errors.append(forbidden("status.conditions", text))


def _validate_status(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status, before = csr.get("status") or {}, old.get("status") or {}
    _check_conditions(errors, status.get("conditions") or [])
    _same_conditions(errors, csr, old, "Approved", "Denied")
    _kept_conditions(errors, csr, old, "Failed")
    if before.get("certificate") and status.get("certificate") != before["certificate"]:
        text = "updates may not set certificate content if existing certificate content is not empty"
        errors.append(forbidden("status.certificate", text))
    elif status.get("certificate") and status.get("certificate") != before.get("certificate"):
        _check_certificate(errors, status["certificate"])
    return errors


def _check_certificate(errors: list[FieldError], text: Any) -> None:
    kind = _pem_kind(text)
    if kind != "CERTIFICATE":
        problem = (
            "must contain at least one CERTIFICATE PEM block"
            if not kind
            else f"only CERTIFICATE PEM blocks are allowed, found {quote(kind)}"
        )
        errors.append(invalid("status.certificate", "<certificate data>", problem))
    elif not _is_one_sequence(text):
        errors.append(invalid("status.certificate", "<certificate data>", "x509: malformed certificate"))


def _is_one_sequence(text: Any) -> bool:
    """Whether the block holds one ASN.1 sequence, and nothing but it; what is in it is not read."""
    match = _PEM.search(base64.b64decode(text or ""))
    try:
        content = base64.b64decode(match[0].split(b"\n", 1)[1].rsplit(b"-----END", 1)[0]) if match else b""
    except (binascii.Error, ValueError, IndexError):
        return False
    if len(content) < 2 or content[0] != 0x30:
        return False
    size, start = content[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(content[2:start])
    return start + size == len(content)


def _validate_approval(csr: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_conditions(errors, (csr.get("status") or {}).get("conditions") or [])
    _kept_conditions(errors, csr, old, "Approved", "Denied", "Failed")
    return errors


def _stamp(csr: Object, old: Object, context: WriteContext) -> None:
    """Conditions get the time of their last change."""
    before = (old.get("status") or {}).get("conditions") or []
    for condition in (csr.get("status") or {}).get("conditions") or ():
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = context.timestamp
        if not condition.get("lastTransitionTime"):
            same = [
                c for c in before if c.get("type") == condition.get("type") and c.get("status") == condition.get("status")
            ]
            kept = same[0].get("lastTransitionTime") if same else None
            condition["lastTransitionTime"] = kept or context.timestamp


def _prepare_approval(csr: Object, old: Object, context: WriteContext) -> None:
    """Of the status only conditions may change."""
    conditions = (csr.get("status") or {}).get("conditions")
    status = {key: value for key, value in (old.get("status") or {}).items() if key != "conditions"}
    if conditions:
        status["conditions"] = conditions
    csr["status"] = status
    _stamp(csr, old, context)


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
        "status": Subresource(prepare=_stamp, validate=_validate_status),
        "approval": Subresource(prepare=_prepare_approval, validate=_validate_approval),
    },
)
