"""Names of certificate signers: ``example.com/my-signer``.

Source: ``pkg/apis/core/validation`` (signer names).
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required, too_long
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain

_DOMAIN_LIMIT = 253
_PATH_LIMIT = 63 * 5 + 4


def check_signer_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no domain, a slash and a path of labels."""
    if not name:
        errors.append(required(path))
        return
    segments = name.split("/")
    if len(segments) != 2:
        text = 'must be a fully qualified domain and path of the form "example.com/signer-name"'
        errors.append(invalid(path, name, text))
        return
    domain, signer = segments
    labels = [text for label in domain.split(".") for text in dns1123_label(label)]
    errors += [invalid(path, domain, f'validating label "{domain}": {text}') for text in labels[:1]] if labels else []
    if not labels and len(domain.split(".")) < 2:
        errors.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    errors += [invalid(path, signer, text) for text in dns1123_subdomain(signer)]
    limit = _DOMAIN_LIMIT + 1 + _PATH_LIMIT
    if len(name) > limit:
        errors.append(too_long(path, limit))
