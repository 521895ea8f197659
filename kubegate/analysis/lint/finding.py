"""What a finding is, and how bad."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from kubegate.errors import Location


class Severity(IntEnum):
    """How bad it is; the order is that of badness."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule: its id stays for ever. ``why`` it matters, and the ``fix``."""

    id: str
    name: str
    severity: Severity
    why: str
    fix: str

    @property
    def help(self) -> str:
        """Why, and what to do."""
        return f"{self.why} {self.fix}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule applies. ``subject``: the object, as ``ClusterRole view``. ``steps``: for what happens in
    several steps, each one and where it is allowed."""

    rule: LintRule
    subject: str
    message: str
    location: Location | None = None
    steps: tuple[tuple[str, Location | None], ...] = ()

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Worst first, then by rule and object."""
        return -self.rule.severity, self.rule.id, self.subject, self.message
