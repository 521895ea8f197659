"""The schedule language of cron jobs, with the complaints of the parser that Kubernetes uses.

Source: ``github.com/robfig/cron`` v3 (``ParseStandard``).
"""

from __future__ import annotations

import re
import zoneinfo

from kubegate.api.go import quote

_MONTHS = {
    name: number
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_DURATION = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)")


def schedule_problem(schedule: str) -> str:
    """Why the text is no schedule; empty if it is one."""
    if not schedule:
        return "empty spec string"
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, _, schedule = schedule.partition(" ")
        name = zone.partition("=")[2]
        if not is_time_zone(name):
            return f"provided bad location {name}: unknown time zone {name}"
        schedule = schedule.strip()
    if schedule.startswith("@"):
        return _descriptor_problem(schedule)
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"expected exactly {len(_FIELDS)} fields, found {len(fields)}: [{' '.join(fields)}]"
    for text, (low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in filter(None, text.split(",")):
            if problem := _range_problem(part, low, high, names):
                return problem
    return ""


def is_time_zone(name: str) -> bool:
    """True if the time zone database has the name."""
    if name in ("", "UTC", "Local"):
        return True
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _descriptor_problem(text: str) -> str:
    if text in _DESCRIPTORS:
        return ""
    if text.startswith("@every "):
        duration = text.removeprefix("@every ")
        rest = _DURATION.sub("", duration)
        if duration and (not rest or duration in ("0", "+0", "-0")):
            return ""
        return f"failed to parse duration {text}: time: invalid duration {quote(duration)}"
    return f"unrecognized descriptor: {text}"


def _range_problem(expression: str, low: int, high: int, names: dict[str, int]) -> str:
    parts = expression.split("/")
    ends = parts[0].split("-")
    single = len(ends) == 1
    if ends[0] in ("*", "?"):
        start, end = low, high
    else:
        start, problem = _number(ends[0], names)
        if problem:
            return problem
        end = start
        if len(ends) == 2:
            end, problem = _number(ends[1], names)
            if problem:
                return problem
        elif len(ends) > 2:
            return f"too many hyphens: {expression}"
    step = 1
    if len(parts) == 2:
        step, problem = _unsigned(parts[1])
        if problem:
            return problem
        if single:
            end = high
    elif len(parts) > 2:
        return f"too many slashes: {expression}"
    if start < low:
        return f"beginning of range ({start}) below minimum ({low}): {expression}"
    if end > high:
        return f"end of range ({end}) above maximum ({high}): {expression}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {expression}"
    return f"step of range should be a positive number: {expression}" if step == 0 else ""


def _number(text: str, names: dict[str, int]) -> tuple[int, str]:
    known = names.get(text.lower())
    return (known, "") if known is not None else _unsigned(text)


def _unsigned(text: str) -> tuple[int, str]:
    if not re.fullmatch("[+-]?[0-9]+", text, re.ASCII):
        return 0, f"failed to parse int from {text}: strconv.Atoi: parsing {quote(text)}: invalid syntax"
    number = int(text)
    if not -(2**63) <= number < 2**63:
        return 0, f"failed to parse int from {text}: strconv.Atoi: parsing {quote(text)}: value out of range"
    return (number, "") if number >= 0 else (0, f"negative number ({number}) not allowed: {text}")
