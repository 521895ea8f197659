"""Whether a definition says well how objects are converted between its versions.

Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation``.
"""

from __future__ import annotations

import base64
import re

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.admissionregistration.client_config import check_client_config
from kubegate.registry.validation.names import dns1035_label

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\s.+?-----END CERTIFICATE-----", re.DOTALL)
_STRATEGIES = ("None", "Webhook")
_UNDERSTOOD = ("v1", "v1beta1")
"""The versions of ConversionReview."""


def check_conversion(conversion: Object, path: str) -> list[FieldError]:
    """What is wrong with a ``spec.conversion``."""
    if not conversion:
        return []
    strategy, webhook = conversion.get("strategy") or "", conversion.get("webhook") or {}
    config, versions = webhook.get("clientConfig"), webhook.get("conversionReviewVersions") or []
    errors: list[FieldError] = []
    if not strategy:
        errors.append(required(f"{path}.strategy"))
    elif strategy not in _STRATEGIES:
        errors.append(not_supported(f"{path}.strategy", strategy, _STRATEGIES))
    if strategy != "Webhook":
        text = "should not be set when strategy is not set to Webhook"
        if config is not None:
            errors.append(forbidden(f"{path}.webhookClientConfig", text))
        if versions:
            errors.append(forbidden(f"{path}.conversionReviewVersions", text))
        return errors
    if config is None:
        errors.append(required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook"))
    else:
        check_client_config(errors, f"{path}.webhookClientConfig", config)
    return errors + _versions(versions, f"{path}.conversionReviewVersions")


def check_bundle(conversion: Object, old: Object, path: str) -> list[FieldError]:
    """What is wrong with the certificates by which the webhook of a definition in force is known; wrong ones may stay."""
    text, before = _bundle(conversion), _bundle(old)
    if not text or _has_certificates(text) or (before and not _has_certificates(before)):
        return []
    why = "unable to load root certificates: unable to parse bytes as PEM block"
    return [invalid(f"{path}.webhookClientConfig.caBundle", text, why)]


def _bundle(conversion: Object) -> str:
    return ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("caBundle") or ""


def _has_certificates(bundle: str) -> bool:
    try:
        return bool(_CERTIFICATE.search(base64.b64decode(bundle)))
    except ValueError:
        return False


def _versions(versions: list[str], path: str) -> list[FieldError]:
    if not versions:
        return [required(path)]
    errors: list[FieldError] = []
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            errors += [invalid(f"{path}[{index}]", version, text) for text in dns1035_label(version)]
    if not set(versions) & set(_UNDERSTOOD):
        errors.append(invalid(path, versions, f"must include at least one of {', '.join(_UNDERSTOOD)}"))
    return errors
