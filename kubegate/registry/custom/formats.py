"""The string formats that schemas of custom resources may name.

Source: kube-openapi ``pkg/validation/strfmt``; unknown formats are ignored.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable
from datetime import date

from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.timestamps import normalize

_DURATION = re.compile(r"([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|0", re.ASCII)
_WORDS = re.compile(
    r"\d+(\.\d*)?\s*(ns|us|µs|ms|s|m|h|d|w|(nano|micro|milli)?second|minute|hour|day|week)s?", re.I | re.ASCII
)
_HOST = re.compile(
    r"(?=.{1,255}\Z)([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?)(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?)*\.?"
)
_UUID = re.compile(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+|/\S*")
_COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MAC = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


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


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _address(*versions: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version in versions
        except ValueError:
            return False

    return check


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _date,
    "byte": _base64,
    "duration": lambda text: bool(_DURATION.fullmatch(text) or _WORDS.fullmatch(text)),
    "hostname": _matching(_HOST),
    "email": _matching(_EMAIL),
    "uri": _matching(_URI),
    "ipv4": _address(4),
    "ipv6": _address(6),
    "ip": _address(4, 6),
    "cidr": _cidr,
    "mac": _matching(_MAC),
    "uuid": _matching(_UUID),
    "uuid3": _matching(_UUID),
    "uuid4": _matching(_UUID),
    "uuid5": _matching(_UUID),
    "hexcolor": _matching(_COLOR),
}


def valid(name: str, text: str) -> bool:
    """Whether a text has the format; unknown formats fit everything."""
    check = FORMATS.get(name)
    return check is None or check(text)
