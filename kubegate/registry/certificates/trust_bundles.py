"""ClusterTrustBundles: certificates that workloads trust, perhaps those of one signer.

Source: ``pkg/apis/certificates/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, too_long
from kubegate.api.names import Object, name_of
from kubegate.registry.certificates.contents import anchor_complaints
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import check_immutable
from kubegate.registry.validation.names import dns_subdomain_name, path_segment_name
from kubegate.registry.validation.signers import check_signer_name

_OMITTED = "<value omitted>"
_LARGEST = 1024 * 1024
"""The most bytes that a bundle may have."""


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
    text = spec.get("trustBundle") or ""
    if contents and len(text.encode()) > _LARGEST:
        errors.append(too_long("spec.trustBundle", _LARGEST))
    elif contents:
        errors += [invalid("spec.trustBundle", _OMITTED, complaint) for complaint in anchor_complaints(text)]
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


CLUSTER_TRUST_BUNDLE = Strategy(
    resource="clustertrustbundles.certificates.k8s.io",
    namespaced=False,
    name=path_segment_name,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
