"""When a cron expression is due: five fields, ``@daily`` and the like, ``@every DURATION``.

Source: github.com/robfig/cron v3, ``ParseStandard`` and ``SpecSchedule.Next``. Expressions have been validated before.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from kubegate.api.duration import parse_duration

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_YEARS = 5
"""A schedule that is not due for so long never is."""


class Schedule(Protocol):
    """A repeated moment."""

    def next(self, after: datetime) -> datetime | None:
        """The first moment (UTC) later than ``after``."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed distance."""

    distance: timedelta

    def next(self, after: datetime) -> datetime | None:
        """See `Schedule.next`."""
        return after.replace(microsecond=0) + self.distance


@dataclass(frozen=True, slots=True)
class Fields:
    """Minutes, hours, days of the month, months and days of the week (0 is Sunday) that are due, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    """One of the two kinds of days is ``*``: then both must fit, else one is enough."""
    zone: tzinfo

    def next(self, after: datetime) -> datetime | None:
        """See `Schedule.next`."""
        first = after.astimezone(self.zone).date()
        for offset in range(366 * _YEARS):
            day = first + timedelta(days=offset)
            if day.month in self.months and self._day_fits(day):
                found = self._first(day, after)
                if found is not None:
                    return found
        return None

    def _day_fits(self, day: date) -> bool:
        by_number, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_number and by_weekday if self.any_day else by_number or by_weekday

    def _first(self, day: date, after: datetime) -> datetime | None:
        """The first moment of a day; those that a change of the clock skips do not count."""
        for hour in sorted(self.hours):
            if self._moment(day, hour, 59) <= after:
                continue
            for minute in sorted(self.minutes):
                moment = self._moment(day, hour, minute)
                if moment > after and moment.astimezone(self.zone).hour == hour:
                    return moment
        return None

    def _moment(self, day: date, hour: int, minute: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone).astimezone(UTC)


def parse(text: str, zone: tzinfo) -> Schedule:
    """The schedule of a valid expression, in a time zone."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        name, _, text = text.partition(" ")
        zone, text = ZoneInfo(name.partition("=")[2] or "UTC"), text.strip()
    if text.startswith("@every "):
        nanoseconds = parse_duration(text.removeprefix("@every "))
        return Every(max(timedelta(seconds=nanoseconds // 1_000_000_000), timedelta(seconds=1)))
    minute, hour, day, month, weekday = _DESCRIPTORS.get(text, text).split()
    days, any_number = _field(day, 1, 31, {})
    weekdays, any_weekday = _field(weekday, 0, 6, _DAYS)
    return Fields(
        _field(minute, 0, 59, {})[0],
        _field(hour, 0, 23, {})[0],
        days,
        _field(month, 1, 12, _MONTHS)[0],
        weekdays,
        any_number or any_weekday,
        zone,
    )


def _field(text: str, low: int, high: int, names: dict[str, int]) -> tuple[frozenset[int], bool]:
    """The numbers of a field, and whether it is (or has) a star."""
    found: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        span, _, step_text = part.partition("/")
        step = int(step_text or 1)
        if span in ("*", "?"):
            first, last = low, high
            star = star or step == 1
        else:
            start, dash, end = span.partition("-")
            first = _number(start, names)
            last = _number(end, names) if dash else high if step_text else first
        found.update(range(first, last + 1, step))
    return frozenset(found), star


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.lower()] if text.lower() in names else int(text)
