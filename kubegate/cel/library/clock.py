"""The parts of timestamps and durations. Source: cel-go ``common/stdlib/standard.go``, ``common/types/timestamp.go``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kubegate.cel.declarations import Function, Library, Overload, member
from kubegate.cel.operators import seconds
from kubegate.cel.times import SECOND, Duration, Timestamp, zone_of
from kubegate.cel.types import DURATION, INT, STRING, TIMESTAMP

_Part = Callable[[datetime, int], int]

_PARTS: dict[str, _Part] = {
    "getFullYear": lambda moment, _: moment.year,
    "getMonth": lambda moment, _: moment.month - 1,
    "getDayOfYear": lambda moment, _: moment.timetuple().tm_yday - 1,
    "getDate": lambda moment, _: moment.day,
    "getDayOfMonth": lambda moment, _: moment.day - 1,
    "getDayOfWeek": lambda moment, _: moment.isoweekday() % 7,
    "getHours": lambda moment, _: moment.hour,
    "getMinutes": lambda moment, _: moment.minute,
    "getSeconds": lambda moment, _: moment.second,
    "getMilliseconds": lambda _, nanos: nanos // 1_000_000,
}

_WHOLE: dict[str, Callable[[Duration], int]] = {
    "getHours": lambda span: int(seconds(span) / 3600),
    "getMinutes": lambda span: int(seconds(span) / 60),
    "getSeconds": seconds,
    "getMilliseconds": lambda span: int(span.nanos / 1_000_000),
}


def _overloads(name: str, part: _Part) -> tuple[Overload, ...]:
    def utc(value: Timestamp) -> int:
        return part(value.moment(), value.nanos % SECOND)

    def zoned(value: Timestamp, zone: str) -> int:
        return part(value.moment(zone_of(zone)), value.nanos % SECOND)

    found = [
        member(f"timestamp_{name}", (TIMESTAMP,), INT, utc),
        member(f"timestamp_{name}_tz", (TIMESTAMP, STRING), INT, zoned),
    ]
    if name in _WHOLE:
        found.append(member(f"duration_{name}", (DURATION,), INT, _WHOLE[name]))
    return tuple(found)


LIBRARY = Library(tuple(Function(name, _overloads(name, part)) for name, part in _PARTS.items()))
