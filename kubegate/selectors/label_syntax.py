"""The form of label keys and values.

Source: apimachinery ``pkg/util/validation`` (``IsQualifiedName``, ``IsValidLabelValue``, ``IsDNS1123Subdomain``).
"""

from __future__ import annotations

import re

LABEL_LIMIT = 63
"""Longest name part of a key, and longest value, in bytes."""

SUBDOMAIN_LIMIT = 253
"""Longest prefix part of a key, in bytes."""

_NAME = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME})?"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"

_name = re.compile(_NAME)
_value = re.compile(_VALUE)
_subdomain = re.compile(_SUBDOMAIN)
_plain = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

_CHARACTERS = "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_NAME_RULE = f"{_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
_VALUE_RULE = (
    f"a valid label must be an empty string or {_CHARACTERS} "
    f"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{_VALUE}')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_KEY_RULE = f"a valid label key must {_NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"


def _too_long(text: str, limit: int) -> bool:
    return len(text) > limit or len(text.encode("utf-8", "surrogateescape")) > limit


def _prefix_errors(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    errors = []
    if _too_long(prefix, SUBDOMAIN_LIMIT):
        errors.append(f"prefix part must be no more than {SUBDOMAIN_LIMIT} bytes")
    if not _subdomain.fullmatch(prefix):
        errors.append(f"prefix part {_SUBDOMAIN_RULE}")
    return errors


def label_key_errors(key: str) -> list[str]:
    """What is wrong with a label key, one text a fault."""
    if _plain.fullmatch(key):
        return []
    parts = key.split("/")
    if len(parts) > 2:
        return [_KEY_RULE]
    errors = _prefix_errors(parts[0]) if len(parts) == 2 else []
    name = parts[-1]
    if not name:
        errors.append("name part must be non-empty")
    elif _too_long(name, LABEL_LIMIT):
        errors.append(f"name part must be no more than {LABEL_LIMIT} bytes")
    if not _name.fullmatch(name):
        errors.append(f"name part must {_NAME_RULE}")
    return errors


def label_value_errors(value: str) -> list[str]:
    """What is wrong with a label value, one text a fault."""
    if not value or _plain.fullmatch(value):
        return []
    errors = []
    if _too_long(value, LABEL_LIMIT):
        errors.append(f"must be no more than {LABEL_LIMIT} bytes")
    if not _value.fullmatch(value):
        errors.append(_VALUE_RULE)
    return errors
