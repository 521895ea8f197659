"""Names of certificate signers: ``example.com/my-signer``.

Source: ``pkg/apis/core/validation`` (signer names).
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required, too_long
from kubegate.api.go import quote
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain

_DOMAIN_LIMIT = 253
_NAME_LIMIT = _DOMAIN_LIMIT + 1 + 253 + 1 + 63
_FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'"


def check_signer_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no domain, a slash and a path of labels."""
    if not name:
        errors.append(required(path))
        return
    segments = name.split("/")
    if len(segments) != 2:
        errors.append(invalid(path, name, _FORM))
        return
    domain, signer = segments
    if len(domain) > _DOMAIN_LIMIT:
        errors.append(too_long(path, _DOMAIN_LIMIT))
    for label in domain.split("."):
        if complaints := dns1123_label(label):
            errors += [invalid(path, domain, f"validating label {quote(label)}: {text}") for text in complaints]
            break
    if "." not in domain:
        errors.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    for label in signer.split("."):
        if complaints := dns1123_subdomain(label):
            errors += [invalid(path, signer, f"validating label {quote(label)}: {text}") for text in complaints]
            break
    if len(name) > _NAME_LIMIT:
        errors.append(too_long(path, _NAME_LIMIT))
