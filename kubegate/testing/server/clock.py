"""A clock that a test sets: timestamps of objects, tokens, conditions and the controllers' deadlines go by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kubegate.compose.surroundings import Moved, utc_now


class Clock:
    """The machine's time, until a test sets or moves it. Certificates are judged by the machine's time all the same."""

    def __init__(self) -> None:
        self._stopped_at: datetime | None = None
        self._ahead = timedelta()
        self._followers: list[Moved] = []

    def follow(self, moved: Moved) -> None:
        """Call ``moved`` whenever the clock was moved."""
        self._followers.append(moved)

    def _tell(self) -> None:
        for moved in self._followers:
            moved()

    def now(self) -> datetime:
        """The server's time, in UTC."""
        return (self._stopped_at or utc_now()) + self._ahead

    def set(self, moment: datetime | str) -> None:
        """Stop at a moment (a text is RFC 3339; without zone UTC is meant). Raises ValueError for another text."""
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        self._stopped_at = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        self._ahead = timedelta()
        self._tell()

    def advance(self, step: timedelta | None = None, **parts: float) -> None:
        """Move on by ``step`` or by the parts of a timedelta (``advance(hours=1)``), whether the clock stands or runs."""
        self._ahead += timedelta(**parts) if step is None else step
        self._tell()

    def reset(self) -> None:
        """The machine's time again."""
        if self._stopped_at is None and not self._ahead:
            return
        self._stopped_at, self._ahead = None, timedelta()
        self._tell()
