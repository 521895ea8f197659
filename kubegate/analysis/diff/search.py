"""Whom two sets with denials and exceptions treat differently: identity by identity, those that are less before more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from kubegate.analysis.diff.boxes import Box
from kubegate.analysis.diff.chains import DENYING, NotCompared
from kubegate.analysis.diff.compare import Change, Direction
from kubegate.analysis.diff.effective import Effective, Identity, effective, user_of
from kubegate.analysis.diff.identities import identities
from kubegate.analysis.diff.permissions import Permissions
from kubegate.analysis.diff.remaining import Steps, TooMany, remaining
from kubegate.analysis.diff.statements import Condition, Statement
from kubegate.authz.interface import Authorizer
from kubegate.authz.rbac.bindings import Key

_NAMED = 5
"""Of those who are not compared wholly."""
_ANYBODY = Key(True, "*")


@dataclass(frozen=True)
class Side:
    """One set: RBAC's permissions, all other statements, and who is asked before the one that denies."""

    permissions: Permissions
    statements: tuple[Statement, ...]
    denied_after: frozenset[str]

    @cached_property
    def _by_key(self) -> dict[Key, list[int]]:
        """The statements that name somebody exactly; under `_ANYBODY` those that have patterns."""
        found: dict[Key, list[int]] = defaultdict(list)
        for number, statement in enumerate(self.statements):
            exact = statement.authorizer in (DENYING, "ABAC") and not any("*" in key.name for key in statement.subjects)
            for key in dict.fromkeys(statement.subjects if exact else (_ANYBODY,)):
                found[key].append(number)
        return found

    def about(self, key: Key) -> tuple[object, ...]:
        """All that is said of a key alone."""
        return self.permissions.get(key), {self.statements[number].text for number in self._by_key.get(key, ())}

    def keys(self) -> Iterable[Key]:
        """All of whom something is said; one stands for patterns."""
        return (*self.permissions, *self._by_key)

    def of(self, identity: Identity) -> Effective:
        """What it comes to for somebody."""
        near = sorted({number for key in _keys_of(identity) for number in self._by_key.get(key, ())})
        statements = [self.statements[number] for number in near]
        return effective(identity, self.permissions, statements, denied_after=self.denied_after)


@dataclass
class Search:
    """``not_compared`` is filled as changes are taken."""

    before: Side
    after: Side
    authorizers: tuple[Authorizer, Authorizer]
    steps: Steps = field(default_factory=Steps)
    not_compared: list[NotCompared] = field(default_factory=list)
    _known: dict[frozenset[Key], list[Change]] = field(default_factory=dict)

    def changes(self) -> Iterator[Change]:
        """All that are found within the steps."""
        before, after = self.before, self.after
        same_order = before.denied_after == after.denied_after
        found = identities(
            (before.permissions, after.permissions),
            (before.statements, after.statements),
            moved=not same_order,
        )
        if found.limit:
            self.not_compared.append(NotCompared("groups", found.limit))
        differing = {key for key in (*before.keys(), *after.keys()) if before.about(key) != after.about(key)}
        left_out: list[Identity] = []
        for identity in found.all:
            if same_order and differing.isdisjoint(_keys_of(identity)):
                continue
            effects = before.of(identity), after.of(identity)
            if effects[0] == effects[1]:
                continue
            made: list[Change] = []
            for direction in Direction:
                self.steps.begin()
                try:
                    for change in self._of(identity, direction, effects):
                        made.append(change)
                except TooMany:
                    left_out.append(identity)
            if made:
                self._known[frozenset(identity)] = made
                yield from made
        if left_out:
            self.not_compared.append(_not_wholly(list(dict.fromkeys(left_out))))

    def _of(self, identity: Identity, direction: Direction, effects: tuple[Effective, Effective]) -> Iterator[Change]:
        having, lacking, engines = (*effects, self.authorizers)
        if direction is Direction.GAINED:
            having, lacking, engines = lacking, having, engines[::-1]
        parts = (frozenset(part) for size in range(1, len(identity)) for part in combinations(identity, size))
        told = [change for part in parts for change in self._known.get(part, ()) if change.direction is direction]
        for condition, box, unless in having.beyond(lacking, self.steps):
            words = _words(condition, unless)
            for part in remaining(box, (change.box for change in told if change.condition == words), self.steps):
                yield _change(direction, identity, words, part, engines)


def _keys_of(identity: Identity) -> list[Key]:
    """Of the least user that is all of it, and of patterns."""
    user = user_of(identity)
    return [_ANYBODY, *identity, Key(False, user.name), *(Key(True, group) for group in user.groups)]


def _words(condition: Condition, unless: Iterable[Condition]) -> str:
    otherwise = " or ".join(" and ".join(parts) for parts in unless)
    return " ".join(filter(None, (" and ".join(condition), f"unless {otherwise}" if otherwise else "")))


def _change(
    direction: Direction, identity: Identity, condition: str, box: Box, engines: tuple[Authorizer, Authorizer]
) -> Change:
    example = box.example(user_of(identity))
    confirmed = engines[0].authorize(example).allowed and not engines[1].authorize(example).allowed
    subject, *along = sorted(identity)
    return Change(direction, subject, box, example, confirmed, tuple(along), condition)


def _not_wholly(found: list[Identity]) -> NotCompared:
    names = [" in ".join(key.name for key in sorted(identity)) for identity in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return NotCompared("subjects", f"{', '.join(names)}{more}: not all that differs is listed: too many policies overlap")
