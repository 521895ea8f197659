"""The string formats that schemas of custom resources may name; dashes in names do not count, unknown formats are ignored.

Source: kube-openapi ``pkg/validation/strfmt``; apiextensions-apiserver ``pkg/apiserver/validation/formats.go``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from kubegate.api.quantity import Quantity, QuantityError
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.timestamps import normalize
from kubegate.cel.library.regexes import search
from kubegate.registry.custom.number_formats import is_credit_card, is_isbn10, is_isbn13
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain

_DURATION = r"([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|0"
_WORDS = r"(?i)\d+(\.\d*)?\s*(ns|us|µs|ms|s|m|h|d|w|(nano|micro|milli)?second|minute|hour|day|week)s?"
_SIGN = r"[a-zA-Z0-9\p{S}\p{L}]"
_HOST = (
    rf"^({_SIGN}((-?{_SIGN}{{0,62}})?)|({_SIGN}(([a-zA-Z0-9-\p{{S}}\p{{L}}]{{0,61}}{_SIGN})?)(\.)){{1,}}"
    rf"({_SIGN})(-?{_SIGN}){{1,62}})$"
)
_HOST_LENGTH, _LABEL_LENGTH = 255, 63
_OCTET = r"\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"
_NUMERIC = {"integer": ("int32", "int64"), "number": ("float", "double")}


def _uuid(third: str = "[0-9a-f]", fourth: str = "[0-9a-f]") -> str:
    return rf"(?i)[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{third}[0-9a-f]{{3}}-?{fourth}[0-9a-f]{{3}}-?[0-9a-f]{{12}}"


def _date_time(text: str) -> bool:
    try:
        normalize(text)
    except DecodeError:
        return False
    return True


def _date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _quantity(text: str) -> bool:
    try:
        Quantity.parse(text)
    except QuantityError:
        return False
    return True


def _host(text: str) -> bool:
    short = len(text.encode()) <= _HOST_LENGTH and all(len(part.encode()) <= _LABEL_LENGTH for part in text.split("."))
    return short and search(_HOST, text)


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _matching(*patterns: str) -> Callable[[str], bool]:
    compiled = [re.compile(pattern, re.ASCII) for pattern in patterns]
    return lambda text: any(pattern.fullmatch(text) for pattern in compiled)


FORMATS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _matching("[0-9a-fA-F]{24}"),
    "byte": _matching("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    "cidr": _cidr,
    "creditcard": is_credit_card,
    "date": _date,
    "datetime": _date_time,
    "duration": _matching(_DURATION, _WORDS),
    "email": _matching(r"[^@\s]+@[^@\s]+"),
    "hexcolor": _matching("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "hostname": _host,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "isbn": lambda text: is_isbn10(text) or is_isbn13(text),
    "isbn10": is_isbn10,
    "isbn13": is_isbn13,
    "k8slongname": lambda text: not dns1123_subdomain(text),
    "k8sshortname": lambda text: not dns1123_label(text),
    "mac": _matching("([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
    "password": lambda text: True,
    "quantity": _quantity,
    "rgbcolor": _matching(rf"rgb\({_OCTET},{_OCTET},{_OCTET}\)"),
    "ssn": _matching(r"\d{3}[- ]\d{2}[- ]\d{4}"),
    "uri": _matching(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+|/\S*"),
    "uuid": _matching(_uuid()),
    "uuid3": _matching(_uuid("3")),
    "uuid4": _matching(_uuid("4", "[89ab]")),
    "uuid5": _matching(_uuid("5", "[89ab]")),
}


def kept_format(schema: dict[str, Any]) -> str:
    """The format of a schema as it stands there, "" if the schema's type has none of that name."""
    name, kind = schema.get("format") or "", schema.get("type") or ""
    if kind in ("", "string"):
        return name if name.replace("-", "") in FORMATS else ""
    return name if name in _NUMERIC.get(kind, ()) else ""


def valid(name: str, text: str) -> bool:
    """Whether a text has the format; unknown formats fit everything."""
    check = FORMATS.get(name.replace("-", ""))
    return check is None or check(text)
