"""Requests that may tell a condition of an authorizer from a mutant of it: what it compares, with near values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.analysis.mutation.witnesses.examples import Example, request_text
from kubegate.analysis.mutation.witnesses.hints import Absent, Hint, Holding, hints
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

_PARTS = ("namespace", "verb", "group", "resource", "subresource", "name")


@dataclass(frozen=True)
class _Asked:
    user: str = "somebody"
    groups: tuple[str, ...] = ()
    namespace: str = "default"
    verb: str = "get"
    group: str = ""
    resource: str = "pods"
    subresource: str = ""
    name: str = ""
    path: str = ""

    def example(self) -> Example:
        if self.path:
            return Example(self.user, self.groups, "default", f"{self.verb} {self.path}")
        what = (self.group, "*", self.resource, self.subresource, self.namespace, self.name)
        asked = Attributes(User(self.user), self.verb, True, *what)
        return Example(self.user, self.groups, self.namespace, request_text(asked))

    def changed(self, hint: Hint) -> _Asked | None:
        """With one thing as the hint says; None if that makes no sense."""
        steps, value = hint.steps[1:], hint.value
        if steps == ("groups",) and isinstance(value, Holding):
            return replace(self, groups=(*self.groups, str(value.member)))
        if steps == ("resourceAttributes",) and value is Absent:
            return replace(self, path="/healthz")
        if not isinstance(value, str) or not steps or (not value and steps[-1] in ("user", "verb", "resource", "path")):
            return None
        if steps == ("user",):
            return replace(self, user=value)
        if steps == ("nonResourceAttributes", "path"):
            return replace(self, path=value if value.startswith("/") else f"/{value}")
        return replace(self, **_part(steps[-1], value)) if steps[-1] in _PARTS else None


def _part(name: str, value: str) -> dict[str, Any]:
    return {name: value}


def condition_examples(configurations: Iterable[Object | None], people: Iterable[Example]) -> Iterator[Example]:
    """Candidates, the least change first; ``people``: who the suite's cases are about, and what they ask."""
    found: list[Hint] = []
    for obj in configurations:
        for spec in (obj or {}).get("authorizers") or []:
            for condition in value_at(spec, ("webhook", "matchConditions")) or []:
                found += [hint for hint in hints(str(condition.get("expression") or "")) if hint not in found]
    yield from people
    bases = [_Asked(), _Asked(path="/healthz")]
    asked = [*bases, *_changes(bases, found)]
    first = _Asked()
    for hint in {hint.steps: hint for hint in reversed(found)}.values():
        first = first.changed(hint) or first
    asked += [first, *_changes([first], found)]
    for one, other in combinations(found, 2):
        if one.steps != other.steps:
            asked += _changes(_changes([_Asked(), first], [one]), [other])
    yield from dict.fromkeys(each.example() for each in asked)


def _changes(bases: Iterable[_Asked], found: Iterable[Hint]) -> list[_Asked]:
    return [made for base in bases for hint in found if (made := base.changed(hint)) is not None]
