"""``format``: named string formats. Source: apiserver ``pkg/cel/library/format.go``, apimachinery ``util/validation``."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.library.go_url import UrlError, parse_request_uri
from kubegate.cel.times import parse_timestamp
from kubegate.cel.types import STRING, list_of, object_type, optional_of
from kubegate.cel.values import NONE, Optional

FORMAT_TYPE = object_type("kubernetes.NamedFormat")

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_NAME})?"

_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
    f"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_LABEL}(\\.{_LABEL})*')"
)
_1035_WORDS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and "
    f"end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{_LABEL_1035}')"
)
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'({_NAME})?')"
)
_KEY_WORDS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
)

Check = Callable[[str], list[str]]


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _matching(pattern: str, words: str, limit: int, *, prefix: bool = False) -> Check:
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> list[str]:
        if prefix and text.endswith("-"):
            text = text[:-1] + "a"
        found = [_too_long(limit)] if len(text.encode("utf-8", "surrogatepass")) > limit else []
        if not compiled.fullmatch(text):
            found.append(words)
        return found

    return check


_subdomain = _matching(_SUBDOMAIN, _SUBDOMAIN_WORDS, 253)


def _qualified_name(text: str) -> list[str]:
    parts = text.split("/")
    if len(parts) > 2:
        words = f"a valid label key {_KEY_WORDS}"
        return [f"{words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    found: list[str] = []
    name = parts[-1]
    if len(parts) == 2:
        prefix = parts[0]
        found += [f"prefix part {word}" for word in (["must be non-empty"] if not prefix else _subdomain(prefix))]
    if not name:
        found.append("name part must be non-empty")
    elif len(name.encode("utf-8", "surrogatepass")) > 63:
        found.append(f"name part {_too_long(63)}")
    if not re.fullmatch(_NAME, name, re.ASCII):
        found.append(f"name part {_KEY_WORDS}")
    return found


def _port_name(text: str) -> list[str]:
    found = ["must be no more than 15 characters"] if len(text) > 15 else []
    if not re.fullmatch("[-a-z0-9]+", text, re.ASCII):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text, re.ASCII):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text and (text[0] == "-" or text[-1] == "-"):
        found.append("must not begin or end with a hyphen")
    return found


def _uri(text: str) -> list[str]:
    try:
        parse_request_uri(text)
    except UrlError as error:
        return [error.message]
    return []


def _uuid(text: str) -> list[str]:
    fine = re.fullmatch("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", text, re.ASCII | re.IGNORECASE)
    return [] if fine else ["does not match the UUID format"]


def _byte(text: str) -> list[str]:
    pattern = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
    try:
        fine = bool(re.fullmatch(pattern, text, re.ASCII)) and base64.b64decode(text, validate=True) is not None
    except binascii.Error:
        fine = False
    return [] if fine else ["invalid base64"]


def _date(text: str) -> list[str]:
    try:
        fine = bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)) and date.fromisoformat(text) is not None
    except ValueError:
        fine = False
    return [] if fine else ["invalid date"]


def _datetime(text: str) -> list[str]:
    return [] if parse_timestamp(text.upper()) is not None else ["invalid datetime"]


@dataclass(frozen=True, slots=True)
class Format:
    """A named format as a value; ``size`` stands for its regular expression in cost rules."""

    name: str
    check: Check = field(compare=False)
    size: int = field(compare=False)
    type_name = "kubernetes.NamedFormat"


FORMATS = {
    "dns1123Label": Format("DNS1123Label", _matching(_LABEL, _LABEL_WORDS, 63), 30),
    "dns1123Subdomain": Format("DNS1123Subdomain", _subdomain, 60),
    "dns1035Label": Format("DNS1035Label", _matching(_LABEL_1035, _1035_WORDS, 63), 30),
    "qualifiedName": Format("QualifiedName", _qualified_name, 60),
    "portName": Format("PortName", _port_name, 20),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", _matching(_LABEL, _LABEL_WORDS, 63, prefix=True), 30),
    "dns1123SubdomainPrefix": Format(
        "DNS1123SubdomainPrefix", _matching(_SUBDOMAIN, _SUBDOMAIN_WORDS, 253, prefix=True), 60
    ),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", _matching(_LABEL_1035, _1035_WORDS, 63, prefix=True), 30),
    "labelValue": Format("LabelValue", _matching(_LABEL_VALUE, _VALUE_WORDS, 63), 40),
    "uri": Format("URI", _uri, 1000),
    "uuid": Format("uuid", _uuid, 90),
    "byte": Format("byte", _byte, 76),
    "date": Format("date", _date, 200),
    "datetime": Format("datetime", _datetime, 200),
}


def _validate(form: Format, text: str) -> Optional:
    found = form.check(text)
    return Optional(True, found) if found else NONE


def _named(name: str) -> Optional:
    return Optional(True, FORMATS[name]) if name in FORMATS else NONE


def _cost(args: tuple[Any, ...], _result: Any) -> int:
    size: int = args[0].size
    return -(-(1 + len(args[1])) // 10) * -(-size // 4)


def _constant(form: Format) -> Callable[[], Format]:
    return lambda: form


LIBRARY = Library(
    (
        Function(
            "validate", (member("format-validate", (FORMAT_TYPE, STRING), optional_of(list_of(STRING)), _validate),), _cost
        ),
        Function("format.named", (overload("format-named", (STRING,), optional_of(FORMAT_TYPE), _named),)),
        *(
            Function(f"format.{name}", (overload(f"format.{name}", (), FORMAT_TYPE, _constant(form)),))
            for name, form in FORMATS.items()
        ),
    )
)
