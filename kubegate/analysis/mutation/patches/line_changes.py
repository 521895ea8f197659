"""Mutants of ABAC lines as changes of their file: a line that is gone, or fields of it that are different."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.abac import abac_edits, line_object, line_policy
from kubegate.api.names import Object
from kubegate.authz.abac.policy import Policy, PolicyLineError, policy_from


class LineChange(NamedTuple):
    """The file, the number of a line (from 0), what it says as an object, and what it will (None: it goes)."""

    text: str
    line: int
    old: Object
    new: Object | None
    policy: Policy

    def changed(self) -> list[str]:
        """The lines after the change; what is not spelled as v1beta1 does is written anew."""
        lines = self.text.splitlines()
        made = [] if self.new is None else self._rewritten(lines[self.line], self.new) or _written(self.new)
        return [*lines[: self.line], *made, *lines[self.line + 1 :]]

    def _rewritten(self, line: str, new: Object) -> list[str] | None:
        try:
            document: dict[str, Any] = json.loads(line)
            spec, before, after = document["spec"], self.old["spec"], new["spec"]
            for field in {*before, *after}:
                if before.get(field) != after.get(field):
                    spec[field] = after.get(field)
            document["spec"] = {field: value for field, value in spec.items() if value is not None}
            alike = policy_from(document, self.policy.location) == line_policy(new, self.policy.location)
        except (ValueError, LookupError, TypeError, PolicyLineError):
            return None
        return [json.dumps(document)] if alike else None


def _written(new: Object) -> list[str]:
    return [json.dumps({field: value for field, value in new.items() if field != "metadata"})]


def line_mutants(policies: Sequence[Policy]) -> Iterator[Mutant]:
    """Every mutant of every line of an ABAC file."""
    files: dict[str, str] = {}
    for policy in policies:
        place = policy.location
        if place.file not in files:
            files[place.file] = Path(place.file).read_bytes().decode("utf-8", "replace")
        target = line_object(policy)
        for edit in abac_edits(target):
            change = LineChange(files[place.file], place.line - 1, target, edit.mutated, policy)
            yield Mutant(edit.operator, target, edit.mutated, place, change)
