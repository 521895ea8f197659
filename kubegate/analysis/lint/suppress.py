"""Findings that somebody answers for: an annotation of the object, with owner, reason and expiry.

``lint.kubegate.dev/ignore: KG102 owner=team-a reason="the backup reads them" expires=2027-01-31`` (several: one a line).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kubegate.analysis.lint.finding import RULES
from kubegate.api.names import Object, annotations_of
from kubegate.errors import InvalidInput

ANNOTATION = "lint.kubegate.dev/ignore"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One line of the annotation."""

    rule: str
    owner: str
    reason: str
    expires: date

    def holds(self, rule_id: str, today: date) -> bool:
        """True if it is about the rule and not over."""
        return self.rule == rule_id and today <= self.expires


def suppressions(obj: Object) -> Iterator[Suppression]:
    """Those of an object; raises `InvalidInput` for one without owner, reason or date."""
    for line in (annotations_of(obj).get(ANNOTATION) or "").splitlines():
        if line.strip():
            yield _parse(line)


def _parse(line: str) -> Suppression:
    try:
        rule, *pairs = shlex.split(line)
        fields = dict(pair.split("=", 1) for pair in pairs)
        found = Suppression(rule, fields["owner"], fields["reason"], date.fromisoformat(fields["expires"]))
    except (ValueError, KeyError) as error:
        hint = 'write: KG102 owner=WHO reason="WHY" expires=YYYY-MM-DD'
        raise InvalidInput(f"annotation {ANNOTATION}: {line!r} cannot be read", hint=hint) from error
    if rule not in RULES:
        raise InvalidInput(f"annotation {ANNOTATION}: there is no rule {rule!r}")
    return found
