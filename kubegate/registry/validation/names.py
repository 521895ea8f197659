"""The syntax of names, with the API's complaints.

Each function answers a list of complaints, empty if the text is good. Source: apimachinery ``pkg/util/validation``,
``pkg/api/validate/content`` and ``pkg/api/validation``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from kubegate.api.names import path_segment_name as path_segment_name

NameRule: TypeAlias = Callable[[str, bool], list[str]]
"""(name, whether it is only a prefix that gets a suffix) -> complaints."""

LABEL_FORMAT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN_FORMAT = rf"{LABEL_FORMAT}(\.{LABEL_FORMAT})*"
_LABEL_1035_FORMAT = "[a-z]([-a-z0-9]*[a-z0-9])?"
_WILDCARD_FORMAT = rf"\*\.{SUBDOMAIN_FORMAT}"
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_UNDERSCORE_FORMAT = rf"{_UNDERSCORE_LABEL}(\.{_UNDERSCORE_LABEL})*"
_KEY_FORMAT = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE_FORMAT = f"({_KEY_FORMAT})?"
_CONFIG_KEY_FORMAT = "[-._a-zA-Z0-9]+"
_PERCENT_FORMAT = "[0-9]+%"
_HEADER_FORMAT = "[-A-Za-z0-9]+"
_C_IDENTIFIER_FORMAT = "[A-Za-z_][A-Za-z0-9_]*"

_LABEL = re.compile(rf"{LABEL_FORMAT}\Z")
_SUBDOMAIN = re.compile(rf"{SUBDOMAIN_FORMAT}\Z")
_LABEL_1035 = re.compile(rf"{_LABEL_1035_FORMAT}\Z")
_WILDCARD = re.compile(rf"{_WILDCARD_FORMAT}\Z")
_UNDERSCORE = re.compile(rf"{_UNDERSCORE_FORMAT}\Z")
_KEY = re.compile(rf"{_KEY_FORMAT}\Z")
_VALUE = re.compile(rf"{_VALUE_FORMAT}\Z")
_CONFIG_KEY = re.compile(rf"{_CONFIG_KEY_FORMAT}\Z")
_PERCENT = re.compile(rf"{_PERCENT_FORMAT}\Z")
_HEADER = re.compile(rf"{_HEADER_FORMAT}\Z")
_C_IDENTIFIER = re.compile(rf"{_C_IDENTIFIER_FORMAT}\Z")

_KEY_MESSAGE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_LABEL_MESSAGE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_MESSAGE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_UNDERSCORE_MESSAGE = _SUBDOMAIN_MESSAGE.replace("characters, '-'", "characters, '_', '-'")
_LABEL_1035_MESSAGE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character"
)
_WILDCARD_MESSAGE = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
_VALUE_MESSAGE = f"a valid label must be an empty string or {_KEY_MESSAGE.removeprefix('must ')}"


def regex_message(message: str, pattern: str, *examples: str) -> str:
    """A complaint that names the pattern and examples."""
    shown = " or ".join(f"'{example}', " for example in examples)
    opening = f"{message} (e.g. {shown}" if examples else f"{message} ("
    return f"{opening}regex used for validation is '{pattern}')"


def _too_long(text: str, limit: int) -> list[str]:
    # Go counts bytes.
    return [f"must be no more than {limit} characters"] if len(text.encode("utf-8", "surrogateescape")) > limit else []


@lru_cache(maxsize=8192)
def _label(value: str) -> tuple[str, ...]:
    errors = _too_long(value, 63)
    if not _LABEL.match(value):
        if _SUBDOMAIN.match(value):
            errors.append("must not contain dots")
        else:
            errors.append(regex_message(_LABEL_MESSAGE, LABEL_FORMAT, "my-name", "123-abc"))
    return tuple(errors)


@lru_cache(maxsize=8192)
def _subdomain(value: str) -> tuple[str, ...]:
    errors = _too_long(value, 253)
    if not _SUBDOMAIN.match(value):
        errors.append(regex_message(_SUBDOMAIN_MESSAGE, SUBDOMAIN_FORMAT, "example.com"))
    return tuple(errors)


def dns1123_label(value: str) -> list[str]:
    """A DNS label: lower case letters, digits, hyphens, at most 63."""
    return list(_label(value))


def dns1123_subdomain(value: str) -> list[str]:
    """DNS labels joined by dots, at most 253."""
    return list(_subdomain(value))


def dns1123_subdomain_with_underscore(value: str) -> list[str]:
    """As `dns1123_subdomain`, with underscores."""
    errors = _too_long(value, 253)
    if not _UNDERSCORE.match(value):
        errors.append(regex_message(_UNDERSCORE_MESSAGE, _UNDERSCORE_FORMAT, "example.com"))
    return errors


def dns1035_label(value: str) -> list[str]:
    """A DNS label that starts with a letter."""
    errors = _too_long(value, 63)
    if not _LABEL_1035.match(value):
        errors.append(regex_message(_LABEL_1035_MESSAGE, _LABEL_1035_FORMAT, "my-name", "abc-123"))
    return errors


def wildcard_subdomain(value: str) -> list[str]:
    """``*.example.com``."""
    errors = _too_long(value, 253)
    if not _WILDCARD.match(value):
        errors.append(regex_message(_WILDCARD_MESSAGE, _WILDCARD_FORMAT, "*.example.com"))
    return errors


@lru_cache(maxsize=8192)
def _qualified(value: str) -> tuple[str, ...]:
    parts = value.split("/")
    shown = regex_message(_KEY_MESSAGE, _KEY_FORMAT, "MyName", "my.name", "123-abc")
    if len(parts) > 2:
        return (f"a valid label key {shown} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",)
    errors: list[str] = []
    if len(parts) == 2:
        if not parts[0]:
            errors.append("prefix part must be non-empty")
        else:
            # This part of the library counts bytes, and says so.
            errors += [f"prefix part {message.replace('253 characters', '253 bytes')}" for message in _subdomain(parts[0])]
    name = parts[-1]
    if not name:
        errors.append("name part must be non-empty")
    elif len(name.encode("utf-8", "surrogateescape")) > 63:
        errors.append("name part must be no more than 63 bytes")
    if not _KEY.match(name):
        errors.append(f"name part {shown}")
    return tuple(errors)


def qualified_name(value: str) -> list[str]:
    """A label key: an optional DNS subdomain and ``/``, then a name."""
    return list(_qualified(value))


@lru_cache(maxsize=8192)
def _label_value(value: str) -> tuple[str, ...]:
    errors = ["must be no more than 63 bytes"] if len(value.encode("utf-8", "surrogateescape")) > 63 else []
    if not _VALUE.match(value):
        errors.append(regex_message(_VALUE_MESSAGE, _VALUE_FORMAT, "MyValue", "my_value", "12345"))
    return tuple(errors)


def label_value(value: str) -> list[str]:
    """The value of a label."""
    return list(_label_value(value))


def _relative(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def config_map_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret."""
    errors = _too_long(value, 253)
    if not _CONFIG_KEY.match(value):
        message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        errors.append(regex_message(message, _CONFIG_KEY_FORMAT, "key.name", "KEY_NAME", "key-name"))
    return errors + _relative(value)


def environment_variable(value: str) -> list[str]:
    """The name of an environment variable: printable ASCII without ``=``."""
    errors = [] if value else ["environment variable name must be non-empty"]
    if any(not " " <= char <= "~" or char == "=" for char in value):
        errors.append("a valid environment variable name must consist only of printable ASCII characters other than '='")
    return errors


def c_identifier(value: str) -> list[str]:
    """A C identifier."""
    if _C_IDENTIFIER.match(value):
        return []
    message = (
        "a valid C identifier must start with alphabetic character or '_', "
        "followed by a string of alphanumeric characters or '_'"
    )
    return [regex_message(message, _C_IDENTIFIER_FORMAT, "my_name", "MY_NAME", "MyName")]


def percent(value: str) -> list[str]:
    """``50%``."""
    if _PERCENT.match(value):
        return []
    message = "a valid percent string must be a numeric string followed by an ending '%'"
    return [regex_message(message, _PERCENT_FORMAT, "1%", "93%")]


def http_header(value: str) -> list[str]:
    """The name of an HTTP header."""
    if _HEADER.match(value):
        return []
    message = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [regex_message(message, _HEADER_FORMAT, "X-Header-Name")]


def port_name(value: str) -> list[str]:
    """The name of a port (RFC 6335, lower case)."""
    errors = _too_long(value, 15)
    if not re.fullmatch("[-a-z0-9]+", value):
        errors.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        errors.append("must contain at least one letter (a-z)")
    if "--" in value:
        errors.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        errors.append("must not begin or end with a hyphen")
    return errors


def _without_dash(name: str, prefix: bool) -> str:
    # A prefix may end in hyphens: a suffix follows. (The library replaces them by a letter to check the rest.)
    if prefix and len(name) > 1 and name.endswith("-"):
        return name[:-2] + "a"
    return name


def dns_subdomain_name(name: str, prefix: bool = False) -> list[str]:
    """Names of most kinds."""
    return dns1123_subdomain(_without_dash(name, prefix))


def dns_label_name(name: str, prefix: bool = False) -> list[str]:
    """Names of namespaces and some others."""
    return dns1123_label(_without_dash(name, prefix))


def dns1035_label_name(name: str, prefix: bool = False) -> list[str]:
    """A name that starts with a letter."""
    return dns1035_label(_without_dash(name, prefix))
