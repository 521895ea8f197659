"""Volumes made of files: secrets, config maps, the downward API and projections of them."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.pods.environment import VOLUME_FIELDS, check_field_reference, check_resource_reference
from kubegate.registry.validation.basics import check_file_mode, check_required
from kubegate.registry.validation.names import dns1123_subdomain
from kubegate.registry.validation.paths import check_not_reserved
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.signers import check_signer_name

_DUPLICATE = "conflicting duplicate paths"


def check_files(errors: list[FieldError], path: str, source: Object, name: str) -> None:
    """``secret`` and ``configMap``; ``name`` is the field that names the object."""
    check_required(errors, path, source, name)
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    for index, item in enumerate(source.get("items") or ()):
        _check_item(errors, f"{path}.items[{index}]", item)


def _check_item(errors: list[FieldError], path: str, item: Object) -> None:
    check_required(errors, path, item, "key", "path")
    check_not_reserved(errors, f"{path}.path", item.get("path") or "")
    check_file_mode(errors, f"{path}.mode", item.get("mode"))


def check_downward_api(errors: list[FieldError], path: str, source: Object) -> None:
    """``downwardAPI``."""
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        _check_downward_file(errors, path, item)


def _check_downward_file(errors: list[FieldError], path: str, item: Object) -> None:
    check_required(errors, path, item, "path")
    check_not_reserved(errors, f"{path}.path", item.get("path") or "")
    if item.get("fieldRef") is not None:
        check_field_reference(errors, f"{path}.fieldRef", item["fieldRef"], VOLUME_FIELDS)
        if item.get("resourceFieldRef") is not None:
            text = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(invalid(path, "resource", text))
    elif item.get("resourceFieldRef") is not None:
        check_resource_reference(errors, f"{path}.resourceFieldRef", item["resourceFieldRef"], for_volume=True)
    else:
        errors.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    check_file_mode(errors, f"{path}.mode", item.get("mode"))


def check_projected(errors: list[FieldError], path: str, source: Object) -> None:
    """``projected``."""
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    files: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        place = f"{path}.sources[{index}]"
        given = [key for key, value in projection.items() if value is not None]
        for key in ("secret", "configMap"):
            if projection.get(key) is not None:
                _check_projected_files(errors, path, f"{place}.{key}", projection[key], files)
        for item in (projection.get("downwardAPI") or {}).get("items") or ():
            _check_downward_file(errors, f"{place}.downwardAPI", item)
            _claim_path(errors, path, files, item.get("path") or "", item.get("path") or "")
        if (token := projection.get("serviceAccountToken")) is not None:
            _check_token(errors, path, f"{place}.serviceAccountToken", token)
        if (bundle := projection.get("clusterTrustBundle")) is not None:
            _check_bundle(errors, f"{place}.clusterTrustBundle", bundle)
            _claim_path(errors, path, files, bundle.get("path") or "", bundle.get("path") or "", empty=True)
        if (certificate := projection.get("podCertificate")) is not None:
            _check_certificate(errors, f"{place}.podCertificate", certificate)
            for key in ("credentialBundlePath", "keyPath", "certificateChainPath"):
                if certificate.get(key):
                    _claim_path(errors, path, files, certificate[key], certificate[key])
        if len(given) > 1:
            errors.append(forbidden(place, "may not specify more than 1 volume type per source"))


def _claim_path(errors: list[FieldError], path: str, files: set[str], file: str, shown: str, *, empty: bool = False) -> None:
    if not file and not empty:
        return
    if file in files:
        errors.append(invalid(path, shown, _DUPLICATE))
    files.add(file)


def _check_projected_files(errors: list[FieldError], path: str, place: str, source: Object, files: set[str]) -> None:
    check_required(errors, place, source, "name")
    for index, item in enumerate(source.get("items") or ()):
        _check_item(errors, f"{place}.items[{index}]", item)
        _claim_path(errors, path, files, item.get("path") or "", source.get("name") or "")


def _check_token(errors: list[FieldError], path: str, place: str, token: Object) -> None:
    seconds = token.get("expirationSeconds") or 0
    if seconds < 600:
        errors.append(invalid(f"{place}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > 2**32:
        text = "may not specify a duration larger than 2^32 seconds"
        errors.append(invalid(f"{place}.expirationSeconds", seconds, text))
    if not token.get("path"):
        errors.append(required(f"{path}.path"))
    else:
        check_not_reserved(errors, f"{path}.path", token["path"])


def _check_bundle(errors: list[FieldError], path: str, bundle: Object) -> None:
    name, signer = bundle.get("name"), bundle.get("signerName")
    if name is not None and signer is not None:
        errors.append(invalid(path, _bundle_shown(bundle), "only one of name and signerName may be used"))
    elif name is not None:
        if not name:
            errors.append(required(f"{path}.name", "must be a valid object name"))
        _, colon, rest = name.rpartition(":")
        texts = dns1123_subdomain(rest) if colon else dns1123_subdomain(name)
        errors += [invalid(f"{path}.name", name, f"not a valid clustertrustbundlename: {text}") for text in texts]
        if bundle.get("labelSelector") is not None:
            text = "labelSelector must be unset if name is specified"
            errors.append(invalid(f"{path}.labelSelector", bundle["labelSelector"], text))
    elif signer is not None:
        if not signer:
            errors.append(required(f"{path}.signerName", "must be a valid signer name"))
        check_signer_name(errors, f"{path}.signerName", signer)
        check_label_selector(errors, f"{path}.labelSelector", bundle.get("labelSelector"))
    else:
        errors.append(required(path, "either name or signerName must be specified"))
    check_required(errors, path, bundle, "path")
    check_not_reserved(errors, f"{path}.path", bundle.get("path") or "")


def _bundle_shown(bundle: Object) -> dict[str, Any]:
    keys = (("Name", "name"), ("SignerName", "signerName"), ("LabelSelector", "labelSelector"), ("Optional", "optional"))
    return {shown: bundle.get(key) for shown, key in keys} | {"Path": bundle.get("path") or ""}


def _check_certificate(errors: list[FieldError], path: str, source: Object) -> None:
    check_signer_name(errors, f"{path}.signerName", source.get("signerName") or "")
    key_types = ["ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519", "RSA3072", "RSA4096"]
    if source.get("keyType") not in key_types:
        errors.append(
            FieldError("FieldValueNotSupported", f"{path}.keyType", _choices(key_types), source.get("keyType") or "")
        )
    paths = [key for key in ("credentialBundlePath", "keyPath", "certificateChainPath") if source.get(key)]
    if not paths:
        errors.append(required(path, "must specify at least one of credentialBundlePath, keyPath, certificateChainPath"))
    for key in paths:
        check_not_reserved(errors, f"{path}.{key}", source[key])


def _choices(texts: list[str]) -> str:
    return "supported values: " + ", ".join(f'"{text}"' for text in texts)
