"""ClusterTrustBundles: certificates that workloads trust, perhaps those of one signer.

Source: ``pkg/apis/certificates/validation``.
"""

from __future__ import annotations

import base64
import binascii
import re

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object, name_of
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import check_immutable
from kubegate.registry.validation.names import dns_subdomain_name, path_segment_name
from kubegate.registry.validation.signers import check_signer_name

_BLOCK = re.compile(r"-----BEGIN ([^-\r\n]+)-----[ \t]*\r?\n(.*?)-----END \1-----", re.DOTALL)
_HEADER = re.compile(r"^[^:\n]+:", re.MULTILINE)
_OMITTED = "<value omitted>"
_AUTHORITY = re.compile(rb"\x06\x03\x55\x1d\x13(?:\x01\x01\xff)?\x04.\x30.\x01\x01\xff", re.DOTALL)
"""The extension of basic constraints, saying that the certificate is that of an authority."""


def _default(bundle: Object) -> None:
    bundle.setdefault("spec", {}).setdefault("trustBundle", "")


def _validate(bundle: Object, context: WriteContext) -> list[FieldError]:
    return _check(bundle, contents=True)


def _validate_update(bundle: Object, old: Object, context: WriteContext) -> list[FieldError]:
    spec, before = bundle.get("spec") or {}, old.get("spec") or {}
    errors = _check(bundle, contents=spec.get("trustBundle") != before.get("trustBundle"))
    check_immutable(errors, "spec.signerName", spec.get("signerName") or "", before.get("signerName") or "")
    return errors


def _check(bundle: Object, *, contents: bool) -> list[FieldError]:
    spec, name = bundle.get("spec") or {}, name_of(bundle)
    signer = spec.get("signerName") or ""
    errors = [invalid("metadata.name", name, text) for text in _name_complaints(name, signer)]
    if signer:
        check_signer_name(errors, "spec.signerName", signer)
    if contents:
        errors += [invalid("spec.trustBundle", _OMITTED, text) for text in _bundle_complaints(spec.get("trustBundle"))]
    return errors


def _name_complaints(name: str, signer: str) -> list[str]:
    if not signer:
        if ":" in name:
            return ['ClusterTrustBundle without signer name must not have ":" in its name']
        return dns_subdomain_name(name)
    prefix = signer.replace("/", ":") + ":"
    if not name.startswith(prefix):
        return [f"ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}"]
    return dns_subdomain_name(name.removeprefix(prefix))


def _bundle_complaints(text: str | None) -> list[str]:
    found: list[str] = []
    seen: dict[bytes, list[int]] = {}
    index = -1
    for index, block in enumerate(_BLOCK.finditer(text or "")):
        kind, body = block.groups()
        if kind != "CERTIFICATE":
            found.append(f"entry {index} has bad block type: {kind}")
        elif _HEADER.search(body):
            found.append(f"entry {index} has PEM block headers")
        else:
            content = _decoded(body)
            if not content.startswith(b"\x30"):
                found.append(f"entry {index} does not parse as X.509")
            elif not _AUTHORITY.search(content):
                found.append(f"entry {index} does not have the CA bit set")
            seen.setdefault(content, []).append(index)
    for indices in seen.values():
        if len(indices) > 1:
            found.append(f"duplicate trust anchor (indices [{' '.join(map(str, indices))}])")
    if index < 0:
        found.append("at least one trust anchor must be provided")
    return found


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError):
        return b""


CLUSTER_TRUST_BUNDLE = Strategy(
    resource="clustertrustbundles.certificates.k8s.io",
    namespaced=False,
    name=path_segment_name,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
