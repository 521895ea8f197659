"""Timestamps: RFC 3339, printed in UTC to the second or the microsecond.

Source: apimachinery ``metav1.Time`` and ``metav1.MicroTime``; Go's ``time.Parse`` for the errors.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kubegate.api.go import quote
from kubegate.api.schema.errors import DecodeError

SECONDS = "2006-01-02T15:04:05Z07:00"
MICROS = "2006-01-02T15:04:05.000000Z07:00"
_PARTS = (
    ("2006", r"\d{4}"),
    ("-", "-"),
    ("01", r"\d\d"),
    ("-", "-"),
    ("02", r"\d\d"),
    ("T", "T"),
    ("15", r"\d\d?"),
    (":", ":"),
    ("04", r"\d\d"),
    (":", ":"),
    ("05", r"\d\d"),
)
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d")
_FRACTION = re.compile(r"[.,]\d+")
_LIMITS = {
    "01": (1, 12, "month"),
    "02": (1, 31, "day"),
    "15": (0, 23, "hour"),
    "04": (0, 59, "minute"),
    "05": (0, 59, "second"),
}
_CANONICAL = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ\Z", re.ASCII)


def normalize(text: str, layout: str = SECONDS) -> str:
    """The timestamp in UTC as the API prints it; raises `DecodeError` with the message of ``time.Parse``."""
    if layout == SECONDS and _CANONICAL.match(text):
        return text
    rest, numbers = text, []
    for name, pattern in _PARTS:
        match = re.match(pattern, rest, re.ASCII)
        if match is None:
            raise _error(text, layout, rest, name)
        if name in _LIMITS or name == "2006":
            numbers.append((name, int(match[0])))
        rest = rest[match.end() :]
    fraction = _FRACTION.match(rest)
    if layout == MICROS and (fraction is None or len(fraction[0]) != 7):
        raise _error(text, layout, rest, ".000000")
    if fraction:
        rest = rest[fraction.end() :]
    zone = _ZONE.match(rest)
    if zone is None:
        raise _error(text, layout, rest, "Z07:00")
    if rest[zone.end() :]:
        raise DecodeError(f"parsing time {quote(text)}: extra text: {quote(rest[zone.end() :])}")
    for name, number in numbers:
        low, high, word = _LIMITS.get(name, (0, 9999, ""))
        if not low <= number <= high:
            raise DecodeError(f"parsing time {quote(text)}: {word} out of range")
    # As in Go, 24 hours and 60 minutes are still taken.
    for part, high, word in ((zone[0][4:6], 60, "minute"), (zone[0][1:3], 24, "hour")):
        if part and int(part) > high:
            raise DecodeError(f"parsing time {quote(text)}: time zone offset {word} out of range")
    return _print(text, [number for _, number in numbers], fraction[0][1:] if fraction else "", zone[0], layout)


def _print(text: str, numbers: list[int], fraction: str, zone: str, layout: str) -> str:
    year, month, day, hour, minute, second = numbers
    try:
        moment = datetime(max(year, 1), month, day, hour, minute, second, int(fraction[:6].ljust(6, "0") or 0), UTC)
    except ValueError as error:
        raise DecodeError(f"parsing time {quote(text)}: day out of range") from error
    if zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        moment = moment - offset if zone[0] == "+" else moment + offset
    return moment.strftime("%Y-%m-%dT%H:%M:%S" + (".%fZ" if layout == MICROS else "Z")).rjust(20, "0")


def _error(text: str, layout: str, rest: str, part: str) -> DecodeError:
    return DecodeError(f"parsing time {quote(text)} as {quote(layout)}: cannot parse {quote(rest)} as {quote(part)}")
