"""Domain-prefixed paths such as ``acme.io/foo``: the form of keys that belong to somebody.

Source: apimachinery ``util/validation.IsDomainPrefixedPath``.
"""

from __future__ import annotations

import re

from kubegate.api.field_errors import FieldError, invalid, required

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN_FORMAT = rf"{_LABEL}(\.{_LABEL})*"
_SUBDOMAIN = re.compile(SUBDOMAIN_FORMAT)
_PATH_FORMAT = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
_PATH = re.compile(_PATH_FORMAT)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN_FORMAT}')"
)


def is_subdomain(text: str) -> bool:
    """Whether ``text`` is a lower-case DNS subdomain of at most 253 characters."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def domain_prefixed_path_errors(field: str, text: str) -> list[FieldError]:
    """Every complaint about ``text`` as a domain-prefixed path."""
    if not text:
        return [required(field)]
    host, _, path = text.partition("/")
    if not host or not path:
        return [invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    errors = []
    if len(host) > 253:
        errors.append(invalid(field, host, "must be no more than 253 characters"))
    if _SUBDOMAIN.fullmatch(host) is None:
        errors.append(invalid(field, host, _SUBDOMAIN_WORDS))
    if _PATH.fullmatch(path) is None:
        errors.append(invalid(field, path, f"Invalid path (regex used for validation is '{_PATH_FORMAT}')"))
    return errors
