"""Findings that somebody answers for: with owner, reason and expiry.

An annotation of the object, ``lint.kubegate.dev/ignore``: ``KG102 owner=team-a reason="the backup reads them"
expires=2027-01-31`` (several: one a line); or a file, for objects that one cannot annotate (``--suppressions``), a list of
``{rule, object, owner, reason, expires}`` in which ``object`` may hold ``*``.
"""

from __future__ import annotations

import difflib
import fnmatch
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.lint.rules import RULES
from kubegate.api.names import Object, annotations_of
from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput, Location

ANNOTATION = "lint.kubegate.dev/ignore"
_HINT = 'write: KG102 owner=WHO reason="WHY" expires=YYYY-MM-DD'
_FIELDS = ("rule", "object", "owner", "reason", "expires")


@dataclass(frozen=True, slots=True)
class Suppression:
    """``subject``: the object's title, or a pattern of titles; ``in_source``: it stands at the object."""

    rule: str
    owner: str
    reason: str
    expires: date
    subject: str
    location: Location | None = None
    in_source: bool = True

    def covers(self, finding: Finding) -> bool:
        """Is it about this finding (over or not)?"""
        same = finding.subject == self.subject if self.in_source else fnmatch.fnmatchcase(finding.subject, self.subject)
        return self.rule == finding.rule.id and same

    def is_over(self, today: date) -> bool:
        """Is it no more in force?"""
        return today > self.expires

    @property
    def text(self) -> str:
        """Who answers for it, and why."""
        return f"{self.owner}: {self.reason} (until {self.expires})"


def annotated(obj: Object, subject: str, location: Location | None = None) -> Iterator[Suppression]:
    """Those of an object; raises `InvalidInput` for one without owner, reason or date, or of an unknown rule."""
    for line in (annotations_of(obj).get(ANNOTATION) or "").splitlines():
        if line.strip():
            yield _parse(line, subject, location)


def _parse(line: str, subject: str, location: Location | None) -> Suppression:
    where = f"annotation {ANNOTATION} of {subject}"
    try:
        rule, *pairs = shlex.split(line)
        fields = dict(pair.split("=", 1) for pair in pairs)
        unknown = set(fields) - {"owner", "reason", "expires"}
        if unknown:
            raise ValueError(f"unknown field {min(unknown)}")
        return _made({**fields, "rule": rule, "object": subject}, location, in_source=True)
    except (ValueError, KeyError) as error:
        raise InvalidInput(f"{where}: {line!r} cannot be read: {_words(error)}", location=location, hint=_HINT) from error


def from_file(path: str) -> list[Suppression]:
    """Those of a file; raises `InvalidInput` for what cannot be read, with its line."""
    found: list[Suppression] = []
    try:
        documents = list(compose(Path(path).read_bytes(), path))
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    for node in documents:
        rows = value_of(node)
        for index, row in enumerate(rows if isinstance(rows, list) else [rows]):
            child = node.value[index] if isinstance(rows, list) else node
            place = Location(path, child.start_mark.line + 1, child.start_mark.column + 1)
            found.append(_row(row, place))
    return found


def _row(row: Any, place: Location) -> Suppression:
    if not isinstance(row, dict):
        raise InvalidInput("a suppression is an object", location=place, hint=f"give {', '.join(_FIELDS)}")
    unknown = [key for key in row if key not in _FIELDS]
    if unknown:
        raise InvalidInput(f"unknown field {unknown[0]}", location=place, hint=f"there are {', '.join(_FIELDS)}")
    try:
        return _made({key: str(value) for key, value in row.items() if value is not None}, place, in_source=False)
    except (ValueError, KeyError) as error:
        hint = f"give {', '.join(_FIELDS)}"
        raise InvalidInput(f"the suppression cannot be read: {_words(error)}", location=place, hint=hint) from error


def _made(fields: dict[str, str], location: Location | None, *, in_source: bool) -> Suppression:
    rule = fields["rule"]
    if rule not in RULES:
        near = difflib.get_close_matches(rule, [*RULES, *(known.name for known in RULES.values())], n=1)
        raise ValueError(f"there is no rule {rule!r}" + (f", did you mean {near[0]}?" if near else ""))
    for field in ("owner", "reason", "object"):
        if not fields[field].strip():
            raise ValueError(f"{field} is empty")
    expires = date.fromisoformat(fields["expires"])
    return Suppression(rule, fields["owner"], fields["reason"], expires, fields["object"], location, in_source)


def _words(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
