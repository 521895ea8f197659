"""Timestamps and durations: exact to the nanosecond, parsed and printed as Go does.

Source: cel-go ``common/types/{timestamp,duration}.go``; Go ``time.ParseDuration``, RFC 3339.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from kubegate.cel.errors import EvaluationError

SECOND = 1_000_000_000
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_DURATION = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_TIMESTAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:(Z)|([+-])(\d\d):(\d\d))", re.ASCII)
MAX_NANOS = (1 << 63) - 1
MIN_SECONDS, MAX_SECONDS = -62135596800, 253402300799
"""The years 1 to 9999."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span in nanoseconds."""

    nanos: int
    type_name = "google.protobuf.Duration"

    def __str__(self) -> str:
        whole = Decimal(self.nanos) / SECOND
        text = f"{whole.normalize():f}" if self.nanos else "0"
        return f"{text}s"


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A moment in nanoseconds since 1970 (UTC)."""

    nanos: int
    type_name = "google.protobuf.Timestamp"

    def moment(self, zone: tzinfo = UTC) -> datetime:
        """The date and time of day in a zone (without the part below a second)."""
        return (_EPOCH + timedelta(seconds=self.nanos // SECOND)).astimezone(zone)

    def __str__(self) -> str:
        fraction = self.nanos % SECOND
        text = self.moment().strftime("%m-%dT%H:%M:%S")
        year = self.moment().year
        tail = f".{fraction:09d}".rstrip("0") if fraction else ""
        return f"{year:04d}-{text}{tail}Z"


def make_duration(nanos: int) -> Duration:
    """A duration; raises `EvaluationError` out of the range of int64 nanoseconds."""
    if not -MAX_NANOS - 1 <= nanos <= MAX_NANOS:
        raise EvaluationError("integer overflow")
    return Duration(nanos)


def make_timestamp(nanos: int) -> Timestamp:
    """A timestamp; raises `EvaluationError` outside of the years 1 to 9999."""
    if not MIN_SECONDS <= nanos // SECOND <= MAX_SECONDS:
        raise EvaluationError("timestamp overflow")
    return Timestamp(nanos)


def parse_duration(text: str) -> Duration | None:
    """``1h30m``, ``-1.5s``; None if it is not a duration."""
    body = text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return Duration(0)
    total, position = 0, 0
    while position < len(body):
        match = _DURATION.match(body, position)
        if not match or not (match.group(1) or match.group(2)):
            return None
        unit = _UNITS[match.group(3)]
        fraction = match.group(2) or ""
        total += int(match.group(1) or 0) * unit
        if fraction:
            total += int(fraction) * unit // 10 ** len(fraction)
        position = match.end()
    if not body or total > MAX_NANOS + (text[:1] == "-"):
        return None
    return Duration(-total if text[:1] == "-" else total)


def parse_timestamp(text: str) -> Timestamp | None:
    """RFC 3339; None if it is not one."""
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(match.group(index)) for index in range(1, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    nanos = round((moment - _EPOCH).total_seconds()) * SECOND + int((match.group(7) or "0").ljust(9, "0")[:9])
    if match.group(9):
        hours, minutes = int(match.group(10)), int(match.group(11))
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 3600 + minutes * 60) * SECOND
        nanos += -offset if match.group(9) == "+" else offset
    return Timestamp(nanos)


def zone_of(name: str) -> tzinfo:
    """``America/New_York``, ``+05:30``, ``UTC``; raises `EvaluationError` with Go's message."""
    hours, colon, minutes = name.partition(":")
    if colon:
        return _fixed_zone(name, hours, minutes)
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise EvaluationError(f"unknown time zone {name}") from None


def _fixed_zone(name: str, hours: str, minutes: str) -> tzinfo:
    for part in (hours, minutes):
        if not re.fullmatch(r"[+-]?[0-9]+", part, re.ASCII):
            raise EvaluationError(f'strconv.Atoi: parsing "{part}": invalid syntax')
    hour, minute = int(hours), int(minutes)
    offset = hour * 60 - minute if name.startswith("-") else hour * 60 + minute
    try:
        return timezone(timedelta(minutes=offset))
    except ValueError:
        raise EvaluationError(f"unknown time zone {name}") from None
