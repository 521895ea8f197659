"""Go's textual durations (``1h30m``, ``500ms``), as flags and configuration files write them.

Values are nanoseconds as int, as in Go, so that parsing and printing are exact. Source: Go's ``time.ParseDuration``
and ``Duration.String``.
"""

from __future__ import annotations

import re
from decimal import Decimal

from kubegate.api.go import quote
from kubegate.errors import InvalidInput

NANOSECOND = 1
MICROSECOND = 1000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

_UNITS = {
    "ns": NANOSECOND,
    "us": MICROSECOND,
    "µs": MICROSECOND,
    "μs": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_PART = re.compile(r"(\d*)(\.?)(\d*)([^\d.]*)")
_LIMIT = (1 << 63) - 1


def parse_duration(text: str) -> int:
    """Nanoseconds; raises `InvalidInput` with Go's message (``time: invalid duration "x"``)."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise InvalidInput(f"time: invalid duration {quote(text)}")
    total = 0
    while rest:
        found = _PART.match(rest)
        if found is None or not (found[1] or found[3]):
            raise InvalidInput(f"time: invalid duration {quote(text)}")
        unit = found[4]
        if not unit:
            raise InvalidInput(f"time: missing unit in duration {quote(text)}")
        if unit not in _UNITS:
            raise InvalidInput(f"time: unknown unit {quote(unit)} in duration {quote(text)}")
        total += int(Decimal(f"{found[1] or 0}.{found[3] or 0}") * _UNITS[unit])
        if total > _LIMIT:
            raise InvalidInput(f"time: invalid duration {quote(text)}")
        rest = rest[found.end() :]
    return -total if text[0] == "-" else total


def format_duration(nanoseconds: int) -> str:
    """``1m30s``, ``1.5s``, ``100ms``, ``0s``: the shortest exact form, as Go prints it."""
    if nanoseconds == 0:
        return "0s"
    sign, left = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if left < SECOND:
        unit, name = next(
            (size, name) for size, name in ((MILLISECOND, "ms"), (MICROSECOND, "µs"), (1, "ns")) if left >= size
        )
        return f"{sign}{_decimal(left, unit)}{name}"
    hours, left = divmod(left, HOUR)
    minutes, left = divmod(left, MINUTE)
    text = f"{_decimal(left, SECOND)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else sign + text


def _decimal(value: int, unit: int) -> str:
    whole, part = divmod(value, unit)
    if not part:
        return str(whole)
    digits = str(part).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"
