"""A grant that nearly allows a request, and which of them are the nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kubegate.errors import Location

# Kinds of misses, nearest first.
KINDS = (
    *("webhook", "dangling role reference", "time", "condition", "selector", "resource name", "relation", "namespace"),
    *("verb", "API group", "resource", "path", "subject", "role not bound"),
)
WEBHOOK, DANGLING, TIME, CONDITION, SELECTOR, NAME, RELATION, NAMESPACE = KINDS[:8]
VERB, GROUP, RESOURCE, PATH, SUBJECT, UNBOUND = KINDS[8:]
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Miss:
    """One grant that nearly allows: what misses, said in a sentence, the change that would mend it, and where it stands.

    ``size``: roughly how much it grants, or to how many. ``further``: how many other things miss besides. ``line``: the ABAC
    line that the remedy is."""

    kind: str
    text: str
    remedy: str
    locations: tuple[Location, ...] = ()
    size: int = 0
    authorizer: str = "RBAC"
    further: int = 0
    line: str = ""

    @property
    def order(self) -> tuple[int, int, int, list[str | int]]:
        """Nearest first; of equal ones that with the least rights. What the user has, though two things miss, comes before
        what others have."""
        rank = max(_RANK[self.kind], _RANK[PATH]) if self.further else _RANK[self.kind]
        return rank, self.further, self.size, _counted(self.text)


def ranked(misses: Iterable[Miss], limit: int = 5) -> list[Miss]:
    """The nearest first, at most ``limit``, of one kind at most three."""
    found = sorted({miss.text: miss for miss in misses}.values(), key=lambda miss: miss.order)
    kept: list[Miss] = []
    for miss in found:
        if sum(other.kind == miss.kind for other in kept) < 3:
            kept.append(miss)
    return kept[:limit]


def _counted(text: str) -> list[str | int]:
    """For an order in which line 9 comes before line 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", text)]
